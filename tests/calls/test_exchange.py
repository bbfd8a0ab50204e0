"""One call from its first attempt to its last, driven by hand: no socket, no sleep."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from calls.made import PATIENT, a_call, an_answer, some_options
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
    """How many waits there were, and what the call ended with."""
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


def notes(error: object) -> list[str]:
    return getattr(error, "__notes__", [])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(exchange_module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_an_attempt_ends_with_its_timeout_or_with_the_call(clock: SimpleNamespace) -> None:
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


def test_attempts_are_counted_and_bounded(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ncloud_datastream")
    waits, error = ended(a_call(), *[httpx.ConnectError("no")] * 3)
    assert waits == len(caplog.records) == 2
    assert isinstance(error, TransportError)
    assert error.attempts == 3
    assert error.operation == "theCall"


def test_a_call_that_the_document_does_not_name_has_no_operation() -> None:
    _, error = ended(a_call(documented=False), an_answer(404))
    assert isinstance(error, NotFoundError)
    assert error.operation is None
    assert str(error).startswith("theCall: ")


def test_a_success_follows_after_a_failure_and_nothing_follows_it() -> None:
    answer = an_answer(200, {})
    assert ended(a_call(), an_answer(503), answer) == (1, answer)
    steps = exchange(a_call(), some_options(), None)
    next(steps)
    assert steps.send(answer) is answer
    with pytest.raises(StopIteration):
        next(steps)


def test_an_attempt_that_was_not_made_does_not_count() -> None:
    _, error = ended(a_call(), an_answer(503), ConfigurationError("closed"))
    assert isinstance(error, ConfigurationError)
    assert error.attempts == 1


def test_a_time_that_is_up_ends_the_waits(clock: SimpleNamespace) -> None:
    steps = exchange(a_call(), some_options(Retry(max_elapsed=50.0)), None)
    next(steps)
    clock.now = 1050.0
    with pytest.raises(ServerError):
        steps.send(an_answer(503))


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
def test_a_doubt_outlives_the_attempt_that_left_it(
    method: str, first: int | None, then: int, told: str | None
) -> None:
    doubtful = httpx.ConnectError("no") if first is None else an_answer(first)
    retry = Retry(max_attempts=2, max_elapsed=1e6)
    waits, error = ended(a_call(method), doubtful, an_answer(then), retry=retry)
    assert waits == 1
    assert isinstance(error, ApiError)
    assert error.maybe_delivered == (told is not None or then == 503)
    assert notes(error) == (
        [] if told is None else [f"An earlier attempt of this call may have {told}"]
    )


def test_without_an_earlier_attempt_there_is_no_doubt() -> None:
    _, error = ended(a_call("DELETE"), an_answer(404))
    assert isinstance(error, NotFoundError)
    assert not error.maybe_delivered
    assert notes(error) == []


def test_a_limit_of_the_account_is_not_waited_for() -> None:
    waits, error = ended(a_call("POST"), an_answer(429, {"code": "LimitExceeded"}))
    assert (waits, type(error)) == (0, RateLimitedError)


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
    waits, found = ended(a_call(), an_answer(status, body), an_answer(200, {}))
    assert (waits, isinstance(found, Answer)) == (1, True)


# --- the clock


class Teacher:
    """Says as often that the clock was off as it is told to."""

    def __init__(self, *lessons: bool) -> None:
        self.lessons = list(lessons)
        self.asked: list[tuple[str | None, float]] = []

    def __call__(self, date: str | None, used: float) -> bool:
        self.asked.append((date, used))
        return self.lessons.pop(0)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_401_that_teaches_the_clock_is_repeated_once_and_counts_for_nothing(method: str) -> None:
    teacher = Teacher(True)
    steps = exchange(a_call(method), some_options(Retry(max_attempts=1)), teacher)
    first = next(steps)
    assert isinstance(first, Attempt)
    first.offset, first.written = 7.0, True
    second = steps.send(an_answer(401, date="then"))
    assert second is first
    assert not first.written
    assert teacher.asked == [("then", 7.0)]
    with pytest.raises(AuthenticationError) as caught:
        steps.send(an_answer(401, date="then"))
    assert (caught.value.attempts, caught.value.maybe_delivered) == (1, False)


def test_only_a_401_teaches_and_only_where_the_clock_was_off() -> None:
    teacher = Teacher(False)
    _, error = ended(a_call(), an_answer(401), learn=teacher)
    assert isinstance(error, AuthenticationError)
    assert teacher.asked == [(None, 0.0)]
    for outcome in (an_answer(403, date="then"), httpx.ReadError("")):
        once = Retry(max_attempts=1)
        _, error = ended(a_call("POST"), outcome, learn=Teacher(), retry=once)
        assert isinstance(error, DataStreamError)


# --- what counts as delivered


@pytest.mark.parametrize("unread", [None, "it is too long"])
@pytest.mark.parametrize(
    "body",
    [b"", b"OK", b"[]", b"\xff", b'{"status": 503}', b'{"error": {"errorCode": "900"}}'],
)
def test_any_2xx_of_the_message_server_may_be_taken_as_delivered(
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


def test_an_early_answer_stays_in_doubt_even_then() -> None:
    options = some_options(Retry(max_attempts=1), any_2xx_delivers=True)
    steps = exchange(a_call("POST", message=True), options, None)
    next(steps)
    with pytest.raises(DataStreamError, match="before the whole request was written") as caught:
        steps.send(an_answer(200, {"status": 200}, EARLY))
    assert caught.value.maybe_delivered
