"""The asynchronous form, with a wire that does as it is told: beginning, leaving, the end."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from ncloud_datastream import ConfigurationError, Message, Outcome, Progress
from ncloud_datastream.sending import plan as plan_module
from ncloud_datastream.sending.asynchronous import AsyncSending
from sending.fakes import Gate, Wire, answered, each, numbered, planned
from sending.sendings import until

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN


class Stop(BaseException):
    """What ends a program, such as Ctrl-C."""


def sending(wire: Wire | Callable[[], Wire], source: Any, **options: Any) -> AsyncSending:
    return AsyncSending(source, planned(wire, **options))


async def test_all_to_the_end() -> None:
    wire = Wire()
    sent = sending(wire, numbered(20))
    assert sent.unfinished == []
    got = [delivery async for delivery in sent]
    assert sorted(delivery.index for delivery in got) == list(range(20))
    assert {delivery.outcome for delivery in got} == {DELIVERED}
    assert (sent.unfinished, wire.closed) == ([], 1)
    with pytest.raises(StopAsyncIteration):
        await anext(sent)
    assert wire.closed == 1


@pytest.mark.parametrize("make", [list, tuple, iter, each, lambda found: (m for m in found)])
async def test_sources(make: Any) -> None:
    sent = sending(Wire(), make(numbered(3)))
    assert len([delivery async for delivery in sent]) == 3


async def test_what_is_no_source() -> None:
    with pytest.raises(ConfigurationError, match=r"^send_messages: messages must be iterable, not"):
        sending(Wire(), 5)


async def test_it_begins_once() -> None:
    made: list[Wire] = []

    def make() -> Wire:
        made.append(Wire())
        return made[-1]

    sent = sending(make, numbered(5), concurrency=1)
    async with sent:
        await anext(sent)
        async with sent:
            pass
    (wire,) = made
    assert wire.closed >= 1


async def test_after_its_end_it_does_not_begin() -> None:
    wire = Wire()
    sent = sending(wire, numbered(5))
    await sent.aclose()
    async with sent:
        with pytest.raises(StopAsyncIteration):
            await anext(sent)
    with pytest.raises(Stop):
        async with sent:
            raise Stop
    assert (wire.begun, wire.closed, sent.unfinished) == ([], 0, [])


async def test_without_asyncio_it_does_not_begin() -> None:
    wire = Wire()
    sent = sending(wire, numbered(5))

    def elsewhere() -> None:
        with pytest.raises(ConfigurationError, match="no asyncio event loop"):
            sent.__anext__().send(None)

    await asyncio.to_thread(elsewhere)


async def test_a_wire_that_cannot_be_made_ends_it() -> None:
    def broken() -> Any:
        raise ZeroDivisionError

    sent = sending(broken, numbered(3))
    with pytest.raises(ZeroDivisionError):
        await anext(sent)
    assert sent.unfinished == []


@pytest.mark.parametrize("reason", [None, LookupError])
async def test_left_it_waits_for_what_is_in_flight(reason: type[Exception] | None) -> None:
    gate = Gate()
    wire = Wire(gate)
    sent = sending(wire, numbered(100))
    try:
        async with sent:
            await until(lambda: wire.in_flight == 4)
            asyncio.get_running_loop().call_soon(gate.open)
            if reason is not None:
                raise reason
    except LookupError:
        assert reason is LookupError
    assert [delivery.outcome for delivery in sent.unfinished] == [DELIVERED] * 4
    assert wire.closed == 1
    with pytest.raises(StopAsyncIteration):
        await anext(sent)


async def test_interrupted_it_waits_for_nothing() -> None:
    wire = Wire(Gate())
    sent = sending(wire, numbered(100))
    with pytest.raises(Stop):
        async with asyncio.timeout(10), sent:
            await until(lambda: wire.in_flight == 4)
            raise Stop
    assert [delivery.outcome for delivery in sent.unfinished] == [UNKNOWN] * 4
    assert (wire.closed, wire.in_flight) == (1, 0)


async def test_cancelled_while_it_closes_it_accounts_for_all() -> None:
    wire = Wire(Gate())
    sent = sending(wire, numbered(100))
    async with sent:
        await until(lambda: wire.in_flight == 4)
        closing = asyncio.ensure_future(sent.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert [delivery.outcome for delivery in sent.unfinished] == [UNKNOWN] * 4
        assert wire.closed == 1


async def test_what_ended_the_source_comes_last_and_once() -> None:
    async def source() -> AsyncIterator[Message]:
        for message in numbered(3):
            yield message
        raise LookupError

    sent = sending(Wire(), source())
    got = []
    with pytest.raises(LookupError):
        async for delivery in sent:
            got.append(delivery)  # noqa: PERF401 - some come before the error
    assert len(got) == 3
    with pytest.raises(StopAsyncIteration):
        await anext(sent)


async def test_progress_is_told_with_each_and_once_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan_module, "PROGRESS_EVERY", 0.0)
    seen: list[Progress] = []
    wire = Wire(lambda message, attempt: answered(400) if message.value == "2" else None)
    sent = sending(wire, numbered(3), concurrency=2, progress=seen.append)
    async with sent:
        await until(lambda: len(sent.unfinished) == 3)
        outcomes = [delivery.outcome async for delivery in sent]
    assert outcomes == [DELIVERED, DELIVERED, REJECTED]
    with pytest.raises(StopAsyncIteration):
        await anext(sent)
    counts = [(progress.delivered, progress.rejected) for progress in seen]
    assert counts == [(2, 1)] * 4  # what is not handed out yet counts


async def test_that_nobody_holds_any_more_ends() -> None:
    wire = Wire(Gate())
    sent = sending(wire, numbered(100))
    async with asyncio.timeout(10):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(sent)
        assert wire.in_flight == 4
        del sent
        gc.collect()
        await until(lambda: wire.in_flight == 0)


def test_that_nobody_holds_after_its_loop() -> None:
    kept = []

    async def run() -> None:
        sent = sending(Wire(Gate()), numbered(3))
        kept.append(sent)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(sent)

    asyncio.run(run())
    kept.clear()
    gc.collect()  # the loop is closed: nothing is left to do
