"""The producer for tasks."""

from __future__ import annotations

import asyncio
import gc
import logging
import pickle
from typing import Any

import anyio
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    AsyncProducer,
    BadRequestError,
    BufferFullError,
    ConfigurationError,
    Delivery,
    Outcome,
    TransportError,
    WaitTimeoutError,
    partition_for,
)
from ncloud_datastream.sending import async_producer as producer_module
from ncloud_datastream.sending import unretrieved as unretrieved_module
from producer.producers import LONG, TOPIC, Gate, producing_async, refusing
from sending.sendings import FORMS, options, run, until
from sending.server import Reply, Request, Server, answer

loops = pytest.mark.parametrize("loop", [form for form in FORMS if form != "blocking"])


async def send(producer: AsyncProducer, value: object, **more: Any) -> asyncio.Future[Delivery]:
    return await producer.send(**{"key": "k", "value": str(value), **more})


async def send_all(
    producer: AsyncProducer, count: int, **more: Any
) -> list[asyncio.Future[Delivery]]:
    return [await send(producer, number, **more) for number in range(count)]


# --- futures


@loops
def test_a_result_is_the_delivery_or_raises_its_error(loop: str) -> None:
    async def main() -> None:
        with Server(refusing("1")) as server:
            async with producing_async(server) as producer:
                delivery = await (await send(producer, 0))
                assert (delivery.outcome, delivery.index) == (Outcome.DELIVERED, 0)
                future = await send(producer, 1)
                with pytest.raises(BadRequestError) as raised:
                    await future
                assert future.exception() is raised.value
            found = raised.value.delivery
            assert found is not None
            assert (found.outcome, found.message.value) == (Outcome.REJECTED, "1")
            copy = pickle.loads(pickle.dumps(raised.value))
            assert copy.delivery.message == found.message

    run(loop, main())


async def test_futures_do_what_futures_do(server: Server) -> None:
    called: list[object] = []
    async with producing_async(server) as producer:
        futures = await send_all(producer, 20)
        futures[0].add_done_callback(called.append)
        done, pending = await asyncio.wait(futures, timeout=LONG)
        assert (len(done), len(pending)) == (20, 0)
        assert len(await asyncio.gather(*futures)) == 20
        assert futures[3].result().outcome is Outcome.DELIVERED
    assert called == [futures[0]]


@loops
def test_from_many_tasks_with_little_room(loop: str, server: Server) -> None:
    async def main() -> None:
        async with producing_async(server, max_buffered=5, concurrency=3) as producer:

            async def work(number: int) -> Delivery:
                future = await send(producer, number)
                assert producer.buffered <= 5
                return await future

            got = await asyncio.gather(*(work(number) for number in range(1000)))
            assert [delivery.message.value for delivery in got] == [str(n) for n in range(1000)]
            # Room is given in turn.
            assert [delivery.index for delivery in got] == list(range(1000))
            await producer.flush(LONG)
            assert producer.buffered == 0

    run(loop, main())
    assert server.most_in_flight <= 3


async def test_order_partitions_rate_and_topics(server: Server) -> None:
    async with (
        AsyncDataStream(**options(server)) as ds,
        ds.producer(topic="a", ordered="key", partitions=3, rate=5000.0) as one,
        ds.producer() as other,
    ):
        for number in range(100):
            await one.send(key=f"k{number % 3}", value=str(number))
            await other.send(key="k", value=str(number), topic="b", partition=7)
        with pytest.raises(ConfigurationError, match="no topic"):
            await send(other, 0)
    for key in range(3):
        mine = [r.message for r in server.received if r.message["key"] == f"k{key}"]
        values = [int(each["value"]) for each in mine]
        assert values == list(range(key, 100, 3))
        assert {each["partition"] for each in mine} == {partition_for(f"k{key}", 3)}
    assert {r.message.get("partition") for r in server.received if r.message["topic"] == "b"} == {7}


