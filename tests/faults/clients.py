"""The clients that the table is run with: a column each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread
from ncloud_datastream import AsyncDataStream, Credentials, DataStream, DataStreamError

KEYS = Credentials("access", "secret")
_BIG = 900_000


@dataclass(frozen=True)
class Result:
    """What a client made of a fault."""

    error: DataStreamError | None
    seconds: float


Client = Callable[[Mapping[str, Any], str, bool, Callable[[], object] | None], Result]
"""Makes a client with some options, and a call of some kind: with little or much to send, and after
another call that goes well and something to wait for, where that is given."""


def arguments(kind: str, *, big: bool) -> tuple[str, dict[str, Any]]:
    """The method that stands for a kind of request, and what it is called with."""
    text = "x" * (_BIG if big else 9)
    return {
        "GET": ("get_topic", {"topic_id": "t1"}),
        "PUT": (
            "update_topic",
            {"topic_id": "t1", "description": text, "partitions": 1, "retention_ms": 3_600_000},
        ),
        "DELETE": ("delete_topic", {"topic_id": "t1"}),
        "POST": ("send_message", {"topic": "abcde-orders", "key": "k", "value": text}),
    }[kind]


def sync(
    options: Mapping[str, Any], kind: str, big: bool, before: Callable[[], object] | None
) -> Result:
    """`DataStream`."""
    method, keywords = arguments(kind, big=big)
    with DataStream(KEYS, **options) as ds:
        if before is not None:
            ds.get_topic("t0")
            before()
        began = time.monotonic()
        try:
            getattr(ds, method)(**keywords)
        except DataStreamError as error:
            return Result(error, time.monotonic() - began)
        return Result(None, time.monotonic() - began)


def asynchronous(
    options: Mapping[str, Any], kind: str, big: bool, before: Callable[[], object] | None
) -> Result:
    """`AsyncDataStream`."""
    method, keywords = arguments(kind, big=big)

    async def main() -> Result:
        async with AsyncDataStream(KEYS, **options) as ds:
            if before is not None:
                await ds.get_topic("t0")
                await anyio.to_thread.run_sync(before)
            began = time.monotonic()
            try:
                await getattr(ds, method)(**keywords)
            except DataStreamError as error:
                return Result(error, time.monotonic() - began)
            return Result(None, time.monotonic() - began)

    return anyio.run(main)


CLIENTS: dict[str, tuple[Client, tuple[str, ...]]] = {
    "sync": (sync, ("GET", "PUT", "DELETE", "POST")),
    "async": (asynchronous, ("GET", "PUT", "DELETE", "POST")),
}
"""By name: the client, and the kinds of request that it can make."""
