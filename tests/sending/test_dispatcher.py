"""The workers of a sending: each message exactly once, its tries, the order of keys."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ncloud_datastream import (
    BadRequestError,
    DataStreamError,
    Message,
    Outcome,
    RateLimitedError,
    Retry,
    ServerError,
)
from ncloud_datastream.sending import crew
from sending.fakes import (
    BOLD,
    Clock,
    Gate,
    Service,
    Work,
    by_turns,
    error,
    numbered,
    outcomes,
    too_many,
    worked,
)

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN

# --- exactly once


async def test_before_it_begins() -> None:
    crew = Work(Service(), 3).crew
    assert (crew.taken, crew.done, crew.failure, list(crew.ready)) == (0, False, None, [])


async def test_all_are_delivered_once() -> None:
    service = Service()
    work = await worked(service, 100)
    assert outcomes(work.got) == [DELIVERED] * 100
    assert [delivery.attempts for delivery in work.got] == [1] * 100
    assert sorted(service.values, key=int) == [str(n) for n in range(100)]
    assert (work.crew.taken, work.crew.failure) == (100, None)
    assert work.notified == 101
    assert all(way.aborted for way in service.ways)


async def test_as_many_are_in_flight_as_may_be() -> None:
    gate = Gate()
    service = Service(gate)
    work = Work(service, 10, concurrency=3)
    work.crew.start()
    await work.settled()
    assert (service.in_flight, len(service.ways), work.crew.taken) == (3, 3, 3)
    gate.open()
    await work.end()
    assert (service.most, len(service.ways)) == (3, 3)
    assert outcomes(work.got) == [DELIVERED] * 10


async def test_no_more_workers_than_messages() -> None:
    gate = Gate()
    service = Service(gate)
    work = Work(service, 2, concurrency=9)
    work.crew.start()
    await work.settled()
    assert service.in_flight == 2
    gate.open()
    await work.end()
    assert len(service.ways) <= 3


async def test_one_worker_is_enough_for_a_slow_source() -> None:
    """Who came free last goes first."""
    more = asyncio.Queue[Message]()
    used: list[int] = []

    async def source() -> AsyncIterator[Message]:
        for _ in range(6):
            yield await more.get()

    service = Service()
    work = Work(service, source())
    work.crew.start()
    for message in numbered(6):
        more.put_nowait(message)
        await work.settled()
        used.append(len(service.ways))
    await work.end()
    assert outcomes(work.got) == [DELIVERED] * 6
    assert max(used) <= 2


async def test_the_source_is_read_so_far_ahead() -> None:
    work = Work(Service(), 10, ahead=3)
    work.crew.start()
    await work.settled()
    for taken in range(3, 10):
        assert (work.crew.taken, len(work.crew.ready)) == (taken, 3)
        assert work.crew.hand_out().index == taken - 3
        await work.settled()
    assert work.crew.taken == 10
    work.crew.hand_out()
    await work.settled()
    assert work.crew.done


# --- tries


async def test_what_may_pass_is_tried_again() -> None:
    work = await worked(by_turns(too_many(), too_many(), None), 1, retry=Retry(3))
    (delivery,) = work.got
    assert (delivery.outcome, delivery.attempts, delivery.error) == (DELIVERED, 3, None)


async def test_so_often_and_no_more() -> None:
    work = await worked(by_turns(*[too_many()] * 3), 1, retry=Retry(3))
    (delivery,) = work.got
    assert (delivery.outcome, delivery.attempts) == (REJECTED, 3)
    assert delivery.error is not None
    assert delivery.error.attempts == 3


async def test_what_will_not_pass_is_not_tried_again() -> None:
    work = await worked(by_turns(error(BadRequestError), None), 2, retry=Retry(3), concurrency=1)
    assert [(each.outcome, each.attempts) for each in work.got] == [(REJECTED, 1), (DELIVERED, 1)]


@pytest.mark.parametrize(
    ("timeout", "elapsed", "bound"), [(30.0, 100.0, 30.0), (100.0, 40.0, 40.0)]
)
async def test_a_try_has_a_deadline(timeout: float, elapsed: float, bound: float) -> None:
    service = Service()
    begin = time.monotonic()
    await worked(service, 1, timeout=timeout, retry=Retry(1, max_elapsed=elapsed))
    assert begin + bound <= service.attempts[0].deadline <= begin + bound + 9.0
    assert (service.attempts[0].watched, service.attempts[0].written) == (True, False)


async def test_a_limit_of_the_account_slows_nobody_down() -> None:
    limit = error(RateLimitedError, retry_after=3600.0)
    work = await worked(by_turns(limit, None, None), 3, concurrency=1)
    assert outcomes(work.got) == [REJECTED, DELIVERED, DELIVERED]
    assert work.crew._flow.limit is None
    assert not work.crew._flow.paused(time.monotonic())


async def test_a_sending_comes_back_later_than_it_is_asked_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Retry, "asked_for", lambda retry, seconds, elapsed: seconds + 30.0)
    work = Work(by_turns(too_many(20.0)), 1, retry=Retry(1))
    work.crew.start()
    await work.until(lambda: len(work.crew.ready) == 1)
    assert work.crew._flow.paused(time.monotonic() + 40.0)
    await work.end()


async def test_a_wait_that_would_pass_the_end_is_not_begun() -> None:
    """Nor one for the others' sake: who is told to wait holds up all."""
    service = by_turns(too_many(50.0), too_many(0.0))
    work = Work(service, 2, retry=Retry(5, max_elapsed=20.0))
    work.crew.start()
    await work.until(lambda: len(work.crew.ready) == 2)
    await work.end()
    assert outcomes(work.got) == [REJECTED, REJECTED]
    assert [delivery.attempts for delivery in work.got] == [1, 1]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(crew, "time", found)
    return found


