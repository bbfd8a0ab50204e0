"""The rows of the fault table for complete responses: unusual, unreadable, rejected or failed."""

from __future__ import annotations

import gzip

from faults import scripts
from faults.promises import (
    LIMITED,
    REDIRECT,
    SUCCESS,
    UNREADABLE,
    UPLOADS,
    Group,
    Outcome,
    alike,
    at,
    failed,
    only,
    passing,
    recovered,
    rejected,
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
        at("well", "none", scripts.healthy, SUCCESS),
        at("tls-well", "none, over TLS", scripts.healthy, SUCCESS, certificate="good"),
        at("100", "100 Continue before the response",
            scripts.serve(lambda body: _ONE_HUNDRED + answer(body)), SUCCESS),
        at("103", "103s before the response", scripts.serve(lambda body: 2 * _HINTS + answer(body)),
            SUCCESS),
        at("chunks", "chunks with extensions and trailers",
            scripts.serve(lambda body: answer(scripts.chunks(body[:3], body[3:],
                trailer=b"X-Sum: 1\r\n"), 200, scripts.CHUNKED)), SUCCESS),
        at("chunks-and-length", "`Content-Length` together with `Transfer-Encoding`",
            scripts.serve(lambda body: answer(scripts.chunks(body), 200,
                {"Transfer-Encoding": "chunked"}, length=3)), SUCCESS),
        at("no-length", "no length (the body ends with the connection)",
            scripts.serve_once(lambda body: answer(body, 200, scripts.OPEN_ENDED)), SUCCESS),
        at("http-1.0", "HTTP/1.0",
            scripts.serve_once(lambda body: answer(body).replace(b"/1.1", b"/1.0", 1)), SUCCESS),
        at("gzip", "unrequested gzip",
            scripts.serve(lambda body: answer(scripts.gzipped(body), 200,
                {"Content-Encoding": "gzip"})), SUCCESS),
        at("charset", "`Content-Type` with another charset than the body",
            scripts.serve(lambda body: answer(body, 200,
                {"Content-Type": "application/json; charset=utf-16"})), SUCCESS),
        at("text-plain", "JSON as `text/plain`",
            scripts.serve(lambda body: answer(body, 200, {"Content-Type": "text/plain"})), SUCCESS),
        at("unknown-enum", "undocumented enum value",
            scripts.respond_json({**scripts.TOPIC, "status": "SOMEDAY"}),
            only(SUCCESS, "GET", "PUT")),
        at("201", "201 instead of the documented 200",
            scripts.serve(lambda body: answer(body, 201)), SUCCESS),
    ),
)

UNREAD = Group(
    "The response is a 2xx that cannot be read",
    (
        at("html", "HTML", respond(_HTML, 200, {"Content-Type": "text/html"}), UNREADABLE),
        at("empty", "empty body", respond(b""), UNREADABLE),
        at("204", "204 with a body", respond(b"true", 204), UNREADABLE),
        at("length-too-short", "`Content-Length` that ends within the JSON",
            scripts.serve_once(lambda body: answer(body, length=len(body) - 1)), UNREADABLE),
        at("wrong-type", "JSON of another type", respond_json([1, 2]), UNREADABLE),
        at("no-ids", "no ids", respond_json({}), only(UNREADABLE, "GET", "PUT", "DELETE")),
        at("bad-utf-8", "invalid UTF-8", respond(b'{"topicId": "\xff\xfe"}'), UNREADABLE),
        at("deep-json", "JSON 100,000 levels deep", respond(b"[" * 100_000 + b"]" * 100_000),
            UNREADABLE),
        at("gzip-broken", "invalid gzip",
            respond(b"\x1f\x8b\x08\x00\xff\xff\xff\xff\xff\xff!!!!", 200,
                {"Content-Encoding": "gzip"}), UNREADABLE),
        at("gzip-cut", "truncated gzip",
            respond(gzip.compress(b"{}" * 99)[:9], 200, {"Content-Encoding": "gzip"}), UNREADABLE),
        at("gzip-more", "data after the gzip stream",
            scripts.serve(lambda body: answer(scripts.gzipped(body) + b"more", 200,
                {"Content-Encoding": "gzip"})), UNREADABLE),
        at("gzip-bomb", "gzip bomb (256 MB in 256 KB)",
            scripts.serve_lazily(lambda: answer(scripts.bomb(), 200, {"Content-Encoding": "gzip"})),
            UNREADABLE),
        at("brotli", "unrequested content encoding",
            respond(b"\x0b\x02\x80{}\x03", 200, {"Content-Encoding": "br"}), UNREADABLE),
        at("huge", "100 MB", scripts.huge, UNREADABLE),
    ),
)

