"""What ends the work of a crew, and what is left then: the account is whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ncloud_datastream import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    DataStreamError,
    Message,
    Outcome,
    PermissionDeniedError,
    ServerError,
)
from sending.fakes import (
    BOLD,
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

# --- what ends it


async def test_the_end_of_the_source_while_others_wait() -> None:
    gate = Gate(lambda message: message.value == "0")
    service = Service(gate)
    work = Work(service, 3, concurrency=3)
    work.crew.start()
    await work.until(lambda: len(work.crew.ready) == 2)
    assert not work.crew.done
    gate.open()
    await work.end()
    assert outcomes(work.got) == [DELIVERED] * 3


@pytest.mark.parametrize("kind", [LookupError, asyncio.CancelledError])
async def test_a_source_that_breaks(kind: type[BaseException]) -> None:
    async def source() -> AsyncIterator[Message]:
        for message in numbered(3):
            yield message
        raise kind

    work = await worked(Service(), source())
    assert outcomes(work.got) == [DELIVERED] * 3
    assert isinstance(work.crew.failure, kind)


NO = error(AuthenticationError)
MAY_NOT = error(PermissionDeniedError)
WRONG = error(BadRequestError)
LATER = error(ServerError, retryable=True)


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
async def test_five_refusals_in_a_row_end_it(
    answers: list[DataStreamError | None], ended: bool
) -> None:
    async def source() -> AsyncIterator[Message]:
        for message in numbered(len(answers)):
            yield message
        if ended:
            raise AssertionError("nothing more is taken")

    work = await worked(by_turns(*answers), source(), concurrency=1)
    assert work.crew.failure is (answers[-1] if ended else None)
    assert len(work.got) == len(answers)


async def test_what_is_wrong_for_all_ends_it() -> None:
    wrong = ConfigurationError("no credentials")

    def behave(message: Message, attempt: Any) -> None:
        raise wrong

    work = await worked(Service(behave), 100, concurrency=1)
    (delivery,) = work.got
    assert (delivery.outcome, delivery.error, delivery.attempts) == (UNSENT, wrong, 1)
    assert work.crew.failure is wrong


async def test_a_way_that_cannot_be_made_ends_it() -> None:
    class Broken(Service):
        def way(self) -> Any:
            raise ZeroDivisionError

    work = await worked(Broken(), 3)
    assert isinstance(work.crew.failure, ZeroDivisionError)
    assert work.got == []


async def test_a_worker_that_someone_cancels() -> None:
    before = asyncio.all_tasks()
    service = Service(Gate())
    work = Work(service, 3, concurrency=2)
    work.crew.start()
    await work.settled()
    for task in asyncio.all_tasks() - before:
        task.cancel()
    await work.end()
    assert isinstance(work.crew.failure, asyncio.CancelledError)
    assert outcomes(work.got) == [UNKNOWN, UNKNOWN]


# --- stopping


async def test_stopped_it_takes_no_more_and_ends_what_it_has() -> None:
    gate = Gate()
    service = Service(gate)
    work = Work(service, 100, concurrency=3)
    work.crew.start()
    await work.settled()
    reason = LookupError()
    work.crew.stop(reason)
    work.crew.stop(ZeroDivisionError())  # the first reason counts
    await work.settled()
    assert not work.crew.done
    gate.open()
    await work.end()
    assert outcomes(work.got) == [DELIVERED] * 3
    assert work.crew.failure is reason


async def test_stopped_it_tries_nothing_again() -> None:
    service = Service(lambda message, attempt: too_many(30.0))
    work = Work(service, 2, retry=BOLD)
    work.crew.start()
    await work.until(lambda: service.begun and not service.in_flight)
    work.crew.stop()
    await work.end()
    assert work.got[0].outcome is REJECTED
    assert set(outcomes(work.got[1:])) <= {UNSENT, REJECTED}
    assert len(service.begun) <= 2


async def test_stopped_in_a_try_it_waits_for_no_other() -> None:
    opened = asyncio.Event()

    async def late() -> DataStreamError:
        await opened.wait()
        return too_many(0.0)

    service = Service(lambda message, attempt: late())
    work = Work(service, 1, retry=BOLD)
    work.crew.start()
    await work.settled()
    work.crew.stop()
    opened.set()
    await work.end()
    assert [(each.outcome, each.attempts) for each in work.got] == [(REJECTED, 1)]


async def test_stopped_while_the_source_waits() -> None:
    async def source() -> AsyncIterator[Message]:
        yield numbered(1)[0]
        await asyncio.get_running_loop().create_future()

    work = Work(Service(), source())
    work.crew.start()
    await work.until(lambda: work.crew.ready)
    work.crew.stop()
    await work.end()
    assert outcomes(work.got) == [DELIVERED]
    assert work.crew.failure is None


async def test_aborted_it_accounts_for_all_at_once() -> None:
    service = Service(Gate(lambda message: message.value != "1"))
    work = Work(service, 100, concurrency=3)
    work.crew.start()
    await work.settled()
    notified = work.notified
    work.crew.abort()
    assert work.crew.done
    assert work.notified > notified
    got = list(work.take())
    assert [delivery.index for delivery in got] == [1, 0, 2, 3]
    assert outcomes(got) == [UNKNOWN, DELIVERED, UNKNOWN, UNKNOWN]
    assert [delivery.attempts for delivery in got] == [1] * 4
    assert all(way.aborted for way in service.ways)
    work.crew.abort()
    assert await work.end() == got
    assert service.in_flight == 0


async def test_aborted_between_two_tries() -> None:
    service = Service(lambda message, attempt: too_many(30.0))
    work = Work(service, 1, retry=BOLD)
    work.crew.start()
    await work.until(lambda: service.begun and not service.in_flight)
    await work.settled()
    work.crew.abort()
    (delivery,) = work.take()
    assert (delivery.outcome, delivery.attempts) == (REJECTED, 1)
    await work.end()
