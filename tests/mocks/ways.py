"""The ways in which a client sends messages: single calls and `send_messages`, of both kinds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import copy_context
from typing import Any

from ncloud_datastream import AsyncDataStream, DataStream, Delivery, Message

COUNT = 3
"""Messages that are sent at a time."""
MESSAGES = [Message("orders", "k", f"value {number}") for number in range(COUNT)]

Send = Callable[[], None]
Way = Callable[[dict[str, Any]], AbstractContextManager[Send]]


def _check(deliveries: list[Delivery]) -> None:
    assert len(deliveries) == COUNT
    for delivery in deliveries:
        if delivery.error is not None:
            raise delivery.error


@contextmanager
def single_calls(options: dict[str, Any]) -> Iterator[Send]:
    """`DataStream.send_message`."""
    with DataStream(**options) as ds:

        def send() -> None:
            for topic, key, value, _ in MESSAGES:
                assert ds.send_message(topic=topic, key=key, value=value).status == 200

        yield send


@contextmanager
def many_messages(options: dict[str, Any]) -> Iterator[Send]:
    """`DataStream.send_messages`."""
    with DataStream(**options) as ds:
        yield lambda: _check(list(ds.send_messages(MESSAGES)))


@contextmanager
def awaited_calls(options: dict[str, Any]) -> Iterator[Send]:
    """`AsyncDataStream.send_message`."""
    with asyncio.Runner() as runner:
        ds = AsyncDataStream(**options)

        async def send() -> None:
            for topic, key, value, _ in MESSAGES:
                assert (await ds.send_message(topic=topic, key=key, value=value)).status == 200

        yield lambda: runner.run(send(), context=copy_context())
        runner.run(ds.aclose())


@contextmanager
def many_awaited(options: dict[str, Any]) -> Iterator[Send]:
    """`AsyncDataStream.send_messages`."""
    with asyncio.Runner() as runner:
        ds = AsyncDataStream(**options)

        async def send() -> None:
            _check([delivery async for delivery in ds.send_messages(MESSAGES)])

        yield lambda: runner.run(send(), context=copy_context())
        runner.run(ds.aclose())


BLOCKING: list[Way] = [single_calls, many_messages]
ASYNCHRONOUS: list[Way] = [awaited_calls, many_awaited]
WAYS = BLOCKING + ASYNCHRONOUS
