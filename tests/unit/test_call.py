"""One call from its first try to its last, driven by hand: no socket, no sleep."""

from __future__ import annotations

import logging
import pickle
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    DataStreamError,
    ErrorCode,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    Retry,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
    servers,
)
from ncloud_datastream import exchange as exchange_module
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.bounded import LOCATION, UNREAD
from ncloud_datastream.calls.exchange import (
    Wait,
    call_name,
    exchange,
    judge_answer,
    transport_error,
    unreadable,
)

PATIENT = Retry(max_elapsed=1e6)


def request(method: str = "GET", *, message: bool = False) -> httpx.Request:
    extensions: dict[str, Any] = {"operation": "theCall"}
    if message:
        extensions["server"] = servers.MESSAGE
    headers = {"x-ncp-iam-access-key": "AK", "x-ncp-apigw-signature-v2": "signed", "x-other": "y"}
    return httpx.Request(
        method, "https://h/api/v1?query=1", headers=headers, content=b"{}", extensions=extensions
    )


def answer(status: int, body: Any = None, **headers: str) -> httpx.Response:
    content = b"" if body is None else None
    return httpx.Response(status, json=body, content=content, headers=headers, request=request())


def call(
    asked: httpx.Request, *outcomes: Any, retry: Retry = PATIENT
) -> tuple[int, httpx.Response | DataStreamError]:
    """How many waits there were, and what the call ended with."""
    left, waits = list(outcomes), 0
    steps = exchange(asked, retry, 30.0)
    try:
        step = next(steps)
        while not isinstance(step, httpx.Response):
            if isinstance(step, Attempt):
                step = steps.send(left.pop(0))
            else:
                waits += 1
                step = next(steps)
    except DataStreamError as error:
        assert not left
        return waits, error
    assert not left
    return waits, step


def refused(asked: httpx.Request, found: httpx.Response) -> ApiError:
    error = judge_answer(asked, found)
    assert isinstance(error, ApiError)
    return error


def notes(error: object) -> list[str]:
    return getattr(error, "__notes__", [])


# --- tries and waits


def test_a_try_ends_with_its_timeout_or_with_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(exchange_module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    steps = exchange(request(), Retry(max_elapsed=50.0), 30.0)
    first = next(steps)
    assert isinstance(first, Attempt)
    assert first.deadline == 1030.0
    clock.now = 1040.0
    wait = steps.send(answer(503))
    assert isinstance(wait, Wait)
    second = next(steps)
    assert isinstance(second, Attempt)
    assert second.deadline == 1050.0


def test_tries_are_counted_and_bounded(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ncloud_datastream")
    waits, error = call(request(), *[httpx.ConnectError("no")] * 3)
    assert waits == len(caplog.records) == 2
    assert isinstance(error, TransportError)
    assert error.attempts == 3
    assert error.operation == "theCall"


def test_a_success_says_how_many_tries_it_took() -> None:
    waits, found = call(request(), answer(503), answer(200, {}))
    assert waits == 1
    assert isinstance(found, httpx.Response)
    assert unreadable(found, "why").attempts == 2


def test_a_try_that_was_not_made_does_not_count() -> None:
    _, error = call(request(), answer(503), ConfigurationError("closed"))
    assert isinstance(error, ConfigurationError)
    assert error.attempts == 1


def test_a_time_that_is_up_ends_the_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(exchange_module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    steps = exchange(request(), Retry(max_elapsed=50.0), 30.0)
    next(steps)
    clock.now = 1050.0
    with pytest.raises(ServerError):
        steps.send(answer(503))


@pytest.mark.parametrize(
    ("method", "first", "then", "told"),
    [
        ("GET", 503, 404, "been acted on."),
        ("DELETE", 503, 404, "deleted it."),
        ("DELETE", 503, 400, "been acted on."),
        ("DELETE", 429, 404, None),
        ("DELETE", 503, 503, None),
        ("GET", None, 404, None),
    ],
)
def test_a_doubt_outlives_the_try_that_left_it(
    method: str, first: int | None, then: int, told: str | None
) -> None:
    doubtful = httpx.ConnectError("no") if first is None else answer(first)
    retry = Retry(max_attempts=2, max_elapsed=1e6)
    waits, error = call(request(method), doubtful, answer(then), retry=retry)
    assert waits == 1
    assert isinstance(error, ApiError)
    assert error.maybe_delivered == (told is not None or then == 503)
    assert notes(error) == (
        [] if told is None else [f"An earlier attempt of this call may have {told}"]
    )


def test_without_an_earlier_try_there_is_no_doubt() -> None:
    _, error = call(request("DELETE"), answer(404))
    assert isinstance(error, NotFoundError)
    assert not error.maybe_delivered
    assert notes(error) == []


# --- what an answer means


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, None),
        (299, None),
        (300, UnexpectedAnswerError),
        (399, UnexpectedAnswerError),
        (400, BadRequestError),
        (402, ApiError),
        (404, NotFoundError),
        (499, ApiError),
        (500, ServerError),
        (599, ServerError),
    ],
)
def test_by_its_status(status: int, kind: type[DataStreamError] | None) -> None:
    error = judge_answer(request(), answer(status, {}))
    if kind is None:
        assert error is None
    else:
        assert type(error) is kind
        assert error.maybe_delivered == (status >= 500)


