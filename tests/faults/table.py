"""The promise as data: for every fault and each of GET, PUT, DELETE and POST, what comes of it.

The tests run each cell against real sockets, with every client; `docs/delivery.md` is written from
the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from faults import places, scripts
from faults.answers import FAILURES, LIMITS, REDIRECTS, REFUSALS, UNREAD, UNUSUAL
from faults.places import direct as _direct
from faults.places import tls as _tls
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
from faults.scripts import answer, says

_MANY = {f"X-{number:05}": "x" * 24 for number in range(10_000)}
_PUSHED = answer(b'{"status": 200, "topicId": "t1", "topicName": "n"}')
_BOLD = {"at_least_once": True}
LATE = only(alike(Outcome("WaitTimeoutError", 1)), "GET")
_CERTIFICATE = "have the certificate mended, or name who is to be trusted by `verify`"


# fmt: off

CREDENTIALS = Group(
    "The credentials are asked for, from a callable",
    (
        Row("keys-hang", "it does not answer until the deadline", places.Keyed(places.hanging),
            UNSENT, "nothing", timeout=SHORT),
        Row("keys-slow", "it takes its time", places.Keyed(places.slow, reached=True), SUCCESS),
    ),
)

WAITERS = Group(
    "With `wait_for_topic`, whose `timeout` is shorter than the client's",
    (
        Row("wait-hang", "nothing comes until the deadline", _direct(scripts.hang), LATE,
            waiter=True),
        Row("wait-trickle", "the body trickles past the deadline",
            _direct(scripts.trickle(after=200)), LATE, waiter=True),
        Row("wait-keys-hang", "a callable for the credentials does not answer until the deadline",
            places.Keyed(places.hanging), LATE, "nothing", waiter=True),
        Row("wait-404", "404", _direct(says(b"", 404)), only(refused("NotFoundError"), "GET"),
            waiter=True),
    ),
)

CONNECTING = Group(
    "The connection cannot be made",
    (
        Row("refused", "refused", places.Refusing(), UNSENT, "nothing"),
        Row("dns", "no such name in the DNS", places.Unknown(), UNSENT, "nothing"),
        Row("no-answer", "nobody answers", places.Unanswering(), UNSENT, "nothing",
            timeout=SHORT),
        Row("refused-tls", "refused, over TLS", places.Refusing("https"), UNSENT, "nothing"),
        Row("tls-silent", "the TLS handshake does not begin", _tls(scripts.silent, "none"), UNSENT,
            "connections", timeout=SHORT),
        Row("tls-slow", "the TLS handshake trickles", _tls(scripts.slow_handshake, "none"), UNSENT,
            "connections", timeout=SHORT),
        Row("tls-reset", "reset in the TLS handshake", _tls(scripts.reset_at_once, "none"), UNSENT,
            "connections"),
        Row("tls-none", "the other side does not speak TLS", _tls(scripts.no_tls, "none"), UNSENT,
            "connections"),
        Row("tls-expired", "the certificate has expired", _tls(scripts.well, "expired"),
            refused("TransportError"), "connections", advice=_CERTIFICATE),
        Row("tls-self-signed", "the certificate is signed by nobody known",
            _tls(scripts.well, "self_signed"), refused("TransportError"), "connections",
            advice=_CERTIFICATE),
        Row("tls-wrong-host", "the certificate is for another host",
            _tls(scripts.well, "wrong_host"), refused("TransportError"), "connections",
            advice=_CERTIFICATE),
    ),
)

PROXIES = Group(
    "The proxy does not let the request through",
    (
        Row("proxy-refused", "the proxy refuses the connection", places.Proxied(None), UNSENT,
            "nothing"),
        Row("proxy-403", "CONNECT is answered with 403",
            places.Proxied(scripts.proxy_says(answer(status=403))), UNSENT, "connections"),
        Row("proxy-407", "CONNECT is answered with 407",
            places.Proxied(scripts.proxy_says(answer(status=407))), UNSENT, "connections"),
        Row("proxy-502", "CONNECT is answered with 502",
            places.Proxied(scripts.proxy_says(answer(status=502))), UNSENT, "connections"),
        Row("proxy-close", "CONNECT is not answered, the connection closed",
            places.Proxied(scripts.close_after_the_head), UNSENT, "connections"),
        Row("proxy-reset", "CONNECT is answered with a reset",
            places.Proxied(scripts.reset_at_once), UNSENT, "connections"),
        Row("proxy-hang", "CONNECT is not answered", places.Proxied(scripts.silent), UNSENT,
            "connections", timeout=SHORT),
        Row("proxy-garbage", "CONNECT is answered with garbage",
            places.Proxied(scripts.proxy_says(b"SSH-2.0-OpenSSH\r\n\r\n")), UNSENT, "connections"),
        Row("proxy-tls-hang", "the tunnel is made, and no TLS handshake begins",
            places.Proxied(scripts.proxy_to_nothing), UNSENT, "connections", timeout=SHORT),
        Row("proxy-well", "none: a proxy that works", places.Tunnelled(scripts.well), SUCCESS),
        Row("proxy-then-hang", "beyond the proxy, no answer comes",
            places.Tunnelled(scripts.hang), DOUBT, timeout=SHORT),
        Row("proxy-then-reset", "beyond the proxy, the connection breaks off",
            places.Tunnelled(scripts.close_after_reading), DOUBT),
    ),
)

NO_ANSWER = Group(
    "No answer comes, or not all of it",
    (
        Row("reset-while-reading", "reset while the request is read",
            _direct(scripts.reset_while_reading), DOUBT, "connections"),
        Row("close-after-head", "closed before the body is read",
            _direct(scripts.close_after_the_head), DOUBT),
        Row("reset-after-reading", "reset after the request is read",
            _direct(scripts.reset_after_reading), DOUBT),
        Row("close-after-reading", "closed without an answer",
            _direct(scripts.close_after_reading), DOUBT),
        Row("half-close", "half closed without an answer",
            _direct(scripts.hang_half_closed), DOUBT),
        Row("close-in-status", "closed within the status line",
            _direct(scripts.close_in_the_status_line), DOUBT),
        Row("reset-in-answer", "reset within the answer, after a 200",
            _direct(scripts.reset_in_the_answer), DOUBT),
        Row("length-too-long", "closed before `Content-Length` is reached",
            _direct(scripts.wrongly(lambda body: answer(body, length=len(body) + 9))), DOUBT),
        Row("tls-cut", "closed within the answer, over TLS",
            _tls(scripts.wrongly(lambda body: answer(body, length=len(body) + 9))), DOUBT),
        Row("chunks-cut", "closed within the chunks",
            _direct(scripts.wrongly(lambda body: answer(b"64\r\n" + body, 200, scripts.CHUNKED))),
            DOUBT),
        Row("hang", "nothing comes until the deadline", _direct(scripts.hang), DOUBT,
            timeout=SHORT),
        Row("tls-hang", "nothing comes until the deadline, over TLS", _tls(scripts.hang), DOUBT,
            timeout=SHORT),
        Row("hang-in-answer", "only the head comes until the deadline",
            _direct(scripts.hang_after_the_head), DOUBT, timeout=SHORT),
        Row("trickle-head", "the head trickles past the deadline",
            _direct(scripts.trickle(after=0)), DOUBT, timeout=SHORT),
        Row("trickle-body", "the body trickles past the deadline",
            _direct(scripts.trickle(after=200)), DOUBT, timeout=SHORT),
        Row("tls-trickle", "the body trickles past the deadline, over TLS",
            _tls(scripts.trickle(after=200)), DOUBT, timeout=SHORT),
        Row("102-for-ever", "102s come past the deadline",
            _direct(scripts.informational_for_ever), DOUBT, timeout=SHORT),
        Row("read-a-trickle", "the request is read in a trickle past the deadline",
            _direct(scripts.read_a_trickle), only(DOUBT, *UPLOADS), "connections", big=True,
            timeout=SHORT),
        Row("never-read", "the request is not read until the deadline",
            _direct(scripts.never_read), only(DOUBT, *UPLOADS), "connections", big=True,
            timeout=SHORT),
    ),
)

BROKEN = Group(
    "The answer breaks HTTP",
    (
        Row("no-http", "no HTTP at all",
            _direct(scripts.always(b"SSH-2.0-OpenSSH\r\n\r\n")), DOUBT),
        Row("status-garbage", "a status that is no number",
            _direct(scripts.always(b"HTTP/1.1 OK 200\r\n\r\n")), DOUBT),
        Row("two-lengths", "two different `Content-Length`s",
            _direct(scripts.always(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
                                   b"Content-Length: 2\r\n\r\n{}")), DOUBT),
        Row("length-garbage", "a `Content-Length` that is no number",
            _direct(says(b"{}", 200, {"Content-Length": "-1"})), DOUBT),
        Row("chunks-broken", "broken chunks",
            _direct(scripts.always(answer(b"zz\r\n{}\r\n0\r\n\r\n", 200, scripts.CHUNKED))), DOUBT),
        Row("encoding-unknown", "an unknown `Transfer-Encoding`",
            _direct(says(b"{}", 200, {"Transfer-Encoding": "gzip, chunked",
                                              "Content-Length": None})), DOUBT),
        Row("endless-header", "a header without end", _direct(scripts.endless_header), DOUBT),
        Row("many-headers", "10,000 headers, 300 KB", _direct(says(b"{}", 200, _MANY)), DOUBT),
        Row("same-length-twice", "the same `Content-Length` twice in one header",
            _direct(says(b"{}", 200, {"Content-Length": "2,2"})), DOUBT),
        Row("bare-lf", "lines that end with a bare LF",
            _direct(scripts.always(b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}")), DOUBT),
        Row("leading-crlf", "an empty line before the answer",
            _direct(scripts.always(b"\r\n" + answer(b"{}"))), DOUBT),
        Row("rtsp", "another protocol's version",
            _direct(scripts.always(b"RTSP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}")), DOUBT),
        Row("103-body", "a 103 with a body",
            _direct(scripts.always(b"HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\n{}"
                                   + answer(b"{}"))), DOUBT),
        Row("101", "101 Switching Protocols, unasked",
            _direct(scripts.always(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")), DOUBT),
    ),
)

SHORT_LIVED = Group(
    "The connection does not last",
    (
        Row("connection-close", "`Connection: close` on every answer",
            _direct(scripts.wrongly(lambda body: answer(body, 200, {"Connection": "close"}))),
            SUCCESS),
        Row("idle-closed", "closed while idle, before the call",
            _direct(scripts.closes_when_idle), SUCCESS, warm=True),
        Row("tls-idle-closed", "closed while idle, before the call, over TLS",
            _tls(scripts.closes_when_idle), SUCCESS, warm=True),
        Row("stale", "closed when the call's request comes",
            _direct(scripts.closes_on_the_second_request), recovered("TransportError"), warm=True),
        Row("excess", "an answer too many on the connection, before the call",
            _direct(scripts.excess_then_an_answer), SUCCESS, warm=True),
        Row("excess-at-once", "an answer too many that comes with the right one",
            _direct(scripts.excess_at_once), SUCCESS, warm=True),
        Row("tls-excess", "an answer too many, in a TLS record of its own that comes with the "
            "right one", _tls(scripts.excess_at_once), SUCCESS, warm=True),
        Row("proxy-excess", "the same beyond a proxy",
            places.Tunnelled(scripts.excess_at_once), SUCCESS, warm=True),
        Row("pushed", "an answer before the request, which is never read",
            places.Pushed(_PUSHED), UNSENT, "connections"),
        Row("pushed-408", "a 408 before the request", places.Pushed(answer(b"", 408)), UNSENT,
            "connections"),
        Row("tls-pushed", "an answer before the request, over TLS",
            places.Pushed(_PUSHED, "good"), UNSENT, "connections"),
    ),
)

AT_LEAST_ONCE = Group(
    "With `Retry(at_least_once=True)`",
    (
        Row("bold-hang", "nothing comes until the deadline", _direct(scripts.hang),
            only(alike(Outcome("TransportError", ATTEMPTS, True)), "POST"), timeout=SHORT,
            options=_BOLD),
        Row("bold-503", "503", _direct(says(b"", 503)),
            only(alike(Outcome("ServerError", ATTEMPTS, True)), "POST"), options=_BOLD),
        Row("bold-503-once", "503 once", _direct(scripts.first({}, 503, {})),
            only(alike(Outcome("", 2)), "POST"), options=_BOLD),
        Row("bold-then-400", "503 once, then 400",
            _direct(scripts.first({}, 503, {}, after=answer(b"", 400))),
            only(alike(Outcome("BadRequestError", 2, True)), "POST"), options=_BOLD),
        Row("bold-500", "500", _direct(says(b"", 500)), only(failed(), "POST"), options=_BOLD),
    ),
)

GROUPS = (
    CREDENTIALS, CONNECTING, PROXIES, NO_ANSWER, BROKEN, UNREAD, REDIRECTS, REFUSALS, LIMITS,
    FAILURES, SHORT_LIVED, AT_LEAST_ONCE, WAITERS, UNUSUAL,
)

# fmt: on


def rows() -> Iterator[Row]:
    """All rows."""
    for group in GROUPS:
        yield from group.rows
