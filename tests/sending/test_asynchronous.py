"""The asynchronous run over a fake wire: leaving, cancellation, the end of its loop."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest
from ncloud_datastream import ConfigurationError, Outcome
from ncloud_datastream.sending.asynchronous import AsyncSending
from sending.fakes import Gate, Wire, numbered, planned
from sending.sendings import until

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN


class Stop(BaseException):
    """A base exception, such as Ctrl-C."""


def sending(wire: Wire | Callable[[], Wire], source: Any, **options: Any) -> AsyncSending:
    return AsyncSending(source, planned(wire, **options))


async def test_a_running_asyncio_loop_is_required() -> None:
    wire = Wire()
    sent = sending(wire, numbered(5))

    def elsewhere() -> None:
        with pytest.raises(ConfigurationError, match="no asyncio event loop"):
            sent.__anext__().send(None)

    await asyncio.to_thread(elsewhere)


@pytest.mark.parametrize("reason", [None, LookupError])
async def test_leaving_early_waits_for_the_attempts_in_flight(
    reason: type[Exception] | None,
) -> None:
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


async def test_leaving_by_a_base_exception_does_not_wait() -> None:
    wire = Wire(Gate())
    sent = sending(wire, numbered(100))
    with pytest.raises(Stop):
        async with asyncio.timeout(10), sent:
            await until(lambda: wire.in_flight == 4)
            raise Stop
    assert [delivery.outcome for delivery in sent.unfinished] == [UNKNOWN] * 4
    assert (wire.closed, wire.in_flight) == (1, 0)


async def test_a_cancelled_close_settles_all_messages() -> None:
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


async def test_a_run_that_is_dropped_ends_its_attempts() -> None:
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


def test_a_run_that_outlives_its_event_loop_can_be_dropped() -> None:
    kept = []

    async def run() -> None:
        sent = sending(Wire(Gate()), numbered(3))
        kept.append(sent)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(sent)

    asyncio.run(run())
    kept.clear()
    gc.collect()  # the loop is closed: nothing to do