@pytest.mark.parametrize("status", [*range(425, 433), *range(498, 510)])
def test_which_may_pass(status: int) -> None:
    assert refused(request(), answer(status)).retryable == (status in (429, 502, 503, 504))


def test_one_that_was_not_read_to_its_end() -> None:
    found = answer(200, {})
    found.extensions[UNREAD] = "it is too long"
    error = judge_answer(request(), found)
    assert isinstance(error, UnexpectedAnswerError)
    assert str(error) == (
        "theCall: HTTP 200, but the answer cannot be read: it is too long. "
        "The service may have acted on the call."
    )
    assert error.maybe_delivered
    assert (error.status_code, error.attempts) == (200, 0)


def test_a_refusal_inside_a_success() -> None:
    error = refused(request(), answer(200, {"error": {"errorCode": "300", "message": "no"}}))
    assert type(error) is NotFoundError
    assert not error.maybe_delivered
    error = refused(request(), answer(200, {"error": {"errorCode": "999999"}}))
    assert type(error) is ApiError  # of which nobody knows what it stands for
    assert error.maybe_delivered
    error = refused(request(message=True), answer(200, {"status": 413}))
    assert error.status_code == 200
    assert not error.maybe_delivered
    assert judge_answer(request(), answer(200, {"status": 413})) is None


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "210", PermissionDeniedError),
        (401, "200", AuthenticationError),
        (400, "210", BadRequestError),
        (402, "210", ApiError),
        (403, "200", PermissionDeniedError),
    ],
)
def test_a_permission_that_lacks(status: int, code: str, kind: type[ApiError]) -> None:
    assert type(refused(request(), answer(status, {"error": {"errorCode": code}}))) is kind


CHECK = " Check the access key, the secret key and this machine's clock."
GRANT = " The keys are known; grant them the permission for this operation."
MAIN = (
    " Messages are refused to the keys of a main account: use those of a sub account that may "
    "produce to this topic."
)


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (401, False, CHECK),
        (403, False, GRANT),
        (404, False, ""),
        (401, True, MAIN),
        (403, True, MAIN),
        (404, True, ""),
        (429, False, ""),
    ],
)
def test_what_to_do_next(status: int, message: bool, hint: str) -> None:
    error = refused(request(message=message), answer(status))
    assert str(error) == f"theCall: HTTP {status}.{hint}"


LIMIT = (
    " A limit of the account, which waiting does not change: delete what is no longer needed, or "
    "ask NCP for a higher limit."
)


def test_a_limit_of_the_account_is_not_waited_for() -> None:
    waits, error = call(request("POST"), answer(429, {"code": "LimitExceeded"}))
    assert (waits, type(error)) == (0, RateLimitedError)
    assert isinstance(error, RateLimitedError)
    assert (error.retryable, error.maybe_delivered) == (False, False)
    assert str(error).endswith(LIMIT)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"code": "InternalError"}),
        (429, {"error": {"errorCode": "400", "message": "LimitExceeded"}}),
        (429, None),
        (503, {"code": "LimitExceeded"}),
    ],
)
def test_every_other_limit_is_waited_for(status: int, body: Any) -> None:
    waits, error = call(request(), answer(status, body), answer(200, {}))
    assert (waits, isinstance(error, httpx.Response)) == (1, True)
    assert LIMIT not in str(refused(request(), answer(status, body)))


