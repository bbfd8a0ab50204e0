"""One call with its retries, driven by the test: no socket, no sleep."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from calls.samples import PATIENT, a_call, an_answer, some_options
from ncloud_datastream import (
    ApiError,
    AuthenticationError,
    ConfigurationError,
    DataStreamError,
    NotFoundError,
    RateLimitedError,
    Retry,
    ServerError,
    TransportError,
)
from ncloud_datastream.calls import exchange as exchange_module
from ncloud_datastream.calls.answer import EARLY, Answer
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.calls.call import Call
from ncloud_datastream.calls.exchange import Learn, Outcome, Wait, exchange


def ended(
    call: Call, *outcomes: Outcome, retry: Retry = PATIENT, learn: Learn | None = None
) -> tuple[int, Answer | DataStreamError]:
    """Return the number of waits, and the response or error of the call."""
    left, waits = list(outcomes), 0
    steps = exchange(call, some_options(retry), learn)
    try:
        step = next(steps)
        while not isinstance(step, Answer):
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


ACTED = "The service may have acted on an earlier attempt of this call."
DELETED = "An earlier attempt of this call may have deleted it."


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(exchange_module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_the_deadline_of_an_attempt_is_that_of_the_timeout_or_the_call(
    clock: SimpleNamespace,
) -> None:
    steps = exchange(a_call(), some_options(Retry(max_elapsed=50.0)), None)
    first = next(steps)
    assert isinstance(first, Attempt)
    assert first.deadline == 1030.0
    clock.now = 1040.0
    wait = steps.send(an_answer(503))
    assert isinstance(wait, Wait)
    assert isinstance(wait.error, ServerError)
    second = next(steps)
    assert isinstance(second, Attempt)
    assert second.deadline == 1050.0


def test_attempts_are_counted_and_each_retry_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ncloud_datastream")
    waits, error = ended(a_call(), *[httpx.ConnectError("no")] * 3)
    assert waits == len(caplog.records) == 2
    assert isinstance(error, TransportError)
    assert error.attempts == 3
    assert error.operation == "theCall"


def test_a_request_outside_of_the_document_has_no_operation() -> None:
    _, error = ended(a_call(documented=False), an_answer(404))
    assert isinstance(error, NotFoundError)
    assert error.operation is None
    assert str(error).startswith("theCall: ")


def test_a_success_ends_the_call() -> None:
    answer = an_answer(200, {})
    assert ended(a_call(), an_answer(503), answer) == (1, answer)
    steps = exchange(a_call(), some_options(), None)
    next(steps)
    assert steps.send(answer) is answer
    with pytest.raises(StopIteration):
        next(steps)


def test_an_attempt_that_was_not_made_is_not_counted() -> None:
    _, error = ended(a_call(), an_answer(503), ConfigurationError("closed"))
    assert isinstance(error, ConfigurationError)
    assert error.attempts == 1


def test_no_wait_starts_after_max_elapsed(clock: SimpleNamespace) -> None:
    steps = exchange(a_call(), some_options(Retry(max_elapsed=50.0)), None)
    next(steps)
    clock.now = 1050.0
    with pytest.raises(ServerError):
        steps.send(an_answer(503))


@pytest.mark.parametrize(
    ("method", "first", "then", "note"),
    [
        ("GET", 503, 404, ACTED),
        ("DELETE", 503, 404, DELETED),
        ("DELETE", 503, 400, ACTED),
        ("DELETE", 429, 404, None),
        ("DELETE", 503, 503, None),
        ("GET", None, 404, None),
    ],
)
def test_an_earlier_attempt_that_may_be_delivered_is_remembered(
    method: str, first: int | None, then: int, note: str | None
) -> None:
    earlier = httpx.ConnectError("no") if first is None else an_answer(first)
    retry = Retry(max_attempts=2, max_elapsed=1e6)
    waits, error = ended(a_call(method), earlier, an_answer(then), retry=retry)
    assert waits == 1
    assert isinstance(error, ApiError)
    assert error.maybe_delivered == (note is not None or then == 503)
    assert getattr(error, "__notes__", []) == ([] if note is None else [note])


def test_a_limit_of_the_account_is_not_retried() -> None:
    waits, error = ended(a_call("POST"), an_answer(429, {"code": "LimitExceeded"}))
    assert (waits, type(error)) == (0, RateLimitedError)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"code": "InternalError"}),
        (429, {"error": {"errorCode": "400", "message": "LimitExceeded"}}),
        (503, {"code": "LimitExceeded"}),
    ],
)
def test_every_other_limit_is_retried(status: int, body: Any) -> None:
    waits, found = ended(a_call(), an_answer(status, body), an_answer(200, {}))
    assert (waits, isinstance(found, Answer)) == (1, True)


# --- clock skew


class Skew:
    """Returns in turn whether a 401 shows clock skew."""

    def __init__(self, *results: bool) -> None:
        self.results = list(results)
        self.calls: list[tuple[str | None, float]] = []

    def __call__(self, date: str | None, used: float) -> bool:
        self.calls.append((date, used))
        return self.results.pop(0)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_401_that_shows_clock_skew_is_repeated_once_and_not_counted(method: str) -> None:
    skew = Skew(True)
    steps = exchange(a_call(method), some_options(Retry(max_attempts=1)), skew)
    first = next(steps)
    assert isinstance(first, Attempt)
    first.offset, first.written = 7.0, True
    second = steps.send(an_answer(401, date="then"))
    assert second is first
    assert not first.written
    assert skew.calls == [("then", 7.0)]
    with pytest.raises(AuthenticationError) as caught:
        steps.send(an_answer(401, date="then"))
    assert (caught.value.attempts, caught.value.maybe_delivered) == (1, False)


def test_only_a_401_is_checked_for_clock_skew() -> None:
    skew = Skew(False)
    _, error = ended(a_call(), an_answer(401), learn=skew)
    assert isinstance(error, AuthenticationError)
    assert skew.calls == [(None, 0.0)]
    for outcome in (an_answer(403, date="then"), httpx.ReadError("")):
        once = Retry(max_attempts=1)
        _, error = ended(a_call("POST"), outcome, learn=Skew(), retry=once)
        assert isinstance(error, DataStreamError)


# --- what counts as delivered


@pytest.mark.parametrize("unread", [None, "it is too long"])
@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"status": 503}', b'{"error": {"errorCode": "900"}}'],
)
def test_with_any_2xx_delivers_every_2xx_of_the_message_server_is_a_success(
    body: bytes, unread: str | None
) -> None:
    def is_success(call: Call, *, delivers: bool) -> bool:
        options = some_options(Retry(max_attempts=1), any_2xx_delivers=delivers)
        steps = exchange(call._replace(expects_object=True), options, None)
        next(steps)
        try:
            return isinstance(steps.send(an_answer(202, body, unread)), Answer)
        except DataStreamError:
            return False

    assert is_success(a_call(message=True), delivers=True)
    assert not is_success(a_call(message=True), delivers=False)
    if body != b'{"status": 503}' or unread is not None:
        assert not is_success(a_call(), delivers=True)


def test_a_2xx_before_the_end_of_the_request_is_still_an_error() -> None:
    options = some_options(Retry(max_attempts=1), any_2xx_delivers=True)
    steps = exchange(a_call("POST", message=True), options, None)
    next(steps)
    with pytest.raises(DataStreamError, match="before the whole request was written") as caught:
        steps.send(an_answer(200, {"status": 200}, EARLY))
    assert caught.value.maybe_delivered
