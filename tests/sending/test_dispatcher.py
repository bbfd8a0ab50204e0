"""The dispatcher: each message exactly once, its attempts, the order of keys."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ncloud_datastream import ConfigurationError, Message, Outcome, Retry
from ncloud_datastream.calls import exchange
from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.sending import dispatcher
from ncloud_datastream.sending.rate_limiter import RateLimiter
from sending.fakes import (
    BOLD,
    Clock,
    Gate,
    Wire,
    Work,
    answered,
    begun,
    by_turns,
    numbered,
    outcomes,
    too_many,
    worked,
)

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN

# --- exactly once


async def test_every_message_is_delivered_once() -> None:
    wire = Wire()
    work = await worked(wire, 100)
    assert outcomes(work.got) == [DELIVERED] * 100
    assert [delivery.attempts for delivery in work.got] == [1] * 100
    assert sorted(wire.values, key=int) == [str(n) for n in range(100)]
    assert (work.dispatcher.taken, work.dispatcher.failure) == (100, None)
    assert work.notified == 101


async def test_concurrency_bounds_the_attempts_in_flight() -> None:
    gate = Gate()
    wire = Wire(gate)
    work = await begun(wire, 10, concurrency=3)
    assert (wire.in_flight, work.dispatcher.taken) == (3, 3)
    gate.open()
    await work.end()
    assert wire.most == 3
    assert outcomes(work.got) == [DELIVERED] * 10


async def test_a_slow_source_uses_two_workers() -> None:
    more: asyncio.Queue[Message] = asyncio.Queue()
    before = len(asyncio.all_tasks())

    async def source() -> AsyncIterator[Message]:
        for _ in range(6):
            yield await more.get()

    work = Work(Wire(), source())
    work.dispatcher.start()
    for message in numbered(6):
        more.put_nowait(message)
        await work.settled()
        assert len(asyncio.all_tasks()) - before <= 2
    await work.end()
    assert outcomes(work.got) == [DELIVERED] * 6


async def test_the_source_is_read_only_so_far_ahead() -> None:
    work = await begun(Wire(), 10, ahead=3)
    for taken in range(3, 10):
        assert (work.dispatcher.taken, len(work.dispatcher.ready)) == (taken, 3)
        assert work.dispatcher.hand_out().index == taken - 3
        await work.settled()
    assert work.dispatcher.taken == 10
    work.dispatcher.hand_out()
    await work.settled()
    assert work.dispatcher.is_done


async def test_a_message_that_cannot_be_encoded_fails_alone() -> None:
    async def source() -> AsyncIterator[Any]:
        for message in (None, Message("t", "k", "\ud800"), *numbered(1)):
            yield message

    work = await worked(Wire(), source(), concurrency=1)
    assert outcomes(work.got) == [UNSENT, UNSENT, DELIVERED]
    assert isinstance(work.got[0].error, ConfigurationError)
    assert (work.got[0].attempts, work.got[0].error.attempts) == (1, 1)
    assert work.dispatcher.failure is None


# --- attempts


@pytest.mark.parametrize(
    ("answers", "outcome", "attempts"),
    [
        ([too_many(), too_many(), None], DELIVERED, 3),
        ([too_many()] * 3, REJECTED, 3),
        ([answered(400)], REJECTED, 1),
    ],
)
async def test_retryable_failures_are_retried_up_to_max_attempts(
    answers: list[Answer | None], outcome: Outcome, attempts: int
) -> None:
    (delivery,) = (await worked(by_turns(*answers), 1, retry=Retry(3))).got
    assert (delivery.outcome, delivery.attempts) == (outcome, attempts)
    assert delivery.error is None or delivery.error.attempts == attempts


@pytest.mark.parametrize("corrected", [True, False])
async def test_a_repeat_with_a_corrected_clock_is_not_counted(corrected: bool) -> None:
    learned: list[Any] = []

    def learn(date: str | None, offset: float) -> bool:
        learned.append((date, offset))
        return corrected

    wire = by_turns(answered(401, date="now"), None)
    (delivery,) = (await worked(wire, 1, learn=learn, retry=Retry(3))).got
    assert (delivery.outcome, delivery.attempts) == (DELIVERED if corrected else REJECTED, 1)
    assert (learned, len(wire.begun)) == ([("now", 0.0)], 1 + corrected)


@pytest.mark.parametrize(
    ("timeout", "elapsed", "bound"), [(30.0, 100.0, 30.0), (100.0, 40.0, 40.0)]
)
async def test_an_attempt_has_the_earlier_deadline_of_timeout_and_retry(
    timeout: float, elapsed: float, bound: float
) -> None:
    wire = Wire()
    begin = time.monotonic()
    await worked(wire, 1, timeout=timeout, retry=Retry(1, max_elapsed=elapsed))
    assert begin + bound <= wire.attempts[0].deadline <= begin + bound + 9.0


async def test_a_limit_of_the_account_does_not_slow_down_others() -> None:
    limit = answered(429, b'{"code":"LimitExceeded"}', retry_after=3600)
    work = await worked(by_turns(limit, None, None), 3, concurrency=1)
    assert outcomes(work.got) == [REJECTED, DELIVERED, DELIVERED]


@pytest.mark.parametrize(("seconds", "pause"), [(20, 50.0), (None, None)])
async def test_the_retry_policy_adjusts_a_retry_after(
    seconds: int | None, pause: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[float | None] = []
    monkeypatch.setattr(Retry, "asked_for", lambda retry, seconds, elapsed: seconds + 30.0)
    monkeypatch.setattr(
        RateLimiter, "note_rate_limited", lambda _, now, started, after: noted.append(after)
    )
    rejection = answered(429) if seconds is None else too_many(seconds)
    await worked(by_turns(rejection), 1, retry=Retry(1))
    assert noted == [pause]


async def test_a_wait_beyond_max_elapsed_is_not_started() -> None:
    work = await worked(by_turns(too_many(50), too_many()), 2, retry=Retry(5, max_elapsed=20.0))
    assert outcomes(work.got) == [REJECTED, REJECTED]
    assert [delivery.attempts for delivery in work.got] == [1, 1]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    for module in (dispatcher, exchange):
        monkeypatch.setattr(module, "time", found)
    return found


@pytest.mark.parametrize(("seconds", "repeated"), [(19, True), (20, False)])
async def test_a_wait_of_exactly_max_elapsed_is_not_started(
    seconds: int, repeated: bool, clock: Clock
) -> None:
    work = await begun(by_turns(too_many(seconds), too_many()), 2, retry=Retry(2, max_elapsed=20.0))
    assert len(work.dispatcher.ready) == (0 if repeated else 2)
    work.dispatcher.stop()
    await work.end()
    assert {delivery.outcome for delivery in work.got} == {REJECTED}


async def test_one_line_is_logged_per_message(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ncloud_datastream")

    def behave(message: Message, attempt: Any) -> Answer | None:
        clock.now += 0.25
        return answered(400) if message.value == "1" else None

    work = await begun(Wire(behave), 3, concurrency=1, rate=2.0)
    clock.now += 0.25
    assert work.dispatcher.taken == 2
    work.dispatcher.stop()
    await work.end()
    assert [record.getMessage() for record in caplog.records] == [
        "sendMessage: DELIVERED, attempts 1, 250.0 ms",
        "sendMessage: UNSENT TransportError, attempts 0, 0.0 ms",
    ]
    caplog.clear()
    await worked(Wire(behave), 2, concurrency=1)
    assert [record.getMessage() for record in caplog.records] == [
        "sendMessage: DELIVERED, attempts 1, 250.0 ms",
        "sendMessage: REJECTED BadRequestError, attempts 1, 250.0 ms",
    ]


@pytest.mark.parametrize(
    ("first", "then", "outcome", "noted"),
    [
        (answered(503, retry_after=0), answered(400), UNKNOWN, True),
        (too_many(), answered(400), REJECTED, False),
        (answered(503, retry_after=0), answered(500), UNKNOWN, False),
    ],
)
async def test_a_message_that_may_be_delivered_stays_unknown_in_later_attempts(
    first: Answer, then: Answer, outcome: Outcome, noted: bool
) -> None:
    (delivery,) = (await worked(by_turns(first, then), 1, retry=BOLD)).got
    error = delivery.error
    assert error is not None
    assert (delivery.outcome, error.status_code) == (outcome, then.status)  # type: ignore[attr-defined]
    assert error.maybe_delivered == (outcome is UNKNOWN)
    assert bool(getattr(error, "__notes__", [])) is noted


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("cause", [ConnectionResetError(), ZeroDivisionError()])
async def test_an_attempt_that_raises_fails_one_message(cause: Exception, written: bool) -> None:
    def behave(message: Message, attempt: Any) -> Exception | None:
        attempt.written = written
        return cause if message.value == "0" else None

    work = await worked(Wire(behave), 2)
    assert outcomes(work.got) == [UNKNOWN if written else UNSENT, DELIVERED]
    found = next(delivery.error for delivery in work.got if delivery.error)
    assert type(cause).__name__ in str(found)
    assert (found.__cause__, found.attempts) == (cause, 1)
    assert work.dispatcher.failure is None


# --- pauses, rates, order


async def test_a_rate_spaces_messages() -> None:
    work = await begun(Wire(), 10, rate=0.001)
    assert outcomes(work.take()) == [DELIVERED]
    assert work.dispatcher.taken == 2
    work.dispatcher.stop()
    await work.end()
    assert outcomes(work.got) == [DELIVERED, UNSENT]


async def test_a_pause_also_holds_back_messages_that_wait_for_their_key() -> None:
    wire = by_turns(too_many(30))
    work = await begun(wire, 2, keys=1, ordered="key")
    assert outcomes(work.take()) == [REJECTED]
    assert len(wire.begun) == 1
    work.dispatcher.stop()
    await work.end()
    assert outcomes(work.got) == [REJECTED, UNSENT]


async def test_equal_keys_are_sent_one_after_the_other() -> None:
    gate = Gate()
    wire = Wire(gate)
    work = await begun(wire, 9, keys=3, ordered="key", concurrency=9)
    assert wire.values == ["0", "1", "2"]
    assert work.dispatcher.taken == 9
    gate.open()
    await work.end()
    assert outcomes(work.got) == [DELIVERED] * 9
    assert wire.most == 3
    for key in range(3):
        assert [n for n in map(int, wire.values) if n % 3 == key] == list(range(key, 9, 3))
