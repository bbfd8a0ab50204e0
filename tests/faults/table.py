"""The promise as data: for every fault and each of GET, PUT, DELETE and POST, what comes of it.

The tests run each cell against real sockets, with every client; `docs/delivery.md` is written from
the same rows.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from faults import places, scripts
from faults.places import Place
from faults.promises import (
    ATTEMPTS,
    DOUBT,
    LIMITED,
    REDIRECT,
    SHORT,
    SUCCESS,
    UNREADABLE,
    UNSENT,
    UPLOADS,
    Group,
    Outcome,
    Row,
    alike,
    failed,
    only,
    passing,
    recovered,
    refused,
)
from faults.scripts import answer, says, says_json


def gateway(code: object) -> dict[str, object]:
    """The body of an answer that comes from the gateway."""
    return {"error": {"errorCode": code, "message": "Some Reason", "details": ""}}


_ONE_HUNDRED = b"HTTP/1.1 100 Continue\r\n\r\n"
_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
_HTML = b"<html><body>Hello</body></html>"
_MANY = {f"X-{number:05}": "x" * 24 for number in range(10_000)}
_HUGE = b" " * (17 * 2**20)
_SOON = "Thu, 01 Jan 2015 00:00:00 GMT"
_FAR = "Fri, 31 Dec 9999 23:59:59 GMT"
_SECOND = 1.0
_A_SECOND_ON = {"Date": _SOON, "Retry-After": "Thu, 01 Jan 2015 00:00:01 GMT"}
_BOLD = {"at_least_once": True}
_CERTIFICATE = "have the certificate mended, or name who is to be trusted by `verify`"


def _direct(script: scripts.Script) -> Place:
    return places.Direct(script)


def _tls(script: scripts.Script, certificate: str = "good") -> Place:
    return places.Direct(script, certificate)


# fmt: off

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
        Row("101", "101 Switching Protocols, unasked",
            _direct(scripts.always(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")), DOUBT),
    ),
)

UNUSUAL = Group(
    "The answer is unusual, and right",
    (
        Row("well", "none", _direct(scripts.well), SUCCESS),
        Row("tls-well", "none, over TLS", _tls(scripts.well), SUCCESS),
        Row("100", "100 Continue before the answer",
            _direct(scripts.rightly(lambda body: _ONE_HUNDRED + answer(body))), SUCCESS),
        Row("103", "103s before the answer",
            _direct(scripts.rightly(lambda body: 2 * _HINTS + answer(body))), SUCCESS),
        Row("chunks", "chunks with extensions and trailers",
            _direct(scripts.rightly(lambda body: answer(
                scripts.chunks(body[:3], body[3:], trailer=b"X-Sum: 1\r\n"), 200,
                scripts.CHUNKED))), SUCCESS),
        Row("chunks-and-length", "`Content-Length` beside `Transfer-Encoding`",
            _direct(scripts.rightly(lambda body: answer(
                scripts.chunks(body), 200, {"Transfer-Encoding": "chunked"}, length=3))), SUCCESS),
        Row("no-length", "no length: it ends with the connection",
            _direct(scripts.wrongly(lambda body: answer(body, 200, scripts.OPEN_ENDED))), SUCCESS),
        Row("http-1.0", "HTTP/1.0",
            _direct(scripts.wrongly(lambda body: answer(body).replace(b"/1.1", b"/1.0", 1))),
            SUCCESS),
        Row("gzip", "gzip, though none was asked for",
            _direct(scripts.rightly(lambda body: answer(
                scripts.gzipped(body), 200, {"Content-Encoding": "gzip"}))), SUCCESS),
        Row("charset", "another charset in the `Content-Type` than in the body",
            _direct(scripts.rightly(lambda body: answer(
                body, 200, {"Content-Type": "application/json; charset=utf-16"}))), SUCCESS),
        Row("text-plain", "JSON as `text/plain`",
            _direct(scripts.rightly(lambda body: answer(
                body, 200, {"Content-Type": "text/plain"}))), SUCCESS),
        Row("unknown-enum", "an enum value that is not documented",
            _direct(scripts.says_json({**scripts.TOPIC, "status": "SOMEDAY"})),
            only(SUCCESS, "GET", "PUT")),
        Row("201", "201 where 200 is documented",
            _direct(scripts.rightly(lambda body: answer(body, 201))), SUCCESS),
    ),
)

UNREAD = Group(
    "The answer is a 2xx that cannot be read",
    (
        Row("html", "HTML", _direct(says(_HTML, 200, {"Content-Type": "text/html"})), UNREADABLE),
        Row("empty", "an empty body", _direct(says(b"")), UNREADABLE),
        Row("204", "204 with a body", _direct(says(b"true", 204)), UNREADABLE),
        Row("length-too-short", "a `Content-Length` that ends within the JSON",
            _direct(scripts.wrongly(lambda body: answer(body, length=len(body) - 1))), UNREADABLE),
        Row("wrong-type", "JSON of another type", _direct(says_json([1, 2])), UNREADABLE),
        Row("no-ids", "no ids", _direct(says_json({})), only(UNREADABLE, "GET", "PUT", "DELETE")),
        Row("bad-utf-8", "bytes that are no UTF-8", _direct(says(b'{"topicId": "\xff\xfe"}')),
            UNREADABLE),
        Row("deep-json", "JSON 100,000 levels deep",
            _direct(says(b"[" * 100_000 + b"]" * 100_000)), UNREADABLE),
        Row("gzip-broken", "broken gzip",
            _direct(says(b"\x1f\x8b\x08\x00\xff\xff\xff\xff\xff\xff!!!!", 200,
                         {"Content-Encoding": "gzip"})), UNREADABLE),
        Row("gzip-cut", "gzip that is cut short",
            _direct(says(gzip.compress(b"{}" * 99)[:9], 200, {"Content-Encoding": "gzip"})),
            UNREADABLE),
        Row("gzip-more", "gzip with something after it",
            _direct(scripts.rightly(lambda body: answer(
                scripts.gzipped(body) + b"more", 200, {"Content-Encoding": "gzip"}))), UNREADABLE),
        Row("gzip-bomb", "a gzip bomb: 256 MB in 256 KB",
            _direct(scripts.lazily(lambda: answer(
                scripts.bomb(), 200, {"Content-Encoding": "gzip"}))), UNREADABLE),
        Row("brotli", "an encoding that was not asked for",
            _direct(says(b"\x0b\x02\x80{}\x03", 200, {"Content-Encoding": "br"})), UNREADABLE),
        Row("huge", "100 MB", _direct(scripts.huge), UNREADABLE),
    ),
)

REDIRECTS = Group(
    "The answer is a redirect",
    (
        *(
            Row(f"{status}-foreign", f"{status} to another host",
                _direct(says(b"", status, {"Location": "http://another-host.test/"})), REDIRECT)
            for status in (301, 302, 303, 307, 308)
        ),
        Row("307-same", "307 to the same host", _direct(says(b"", 307, {"Location": "/other"})),
            REDIRECT),
        Row("302-nowhere", "302 without a target", _direct(says(b"", 302)), REDIRECT),
        Row("302-garbage", "302 to what is no URL",
            _direct(says(b"", 302, {"Location": "https://[oops"})), REDIRECT),
        Row("304", "304", _direct(says(b"", 304)), REDIRECT),
    ),
)

REFUSALS = Group(
    "The service or the gateway refuses",
    (
        Row("400", "400", _direct(says_json({"code": "1001", "detail": "no"}, 400)),
            refused("BadRequestError")),
        Row("401", "401, and the clock is right", _direct(says_json(gateway("200"), 401)),
            refused("AuthenticationError")),
        Row("401-date-garbage", "401 with a `Date` that is none",
            _direct(says_json(gateway("200"), 401, {"Date": "yesterday"})),
            refused("AuthenticationError")),
        Row("401-clock", "401, and the clock is said to be wrong, again and again",
            _direct(says_json(gateway("200"), 401, {"Date": _SOON})),
            refused("AuthenticationError"), clock=True),
        Row("401-clock-learned", "401 once, for a clock that is wrong",
            _direct(scripts.first(gateway("200"), 401, {"Date": _SOON})), SUCCESS, clock=True),
        Row("401-210", "401 with gateway code 210", _direct(says_json(gateway("210"), 401)),
            refused("PermissionDeniedError")),
        Row("403", "403", _direct(says_json(gateway(230), 403)), refused("PermissionDeniedError")),
        Row("404", "404", _direct(says_json({}, 404)), refused("NotFoundError")),
        Row("409", "409", _direct(says(b"", 409)), refused("ConflictError")),
        Row("413", "413", _direct(says(_HTML, 413)), refused("PayloadTooLargeError")),
        Row("413-early", "413 before the body is read", _direct(scripts.early(413)),
            refused("PayloadTooLargeError", UPLOADS), big=True),
        Row("418", "another 4xx", _direct(says(b"", 418)), refused("ApiError")),
        Row("400-huge", "400 with 17 MB", _direct(says(_HUGE, 400)), refused("BadRequestError")),
        Row("400-brotli", "400 in an encoding that was not asked for",
            _direct(says(b"?", 400, {"Content-Encoding": "br"})), refused("BadRequestError")),
        Row("hidden-400", "200, with a message's status 400",
            _direct(says_json({"status": 400, "detail": "no"})),
            refused("BadRequestError", ("POST",))),
        Row("hidden-401", "200, with the gateway's code for 401",
            _direct(says_json(gateway("200"))), refused("AuthenticationError")),
    ),
)

LIMITS = Group(
    "A limit is reached",
    (
        Row("429", "429", _direct(says_json(gateway("410"), 429)), LIMITED),
        Row("429-once", "429 once", _direct(scripts.first({}, 429, {})), alike(Outcome("", 2))),
        Row("429-wait", "429 once, `Retry-After: 1`",
            _direct(scripts.first({}, 429, {"Retry-After": "1"})), alike(Outcome("", 2)),
            waits=_SECOND),
        Row("429-wait-date", "429 once, `Retry-After` a date a second on",
            _direct(scripts.first({}, 429, _A_SECOND_ON)), alike(Outcome("", 2)), waits=_SECOND),
        Row("429-now", "429, `Retry-After: 0`", _direct(says(b"", 429, {"Retry-After": "0"})),
            LIMITED),
        Row("429-past", "429, `Retry-After` a date gone by",
            _direct(says(b"", 429, {"Retry-After": _SOON})), LIMITED),
        Row("429-negative", "429, `Retry-After: -5`",
            _direct(says(b"", 429, {"Retry-After": "-5"})), LIMITED),
        Row("429-garbage", "429, `Retry-After: soon`",
            _direct(says(b"", 429, {"Retry-After": "soon"})), LIMITED),
        Row("429-later", "429, `Retry-After` past `max_elapsed`",
            _direct(says(b"", 429, {"Retry-After": "3600"})), refused("RateLimitedError")),
        Row("429-absurd", "429, `Retry-After` of a hundred digits",
            _direct(says(b"", 429, {"Retry-After": "9" * 100})), refused("RateLimitedError")),
        Row("429-far", "429, `Retry-After` a date in the year 9999",
            _direct(says(b"", 429, {"Retry-After": _FAR})), refused("RateLimitedError")),
        Row("hidden-429", "200, with the gateway's code for 429", _direct(says_json(gateway(420))),
            LIMITED),
    ),
)

FAILURES = Group(
    "The service or the gateway fails",
    (
        Row("500", "500", _direct(says_json(gateway("900"), 500)), failed()),
        Row("501", "501", _direct(says(b"", 501)), failed()),
        Row("520", "520, HTML", _direct(says(_HTML, 520)), failed()),
        Row("500-huge", "500 with 17 MB", _direct(says(_HUGE, 500)), failed()),
        Row("502", "502", _direct(says(_HTML, 502)), passing("ServerError")),
        Row("503", "503", _direct(says_json(gateway("500"), 503)), passing("ServerError")),
        Row("503-later", "503, `Retry-After` past `max_elapsed`",
            _direct(says(b"", 503, {"Retry-After": "3600"})), failed()),
        Row("504", "504", _direct(says_json(gateway("510"), 504)), passing("ServerError")),
        Row("503-once", "503 once", _direct(scripts.first({}, 503, {})), recovered("ServerError")),
        Row("503-wait", "503 once, `Retry-After: 1`",
            _direct(scripts.first({}, 503, {"Retry-After": "1"})), recovered("ServerError"),
            waits=_SECOND),
        Row("503-wait-date", "503 once, `Retry-After` a date a second on",
            _direct(scripts.first({}, 503, _A_SECOND_ON)), recovered("ServerError"),
            waits=_SECOND),
        Row("503-then-404", "503 once, then 404",
            _direct(scripts.first({}, 503, {}, after=answer(b"", 404))),
            only(alike(Outcome("NotFoundError", 2, True)), "DELETE")),
        Row("hidden-504", "200, with the gateway's code for 504",
            _direct(says_json(gateway("510"))), passing("ServerError")),
        Row("hidden-unknown", "200, with a gateway code that is not documented",
            _direct(says_json(gateway("999"))), failed("ApiError")),
        Row("hidden-500", "200, with a message's status 500",
            _direct(says_json({"status": 500, "detail": "no"})), failed(kinds=("POST",))),
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
    CONNECTING, PROXIES, NO_ANSWER, BROKEN, UNREAD, REDIRECTS, REFUSALS, LIMITS, FAILURES,
    SHORT_LIVED, AT_LEAST_ONCE, UNUSUAL,
)

# fmt: on


def rows() -> Iterator[Row]:
    """All rows."""
    for group in GROUPS:
        yield from group.rows
