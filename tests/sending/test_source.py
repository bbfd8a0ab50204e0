"""A sending reads its source only as it needs, and outlives what the source does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from ncloud_datastream import (
    AsyncDataStream,
    DataStream,
    Message,
    Outcome,
    Retry,
)
from sending.sendings import (
    Counted,
    Result,
    as_async,
    every_form,
    messages,
    options,
    run,
    send,
    until,
    whole,
)
from sending.server import Reply, Request, Server, answer

DELIVERED = Outcome.DELIVERED


class SourceError(Exception):
    pass


def breaking(count: int) -> Iterator[Message]:
    yield from messages(count)
    raise SourceError


async def breaking_async(count: int) -> AsyncIterator[Message]:
    for message in messages(count):
        yield message
    raise SourceError


@every_form
def test_the_source_is_read_only_as_far_as_there_is_work(form: str, server: Server) -> None:
    """With a consumer that takes its time, what is taken and not handed out stays bounded."""
    ahead: list[int] = []
    handed = 0
    source = Counted(messages(400), lambda taken: ahead.append(taken - handed))
    if form == "blocking":
        with DataStream(**options(server)) as ds:
            for _ in ds.send_messages(source, concurrency=4):
                handed += 1
    else:

        async def consume() -> None:
            nonlocal handed
            async with AsyncDataStream(**options(server)) as ds:
                async for _ in ds.send_messages(source, concurrency=4):
                    handed += 1
                    await asyncio.sleep(0)

        run(form, consume())
    assert handed == 400
    assert max(ahead) <= 9


@every_form
def test_a_source_that_raises(form: str, server: Server) -> None:
    result = send(form, server, breaking(20), concurrency=4)
    assert whole(result.deliveries, 20).outcomes == {DELIVERED: 20}
    assert isinstance(result.failure, SourceError)


@every_form
def test_a_source_that_raises_at_once(form: str, server: Server) -> None:
    result = send(form, server, breaking(0))
    assert result.deliveries == []
    assert isinstance(result.failure, SourceError)


@every_form
def test_a_source_that_raises_while_messages_are_repeated(form: str) -> None:
    seen: set[str] = set()

    def behave(request: Request) -> Reply:
        if request.value in seen:
            return Reply(answer())
        seen.add(request.value)
        return Reply(answer(429))

    with Server(behave) as server:
        result = send(form, server, breaking(3), client={"retry": Retry()})
    assert whole(result.deliveries, 3).outcomes == {DELIVERED: 3}
    assert isinstance(result.failure, SourceError)


async def test_asynchronous_sources(server: Server) -> None:
    sent = messages(50)
    async with AsyncDataStream(**options(server)) as ds:
        result = Result([d async for d in ds.send_messages(as_async(sent), concurrency=8)])
    result.check(sent)
    assert result.outcomes == {DELIVERED: 50}


async def test_an_asynchronous_source_that_raises(server: Server) -> None:
    got = []
    async with AsyncDataStream(**options(server)) as ds:
        with pytest.raises(SourceError):
            async for delivery in ds.send_messages(breaking_async(20), concurrency=4):
                got.append(delivery)  # noqa: PERF401 - some come before the error
    whole(got, 20)


async def test_a_source_that_was_cancelled_itself(server: Server) -> None:
    async def source() -> AsyncIterator[Message]:
        yield Message("t", "k", "v")
        raise asyncio.CancelledError

    async with AsyncDataStream(**options(server)) as ds:
        sending = ds.send_messages(source())
        assert (await anext(sending)).outcome is DELIVERED
        with pytest.raises(asyncio.CancelledError):
            await anext(sending)


async def test_a_slow_source_uses_one_connection(server: Server) -> None:
    """Who came free last goes first, so that its connection is used again."""

    async def source() -> AsyncIterator[Message]:
        for n in range(10):
            yield Message("t", "k", str(n))
            await until(lambda n=n: len(server.received) > n and not server.in_flight)

    async with AsyncDataStream(**options(server)) as ds:
        got = [delivery async for delivery in ds.send_messages(source())]
    assert whole(got, 10).outcomes == {DELIVERED: 10}
    assert server.connections <= 2


async def test_deliveries_come_while_the_source_waits(server: Server) -> None:
    more = asyncio.Event()

    async def source() -> AsyncIterator[Message]:
        yield Message("t", "k", "0")
        await more.wait()
        yield Message("t", "k", "1")

    async with AsyncDataStream(**options(server)) as ds:
        sending = ds.send_messages(source())
        assert (await anext(sending)).index == 0
        more.set()
        assert (await anext(sending)).index == 1
        with pytest.raises(StopAsyncIteration):
            await anext(sending)
        with pytest.raises(StopAsyncIteration):
            await anext(sending)
