"""The fault table: the promised outcome of GET, PUT, DELETE and POST for every fault.

The tests run each cell on real sockets with every client; `docs/delivery.md` is generated from the
same rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from faults import places, scripts
from faults.answers import FAILURES, LIMITS, REDIRECTS, REJECTIONS, UNREAD, UNUSUAL
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
    at,
    failed,
    only,
    recovered,
    rejected,
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
        Row("keys-hang", "the callable does not return before the deadline", places.keyed(None),
            UNSENT, "nothing", timeout=SHORT),
        Row("keys-slow", "the callable is slow", places.keyed(0.2), SUCCESS),
    ),
)

WAITERS = Group(
    "`wait_for_topic` with a `timeout` shorter than the client's",
    (
        at("wait-hang", "no response before the deadline", scripts.hang, LATE, waiter=True),
        at("wait-trickle", "body trickles past the deadline", scripts.trickle(after=200), LATE,
            waiter=True),
        Row("wait-keys-hang", "the credentials callable does not return before the deadline",
            places.keyed(None), LATE, "nothing", waiter=True),
        at("wait-404", "404", respond(b"", 404), only(rejected("NotFoundError"), "GET"),
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
        at("tls-expired", "expired certificate", scripts.healthy, rejected("TransportError"),
            "connections", certificate="expired", advice=_CERTIFICATE),
        at("tls-self-signed", "certificate of an unknown CA", scripts.healthy,
            rejected("TransportError"), "connections", certificate="self_signed",
            advice=_CERTIFICATE),
        at("tls-wrong-host", "certificate for another host", scripts.healthy,
            rejected("TransportError"), "connections", certificate="wrong_host",
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
        Row("proxy-reset", "connection reset on CONNECT", places.proxied(scripts.reset_at_once),
            UNSENT, "connections"),
        Row("proxy-hang", "no response to CONNECT", places.proxied(scripts.silent), UNSENT,
            "connections", timeout=SHORT),
        Row("proxy-garbage", "garbage in response to CONNECT",
            places.proxied(scripts.proxy_responds(b"SSH-2.0-OpenSSH\r\n\r\n")), UNSENT,
            "connections"),
        Row("proxy-tls-hang", "tunnel opened, but TLS handshake does not start",
            places.proxied(scripts.proxy_to_nothing), UNSENT, "connections", timeout=SHORT),
        Row("proxy-well", "none (a working proxy)", places.tunnelled(scripts.healthy), SUCCESS),
        Row("proxy-then-hang", "no response through the proxy", places.tunnelled(scripts.hang),
            DOUBT, timeout=SHORT),
        Row("proxy-then-reset", "connection through the proxy closed without a response",
            places.tunnelled(scripts.close_after_reading), DOUBT),
    ),
)

NO_ANSWER = Group(
    "No response, or an incomplete one",
    (
        at("reset-while-reading", "reset while the request is being read",
            scripts.reset_while_reading, DOUBT, "connections"),
        at("close-after-head", "closed before the request body is read",
            scripts.close_after_the_head, DOUBT),
        at("reset-after-reading", "reset after the request was read", scripts.reset_after_reading,
            DOUBT),
        at("close-after-reading", "closed without a response", scripts.close_after_reading, DOUBT),
        at("half-close", "half-closed without a response", scripts.hang_half_closed, DOUBT),
        at("close-in-status", "closed within the status line", scripts.close_in_the_status_line,
            DOUBT),
        at("reset-in-answer", "reset within the response, after a 200", scripts.reset_in_the_answer,
            DOUBT),
        at("length-too-long", "closed before `Content-Length` is reached",
            scripts.serve_once(lambda body: answer(body, length=len(body) + 9)), DOUBT),
        at("tls-cut", "closed within the response, over TLS",
            scripts.serve_once(lambda body: answer(body, length=len(body) + 9)), DOUBT,
            certificate="good"),
        at("chunks-cut", "closed within the chunks",
            scripts.serve_once(lambda body: answer(b"64\r\n" + body, 200, scripts.CHUNKED)), DOUBT),
        at("hang", "no response before the deadline", scripts.hang, DOUBT, timeout=SHORT),
        at("tls-hang", "no response before the deadline, over TLS", scripts.hang, DOUBT,
            certificate="good", timeout=SHORT),
        at("hang-in-answer", "only headers before the deadline", scripts.hang_after_the_head, DOUBT,
            timeout=SHORT),
        at("trickle-head", "headers trickle past the deadline", scripts.trickle(after=0), DOUBT,
            timeout=SHORT),
        at("trickle-body", "body trickles past the deadline", scripts.trickle(after=200), DOUBT,
            timeout=SHORT),
        at("tls-trickle", "body trickles past the deadline, over TLS", scripts.trickle(after=200),
            DOUBT, certificate="good", timeout=SHORT),
        at("102-for-ever", "repeated 102s past the deadline", scripts.informational_forever, DOUBT,
            timeout=SHORT),
        at("read-a-trickle", "the server reads the request too slowly for the deadline",
            scripts.read_a_trickle, only(DOUBT, *UPLOADS), "connections", big=True, timeout=SHORT),
        at("never-read", "the server does not read the request before the deadline",
            scripts.never_read, only(DOUBT, *UPLOADS), "connections", big=True, timeout=SHORT),
    ),
)

BROKEN = Group(
    "The response violates HTTP",
    (
        at("no-http", "not HTTP", scripts.always(b"SSH-2.0-OpenSSH\r\n\r\n"), DOUBT),
        at("status-garbage", "non-numeric status", scripts.always(b"HTTP/1.1 OK 200\r\n\r\n"),
            DOUBT),
        at("two-lengths", "two different `Content-Length` headers",
            scripts.always(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
            DOUBT),
        at("length-garbage", "invalid `Content-Length`",
            respond(b"{}", 200, {"Content-Length": "-1"}), DOUBT),
        at("chunks-broken", "invalid chunks",
            scripts.always(answer(b"zz\r\n{}\r\n0\r\n\r\n", 200, scripts.CHUNKED)), DOUBT),
        at("encoding-unknown", "unknown `Transfer-Encoding`",
            respond(b"{}", 200, {"Transfer-Encoding": "gzip, chunked", "Content-Length": None}),
            DOUBT),
        at("endless-header", "endless header", scripts.endless_header, DOUBT),
        at("many-headers", "10,000 headers, 300 KB", respond(b"{}", 200, _MANY), DOUBT),
        at("same-length-twice", "same `Content-Length` twice in one header",
            respond(b"{}", 200, {"Content-Length": "2,2"}), DOUBT),
        at("bare-lf", "bare LF line endings",
            scripts.always(b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"), DOUBT),
        at("leading-crlf", "empty line before the response",
            scripts.always(b"\r\n" + answer(b"{}")), DOUBT),
        at("rtsp", "status line of another protocol",
            scripts.always(b"RTSP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"), DOUBT),
        at("103-body", "103 with a body",
            scripts.always(b"HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\n{}"
                + answer(b"{}")), DOUBT),
        at("101", "unrequested 101 Switching Protocols",
            scripts.always(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"), DOUBT),
    ),
)

SHORT_LIVED = Group(
    "The connection is closed, or has stray data",
    (
        at("connection-close", "`Connection: close` on every response",
            scripts.serve_once(lambda body: answer(body, 200, {"Connection": "close"})), SUCCESS),
        at("idle-closed", "closed while idle, before the call", scripts.closes_when_idle, SUCCESS,
            warm=True),
        at("tls-idle-closed", "closed while idle, before the call, over TLS",
            scripts.closes_when_idle, SUCCESS, certificate="good", warm=True),
        at("stale", "closed as the request arrives", scripts.closes_on_the_second_request,
            recovered("TransportError"), warm=True),
        at("excess", "surplus response on the connection before the call",
            scripts.excess_then_an_answer, SUCCESS, warm=True),
        at("excess-at-once", "surplus response together with the right one", scripts.excess_at_once,
            SUCCESS, warm=True),
        at("tls-excess",
            "surplus response together with the right one, in a TLS record of its " "own",
            scripts.excess_at_once, SUCCESS, certificate="good", warm=True),
        Row("proxy-excess", "surplus response together with the right one, through a proxy",
            places.tunnelled(scripts.excess_at_once), SUCCESS, warm=True),
        Row("pushed", "response before the request, which is never read", places.pushed(_PUSHED),
            UNSENT, "connections"),
        Row("pushed-408", "408 before the request", places.pushed(answer(b"", 408)), UNSENT,
            "connections"),
        Row("tls-pushed", "response before the request, over TLS", places.pushed(_PUSHED, "good"),
            UNSENT, "connections"),
    ),
)

AT_LEAST_ONCE = Group(
    "With `Retry(at_least_once=True)`",
    (
        at("bold-hang", "no response before the deadline", scripts.hang,
            only(alike(Outcome("TransportError", ATTEMPTS, True)), "POST"), timeout=SHORT,
            options=_AT_LEAST_ONCE),
        at("bold-503", "503", respond(b"", 503),
            only(alike(Outcome("ServerError", ATTEMPTS, True)), "POST"), options=_AT_LEAST_ONCE),
        at("bold-503-once", "503 once", scripts.first({}, 503, {}),
            only(alike(Outcome("", 2)), "POST"), options=_AT_LEAST_ONCE),
        at("bold-then-400", "503 once, then 400",
            scripts.first({}, 503, {}, after=answer(b"", 400)),
            only(alike(Outcome("BadRequestError", 2, True)), "POST"), options=_AT_LEAST_ONCE),
        at("bold-500", "500", respond(b"", 500), only(failed(), "POST"), options=_AT_LEAST_ONCE),
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