REDIRECTS = Group(
    "The response is a redirect",
    (
        *(
            at(f"{status}-foreign", f"{status} to another host",
                respond(b"", status, {"Location": "http://another-host.test/"}), REDIRECT)
            for status in (301, 302, 303, 307, 308)
        ),
        at("307-same", "307 to the same host", respond(b"", 307, {"Location": "/other"}), REDIRECT),
        at("302-nowhere", "302 without a target", respond(b"", 302), REDIRECT),
        at("302-garbage", "302 to an invalid URL", respond(b"", 302, {"Location": "https://[oops"}),
            REDIRECT),
        at("304", "304", respond(b"", 304), REDIRECT),
    ),
)

REJECTIONS = Group(
    "The service or the gateway rejects the request",
    (
        at("400", "400", respond_json({"code": "1001", "detail": "no"}, 400),
            rejected("BadRequestError")),
        at("401", "401 without clock skew", respond_json(gateway("200"), 401),
            rejected("AuthenticationError")),
        at("401-date-garbage", "401 with an invalid `Date`",
            respond_json(gateway("200"), 401, {"Date": "yesterday"}),
            rejected("AuthenticationError")),
        at("401-clock", "401 that reports clock skew, every time",
            respond_json(gateway("200"), 401, {"Date": _SOON}), rejected("AuthenticationError"),
            clock=True),
        at("401-clock-learned", "401 that reports clock skew, once",
            scripts.first(gateway("200"), 401, {"Date": _SOON}), SUCCESS, clock=True),
        at("401-210", "401 with gateway code 210", respond_json(gateway("210"), 401),
            rejected("PermissionDeniedError")),
        at("403", "403", respond_json(gateway(230), 403), rejected("PermissionDeniedError")),
        at("404", "404", respond_json({}, 404), rejected("NotFoundError")),
        at("409", "409", respond(b"", 409), rejected("ConflictError")),
        at("413", "413", respond(_HTML, 413), rejected("PayloadTooLargeError")),
        at("413-early", "413 before the body is read", scripts.early(413),
            rejected("PayloadTooLargeError", UPLOADS), big=True),
        at("418", "another 4xx", respond(b"", 418), rejected("ApiError")),
        at("400-huge", "400 with 17 MB", respond(_HUGE, 400), rejected("BadRequestError")),
        at("400-brotli", "400 in an unrequested content encoding",
            respond(b"?", 400, {"Content-Encoding": "br"}), rejected("BadRequestError")),
        at("hidden-400", "200, with a message's status 400",
            respond_json({"status": 400, "detail": "no"}), rejected("BadRequestError", ("POST",))),
        at("hidden-401", "200, with the gateway's code for 401", respond_json(gateway("200")),
            rejected("AuthenticationError")),
    ),
)