def test_a_limit_of_the_account_inside_a_success() -> None:
    found = answer(200, {"status": 429, "code": "LimitExceeded", "detail": "x"})
    error = refused(request(message=True), found)
    assert (type(error), error.retryable) == (RateLimitedError, False)


NAMES = " A topic is named by its id here, not by its name: find_topic(name) returns both."


@pytest.mark.parametrize(
    ("path", "body", "hint"),
    [
        ("/api/v1/topics/orders", None, NAMES),
        ("/api/v1/topics/orders", {"detail": "no"}, NAMES),
        ("/api/v1/topics/orders", {"code": "InvalidTopicNotFound"}, NAMES),
        ("/api/v1/topics/orders/schemas/1", {"code": "InvalidTopicNotFound"}, NAMES),
        ("/api/v1/topics/t1/schemas/1", {"code": "InvalidResourceNotFound"}, ""),
        ("/api/v1/topics/t1", {"error": {"errorCode": "300"}}, ""),
        ("/api/v1/topics", None, ""),
        ("/api/produce", {"code": "InvalidTopicNotFound"}, ""),
    ],
)
def test_a_name_is_no_id(path: str, body: Any, hint: str) -> None:
    asked = httpx.Request("GET", f"https://h{path}", extensions={"operation": "theCall"})
    error = refused(asked, answer(404, body))
    assert str(error).endswith(f".{hint}")
    assert (NAMES in str(error)) == bool(hint)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("5f2c-1", "5f2c-1"), (" a\x1b[2J\tb ", "a [2J b"), ("x" * 999, "x" * 128), ("", None)],
)
def test_the_number_of_the_request(given: str, kept: str | None) -> None:
    found = answer(409, {"code": "x", "detail": "Detail."}, **{"x-ncp-request-id": given})
    error = pickle.loads(pickle.dumps(refused(request(), found)))
    assert error.request_id == kept
    shown = "" if kept is None else f" (request id {kept})"
    assert str(error) == f"theCall: HTTP 409 x: Detail{shown}."
    assert refused(request(), answer(409)).request_id is None


@pytest.mark.parametrize(
    "content",
    [b"", b"OK", b"[]", b"true", b"\xff", b'{"status": 503}', b'{"error": {"errorCode": "900"}}'],
)
@pytest.mark.parametrize("unread", [False, True])
def test_any_2xx_may_be_taken_as_delivered(content: bytes, unread: bool) -> None:
    def answered() -> httpx.Response:
        found = httpx.Response(202, content=content, request=request())
        if unread:
            found.extensions[UNREAD] = "it is too long"
        return found

    def judged(asked: httpx.Request, *, delivers: bool) -> httpx.Response | None:
        steps = exchange(asked, Retry(max_attempts=1), 30.0, any_2xx_delivers=delivers)
        next(steps)
        try:
            found = steps.send(answered())
        except DataStreamError:
            return None
        assert isinstance(found, httpx.Response)
        return found

    found = judged(request(message=True), delivers=True)
    assert found is not None
    assert found.status_code == 202
    assert found.content == (content if content[:1] == b"{" else b"{}")
    assert found.request.url == "https://h/api/v1?query=1"
    for asked, delivers in ((request(), True), (request(), False)):
        other = judged(asked, delivers=delivers)
        assert other is None or other.content == content
    if unread:
        assert judged(request(message=True), delivers=False) is None


@pytest.mark.parametrize("status", [302, 400, 401, 503])
def test_what_is_no_2xx_is_never_taken_as_delivered(status: int) -> None:
    asked = request(message=True)
    assert judge_answer(asked, answer(status), any_2xx_delivers=True) is not None


KNOWN = next(code for code in ErrorCode if code.meaning)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"code": KNOWN.value}, f" {KNOWN.value} (MEANING)"),
        ({"code": "no such code"}, " no such code"),
        ({"error": {"errorCode": "300"}}, " gateway code 300 (MEANING)"),
        ({"code": "x", "title": "Title", "detail": "Detail."}, " x: Detail"),
        ({"code": "x", "title": "Title."}, " x: Title"),
    ],
)
def test_what_it_says(body: dict[str, Any], words: str) -> None:
    error = refused(request(), answer(404, body))
    known = error.code or error.gateway_code
    assert known is not None
    meaning = known.meaning.rstrip(".") if known.meaning else ""
    assert str(error) == f"theCall: HTTP 404{words.replace('MEANING', meaning)}."
    assert ("MEANING" in words) == bool(meaning)
    assert error.title == body.get("title")
    assert error.detail == body.get("detail")


