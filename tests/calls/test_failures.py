"""The error of a response, or of the failure to get one."""

from __future__ import annotations

import pickle
import ssl
import traceback
from typing import Any

import httpx
import pytest
from calls.samples import a_call, an_answer
from ncloud_datastream import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    DataStreamError,
    ErrorCode,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    UnexpectedAnswerError,
)
from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.calls.call import Call
from ncloud_datastream.calls.failures import (
    error_of,
    forget_locals,
    transport_error,
    unreadable,
)


def rejected(call: Call, answer: Answer) -> ApiError:
    error = error_of(call, answer)
    assert isinstance(error, ApiError)
    return error


# --- responses


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (299, None),
        (300, UnexpectedAnswerError),
        (399, UnexpectedAnswerError),
        (400, BadRequestError),
        (499, ApiError),
        (500, ServerError),
    ],
)
def test_the_status_code_selects_the_class_and_the_outcome(
    status: int, kind: type[DataStreamError] | None
) -> None:
    error = error_of(a_call(), an_answer(status, {}))
    if kind is None:
        assert error is None
    else:
        assert type(error) is kind
        assert error.maybe_delivered == (status >= 500)


def test_only_429_502_503_and_504_are_retryable() -> None:
    for status in (*range(425, 433), *range(498, 510)):
        assert rejected(a_call(), an_answer(status)).retryable == (status in (429, 502, 503, 504))


def test_a_2xx_that_was_not_read_completely_may_be_delivered() -> None:
    error = error_of(a_call(), an_answer(200, {}, "it is too long"))
    assert isinstance(error, UnexpectedAnswerError)
    assert str(error) == (
        "theCall: HTTP 200, but the response cannot be read: it is too long. "
        "The service may have acted on the call."
    )
    assert error.maybe_delivered
    assert (error.status_code, error.operation) == (200, "theCall")
    assert unreadable(a_call(documented=False), an_answer(200), "why").operation is None


def test_a_2xx_that_must_be_a_json_object() -> None:
    wants = a_call(expects_object=True)
    assert error_of(wants, an_answer(200, {})) is None
    for body in (b"", b"OK", b"[]", b"\xff"):
        error = error_of(wants, an_answer(200, body))
        assert isinstance(error, UnexpectedAnswerError)
        assert "the body is not of the documented JSON type" in str(error)
        assert error_of(a_call(), an_answer(200, body)) is None


def test_an_error_in_a_2xx_has_the_class_of_its_code() -> None:
    error = rejected(a_call(), an_answer(200, {"error": {"errorCode": "300", "message": "no"}}))
    assert type(error) is NotFoundError
    assert not error.maybe_delivered
    error = rejected(a_call(), an_answer(200, {"error": {"errorCode": "999999"}}))
    assert type(error) is ApiError  # an unknown code
    assert error.maybe_delivered
    error = rejected(a_call(), an_answer(200, {"error": "unknown"}))
    assert error.maybe_delivered
    error = rejected(a_call(message=True), an_answer(200, {"status": 413}))
    assert error.status_code == 200
    assert not error.maybe_delivered
    assert error_of(a_call(), an_answer(200, {"status": 413})) is None


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "210", PermissionDeniedError),
        (401, "200", AuthenticationError),
        (402, "210", ApiError),
        (403, "200", PermissionDeniedError),
    ],
)
def test_gateway_code_210_with_a_401_is_a_missing_permission(
    status: int, code: str, kind: type[ApiError]
) -> None:
    assert type(rejected(a_call(), an_answer(status, {"error": {"errorCode": code}}))) is kind


CHECK = " Check the access key and the secret key, then this machine's clock."
GRANT = " The keys are valid; grant them the permission for this operation."
MAIN = (
    " Messages signed with the keys of a main account are rejected: use those of a sub account "
    "that may produce to this topic."
)


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (401, False, CHECK),
        (403, False, GRANT),
        (404, False, ""),
        (401, True, CHECK + MAIN),
        (403, True, MAIN),
        (404, True, ""),
        (429, False, ""),
    ],
)
def test_the_message_says_what_to_do_and_for_a_401_to_check_the_keys_first(
    status: int, message: bool, hint: str
) -> None:
    error = rejected(a_call(message=message), an_answer(status))
    assert str(error) == f"theCall: HTTP {status}.{hint}"