def test_what_it_says_of_itself(server: Server) -> None:
    producer = AsyncDataStream(**options(server)).producer()
    assert repr(producer) == f"AsyncProducer({server.url}, concurrency=64, topic=None)"


# --- back-pressure


async def test_no_room_raises_at_once_or_in_time() -> None:
    for when_full, timeout in (("raise", None), ("wait", 0.01), ("wait", 0)):
        gate = Gate()
        with Server(gate) as server:
            async with producing_async(server, max_buffered=3, when_full=when_full) as producer:
                await send_all(producer, 3)
                with pytest.raises(BufferFullError, match="3 messages"):
                    await send(producer, 3, timeout=timeout)
                gate.is_open.set()
                await producer.flush(LONG)
                assert await (await send(producer, 4, timeout=LONG))
        assert server.values[3:] == ["4"]


async def test_room_by_bytes_is_given_in_turn() -> None:
    gate = Gate()
    with Server(gate) as server:
        async with producing_async(server, max_buffered_bytes=10_000) as producer:
            await send(producer, "x" * 9_000)
            large = asyncio.ensure_future(send(producer, "y" * 9_000))
            await asyncio.sleep(0)
            small = asyncio.ensure_future(send(producer, "z"))
            await asyncio.sleep(0)
            assert not small.done()  # there is room for it, but it is not its turn
            gate.is_open.set()
            assert [(await (await each)).index for each in (large, small)] == [1, 2]


@pytest.mark.parametrize("which", [0, 1, 2])
async def test_a_cancelled_send_takes_no_room_and_no_turn(which: int) -> None:
    gate = Gate()
    with Server(gate) as server:
        async with producing_async(server, max_buffered=1) as producer:
            await send(producer, "first")
            waiting = [asyncio.ensure_future(send(producer, n)) for n in range(3)]
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


async def test_a_send_cancelled_when_its_turn_has_come_passes_it_on() -> None:
    gate = Gate()
    with Server(gate) as server:
        async with producing_async(server, max_buffered=1) as producer:
            first = await send(producer, "first")
            waiting = [asyncio.ensure_future(send(producer, n)) for n in range(2)]
            await asyncio.sleep(0)
            first.add_done_callback(lambda _: waiting[0].cancel())
            gate.is_open.set()
            assert await (await waiting[1])
            with pytest.raises(asyncio.CancelledError):
                await waiting[0]


# --- flush, callbacks


@loops
def test_flush(loop: str) -> None:
    async def main() -> None:
        gate = Gate()
        with Server(gate) as server:
            async with producing_async(server) as producer:
                await producer.flush()
                futures = await send_all(producer, 3)
                with pytest.raises(WaitTimeoutError, match="3 messages are not settled"):
                    await producer.flush(0.01)
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


async def test_a_flush_for_each_of_many(server: Server) -> None:
    async with producing_async(server) as producer:

        async def work(number: int) -> bool:
            future = await send(producer, number)
            await producer.flush(LONG)
            return future.done()

        assert all(await asyncio.gather(*(work(number) for number in range(1000))))


@pytest.mark.parametrize("error", [LookupError, asyncio.CancelledError])
async def test_a_callback_that_raises_harms_nobody(
    server: Server, caplog: pytest.LogCaptureFixture, error: type[BaseException]
) -> None:
    got: list[Delivery] = []

    def on_delivery(delivery: Delivery) -> None:
        got.append(delivery)
        raise error

    async with producing_async(server, on_delivery=on_delivery) as producer:
        futures = await send_all(producer, 3)
        await producer.flush(LONG)
        assert [future.result() for future in futures] == sorted(got, key=lambda d: d.index)
    assert len([each for each in caplog.records if "callback" in each.message]) == 3


