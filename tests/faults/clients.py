"""The clients that run the fault table."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread
from faults.promises import SHORT
from ncloud_datastream import (
    AsyncDataStream,
    Credentials,
    DataStream,
    DataStreamError,
    Delivery,
    Message,
    Outcome,
)

KEYS = Credentials("access", "secret")
_BIG = 900_000
_FIRST = Message("abcde-orders", "k", "first")


@dataclass(frozen=True)
class Result:
    """The result of a call."""

    error: DataStreamError | None
    seconds: float


Before = Callable[[], object] | None
Client = Callable[[Mapping[str, Any], str, bool, Before], Result]
"""Creates a client with these options and makes a call of some kind, with a large body if True.
With `Before`, a first call succeeds and the function is called before the second."""


def arguments(kind: str, *, big: bool) -> tuple[str, dict[str, Any]]:
    """Return the method for a kind of request, or for a waiter, and its arguments."""
    text = "x" * (_BIG if big else 9)
    return {
        "GET": ("get_topic", {"topic_id": "t1"}),
        "waiter": ("wait_for_topic", {"topic_id": "t1", "timeout": SHORT}),
        "PUT": (
            "update_topic",
            {"topic_id": "t1", "description": text, "partitions": 1, "retention_ms": 3_600_000},
        ),
        "DELETE": ("delete_topic", {"topic_id": "t1"}),
        "POST": ("send_message", {"topic": "abcde-orders", "key": "k", "value": text}),
    }[kind]


def sync(options: Mapping[str, Any], kind: str, big: bool, before: Before) -> Result:
    """`DataStream`."""
    method, keywords = arguments(kind, big=big)
    with DataStream(**{"credentials": KEYS, **options}) as ds:
        if before is not None:
            ds.get_topic("t0")
            before()
        began = time.monotonic()
        try:
            getattr(ds, method)(**keywords)
        except DataStreamError as error:
            return Result(error, time.monotonic() - began)
        return Result(None, time.monotonic() - began)


def asynchronous(options: Mapping[str, Any], kind: str, big: bool, before: Before) -> Result:
    """`AsyncDataStream`."""
    method, keywords = arguments(kind, big=big)

    async def main() -> Result:
        async with AsyncDataStream(**{"credentials": KEYS, **options}) as ds:
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


def sending(options: Mapping[str, Any], kind: str, big: bool, before: Before) -> Result:
    """`AsyncDataStream.send_messages`, with one worker, so that messages share a connection."""

    async def source() -> AsyncIterator[Message]:
        if before is not None:
            yield _FIRST
            await anyio.to_thread.run_sync(before)
        yield Message(**arguments(kind, big=big)[1])

    async def main() -> Result:
        async with AsyncDataStream(**{"credentials": KEYS, **options}) as ds:
            began = time.monotonic()
            bulk = ds.send_messages(source(), concurrency=1)
            return _last([each async for each in bulk], before, began)

    return anyio.run(main)


def sending_sync(options: Mapping[str, Any], kind: str, big: bool, before: Before) -> Result:
    """`DataStream.send_messages`, likewise."""

    def source() -> Iterator[Message]:
        if before is not None:
            yield _FIRST
            before()
        yield Message(**arguments(kind, big=big)[1])

    with DataStream(**{"credentials": KEYS, **options}) as ds:
        began = time.monotonic()
        bulk = ds.send_messages(source(), concurrency=1)
        return _last(list(bulk), before, began)


def _last(deliveries: list[Delivery], before: Before, began: float) -> Result:
    """Return the result of the last message, after checking that outcome and error agree."""
    *earlier, last = sorted(deliveries, key=lambda delivery: delivery.index)
    assert [each.index for each in (*earlier, last)] == list(range(2 if before else 1))
    assert all(each.outcome is Outcome.DELIVERED for each in earlier)
    error = last.error
    name, unknown = ("", False) if error is None else (type(error).__name__, error.maybe_delivered)
    assert last.outcome is bulk_outcome(name, maybe_delivered=unknown), last
    assert error is None or last.attempts == error.attempts
    return Result(error, time.monotonic() - began)


def bulk_outcome(error: str, *, maybe_delivered: bool) -> Outcome:
    """Return the outcome of a `Delivery` with an error."""
    if not error:
        return Outcome.DELIVERED
    if maybe_delivered:
        return Outcome.UNKNOWN
    return Outcome.UNSENT if error == "TransportError" else Outcome.REJECTED


CLIENTS: dict[str, tuple[Client, tuple[str, ...]]] = {
    "sync": (sync, ("GET", "PUT", "DELETE", "POST")),
    "async": (asynchronous, ("GET", "PUT", "DELETE", "POST")),
    "sending": (sending, ("POST",)),
    "sending-sync": (sending_sync, ("POST",)),
}
"""The clients by name, and the kinds of request that each can make."""