LIMIT = (
    " This is a limit of the account, so waiting does not help: delete what is no longer needed, "
    "or ask NCP for a higher limit."
)


def test_a_limit_of_the_account_is_not_retryable() -> None:
    for message, status in ((False, 429), (True, 200)):
        body = {"status": 429, "code": "LimitExceeded", "detail": "x"}
        error = rejected(a_call(message=message), an_answer(status, body))
        assert isinstance(error, RateLimitedError)
        assert (error.retryable, error.maybe_delivered) == (False, False)
        assert str(error).endswith(LIMIT)
    for body in ({"code": "InternalError"}, {"error": {"errorCode": "400"}}):
        assert LIMIT not in str(rejected(a_call(), an_answer(429, body)))


NAMES = " This operation needs the topic's id, not its name: find_topic(name) returns both."


@pytest.mark.parametrize(
    ("target", "body", "hint"),
    [
        ("/api/v1/topics/orders", None, NAMES),
        ("/api/v1/topics/orders", {"code": "InvalidTopicNotFound"}, NAMES),
        ("/api/v1/topics/orders/schemas/1", {"code": "InvalidTopicNotFound"}, NAMES),
        ("/api/v1/topics/t1/schemas/1", {"code": "InvalidResourceNotFound"}, ""),
        ("/api/v1/topics/t1", {"error": {"errorCode": "300"}}, ""),
        ("/api/v1/topics", None, ""),
        ("/api/produce", {"code": "InvalidTopicNotFound"}, ""),
    ],
)
def test_a_404_for_an_id_suggests_that_it_is_a_name(target: str, body: Any, hint: str) -> None:
    error = rejected(a_call(target=target), an_answer(404, body))
    assert str(error).endswith(f".{hint}")
    assert (NAMES in str(error)) == bool(hint)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("5f2c-1", "5f2c-1"), (" a\x1b[2J\tb ", "a [2J b"), ("x" * 999, "x" * 128), ("", None)],
)
def test_the_request_id_is_in_the_message(given: str, kept: str | None) -> None:
    found = an_answer(409, {"code": "x", "detail": "Detail."}, x_ncp_request_id=given)
    error = pickle.loads(pickle.dumps(rejected(a_call(), found)))
    assert error.request_id == kept
    shown = "" if kept is None else f" (request id {kept})"
    assert str(error) == f"theCall: HTTP 409 x: Detail{shown}."
    assert rejected(a_call(), an_answer(409)).request_id is None


@pytest.mark.parametrize("status", [302, 400, 503])
def test_any_2xx_delivers_does_not_apply_to_another_status(status: int) -> None:
    assert error_of(a_call(message=True), an_answer(status), any_2xx_delivers=True) is not None


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
def test_the_message_has_code_meaning_and_detail(body: dict[str, Any], words: str) -> None:
    error = rejected(a_call(), an_answer(404, body))
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
def test_retry_after_is_read_from_a_429_and_a_5xx(status: int, kind: type[ApiError]) -> None:
    error = rejected(a_call(), an_answer(status, retry_after="7"))
    assert type(error) is kind
    assert getattr(error, "retry_after", None) == (None if status == 404 else 7.0)


def test_a_redirect_is_an_error_with_its_bounded_target() -> None:
    error = error_of(a_call(), an_answer(302, location="y" * 1000))
    assert isinstance(error, UnexpectedAnswerError)
    assert str(error) == (
        f"theCall: HTTP 302, an unexpected redirect to {'y' * 200!r}. "
        "Check the configured URL; signed requests do not follow redirects."
    )
    assert (error.status_code, error.maybe_delivered) == (302, False)
    assert "HTTP 302, an unexpected redirect. Check" in str(error_of(a_call(), an_answer(302)))


# --- no response


def attempt(*, watched: bool, written: bool) -> Attempt:
    made = Attempt(0.0)
    made.watched, made.written = watched, written
    return made


