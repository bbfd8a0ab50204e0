"""What stops a dispatcher; every message it took still gets its delivery."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ncloud_datastream import (
    ConfigurationError,
    Message,
    Outcome,
)
from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.sending.partitions import Partitioner
from sending.fakes import (
    BOLD,
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

# --- what stops it


async def test_the_end_of_the_source_waits_for_messages_in_flight() -> None:
    gate = Gate(lambda message: message.value == "0")
    wire = Wire(gate)
    work = Work(wire, 3, concurrency=3)
    work.dispatcher.start()
    await work.until(lambda: len(work.dispatcher.ready) == 2)
    assert not work.dispatcher.is_done
    gate.open()
    await work.end()
    assert outcomes(work.got) == [DELIVERED] * 3


@pytest.mark.parametrize("kind", [LookupError, asyncio.CancelledError])
async def test_an_exception_of_the_source_stops_the_run(kind: type[BaseException]) -> None:
    async def source() -> AsyncIterator[Message]:
        for message in numbered(3):
            yield message
        raise kind

    work = await worked(Wire(), source())
    assert outcomes(work.got) == [DELIVERED] * 3
    assert isinstance(work.dispatcher.failure, kind)


NO, MAY_NOT, WRONG, LATER = answered(401), answered(403), answered(400), answered(503)


@pytest.mark.parametrize(
    ("answers", "ended"),
    [
        ([NO] * 5, True),
        ([MAY_NOT, NO, MAY_NOT, NO, MAY_NOT], True),
        ([NO] * 4, False),
        ([NO] * 4 + [None] + [NO] * 4, False),
        ([NO] * 4 + [None] + [NO] * 5, True),
        ([NO] * 4 + [WRONG] + [NO] * 4, False),
        ([NO] * 4 + [WRONG] + [NO] * 5, True),
        ([NO] * 4 + [LATER] + [NO], True),
        ([NO] * 4 + [too_many()] + [NO], True),
        ([LATER] * 9, False),
        ([WRONG] * 9, False),
    ],
)
async def test_five_consecutive_rejections_stop_the_run(
    answers: list[Answer | None], ended: bool
) -> None:
    async def source() -> AsyncIterator[Message]:
        for message in numbered(len(answers)):
            yield message
        if ended:
            raise AssertionError("read beyond the end")

    work = await worked(by_turns(*answers), source(), concurrency=1)
    assert work.dispatcher.failure is (work.got[-1].error if ended else None)
    assert len(work.got) == len(answers)


async def test_a_configuration_error_stops_the_run() -> None:
    wrong = ConfigurationError("no credentials")

    def behave(message: Message, attempt: Any) -> None:
        raise wrong

    work = await worked(Wire(behave), 100, concurrency=1)
    (delivery,) = work.got
    assert (delivery.outcome, delivery.error, delivery.attempts) == (UNSENT, wrong, 1)
    assert work.dispatcher.failure is wrong


async def test_a_closed_client_stops_the_run() -> None:
    closed = ConfigurationError("closed")
    sent = 0

    def check_open() -> None:
        nonlocal sent
        sent += 1
        if sent > 2:
            raise closed

    work = await worked(Wire(), 100, check_open=check_open, concurrency=1)
    assert outcomes(work.got) == [DELIVERED, DELIVERED, UNSENT]
    assert work.dispatcher.failure is closed


async def test_a_defect_of_a_partitioner_stops_the_run() -> None:
    class Broken(Partitioner):
        def apply(self, message: Message) -> Message:
            raise ZeroDivisionError

    work = await worked(Wire(), 100, partitioner=Broken(1), concurrency=2)
    assert isinstance(work.dispatcher.failure, ZeroDivisionError)
    assert set(outcomes(work.got)) == {UNSENT}


async def test_a_cancelled_worker_stops_the_run() -> None:
    before = asyncio.all_tasks()
    wire = Wire(Gate())
    work = await begun(wire, 3, concurrency=2)
    for task in asyncio.all_tasks() - before:
        task.cancel()
    await work.end()
    assert isinstance(work.dispatcher.failure, asyncio.CancelledError)
    assert outcomes(work.got) == [UNKNOWN, UNKNOWN]


# --- stopping


async def test_stop_takes_no_more_messages_and_lets_attempts_finish() -> None:
    gate = Gate()
    wire = Wire(gate)
    work = await begun(wire, 100, concurrency=3)
    reason = LookupError()
    work.dispatcher.stop(reason)
    work.dispatcher.stop(ZeroDivisionError())  # the first reason counts
    await work.settled()
    assert not work.dispatcher.is_done
    gate.open()
    await work.end()
    assert outcomes(work.got) == [DELIVERED] * 3
    assert work.dispatcher.failure is reason


async def test_stop_starts_no_retries() -> None:
    wire = Wire(lambda message, attempt: too_many(30))
    work = Work(wire, 2, retry=BOLD)
    work.dispatcher.start()
    await work.until(lambda: wire.begun and not wire.in_flight)
    work.dispatcher.stop()
    await work.end()
    assert work.got[0].outcome is REJECTED
    assert set(outcomes(work.got[1:])) <= {UNSENT, REJECTED}
    assert len(wire.begun) <= 2


async def test_stop_during_an_attempt_starts_no_other() -> None:
    opened = asyncio.Event()

    async def late() -> Answer:
        await opened.wait()
        return too_many()

    work = await begun(Wire(lambda message, attempt: late()), 1, retry=BOLD)
    work.dispatcher.stop()
    opened.set()
    await work.end()
    assert [(each.outcome, each.attempts) for each in work.got] == [(REJECTED, 1)]


async def test_stop_cancels_a_waiting_source() -> None:
    async def source() -> AsyncIterator[Message]:
        yield numbered(1)[0]
        await asyncio.get_running_loop().create_future()

    work = Work(Wire(), source())
    work.dispatcher.start()
    await work.until(lambda: work.dispatcher.ready)
    work.dispatcher.stop()
    await work.end()
    assert outcomes(work.got) == [DELIVERED]
    assert work.dispatcher.failure is None


async def test_abort_settles_every_message_at_once() -> None:
    wire = Wire(Gate(lambda message: message.value != "1"))
    work = await begun(wire, 100, concurrency=3)
    notified = work.notified
    work.dispatcher.abort()
    assert work.dispatcher.is_done
    assert work.notified > notified
    got = list(work.take())
    assert [delivery.index for delivery in got] == [1, 0, 2, 3]
    assert outcomes(got) == [UNKNOWN, DELIVERED, UNKNOWN, UNKNOWN]
    assert [delivery.attempts for delivery in got] == [1] * 4
    work.dispatcher.abort()
    assert await work.end() == got
    assert wire.in_flight == 0


async def test_abort_between_two_attempts_keeps_the_last_error() -> None:
    wire = Wire(lambda message, attempt: too_many(30))
    work = Work(wire, 1, retry=BOLD)
    work.dispatcher.start()
    await work.until(lambda: wire.begun and not wire.in_flight)
    await work.settled()
    work.dispatcher.abort()
    (delivery,) = work.take()
    assert (delivery.outcome, delivery.attempts) == (REJECTED, 1)
    await work.end()
