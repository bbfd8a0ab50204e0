"""The source is read only as far as needed; what it raises comes after the deliveries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from ncloud_datastream import AsyncDataStream, ConfigurationError, Message, Outcome, Retry
from sending.sendings import (
    as_async,
    every_form,
    messages,
    opened,
    options,
    send,
    whole,
)
from sending.server import Reply, Request, Server, answer

DELIVERED = Outcome.DELIVERED


class SourceError(Exception):
    pass


def breaking(count: int) -> Iterator[Message]:
    yield from messages(count)
    raise SourceError


@every_form
@pytest.mark.parametrize("bad", ["no message", None, ("t", "k", "v")])
def test_an_item_that_is_no_message_stops_the_run_after_those_before_it(
    form: str, server: Server, bad: Any
) -> None:
    result = send(form, server, [*messages(2), bad, *messages(1)])
    assert result.outcomes == {DELIVERED: 2}
    assert isinstance(result.failure, ConfigurationError)
    assert "instead of Message" in str(result.failure)
    assert len(server.received) == 2


def test_the_items_of_an_asynchronous_source_are_checked(server: Server) -> None:
    result = send("async", server, as_async([*messages(2), "no message"]))  # type: ignore[list-item]
    assert result.outcomes == {DELIVERED: 2}
    assert isinstance(result.failure, ConfigurationError)


@every_form
def test_messages_are_retried_after_the_source_has_raised(form: str) -> None:
    seen: set[str] = set()

    def behave(request: Request) -> Reply:
        if request.value in seen:
            return Reply(answer())
        seen.add(request.value)
        return Reply(answer(429, b"{}", "Retry-After: 0"))

    with Server(behave) as server:
        result = send(form, server, breaking(3), client={"retry": Retry()})
    assert whole(result.deliveries, 3).outcomes == {DELIVERED: 3}
    assert isinstance(result.failure, SourceError)


async def test_deliveries_are_returned_while_the_source_waits(server: Server) -> None:
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
        for _ in range(2):
            with pytest.raises(StopAsyncIteration):
                await anext(sending)


def test_deliveries_are_counted_while_a_blocking_source_waits(server: Server) -> None:
    seen: list[int] = []

    def source() -> Iterator[Message]:
        yield from messages(3)
        while sending.progress.delivered < 3:
            pass
        seen.append(sending.progress.delivered)

    with opened("blocking", server) as ds:
        sending = ds.send_messages(source())
        sending.run()
    assert seen == [3]