LIMITS = Group(
    "A rate limit or quota is reached",
    (
        at("429", "429", respond_json(gateway("410"), 429), LIMITED),
        at("429-once", "429 once", scripts.first({}, 429, {}), alike(Outcome("", 2))),
        at("429-wait", "429 once, `Retry-After: 1`", scripts.first({}, 429, {"Retry-After": "1"}),
            alike(Outcome("", 2)), waits=_SECOND),
        at("429-wait-date", "429 once, `Retry-After` a date one second ahead",
            scripts.first({}, 429, _A_SECOND_ON), alike(Outcome("", 2)), waits=_SECOND),
        at("429-now", "429, `Retry-After: 0`", respond(b"", 429, {"Retry-After": "0"}), LIMITED),
        at("429-past", "429, `Retry-After` a date in the past",
            respond(b"", 429, {"Retry-After": _SOON}), LIMITED),
        at("429-negative", "429, `Retry-After: -5`", respond(b"", 429, {"Retry-After": "-5"}),
            LIMITED),
        at("429-garbage", "429, `Retry-After: soon`", respond(b"", 429, {"Retry-After": "soon"}),
            LIMITED),
        at("429-later", "429, `Retry-After` past `max_elapsed`",
            respond(b"", 429, {"Retry-After": "3600"}), rejected("RateLimitedError")),
        at("429-absurd", "429, `Retry-After` of a hundred digits",
            respond(b"", 429, {"Retry-After": "9" * 100}), rejected("RateLimitedError")),
        at("429-far", "429, `Retry-After` a date in the year 9999",
            respond(b"", 429, {"Retry-After": _FAR}), rejected("RateLimitedError")),
        at("429-account", "429 with the code `LimitExceeded`",
            respond_json({"code": "LimitExceeded"}, 429), rejected("RateLimitedError"),
            advice="delete unused resources, or request a higher quota"),
        at("hidden-429", "200, with the gateway's code for 429", respond_json(gateway(420)),
            LIMITED),
    ),
)

FAILURES = Group(
    "The service or the gateway fails",
    (
        at("500", "500", respond_json(gateway("900"), 500), failed()),
        at("501", "501", respond(b"", 501), failed()),
        at("520", "520, HTML", respond(_HTML, 520), failed()),
        at("500-huge", "500 with 17 MB", respond(_HUGE, 500), failed()),
        at("502", "502", respond(_HTML, 502), passing("ServerError")),
        at("503", "503", respond_json(gateway("500"), 503), passing("ServerError")),
        at("503-later", "503, `Retry-After` past `max_elapsed`",
            respond(b"", 503, {"Retry-After": "3600"}), failed()),
        at("504", "504", respond_json(gateway("510"), 504), passing("ServerError")),
        at("503-once", "503 once", scripts.first({}, 503, {}), recovered("ServerError")),
        at("503-wait", "503 once, `Retry-After: 1`", scripts.first({}, 503, {"Retry-After": "1"}),
            recovered("ServerError"), waits=_SECOND),
        at("503-wait-date", "503 once, `Retry-After` a date one second ahead",
            scripts.first({}, 503, _A_SECOND_ON), recovered("ServerError"), waits=_SECOND),
        at("503-then-404", "503 once, then 404", scripts.first({}, 503, {}, after=answer(b"", 404)),
            only(alike(Outcome("NotFoundError", 2, True)), "DELETE")),
        at("hidden-504", "200, with the gateway's code for 504", respond_json(gateway("510")),
            passing("ServerError")),
        at("hidden-unknown", "200, with an undocumented gateway code", respond_json(gateway("999")),
            failed("ApiError")),
        at("hidden-text", "200, with a plain-text `error`", respond_json({"error": "no"}),
            failed("ApiError"),
            advice="read `detail` and `title`; check whether the call took effect"),
        at("hidden-code", "200, with an `errorCode` outside the gateway's envelope",
            respond_json({"errorCode": 1300, "message": "no"}), failed("ApiError"),
            advice="read `detail` and `title`; check whether the call took effect"),
        at("hidden-500", "200, with a message's status 500",
            respond_json({"status": 500, "detail": "no"}), failed(kinds=("POST",))),
    ),
)

# fmt: on
