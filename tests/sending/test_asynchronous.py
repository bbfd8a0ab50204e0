"""The asynchronous form, with ways that do as they are told: beginning, leaving, the end."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from ncloud_datastream import BadRequestError, ConfigurationError, Message, Outcome, Progress
from ncloud_datastream.sending import plan as plan_module
from ncloud_datastream.sending.asynchronous import AsyncSending
from sending.fakes import Gate, Service, each, error, numbered, planned

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN


class Stop(BaseException):
    """What ends a program, such as Ctrl-C."""


def sending(service: Service, source: Any, **options: Any) -> AsyncSending:
    return AsyncSending(source, planned(service, **options))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0)


async def test_all_to_the_end() -> None:
    service = Service()
    sent = sending(service, numbered(20))
    assert sent.unfinished == []
    got = [delivery async for delivery in sent]
    assert sorted(delivery.index for delivery in got) == list(range(20))
    assert {delivery.outcome for delivery in got} == {DELIVERED}
    assert (sent.unfinished, service.closed) == ([], 1)
    with pytest.raises(StopAsyncIteration):
        await anext(sent)
    assert service.closed == 1


@pytest.mark.parametrize("make", [list, tuple, iter, each, lambda found: (m for m in found)])
async def test_sources(make: Any) -> None:
    sent = sending(Service(), make(numbered(3)))
    assert len([delivery async for delivery in sent]) == 3


async def test_what_is_no_source() -> None:
    with pytest.raises(ConfigurationError, match=r"^send_messages: messages must be iterable, not"):
        sending(Service(), 5)


async def test_it_begins_once() -> None:
    service = Service()
    sent = sending(service, numbered(5), concurrency=1)
    async with sent:
        crew = sent._crew
        assert crew is not None
        await anext(sent)
        async with sent:
            assert sent._crew is crew
    assert service.closed >= 1


async def test_after_its_end_it_does_not_begin() -> None:
    service = Service()
    sent = sending(service, numbered(5))
    await sent.aclose()
    async with sent:
        with pytest.raises(StopAsyncIteration):
            await anext(sent)
    with pytest.raises(Stop):
        async with sent:
            raise Stop
    assert (service.begun, service.closed, sent._crew) == ([], 0, None)


async def test_without_asyncio_it_does_not_begin() -> None:
    service = Service()
    sent = sending(service, numbered(5))

    def elsewhere() -> None:
        with pytest.raises(ConfigurationError, match="needs asyncio"):
            sent.__anext__().send(None)

    await asyncio.to_thread(elsewhere)


@pytest.mark.parametrize("reason", [None, LookupError])
async def test_left_it_waits_for_what_is_in_flight(reason: type[Exception] | None) -> None:
    gate = Gate()
    service = Service(gate)
    sent = sending(service, numbered(100))
    try:
        async with sent:
            await until(lambda: service.in_flight == 4)
            asyncio.get_running_loop().call_soon(gate.open)
            if reason is not None:
                raise reason
    except LookupError:
        assert reason is LookupError
    assert [delivery.outcome for delivery in sent.unfinished] == [DELIVERED] * 4
    assert service.closed == 1
    with pytest.raises(StopAsyncIteration):
        await anext(sent)


async def test_interrupted_it_waits_for_nothing() -> None:
    service = Service(Gate())
    sent = sending(service, numbered(100))
    with pytest.raises(Stop):
        async with asyncio.timeout(10), sent:
            await until(lambda: service.in_flight == 4)
            raise Stop
    assert [delivery.outcome for delivery in sent.unfinished] == [UNKNOWN] * 4
    assert (service.closed, service.in_flight) == (1, 0)


async def test_cancelled_while_it_closes_it_accounts_for_all() -> None:
    service = Service(Gate())
    sent = sending(service, numbered(100))
    async with sent:
        await until(lambda: service.in_flight == 4)
        closing = asyncio.ensure_future(sent.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert [delivery.outcome for delivery in sent.unfinished] == [UNKNOWN] * 4
        assert service.closed == 1


async def test_what_ended_the_source_comes_last_and_once() -> None:
    async def source() -> AsyncIterator[Message]:
        for message in numbered(3):
            yield message
        raise LookupError

    sent = sending(Service(), source())
    got = []
    with pytest.raises(LookupError):
        async for delivery in sent:
            got.append(delivery)  # noqa: PERF401 - some come before the error
    assert len(got) == 3
    with pytest.raises(StopAsyncIteration):
        await anext(sent)


async def test_progress_is_told_before_each_and_once_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan_module, "PROGRESS_EVERY", 0.0)
    seen: list[Progress] = []
    wrong = error(BadRequestError)
    service = Service(lambda message, attempt: wrong if message.value == "2" else None)
    sent = sending(service, numbered(3), concurrency=2, progress=seen.append)
    async with sent:
        await until(lambda: len(sent.unfinished) == 3)
        outcomes = [delivery.outcome async for delivery in sent]
    assert outcomes == [DELIVERED, DELIVERED, REJECTED]
    with pytest.raises(StopAsyncIteration):
        await anext(sent)
    counts = [(progress.delivered, progress.rejected) for progress in seen]
    assert counts == [(0, 0), (1, 0), (2, 0), (2, 1)]


async def test_that_nobody_holds_any_more_ends() -> None:
    service = Service(Gate())
    sent = sending(service, numbered(100))
    async with asyncio.timeout(10):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(sent)
        assert service.in_flight == 4
        # At the end of the program it is the loop that ends them.
        assert sent._finalizer.atexit is False
        del sent
        gc.collect()
        await until(lambda: service.in_flight == 0)


def test_that_nobody_holds_after_its_loop() -> None:
    kept = []

    async def run() -> None:
        sent = sending(Service(Gate()), numbered(3))
        kept.append(sent)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(sent)

    asyncio.run(run())
    finalizer = kept.pop()._finalizer
    finalizer()  # the loop is closed: nothing is left to do