UNWATCHED = attempt(watched=False, written=True)


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
def test_a_call_may_be_delivered_if_a_byte_may_be_written(
    cause: Exception, made: Attempt, doubtful: bool
) -> None:
    error = transport_error(a_call(), cause, made)
    assert error.maybe_delivered is doubtful
    assert error.retryable
    assert error.__cause__ is cause
    said = (
        "The service may have acted on the call" if doubtful else "Nothing was sent in this attempt"
    )
    assert str(error).endswith(f"from https://h/api/v1: {type(cause).__name__}. {said}.")


@pytest.mark.parametrize(
    ("cause", "late"),
    [(TimeoutError(), True), (httpx.ReadTimeout(""), True), (httpx.ReadError(""), False)],
)
def test_a_timeout_is_reported_as_such(cause: Exception, late: bool) -> None:
    within = " within the deadline" if late else ""
    words = f"no complete response{within} from"
    assert str(transport_error(a_call(), cause, UNWATCHED)).startswith(f"theCall: {words} ")


def test_the_cause_is_quoted_on_one_line_and_bounded() -> None:
    error = transport_error(a_call(), httpx.ReadError("one\r\n two\t" + "x" * 1000), UNWATCHED)
    assert f": ReadError: one two {'x' * 292}. The" in str(error)


def test_a_cause_that_ends_in_a_period_is_quoted_without_it() -> None:
    error = transport_error(a_call(), httpx.ReadTimeout("No answer within 1 s."), UNWATCHED)
    assert str(error).endswith(
        ": ReadTimeout: No answer within 1 s. The service may have acted on the call."
    )
    assert ": a reason. The service" in str(unreadable(a_call(), an_answer(200), "a reason."))


def chained(*, cause: BaseException | None = None, context: BaseException | None = None) -> Any:
    error = httpx.ConnectError("")
    error.__cause__, error.__context__ = cause, context
    return error


@pytest.mark.parametrize(
    ("cause", "again"),
    [
        (chained(), True),
        (chained(cause=ssl.SSLCertVerificationError(1, "self-signed")), False),
        (chained(context=ssl.SSLCertVerificationError(1, "self-signed")), False),
        (chained(context=chained(cause=ssl.SSLCertVerificationError(1, "no"))), False),
        (chained(cause=ssl.SSLError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] no")), False),
        (chained(cause=ssl.SSLError(1, "bad record")), True),
    ],
)
def test_an_invalid_certificate_is_not_retryable(cause: Exception, again: bool) -> None:
    assert transport_error(a_call(), cause, Attempt(0.0)).retryable is again


# --- the request of an error


def assert_masked(request: httpx.Request) -> None:
    assert request.url == "https://h/api/v1?query=1"
    assert request.headers.get_list("x-ncp-iam-access-key") == ["***"]
    assert request.headers.get_list("x-ncp-apigw-signature-v2") == ["***"]
    assert request.headers["x-other"] == "y"
    assert request.content == b"{}"


def test_the_signature_is_masked_in_the_request_of_an_error() -> None:
    error = rejected(a_call("POST"), an_answer(401, {"a": 1}, x_of="answer"))
    assert error.response is not None
    assert (error.response.status_code, error.response.json()) == (401, {"a": 1})
    assert error.response.headers["x-of"] == "answer"
    assert_masked(error.response.request)
    assert error.response.request.extensions == {"server": "management", "operation": "theCall"}
    bare = rejected(a_call(documented=False), an_answer(401)).response
    assert bare is not None
    assert bare.request.extensions == {"server": "management"}
    cause = httpx.ReadError("")
    transport_error(a_call(), cause, UNWATCHED)
    assert_masked(cause.request)


def test_the_local_variables_of_the_whole_chain_are_cleared() -> None:
    def innermost(secret: str) -> None:
        raise ValueError(len(secret))

    def inner(secret: str) -> None:
        try:
            innermost(secret)
        except ValueError as error:
            error.__context__ = error.__cause__ = KeyError()
            error.__cause__.__context__ = error  # a cycle
            raise OSError(len(secret)) from error

    with pytest.raises(OSError, match="6") as caught:
        inner("secret")

    def secrets() -> list[str]:
        return [
            value
            for error in (caught.value, caught.value.__cause__)
            if error is not None
            for frame, _ in traceback.walk_tb(error.__traceback__)
            for value in frame.f_locals.values()
            if value == "secret"
        ]

    assert len(secrets()) == 3
    forget_locals(caught.value)
    assert secrets() == []
