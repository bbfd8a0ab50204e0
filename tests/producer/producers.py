"""Making producers, and servers that do what a test wants."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from ncloud_datastream import AsyncDataStream, AsyncProducer, DataStream, Producer
from sending.sendings import options
from sending.server import Reply, Request, Server, answer

TOPIC = "h4j6l-orders"
LONG = 20.0
"""Seconds after which a test that waits has failed."""


@contextmanager
def producing(server: Server | str, *, client: Any = None, **arguments: Any) -> Iterator[Producer]:
    """A producer of a client."""
    with (
        DataStream(**options(server, **(client or {}))) as ds,
        ds.producer(**{"topic": TOPIC, **arguments}) as producer,
    ):
        yield producer


@asynccontextmanager
async def producing_async(
    server: Server | str, *, client: Any = None, **arguments: Any
) -> AsyncIterator[AsyncProducer]:
    """The same for tasks."""
    async with (
        AsyncDataStream(**options(server, **(client or {}))) as ds,
        ds.producer(**{"topic": TOPIC, **arguments}) as producer,
    ):
        yield producer


class Gate:
    """A server's behaviour: hold every message up until the gate is open."""

    def __init__(self, reply: bytes = answer()) -> None:
        self.is_open = threading.Event()
        self._reply = reply

    def __call__(self, request: Request) -> Reply:
        return Reply(self._reply, gate=self.is_open)


def refusing(*values: str, status: int = 400) -> Callable[[Request], Reply]:
    """Refuse these values."""

    def behave(request: Request) -> Reply:
        return Reply(answer(status, b"{}") if request.value in values else answer())

    return behave


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for what nothing announces."""
    waits = threading.Event()
    for _ in range(int(LONG / 0.002)):
        if condition():
            return
        waits.wait(0.002)
    raise AssertionError("it did not come to pass")
