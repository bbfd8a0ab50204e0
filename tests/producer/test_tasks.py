"""What only the producer for tasks has: turns, cancellation, event loops."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    AsyncProducer,
    BadRequestError,
    ConfigurationError,
    Delivery,
    Outcome,
    TransportError,
)
from ncloud_datastream.sending import async_producer as producer_module
from producer.producers import TOPIC, Gate, lines
from sending.sendings import LONG, LOOPS, options, run, until
from sending.server import Reply, Request, Server, answer

every_event_loop = pytest.mark.parametrize("loop", LOOPS)


@asynccontextmanager
async def producing(server: Server, **arguments: Any) -> AsyncIterator[AsyncProducer]:
    async with (
        AsyncDataStream(**options(server)) as ds,
        ds.producer(**{"topic": TOPIC, **arguments}) as producer,
    ):
        yield producer


async def send(producer: AsyncProducer, value: object, **more: Any) -> asyncio.Future[Delivery]:
    return await producer.send(**{"key": "k", "value": str(value), **more})


async def send_all(producer: AsyncProducer, count: int) -> list[asyncio.Future[Delivery]]:
    return [await send(producer, number) for number in range(count)]


def sending(producer: AsyncProducer, value: object) -> asyncio.Future[asyncio.Future[Delivery]]:
    return asyncio.ensure_future(send(producer, value))


# --- turns


async def test_a_small_message_does_not_overtake_a_large_one_that_waits_for_space() -> None:
    gate = Gate()
    with Server(gate) as server:
        async with producing(server, max_buffered_bytes=10_000) as producer:
            await send(producer, "x" * 9_000)
            large = sending(producer, "y" * 9_000)
            await asyncio.sleep(0)
            small = sending(producer, "z")
            await asyncio.sleep(0)
            assert not small.done()  # it would fit
            gate.is_open.set()
            assert [(await (await each)).index for each in (large, small)] == [1, 2]


@pytest.mark.parametrize("which", [0, 1, 2])
async def test_a_cancelled_send_takes_no_space_and_no_turn(which: int) -> None:
    gate = Gate()
    with Server(gate) as server:
        async with producing(server, max_buffered=1) as producer:
            await send(producer, "first")
            waiting = [sending(producer, n) for n in range(3)]
            await asyncio.sleep(0)
            waiting[which].cancel()
            gate.is_open.set()
            for number, each in enumerate(waiting):
                if number == which:
                    with pytest.raises(asyncio.CancelledError):
                        await each
                else:
                    assert await (await each)
        assert server.values == ["first", *(str(n) for n in range(3) if n != which)]


async def test_a_send_that_is_cancelled_at_its_turn_passes_it_on() -> None:
    gate = Gate()
    with Server(gate) as server:
        async with producing(server, max_buffered=1) as producer:
            first = await send(producer, "first")
            waiting = [sending(producer, n) for n in range(2)]
            await asyncio.sleep(0)
            first.add_done_callback(lambda _: waiting[0].cancel())
            gate.is_open.set()
            assert await (await waiting[1])
            with pytest.raises(asyncio.CancelledError):
                await waiting[0]


# --- flush, callbacks


@every_event_loop
def test_a_cancelled_flush_does_not_affect_the_others(loop: str) -> None:
    async def main() -> None:
        gate = Gate()
        with Server(gate) as server:
            async with producing(server) as producer:
                futures = await send_all(producer, 3)
                flushes = [asyncio.ensure_future(producer.flush(LONG)) for _ in range(50)]
                cancelled = asyncio.ensure_future(producer.flush())
                await asyncio.sleep(0)
                cancelled.cancel()
                gate.is_open.set()
                await asyncio.gather(*flushes)
                assert all(future.done() for future in futures)
                with pytest.raises(asyncio.CancelledError):
                    await cancelled

    run(loop, main())


async def test_a_callback_may_start_sends_and_flushes(server: Server) -> None:
    tasks: list[asyncio.Task[Any]] = []

    def on_delivery(delivery: Delivery) -> None:
        if delivery.message.topic == TOPIC:
            tasks.append(asyncio.ensure_future(send(producer, "again", topic="again")))
            tasks.append(asyncio.ensure_future(producer.flush(LONG)))

    async with producing(server, on_delivery=on_delivery, max_buffered=1) as producer:
        await send_all(producer, 20)
        await until(lambda: len(tasks) == 40)
        await asyncio.gather(*tasks)
    assert server.values.count("again") == 20


# --- the end


async def test_a_cancelled_block_flushes_within_the_exit_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(producer_module, "EXIT_TIMEOUT", 0.2)
    futures: list[asyncio.Future[Delivery]] = []

    def behave(request: Request) -> Reply:
        return Reply(b"", "stall") if request.value == "0" else Reply(answer())

    async def work() -> None:
        async with producing(server) as producer:
            futures.extend(await send_all(producer, 20))
            await asyncio.sleep(LONG)

    with Server(behave) as server:
        task = asyncio.ensure_future(work())
        await until(lambda: len(futures) == 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    outcomes = [f.exception() and f.exception().delivery.outcome for f in futures]  # type: ignore[union-attr]
    assert outcomes == [Outcome.UNKNOWN, *[None] * 19]


async def test_a_cancelled_close_settles_at_once() -> None:
    with Server(lambda request: Reply(b"", "stall")) as server:
        async with AsyncDataStream(**options(server)) as ds:
            producer = ds.producer(topic=TOPIC)
            future = await send(producer, 0)
            await until(lambda: server.received)
            closing = asyncio.ensure_future(producer.aclose())
            await asyncio.sleep(0)
            closing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await closing
            assert isinstance(future.exception(), TransportError)


# --- failures whose result is never retrieved


async def test_failures_that_are_awaited_or_waited_for_are_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    with Server(lambda request: Reply(answer(400))) as server:
        async with producing(server) as producer:
            futures = await send_all(producer, 3)
            with pytest.raises(BadRequestError):
                await futures[0]
            await asyncio.wait(futures[1:])
        del futures
        gc.collect()
    assert lines(caplog) == []


async def test_a_failure_is_logged_if_its_awaiting_task_was_cancelled(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    gate = Gate(answer(400))
    with Server(gate) as server:
        async with producing(server) as producer:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(await send(producer, 0), 0.01)
            gate.is_open.set()
        assert len(server.received) == 1
    assert len(lines(caplog)) == 1


# --- event loops


@every_event_loop
def test_the_end_of_an_event_loop_flushes(loop: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    futures: list[asyncio.Future[Delivery]] = []

    async def main(server: Server) -> None:
        producer = AsyncDataStream(**options(server)).producer(topic=TOPIC)
        futures.extend(await send_all(producer, 300))

    with Server() as server:
        run(loop, main(server))
        assert len(server.received) == 300
    assert all(future.result() for future in futures)
    assert lines(caplog) == []


def test_the_end_of_an_event_loop_logs_what_was_not_delivered(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer_module, "EXIT_TIMEOUT", 0.2)
    caplog.set_level(logging.ERROR)

    async def main(server: Server) -> None:
        producer = AsyncDataStream(**options(server)).producer(topic=TOPIC, concurrency=1)
        await send_all(producer, 3)
        await until(lambda: server.received)

    with Server(lambda request: Reply(b"", "stall")) as server:
        asyncio.run(main(server))
    (line,) = lines(caplog)
    assert "3 messages were not delivered, 1 of them with an unknown outcome" in line


def test_a_producer_is_rejected_in_another_event_loop(server: Server) -> None:
    async def begin() -> AsyncProducer:
        producer = AsyncDataStream(**options(server)).producer(topic=TOPIC)
        await send(producer, 0)
        return producer

    async def after_its_end(producer: AsyncProducer) -> None:
        with pytest.raises(ConfigurationError, match="closed"):
            await send(producer, 1)
        await producer.flush()
        await producer.aclose()

    async def meanwhile(producer: AsyncProducer) -> None:
        for call in (send(producer, 1), producer.flush(), producer.aclose()):
            with pytest.raises(ConfigurationError, match="belongs to another event loop"):
                await call

    asyncio.run(after_its_end(asyncio.run(begin())))

    async def main() -> None:
        gate = Gate()
        with Server(gate) as held:
            async with producing(held) as producer:
                await send(producer, 0)
                await asyncio.to_thread(asyncio.run, meanwhile(producer))
                gate.is_open.set()

    asyncio.run(main())


def test_a_producer_is_rejected_under_trio(server: Server) -> None:
    async def main() -> None:
        async with producing(server) as producer:
            with pytest.raises(
                ConfigurationError, match=r"needs a running asyncio.*DataStream\.producer"
            ):
                await send(producer, 0)
            await producer.flush()

    anyio.run(main, backend="trio")
    assert server.received == []


async def test_a_start_that_fails_can_be_repeated(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    """As with a transport of the wrong kind; nothing stays in the buffer."""
    async with producing(server) as producer:

        def broken(*arguments: object, **options: object) -> None:
            raise LookupError

        with monkeypatch.context() as patch:
            patch.setattr(producer_module, "Dispatcher", broken)
            with pytest.raises(LookupError):
                await send(producer, 0)
        assert producer.buffered == 0
        assert await (await send(producer, 1))


async def test_failures_dropped_at_the_same_time_are_counted_in_one_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer_module, "SPACING", 0.0)
    with Server(lambda request: Reply(answer(400))) as server:
        async with producing(server) as producer:
            futures = await send_all(producer, 10)
            await producer.flush(LONG)
            futures.clear()
            gc.collect()
            await until(lambda: len(lines(caplog)) == 2)
    assert lines(caplog)[1].startswith("9 more messages were not delivered")
