"""A sending that is left early, cancelled or dropped: the account is whole."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest
from ncloud_datastream import (
    AsyncDataStream,
    DataStream,
    Delivery,
    Outcome,
    Retry,
    TransportError,
)
from sending.sendings import (
    Counted,
    every_form,
    messages,
    options,
    run,
    until,
    whole,
)
from sending.server import Reply, Server, answer

DELIVERED, REJECTED, UNSENT, UNKNOWN = (
    Outcome.DELIVERED,
    Outcome.REJECTED,
    Outcome.UNSENT,
    Outcome.UNKNOWN,
)


def gated() -> tuple[threading.Event, Server]:
    """A server that answers the first three at once, and the rest when it is told."""
    gate = threading.Event()
    return gate, Server(lambda r: Reply(answer(), gate=None if r.number < 3 else gate))


async def test_leaving_early_waits_for_what_is_in_flight() -> None:
    gate, server = gated()
    source = Counted(messages(1000))
    got = []
    with server:
        async with AsyncDataStream(**options(server)) as ds:
            async with ds.send_messages(source, concurrency=4) as sending:
                async for delivery in sending:
                    got.append(delivery)
                    if len(got) == 3:
                        break
                gate.set()
            assert [d.outcome for d in got] == [DELIVERED] * 3
            rest = sending.unfinished
            assert {delivery.outcome for delivery in rest} <= {DELIVERED, UNSENT}
            whole(got + rest, source.taken)
            assert source.taken < 20
            assert [d async for d in sending] == []


def test_leaving_early_in_ordinary_code() -> None:
    gate, server = gated()
    source = Counted(messages(1000))
    got = []
    with server, DataStream(**options(server)) as ds:
        with ds.send_messages(source, concurrency=4) as sending:
            for delivery in sending:
                got.append(delivery)
                if len(got) == 3:
                    break
            gate.set()
        rest = sending.unfinished
        assert {delivery.outcome for delivery in rest} <= {DELIVERED, UNSENT}
        whole(got + rest, source.taken)
        assert source.taken < 20
        assert list(sending) == []


async def test_leaving_with_an_exception() -> None:
    gate, server = gated()
    gate.set()
    source = Counted(messages(1000))
    got = []
    with server:
        async with AsyncDataStream(**options(server)) as ds:
            with pytest.raises(LookupError):
                async with ds.send_messages(source, concurrency=4) as sending:
                    async for delivery in sending:
                        got.append(delivery)
                        raise LookupError
            whole(got + sending.unfinished, source.taken)


@every_form
def test_leaving_is_bounded_by_the_timeout(form: str) -> None:
    source = Counted(messages(1000))
    with Server(lambda r: Reply(answer()) if r.number == 0 else Reply(b"", "stall")) as server:
        made = options(server, timeout=0.5)
        if form == "blocking":
            with DataStream(**made) as ds:
                with ds.send_messages(source, concurrency=4) as sending:
                    got = [next(sending)]
                rest = sending.unfinished
        else:

            async def left() -> tuple[list[Delivery], list[Delivery]]:
                async with AsyncDataStream(**made) as ds:
                    async with ds.send_messages(source, concurrency=4) as sending:
                        got = [await anext(sending)]
                    return got, sending.unfinished

            got, rest = run(form, left())
    outcomes = whole(got + rest, source.taken).outcomes
    assert outcomes[DELIVERED] == 1
    assert outcomes[UNKNOWN] >= 1


async def test_leaving_ends_the_waits_between_attempts() -> None:
    with Server(lambda r: Reply(answer(429, b"{}", "Retry-After: 15"))) as server:
        made = options(server, retry=Retry(max_elapsed=100.0))
        async with AsyncDataStream(**made) as ds:
            async with ds.send_messages(messages(3)) as sending:
                await until(lambda: len(server.received) == 3 and not server.in_flight)
            rest = sending.unfinished
    assert rest
    assert whole(rest, len(rest)).outcomes.keys() <= {REJECTED, UNSENT}


async def test_being_cancelled_ends_it_at_once() -> None:
    gate, server = gated()
    source = Counted(messages(1000))
    got: list[Delivery] = []
    sendings = []

    async def leave() -> None:
        ds = AsyncDataStream(**options(server, timeout=1000.0))
        async with ds, ds.send_messages(source, concurrency=4) as sending:
            sendings.append(sending)
            async for delivery in sending:
                got.append(delivery)  # noqa: PERF401 - some come before the error

    with server:
        task = asyncio.ensure_future(leave())
        await until(lambda: server.in_flight == 4)
        task.cancel()
        async with asyncio.timeout(10):
            with pytest.raises(asyncio.CancelledError):
                await task
        gate.set()
    rest = sendings[0].unfinished
    outcomes = whole(got + rest, source.taken).outcomes
    assert outcomes[UNKNOWN] == 4
    assert outcomes[DELIVERED] == 3
    unknown = next(d for d in rest if d.outcome is UNKNOWN)
    assert isinstance(unknown.error, TransportError)
    assert unknown.error.maybe_delivered
    assert unknown.attempts == unknown.error.attempts == 1


async def test_a_wait_for_a_delivery_that_is_cancelled_loses_none() -> None:
    gate = threading.Event()
    with Server(lambda r: Reply(answer(), gate=gate)) as server:
        async with AsyncDataStream(**options(server)) as ds:
            sending = ds.send_messages(messages(5))
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await anext(sending)
            gate.set()
            whole([delivery async for delivery in sending], 5)


async def test_closing_that_is_cancelled_still_closes_the_account() -> None:
    gate = threading.Event()
    source = Counted(messages(100))
    with Server(lambda r: Reply(answer(), gate=gate)) as server:
        async with AsyncDataStream(**options(server, timeout=1000.0)) as ds:
            sending = ds.send_messages(source, concurrency=4)
            async with sending:
                await until(lambda: server.in_flight == 4)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await sending.aclose()
                outcomes = whole(sending.unfinished, source.taken).outcomes
                assert outcomes[UNKNOWN] == 4
            gate.set()


async def test_a_sending_that_nobody_holds_any_more_ends(server: Server) -> None:
    before = asyncio.all_tasks()
    async with AsyncDataStream(**options(server)) as ds:
        async for _ in ds.send_messages(messages(1000), concurrency=4):
            break
        gc.collect()
        await until(lambda: not asyncio.all_tasks() - before)


def test_a_blocking_sending_that_nobody_holds_any_more_ends(server: Server) -> None:
    """Its thread is gone: the fixture of all tests looks."""
    with DataStream(**options(server)) as ds:
        for _ in ds.send_messages(messages(1000), concurrency=4):
            break
        gc.collect()


def test_a_loop_that_ends_before_the_sending() -> None:
    gate = threading.Event()
    kept = []

    async def leave(server: Server) -> None:
        ds = AsyncDataStream(**options(server))
        sending = ds.send_messages(messages(10), concurrency=4)
        kept.append(sending)
        asyncio.ensure_future(anext(sending))  # noqa: RUF006 - left behind on purpose
        await until(lambda: server.in_flight == 4)

    with Server(lambda r: Reply(answer(), gate=gate)) as server:
        asyncio.run(leave(server))
        gate.set()
    rest = kept.pop().unfinished
    assert whole(rest, len(rest)).outcomes == {UNKNOWN: 4}
    gc.collect()


async def test_leaving_before_anything_began(server: Server) -> None:
    async with AsyncDataStream(**options(server)) as ds:
        sending = ds.send_messages(messages(5))
        assert sending.unfinished == []
        await sending.aclose()
        assert [d async for d in sending] == []
        async with sending:
            assert sending.unfinished == []
    assert server.connections == 0


def test_leaving_before_anything_began_in_ordinary_code(server: Server) -> None:
    with DataStream(**options(server)) as ds:
        sending = ds.send_messages(messages(5))
        assert sending.unfinished == []
        sending.close()
        assert list(sending) == []
        with sending:
            assert sending.unfinished == []
    assert server.connections == 0