@pytest.mark.parametrize(("seconds", "tries"), [(19.0, 2), (20.0, 1)])
async def test_a_wait_up_to_the_very_end_is_not_begun(
    seconds: float, tries: int, clock: Clock
) -> None:
    service = by_turns(too_many(seconds), too_many(0.0), None)
    work = Work(service, 2, retry=Retry(2, max_elapsed=20.0))
    work.crew.start()
    await work.settled()
    assert len(work.crew.ready) == (0 if tries == 2 else 2)
    work.crew.stop()
    await work.end()
    assert {delivery.outcome for delivery in work.got} == {REJECTED}


async def test_one_line_a_message(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ncloud_datastream")

    def behave(message: Message, attempt: Any) -> DataStreamError | None:
        clock.now += 0.25
        return error(BadRequestError) if message.value == "1" else None

    work = Work(Service(behave), 3, concurrency=1, rate=2.0)
    work.crew.start()
    await work.settled()
    clock.now += 0.25
    assert work.crew.taken == 2
    work.crew.stop()
    await work.end()
    assert [record.getMessage() for record in caplog.records] == [
        "sendMessage: DELIVERED, attempts 1, 250.0 ms",
        "sendMessage: UNSENT TransportError, attempts 0, 0.0 ms",
    ]
    caplog.clear()
    await worked(Service(behave), 2, concurrency=1)
    assert [record.getMessage() for record in caplog.records] == [
        "sendMessage: DELIVERED, attempts 1, 250.0 ms",
        "sendMessage: REJECTED BadRequestError, attempts 1, 250.0 ms",
    ]


@pytest.mark.parametrize(
    ("maybe", "then", "outcome", "told"),
    [
        (True, error(BadRequestError), UNKNOWN, True),
        (False, error(BadRequestError), REJECTED, False),
        (True, error(ServerError, maybe=True), UNKNOWN, False),
    ],
)
async def test_a_doubt_outlives_the_try_that_left_it(
    maybe: bool, then: DataStreamError, outcome: Outcome, told: bool
) -> None:
    then = error(type(then), maybe=then.maybe_delivered)
    first = error(ServerError, retryable=True, maybe=maybe, retry_after=0.0)
    (delivery,) = (await worked(by_turns(first, then), 1, retry=BOLD)).got
    assert (delivery.outcome, delivery.error) == (outcome, then)
    assert then.maybe_delivered == (outcome is UNKNOWN)
    assert bool(getattr(then, "__notes__", [])) is told


@pytest.mark.parametrize("written", [True, False])
async def test_a_defect_harms_one_message(written: bool) -> None:
    def behave(message: Message, attempt: Any) -> None:
        attempt.written = written
        if message.value == "0":
            raise ZeroDivisionError

    work = await worked(Service(behave), 2)
    assert outcomes(work.got) == [UNKNOWN if written else UNSENT, DELIVERED]
    found = next(delivery.error for delivery in work.got if delivery.error)
    assert "it failed with ZeroDivisionError" in str(found)
    assert isinstance(found.__cause__, ZeroDivisionError)
    assert work.crew.failure is None


# --- pauses, rates, order


async def test_a_rate_spaces_them_out() -> None:
    work = Work(Service(), 10, rate=0.001)
    work.crew.start()
    await work.settled()
    assert outcomes(work.take()) == [DELIVERED]
    assert work.crew.taken == 2
    work.crew.stop()
    await work.end()
    assert outcomes(work.got) == [DELIVERED, UNSENT]


async def test_a_pause_holds_back_those_that_wait_for_their_key() -> None:
    gate = Gate()
    service = Service(gate)
    work = Work(service, 2, keys=1, ordered="key")
    work.crew.start()
    await work.settled()
    work.crew._flow.refused(time.monotonic(), time.monotonic(), 30.0)
    gate.open()
    await work.settled()
    assert outcomes(work.take()) == [DELIVERED]
    assert len(service.begun) == 1
    work.crew.stop()
    await work.end()
    assert outcomes(work.got) == [DELIVERED, UNSENT]


async def test_equal_keys_go_one_after_the_other() -> None:
    gate = Gate()
    service = Service(gate)
    work = Work(service, 9, keys=3, ordered="key", concurrency=9)
    work.crew.start()
    await work.settled()
    assert service.values == ["0", "1", "2"]
    assert work.crew.taken == 9
    gate.open()
    await work.end()
    assert outcomes(work.got) == [DELIVERED] * 9
    assert service.most == 3
    for key in range(3):
        assert [n for n in map(int, service.values) if n % 3 == key] == list(range(key, 9, 3))


async def test_without_order_equal_keys_go_together() -> None:
    gate = Gate()
    service = Service(gate)
    work = Work(service, 4, keys=1, concurrency=4)
    work.crew.start()
    await work.settled()
    assert service.in_flight == 4
    gate.open()
    await work.end()