async def test_a_callback_may_begin_sends_and_flushes(server: Server) -> None:
    tasks: list[asyncio.Task[Any]] = []

    def on_delivery(delivery: Delivery) -> None:
        if delivery.message.topic == TOPIC:
            tasks.append(asyncio.ensure_future(send(producer, "again", topic="again")))
            tasks.append(asyncio.ensure_future(producer.flush(LONG)))

    async with producing_async(server, on_delivery=on_delivery, max_buffered=1) as producer:
        await send_all(producer, 20)
        await until(lambda: len(tasks) == 40)
        await asyncio.gather(*tasks)
    assert server.values.count("again") == 20


# --- the end


async def test_leaving_by_an_exception_flushes(server: Server) -> None:
    with pytest.raises(LookupError):
        async with producing_async(server) as producer:
            futures = await send_all(producer, 50)
            raise LookupError
    assert all(future.result() for future in futures)


async def test_leaving_by_a_cancellation_flushes_with_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(producer_module, "EXIT_TIMEOUT", 0.2)
    futures: list[asyncio.Future[Delivery]] = []

    def behave(request: Request) -> Reply:
        return Reply(b"", "stall") if request.value == "0" else Reply(answer())

    async def work() -> None:
        async with producing_async(server) as producer:
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


async def test_close_in_no_time_says_truthfully_what_became_of_each() -> None:
    gate = Gate()
    with Server(gate) as server:
        async with AsyncDataStream(**options(server)) as ds:
            producer = ds.producer(topic=TOPIC, concurrency=2, max_buffered=50)
            futures = await send_all(producer, 50)
            waiting = asyncio.ensure_future(send(producer, 50))
            await until(lambda: len(server.received) == 2)
            await producer.aclose(timeout=0)
            errors: list[Any] = [future.exception() for future in futures]
            assert all(isinstance(error, TransportError) for error in errors)
            outcomes = [error.delivery.outcome for error in errors]
            assert outcomes == [Outcome.UNKNOWN] * 2 + [Outcome.UNSENT] * 48
            await producer.aclose()
            gate.is_open.set()
            for late in (waiting, send(producer, 0)):
                with pytest.raises(ConfigurationError, match="producer is closed"):
                    await late
            await producer.flush()


async def test_a_cancelled_close_ends_at_once() -> None:
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


async def test_closes_at_once(server: Server) -> None:
    async with producing_async(server) as producer:
        futures = await send_all(producer, 50)
        await asyncio.gather(*(producer.aclose() for _ in range(4)))
        assert all(future.result() for future in futures)


async def test_close_of_one_that_never_sent(server: Server) -> None:
    async with AsyncDataStream(**options(server)) as ds:
        producer = ds.producer(topic="t")
        await producer.aclose()
        with pytest.raises(ConfigurationError, match="producer is closed"):
            await send(producer, 0)


async def test_after_the_client_is_closed_what_was_accepted_is_sent() -> None:
    gate = Gate()
    with Server(gate) as server:
        ds = AsyncDataStream(**options(server))
        producer = ds.producer(topic=TOPIC, concurrency=2)
        futures = await send_all(producer, 20)
        await ds.aclose()
        with pytest.raises(ConfigurationError, match="client is closed"):
            await send(producer, 20)
        gate.is_open.set()
        await producer.aclose()
        assert all(future.result() for future in futures)


@pytest.mark.parametrize("status", [401, 403])
async def test_refusals_that_concern_all(status: int) -> None:
    with Server(lambda request: Reply(answer(status, b"{}"))) as server:
        async with producing_async(server, concurrency=1) as producer:
            futures = await send_all(producer, 50)
            await producer.flush(LONG)
            errors: list[Any] = [future.exception() for future in futures]
            outcomes = [error.delivery.outcome for error in errors]
            assert outcomes == [Outcome.REJECTED] * 5 + [Outcome.UNSENT] * 45
            late = await send(producer, 50)
            assert late.done()
            error = late.exception()
            assert error is not None
            assert error.__cause__ is errors[4]
        assert len(server.received) == 5


# --- failures nobody asks for


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    assert all(each.levelno == logging.ERROR for each in caplog.records)
    return [each.getMessage() for each in caplog.records]