@pytest.mark.parametrize(
    ("status", "kind"), [(429, RateLimitedError), (503, ServerError), (404, NotFoundError)]
)
def test_when_it_may_be_asked_again(status: int, kind: type[ApiError]) -> None:
    error = refused(request(), answer(status, **{"Retry-After": "7"}))
    assert type(error) is kind
    assert getattr(error, "retry_after", None) == (None if status == 404 else 7.0)


def test_signatures_are_masked_in_all_that_is_kept() -> None:
    found = answer(401)
    found.history = [answer(401)]
    error = refused(request(), found)
    assert error.response is found
    for each in (found, found.history[0]):
        headers = each.request.headers
        assert headers["x-ncp-iam-access-key"] == headers["x-ncp-apigw-signature-v2"] == "***"
        assert headers["x-other"] == "y"
        assert each.request.content == b"{}"
    bare = httpx.Request("GET", "https://h/")
    refused(bare, found)
    assert "x-ncp-iam-access-key" not in found.request.headers


def test_a_redirect_tells_where_to_in_bounds() -> None:
    found = answer(302)
    found.extensions[LOCATION] = "y" * 1000
    error = judge_answer(request(), found)
    assert isinstance(error, UnexpectedAnswerError)
    assert str(error) == (
        f"theCall: HTTP 302, a redirect to {'y' * 200!r}. "
        "Signed requests are never redirected; check the configured URL."
    )
    assert (error.status_code, error.maybe_delivered) == (302, False)


def test_the_name_of_a_call() -> None:
    assert call_name(request()) == "theCall"
    assert call_name(httpx.Request("PUT", "https://h/api?x=1")) == "PUT /api"


# --- no answer


def attempt(*, watched: bool, written: bool) -> Attempt:
    made = Attempt(0.0)
    made.watched, made.written = watched, written
    return made


UNWATCHED = attempt(watched=False, written=False)


@pytest.mark.parametrize(
    ("cause", "made", "doubtful"),
    [
        (httpx.ReadError(""), attempt(watched=True, written=True), True),
        (httpx.ReadError(""), attempt(watched=True, written=False), False),
        (httpx.ConnectError(""), attempt(watched=True, written=True), True),
        (httpx.ReadError(""), UNWATCHED, True),
        (httpx.ConnectError(""), UNWATCHED, False),
        (httpx.ConnectTimeout(""), UNWATCHED, False),
        (httpx.PoolTimeout(""), UNWATCHED, False),
        (httpx.ProxyError(""), UNWATCHED, False),
        (httpx.UnsupportedProtocol(""), UNWATCHED, False),
    ],
)
def test_may_it_have_been_delivered(cause: Exception, made: Attempt, doubtful: bool) -> None:
    error = transport_error(request(), cause, made)
    assert error.maybe_delivered is doubtful
    assert error.retryable
    assert error.__cause__ is cause
    said = "The service may have acted on it" if doubtful else "Nothing of this attempt was sent"
    assert str(error).endswith(f"from https://h/api/v1: {type(cause).__name__}. {said}.")


@pytest.mark.parametrize(
    ("cause", "late"),
    [(TimeoutError(), True), (httpx.ReadTimeout(""), True), (httpx.ReadError(""), False)],
)
def test_was_it_the_deadline(cause: Exception, late: bool) -> None:
    words = "no whole answer within the deadline from" if late else "no whole answer from"
    assert str(transport_error(request(), cause, UNWATCHED)).startswith(f"theCall: {words} ")


def test_the_cause_is_told_in_one_line_and_in_bounds() -> None:
    error = transport_error(request(), httpx.ReadError("one\r\n two\t" + "x" * 1000), UNWATCHED)
    assert f": ReadError: one two {'x' * 292}. The" in str(error)


def test_the_request_of_the_cause_is_masked() -> None:
    cause = httpx.ReadError("", request=request())
    transport_error(request(), cause, UNWATCHED)
    assert cause.request.headers["x-ncp-apigw-signature-v2"] == "***"


def test_nothing_follows_a_success() -> None:
    request = httpx.Request("GET", "https://h/")
    steps = exchange(request, Retry(), 1.0)
    assert isinstance(next(steps), Attempt)
    answer = httpx.Response(200, request=request)
    assert steps.send(answer) is answer
    with pytest.raises(StopIteration):
        next(steps)
