"""The rows of the fault table for complete responses: unusual, unreadable, rejected or failed."""

from __future__ import annotations

import gzip

from faults import scripts
from faults.places import direct as _direct
from faults.promises import (
    LIMITED,
    REDIRECT,
    SUCCESS,
    UNREADABLE,
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
from faults.scripts import answer, respond, respond_json


def gateway(code: object) -> dict[str, object]:
    """The body of an error response of the gateway."""
    return {"error": {"errorCode": code, "message": "Some Reason", "details": ""}}


_ONE_HUNDRED = b"HTTP/1.1 100 Continue\r\n\r\n"
_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
_HTML = b"<html><body>Hello</body></html>"
_HUGE = b" " * (17 * 2**20)
_SOON = "Thu, 01 Jan 2015 00:00:00 GMT"
_FAR = "Fri, 31 Dec 9999 23:59:59 GMT"
_SECOND = 1.0
_A_SECOND_ON = {"Date": _SOON, "Retry-After": "Thu, 01 Jan 2015 00:00:01 GMT"}


# fmt: off

UNUSUAL = Group(
    "The response is unusual but valid",
    (
        Row("well", "none", _direct(scripts.healthy), SUCCESS),
        Row("tls-well", "none, over TLS", _direct(scripts.healthy, "good"), SUCCESS),
        Row("100", "100 Continue before the response",
            _direct(scripts.serve(lambda body: _ONE_HUNDRED + answer(body))), SUCCESS),
        Row("103", "103s before the response",
            _direct(scripts.serve(lambda body: 2 * _HINTS + answer(body))), SUCCESS),
        Row("chunks", "chunks with extensions and trailers",
            _direct(scripts.serve(lambda body: answer(
                scripts.chunks(body[:3], body[3:], trailer=b"X-Sum: 1\r\n"), 200,
                scripts.CHUNKED))), SUCCESS),
        Row("chunks-and-length", "`Content-Length` together with `Transfer-Encoding`",
            _direct(scripts.serve(lambda body: answer(
                scripts.chunks(body), 200, {"Transfer-Encoding": "chunked"}, length=3))), SUCCESS),
        Row("no-length", "no length (the body ends with the connection)",
            _direct(scripts.serve_once(lambda body: answer(body, 200, scripts.OPEN_ENDED))),
            SUCCESS),
        Row("http-1.0", "HTTP/1.0",
            _direct(scripts.serve_once(lambda body: answer(body).replace(b"/1.1", b"/1.0", 1))),
            SUCCESS),
        Row("gzip", "unrequested gzip",
            _direct(scripts.serve(lambda body: answer(
                scripts.gzipped(body), 200, {"Content-Encoding": "gzip"}))), SUCCESS),
        Row("charset", "`Content-Type` with another charset than the body",
            _direct(scripts.serve(lambda body: answer(
                body, 200, {"Content-Type": "application/json; charset=utf-16"}))), SUCCESS),
        Row("text-plain", "JSON as `text/plain`",
            _direct(scripts.serve(lambda body: answer(
                body, 200, {"Content-Type": "text/plain"}))), SUCCESS),
        Row("unknown-enum", "undocumented enum value",
            _direct(scripts.respond_json({**scripts.TOPIC, "status": "SOMEDAY"})),
            only(SUCCESS, "GET", "PUT")),
        Row("201", "201 instead of the documented 200",
            _direct(scripts.serve(lambda body: answer(body, 201))), SUCCESS),
    ),
)

UNREAD = Group(
    "The response is a 2xx that cannot be read",
    (
        Row("html", "HTML", _direct(respond(_HTML, 200, {"Content-Type": "text/html"})),
            UNREADABLE),
        Row("empty", "empty body", _direct(respond(b"")), UNREADABLE),
        Row("204", "204 with a body", _direct(respond(b"true", 204)), UNREADABLE),
        Row("length-too-short", "`Content-Length` that ends within the JSON",
            _direct(scripts.serve_once(lambda body: answer(body, length=len(body) - 1))),
            UNREADABLE),
        Row("wrong-type", "JSON of another type", _direct(respond_json([1, 2])), UNREADABLE),
        Row("no-ids", "no ids", _direct(respond_json({})), only(UNREADABLE, "GET", "PUT",
            "DELETE")),
        Row("bad-utf-8", "invalid UTF-8", _direct(respond(b'{"topicId": "\xff\xfe"}')), UNREADABLE),
        Row("deep-json", "JSON 100,000 levels deep",
            _direct(respond(b"[" * 100_000 + b"]" * 100_000)), UNREADABLE),
        Row("gzip-broken", "invalid gzip",
            _direct(respond(b"\x1f\x8b\x08\x00\xff\xff\xff\xff\xff\xff!!!!", 200,
                         {"Content-Encoding": "gzip"})), UNREADABLE),
        Row("gzip-cut", "truncated gzip",
            _direct(respond(gzip.compress(b"{}" * 99)[:9], 200, {"Content-Encoding": "gzip"})),
            UNREADABLE),
        Row("gzip-more", "data after the gzip stream",
            _direct(scripts.serve(lambda body: answer(
                scripts.gzipped(body) + b"more", 200, {"Content-Encoding": "gzip"}))), UNREADABLE),
        Row("gzip-bomb", "gzip bomb (256 MB in 256 KB)",
            _direct(scripts.serve_lazily(lambda: answer(
                scripts.bomb(), 200, {"Content-Encoding": "gzip"}))), UNREADABLE),
        Row("brotli", "unrequested content encoding",
            _direct(respond(b"\x0b\x02\x80{}\x03", 200, {"Content-Encoding": "br"})), UNREADABLE),
        Row("huge", "100 MB", _direct(scripts.huge), UNREADABLE),
    ),
)

REDIRECTS = Group(
    "The response is a redirect",
    (
        *(
            Row(f"{status}-foreign", f"{status} to another host",
                _direct(respond(b"", status, {"Location": "http://another-host.test/"})), REDIRECT)
            for status in (301, 302, 303, 307, 308)
        ),
        Row("307-same", "307 to the same host", _direct(respond(b"", 307, {"Location": "/other"})),
            REDIRECT),
        Row("302-nowhere", "302 without a target", _direct(respond(b"", 302)), REDIRECT),
        Row("302-garbage", "302 to an invalid URL",
            _direct(respond(b"", 302, {"Location": "https://[oops"})), REDIRECT),
        Row("304", "304", _direct(respond(b"", 304)), REDIRECT),
    ),
)

REJECTIONS = Group(
    "The service or the gateway rejects the request",
    (
        Row("400", "400", _direct(respond_json({"code": "1001", "detail": "no"}, 400)),
            refused("BadRequestError")),
        Row("401", "401 without clock skew", _direct(respond_json(gateway("200"), 401)),
            refused("AuthenticationError")),
        Row("401-date-garbage", "401 with an invalid `Date`",
            _direct(respond_json(gateway("200"), 401, {"Date": "yesterday"})),
            refused("AuthenticationError")),
        Row("401-clock", "401 that reports clock skew, every time",
            _direct(respond_json(gateway("200"), 401, {"Date": _SOON})),
            refused("AuthenticationError"), clock=True),
        Row("401-clock-learned", "401 that reports clock skew, once",
            _direct(scripts.first(gateway("200"), 401, {"Date": _SOON})), SUCCESS, clock=True),
        Row("401-210", "401 with gateway code 210", _direct(respond_json(gateway("210"), 401)),
            refused("PermissionDeniedError")),
        Row("403", "403", _direct(respond_json(gateway(230), 403)),
            refused("PermissionDeniedError")),
        Row("404", "404", _direct(respond_json({}, 404)), refused("NotFoundError")),
        Row("409", "409", _direct(respond(b"", 409)), refused("ConflictError")),
        Row("413", "413", _direct(respond(_HTML, 413)), refused("PayloadTooLargeError")),
        Row("413-early", "413 before the body is read", _direct(scripts.early(413)),
            refused("PayloadTooLargeError", UPLOADS), big=True),
        Row("418", "another 4xx", _direct(respond(b"", 418)), refused("ApiError")),
        Row("400-huge", "400 with 17 MB", _direct(respond(_HUGE, 400)), refused("BadRequestError")),
        Row("400-brotli", "400 in an unrequested content encoding",
            _direct(respond(b"?", 400, {"Content-Encoding": "br"})), refused("BadRequestError")),
        Row("hidden-400", "200, with a message's status 400",
            _direct(respond_json({"status": 400, "detail": "no"})),
            refused("BadRequestError", ("POST",))),
        Row("hidden-401", "200, with the gateway's code for 401",
            _direct(respond_json(gateway("200"))), refused("AuthenticationError")),
    ),
)

LIMITS = Group(
    "A rate limit or quota is reached",
    (
        Row("429", "429", _direct(respond_json(gateway("410"), 429)), LIMITED),
        Row("429-once", "429 once", _direct(scripts.first({}, 429, {})), alike(Outcome("", 2))),
        Row("429-wait", "429 once, `Retry-After: 1`",
            _direct(scripts.first({}, 429, {"Retry-After": "1"})), alike(Outcome("", 2)),
            waits=_SECOND),
        Row("429-wait-date", "429 once, `Retry-After` a date one second ahead",
            _direct(scripts.first({}, 429, _A_SECOND_ON)), alike(Outcome("", 2)), waits=_SECOND),
        Row("429-now", "429, `Retry-After: 0`", _direct(respond(b"", 429, {"Retry-After": "0"})),
            LIMITED),
        Row("429-past", "429, `Retry-After` a date in the past",
            _direct(respond(b"", 429, {"Retry-After": _SOON})), LIMITED),
        Row("429-negative", "429, `Retry-After: -5`",
            _direct(respond(b"", 429, {"Retry-After": "-5"})), LIMITED),
        Row("429-garbage", "429, `Retry-After: soon`",
            _direct(respond(b"", 429, {"Retry-After": "soon"})), LIMITED),
        Row("429-later", "429, `Retry-After` past `max_elapsed`",
            _direct(respond(b"", 429, {"Retry-After": "3600"})), refused("RateLimitedError")),
        Row("429-absurd", "429, `Retry-After` of a hundred digits",
            _direct(respond(b"", 429, {"Retry-After": "9" * 100})), refused("RateLimitedError")),
        Row("429-far", "429, `Retry-After` a date in the year 9999",
            _direct(respond(b"", 429, {"Retry-After": _FAR})), refused("RateLimitedError")),
        Row("429-account", "429 with the code `LimitExceeded`",
            _direct(respond_json({"code": "LimitExceeded"}, 429)), refused("RateLimitedError"),
            advice="delete unused resources, or request a higher quota"),
        Row("hidden-429", "200, with the gateway's code for 429",
            _direct(respond_json(gateway(420))),
            LIMITED),
    ),
)

FAILURES = Group(
    "The service or the gateway fails",
    (
        Row("500", "500", _direct(respond_json(gateway("900"), 500)), failed()),
        Row("501", "501", _direct(respond(b"", 501)), failed()),
        Row("520", "520, HTML", _direct(respond(_HTML, 520)), failed()),
        Row("500-huge", "500 with 17 MB", _direct(respond(_HUGE, 500)), failed()),
        Row("502", "502", _direct(respond(_HTML, 502)), passing("ServerError")),
        Row("503", "503", _direct(respond_json(gateway("500"), 503)), passing("ServerError")),
        Row("503-later", "503, `Retry-After` past `max_elapsed`",
            _direct(respond(b"", 503, {"Retry-After": "3600"})), failed()),
        Row("504", "504", _direct(respond_json(gateway("510"), 504)), passing("ServerError")),
        Row("503-once", "503 once", _direct(scripts.first({}, 503, {})), recovered("ServerError")),
        Row("503-wait", "503 once, `Retry-After: 1`",
            _direct(scripts.first({}, 503, {"Retry-After": "1"})), recovered("ServerError"),
            waits=_SECOND),
        Row("503-wait-date", "503 once, `Retry-After` a date one second ahead",
            _direct(scripts.first({}, 503, _A_SECOND_ON)), recovered("ServerError"),
            waits=_SECOND),
        Row("503-then-404", "503 once, then 404",
            _direct(scripts.first({}, 503, {}, after=answer(b"", 404))),
            only(alike(Outcome("NotFoundError", 2, True)), "DELETE")),
        Row("hidden-504", "200, with the gateway's code for 504",
            _direct(respond_json(gateway("510"))), passing("ServerError")),
        Row("hidden-unknown", "200, with an undocumented gateway code",
            _direct(respond_json(gateway("999"))), failed("ApiError")),
        Row("hidden-text", "200, with a plain-text `error`",
            _direct(respond_json({"error": "no"})), failed("ApiError"),
            advice="read `detail` and `title`; check whether the call took effect"),
        Row("hidden-code", "200, with an `errorCode` outside the gateway's envelope",
            _direct(respond_json({"errorCode": 1300, "message": "no"})), failed("ApiError"),
            advice="read `detail` and `title`; check whether the call took effect"),
        Row("hidden-500", "200, with a message's status 500",
            _direct(respond_json({"status": 500, "detail": "no"})), failed(kinds=("POST",))),
    ),
)

# fmt: on