def counted(caplog: pytest.LogCaptureFixture) -> int:
    """How many more than the first one were told of."""
    return sum(int(line.split()[0]) for line in lines(caplog)[1:])


async def test_many_are_told_of_once_and_counted(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(producer_module, "SPACING", 0.05)
    monkeypatch.setattr(unretrieved_module, "SPACING", 1e6)
    with Server(lambda request: Reply(answer(400))) as server:
        async with producing_async(server) as producer:
            await send_all(producer, 100)
            await producer.flush(LONG)
            await until(lambda: counted(caplog) == 99)  # not only when it is closed
            await send(producer, 100)
    assert "its result was never retrieved" in lines(caplog)[0]
    assert counted(caplog) == 100


async def test_whoever_asks_is_told_by_that(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    with Server(lambda request: Reply(answer(400))) as server:
        async with producing_async(server) as producer:
            futures = await send_all(producer, 5)
            with pytest.raises(BadRequestError):
                await futures[0]
            futures[1].add_done_callback(id)
            await asyncio.wait(futures[2:4])
            await producer.flush()
            assert futures[4].exception() is not None
        del futures
        gc.collect()
    assert lines(caplog) == []


async def test_whoever_was_cancelled_has_not_been_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    gate = Gate(answer(400))
    with Server(gate) as server:
        async with producing_async(server) as producer:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(await send(producer, 0), 0.01)
            gate.is_open.set()
    assert len(lines(caplog)) == 1
    assert len(server.received) == 1


def test_one_that_is_let_go_of_after_its_loop_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    kept: list[asyncio.Future[Delivery]] = []

    async def main() -> None:
        with Server(lambda request: Reply(answer(400))) as server:
            async with producing_async(server) as producer:
                kept.extend(await send_all(producer, 1))

    asyncio.run(main())
    assert lines(caplog) == []
    kept.clear()
    (line,) = lines(caplog)
    assert "its result was never retrieved" in line


# --- loops


@loops
def test_the_end_of_a_loop_loses_nothing(loop: str, caplog: pytest.LogCaptureFixture) -> None:
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


def test_the_end_of_a_loop_says_what_was_left(
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


def test_another_loop_is_refused(server: Server) -> None:
    async def begin() -> AsyncProducer:
        producer = AsyncDataStream(**options(server)).producer(topic=TOPIC)
        await send(producer, 0)
        return producer

    async def goes_on(producer: AsyncProducer) -> None:
        with pytest.raises(ConfigurationError, match="closed"):
            await send(producer, 1)
        await producer.flush()
        await producer.aclose()

    async def interferes(producer: AsyncProducer) -> None:
        for call in (send(producer, 1), producer.flush(), producer.aclose()):
            with pytest.raises(ConfigurationError, match="belongs to another event loop"):
                await call

    asyncio.run(goes_on(asyncio.run(begin())))

    gate = Gate()

    async def meanwhile() -> None:
        with Server(gate) as held:
            async with producing_async(held) as producer:
                await send(producer, 0)
                await asyncio.to_thread(asyncio.run, interferes(producer))
                gate.is_open.set()

    asyncio.run(meanwhile())


def test_trio_is_refused(server: Server) -> None:
    async def main() -> None:
        async with AsyncDataStream(**options(server)) as ds, ds.producer(topic=TOPIC) as producer:
            with pytest.raises(
                ConfigurationError, match=r"needs a running asyncio.*DataStream\.producer"
            ):
                await send(producer, 0)
            await producer.flush()

    anyio.run(main, backend="trio")
    assert server.received == []


async def test_a_wire_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """As with a transport of the wrong kind; it is the caller's error, and nothing is held."""
    async with producing_async(server) as producer:

        def broken(*arguments: object, **options: object) -> None:
            raise LookupError

        with monkeypatch.context() as patch:
            patch.setattr(producer_module, "Dispatcher", broken)
            with pytest.raises(LookupError):
                await send(producer, 0)
        assert producer.buffered == 0
        assert await (await send(producer, 1))
