"""The fault table: the promised outcome of GET, PUT, DELETE and POST for every fault.

The tests run each cell on real sockets with every client; `docs/delivery.md` is generated from the
same rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from faults import places, scripts
from faults.answers import FAILURES, LIMITS, REDIRECTS, REJECTIONS, UNREAD, UNUSUAL
from faults.places import direct as _direct
from faults.promises import (
    ATTEMPTS,
    DOUBT,
    SHORT,
    SUCCESS,
    UNSENT,
    UPLOADS,
    Group,
    Outcome,
    Row,
    alike,
    failed,
    only,
    recovered,
    refused,
)
from faults.scripts import answer, respond

_MANY = {f"X-{number:05}": "x" * 24 for number in range(10_000)}
_PUSHED = answer(b'{"status": 200, "topicId": "t1", "topicName": "n"}')
_AT_LEAST_ONCE = {"at_least_once": True}
LATE = only(alike(Outcome("WaitTimeoutError", 1)), "GET")
_CERTIFICATE = "fix the certificate, or set the CA to trust with `verify`"


# fmt: off

CREDENTIALS = Group(
    "Credentials come from a callable",
    (
        Row("keys-hang", "the callable does not return before the deadline",
            places.keyed(None), UNSENT, "nothing", timeout=SHORT),
        Row("keys-slow", "the callable is slow", places.keyed(0.2), SUCCESS),
    ),
)

WAITERS = Group(
    "`wait_for_topic` with a `timeout` shorter than the client's",
    (
        Row("wait-hang", "no response before the deadline", _direct(scripts.hang), LATE,
            waiter=True),
        Row("wait-trickle", "body trickles past the deadline",
            _direct(scripts.trickle(after=200)), LATE, waiter=True),
        Row("wait-keys-hang", "the credentials callable does not return before the deadline",
            places.keyed(None), LATE, "nothing", waiter=True),
        Row("wait-404", "404", _direct(respond(b"", 404)), only(refused("NotFoundError"), "GET"),
            waiter=True),
    ),
)

CONNECTING = Group(
    "The connection cannot be established",
    (
        Row("refused", "connection refused", places.refusing(), UNSENT, "nothing"),
        Row("dns", "unknown host name", places.unknown_host(), UNSENT, "nothing"),
        Row("no-answer", "connect timeout", places.unresponsive(), UNSENT, "nothing",
            timeout=SHORT),
        Row("refused-tls", "connection refused, https", places.refusing("https"), UNSENT,
            "nothing"),
        Row("tls-silent", "TLS handshake does not start", places.no_tls(scripts.silent), UNSENT,
            "connections", timeout=SHORT),
        Row("tls-slow", "TLS handshake trickles", places.no_tls(scripts.slow_handshake), UNSENT,
            "connections", timeout=SHORT),
        Row("tls-reset", "reset during the TLS handshake",
            places.no_tls(scripts.reset_while_reading), UNSENT, "connections"),
        Row("tls-none", "the server does not speak TLS", places.no_tls(scripts.no_tls), UNSENT,
            "connections"),
        Row("tls-expired", "expired certificate", _direct(scripts.healthy, "expired"),
            refused("TransportError"), "connections", advice=_CERTIFICATE),
        Row("tls-self-signed", "certificate of an unknown CA",
            _direct(scripts.healthy, "self_signed"), refused("TransportError"), "connections",
            advice=_CERTIFICATE),
        Row("tls-wrong-host", "certificate for another host",
            _direct(scripts.healthy, "wrong_host"), refused("TransportError"), "connections",
            advice=_CERTIFICATE),
    ),
)

PROXIES = Group(
    "The proxy fails",
    (
        Row("proxy-refused", "connection to the proxy refused", places.proxied(None), UNSENT,
            "nothing"),
        Row("proxy-403", "403 to CONNECT",
            places.proxied(scripts.proxy_responds(answer(status=403))), UNSENT, "connections"),
        Row("proxy-407", "407 to CONNECT",
            places.proxied(scripts.proxy_responds(answer(status=407))), UNSENT, "connections"),
        Row("proxy-502", "502 to CONNECT",
            places.proxied(scripts.proxy_responds(answer(status=502))), UNSENT, "connections"),
        Row("proxy-close", "connection closed on CONNECT",
            places.proxied(scripts.close_after_the_head), UNSENT, "connections"),
        Row("proxy-reset", "connection reset on CONNECT",
            places.proxied(scripts.reset_at_once), UNSENT, "connections"),
        Row("proxy-hang", "no response to CONNECT", places.proxied(scripts.silent), UNSENT,
            "connections", timeout=SHORT),
        Row("proxy-garbage", "garbage in response to CONNECT",
            places.proxied(scripts.proxy_responds(b"SSH-2.0-OpenSSH\r\n\r\n")), UNSENT,
            "connections"),
        Row("proxy-tls-hang", "tunnel opened, but TLS handshake does not start",
            places.proxied(scripts.proxy_to_nothing), UNSENT, "connections", timeout=SHORT),
        Row("proxy-well", "none (a working proxy)", places.tunnelled(scripts.healthy), SUCCESS),
        Row("proxy-then-hang", "no response through the proxy",
            places.tunnelled(scripts.hang), DOUBT, timeout=SHORT),
        Row("proxy-then-reset", "connection through the proxy closed without a response",
            places.tunnelled(scripts.close_after_reading), DOUBT),
    ),
)

NO_ANSWER = Group(
    "No response, or an incomplete one",
    (
        Row("reset-while-reading", "reset while the request is being read",
            _direct(scripts.reset_while_reading), DOUBT, "connections"),
        Row("close-after-head", "closed before the request body is read",
            _direct(scripts.close_after_the_head), DOUBT),
        Row("reset-after-reading", "reset after the request was read",
            _direct(scripts.reset_after_reading), DOUBT),
        Row("close-after-reading", "closed without a response",
            _direct(scripts.close_after_reading), DOUBT),
        Row("half-close", "half-closed without a response",
            _direct(scripts.hang_half_closed), DOUBT),
        Row("close-in-status", "closed within the status line",
            _direct(scripts.close_in_the_status_line), DOUBT),
        Row("reset-in-answer", "reset within the response, after a 200",
            _direct(scripts.reset_in_the_answer), DOUBT),
        Row("length-too-long", "closed before `Content-Length` is reached",
            _direct(scripts.serve_once(lambda body: answer(body, length=len(body) + 9))), DOUBT),
        Row("tls-cut", "closed within the response, over TLS",
            _direct(scripts.serve_once(lambda body: answer(body, length=len(body) + 9)), "good"),
            DOUBT),
        Row("chunks-cut", "closed within the chunks",
            _direct(scripts.serve_once(lambda body: answer(b"64\r\n" + body, 200,
            scripts.CHUNKED))),
            DOUBT),
        Row("hang", "no response before the deadline", _direct(scripts.hang), DOUBT,
            timeout=SHORT),
        Row("tls-hang", "no response before the deadline, over TLS",
            _direct(scripts.hang, "good"), DOUBT, timeout=SHORT),
        Row("hang-in-answer", "only headers before the deadline",
            _direct(scripts.hang_after_the_head), DOUBT, timeout=SHORT),
        Row("trickle-head", "headers trickle past the deadline",
            _direct(scripts.trickle(after=0)), DOUBT, timeout=SHORT),
        Row("trickle-body", "body trickles past the deadline",
            _direct(scripts.trickle(after=200)), DOUBT, timeout=SHORT),
        Row("tls-trickle", "body trickles past the deadline, over TLS",
            _direct(scripts.trickle(after=200), "good"), DOUBT, timeout=SHORT),
        Row("102-for-ever", "repeated 102s past the deadline",
            _direct(scripts.informational_forever), DOUBT, timeout=SHORT),
        Row("read-a-trickle", "the server reads the request too slowly for the deadline",
            _direct(scripts.read_a_trickle), only(DOUBT, *UPLOADS), "connections", big=True,
            timeout=SHORT),
        Row("never-read", "the server does not read the request before the deadline",
            _direct(scripts.never_read), only(DOUBT, *UPLOADS), "connections", big=True,
            timeout=SHORT),
    ),
)

BROKEN = Group(
    "The response violates HTTP",
    (
        Row("no-http", "not HTTP",
            _direct(scripts.always(b"SSH-2.0-OpenSSH\r\n\r\n")), DOUBT),
        Row("status-garbage", "non-numeric status",
            _direct(scripts.always(b"HTTP/1.1 OK 200\r\n\r\n")), DOUBT),
        Row("two-lengths", "two different `Content-Length` headers",
            _direct(scripts.always(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
                                   b"Content-Length: 2\r\n\r\n{}")), DOUBT),
        Row("length-garbage", "invalid `Content-Length`",
            _direct(respond(b"{}", 200, {"Content-Length": "-1"})), DOUBT),
        Row("chunks-broken", "invalid chunks",
            _direct(scripts.always(answer(b"zz\r\n{}\r\n0\r\n\r\n", 200, scripts.CHUNKED))), DOUBT),
        Row("encoding-unknown", "unknown `Transfer-Encoding`",
            _direct(respond(b"{}", 200, {"Transfer-Encoding": "gzip, chunked",
                                              "Content-Length": None})), DOUBT),
        Row("endless-header", "endless header", _direct(scripts.endless_header), DOUBT),
        Row("many-headers", "10,000 headers, 300 KB", _direct(respond(b"{}", 200, _MANY)), DOUBT),
        Row("same-length-twice", "same `Content-Length` twice in one header",
            _direct(respond(b"{}", 200, {"Content-Length": "2,2"})), DOUBT),
        Row("bare-lf", "bare LF line endings",
            _direct(scripts.always(b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}")), DOUBT),
        Row("leading-crlf", "empty line before the response",
            _direct(scripts.always(b"\r\n" + answer(b"{}"))), DOUBT),
        Row("rtsp", "status line of another protocol",
            _direct(scripts.always(b"RTSP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}")), DOUBT),
        Row("103-body", "103 with a body",
            _direct(scripts.always(b"HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\n{}"
                                   + answer(b"{}"))), DOUBT),
        Row("101", "unrequested 101 Switching Protocols",
            _direct(scripts.always(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")), DOUBT),
    ),
)

SHORT_LIVED = Group(
    "The connection is closed, or has stray data",
    (
        Row("connection-close", "`Connection: close` on every response",
            _direct(scripts.serve_once(lambda body: answer(body, 200, {"Connection": "close"}))),
            SUCCESS),
        Row("idle-closed", "closed while idle, before the call",
            _direct(scripts.closes_when_idle), SUCCESS, warm=True),
        Row("tls-idle-closed", "closed while idle, before the call, over TLS",
            _direct(scripts.closes_when_idle, "good"), SUCCESS, warm=True),
        Row("stale", "closed as the request arrives",
            _direct(scripts.closes_on_the_second_request), recovered("TransportError"), warm=True),
        Row("excess", "surplus response on the connection before the call",
            _direct(scripts.excess_then_an_answer), SUCCESS, warm=True),
        Row("excess-at-once", "surplus response together with the right one",
            _direct(scripts.excess_at_once), SUCCESS, warm=True),
        Row("tls-excess", "surplus response together with the right one, in a TLS record of its "
            "own", _direct(scripts.excess_at_once, "good"), SUCCESS, warm=True),
        Row("proxy-excess", "surplus response together with the right one, through a proxy",
            places.tunnelled(scripts.excess_at_once), SUCCESS, warm=True),
        Row("pushed", "response before the request, which is never read",
            places.pushed(_PUSHED), UNSENT, "connections"),
        Row("pushed-408", "408 before the request", places.pushed(answer(b"", 408)), UNSENT,
            "connections"),
        Row("tls-pushed", "response before the request, over TLS",
            places.pushed(_PUSHED, "good"), UNSENT, "connections"),
    ),
)

AT_LEAST_ONCE = Group(
    "With `Retry(at_least_once=True)`",
    (
        Row("bold-hang", "no response before the deadline", _direct(scripts.hang),
            only(alike(Outcome("TransportError", ATTEMPTS, True)), "POST"), timeout=SHORT,
            options=_AT_LEAST_ONCE),
        Row("bold-503", "503", _direct(respond(b"", 503)),
            only(alike(Outcome("ServerError", ATTEMPTS, True)), "POST"), options=_AT_LEAST_ONCE),
        Row("bold-503-once", "503 once", _direct(scripts.first({}, 503, {})),
            only(alike(Outcome("", 2)), "POST"), options=_AT_LEAST_ONCE),
        Row("bold-then-400", "503 once, then 400",
            _direct(scripts.first({}, 503, {}, after=answer(b"", 400))),
            only(alike(Outcome("BadRequestError", 2, True)), "POST"), options=_AT_LEAST_ONCE),
        Row("bold-500", "500", _direct(respond(b"", 500)), only(failed(), "POST"),
            options=_AT_LEAST_ONCE),
    ),
)

GROUPS = (
    CREDENTIALS, CONNECTING, PROXIES, NO_ANSWER, BROKEN, UNREAD, REDIRECTS, REJECTIONS, LIMITS,
    FAILURES, SHORT_LIVED, AT_LEAST_ONCE, WAITERS, UNUSUAL,
)

# fmt: on


def rows() -> Iterator[Row]:
    """All rows."""
    for group in GROUPS:
        yield from group.rows
