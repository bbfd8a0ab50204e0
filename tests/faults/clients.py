"""The clients that the table is run with: a column each."""

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
    """What a client made of a fault."""

    error: DataStreamError | None
    seconds: float


Client = Callable[[Mapping[str, Any], str, bool, Callable[[], object] | None], Result]
"""Makes a client with some options, and a call of some kind: with little or much to send, and after
another call that goes well and something to wait for, where that is given."""


def arguments(kind: str, *, big: bool) -> tuple[str, dict[str, Any]]:
    """The method that stands for a kind of request, or for a waiter, and what it is called with."""
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


def sync(
    options: Mapping[str, Any], kind: str, big: bool, before: Callable[[], object] | None
) -> Result:
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


def asynchronous(
    options: Mapping[str, Any], kind: str, big: bool, before: Callable[[], object] | None
) -> Result:
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


def sending(
    options: Mapping[str, Any], kind: str, big: bool, before: Callable[[], object] | None
) -> Result:
    """`AsyncDataStream.send_messages`."""
    _, keywords = arguments(kind, big=big)
    warm = before is not None

    async def source() -> AsyncIterator[Message]:
        if before is not None:
            yield _FIRST
            await anyio.to_thread.run_sync(before)
        yield Message(**keywords)

    async def main() -> Result:
        async with AsyncDataStream(**{"credentials": KEYS, **options}) as ds:
            began = time.monotonic()
            # One worker: the second message goes where the first one went.
            sending = ds.send_messages(source(), concurrency=1)
            return _told([each async for each in sending], warm, began)

    return anyio.run(main)


def sending_sync(
    options: Mapping[str, Any], kind: str, big: bool, before: Callable[[], object] | None
) -> Result:
    """`DataStream.send_messages`."""
    _, keywords = arguments(kind, big=big)

    def source() -> Iterator[Message]:
        if before is not None:
            yield _FIRST
            before()
        yield Message(**keywords)

    with DataStream(**{"credentials": KEYS, **options}) as ds:
        began = time.monotonic()
        deliveries = list(ds.send_messages(source(), concurrency=1))
        return _told(deliveries, before is not None, began)


def _told(deliveries: list[Delivery], warm: bool, began: float) -> Result:
    """What became of the last message, whose outcome has to say the same as its error."""
    *earlier, last = sorted(deliveries, key=lambda delivery: delivery.index)
    assert [each.index for each in (*earlier, last)] == list(range(1 + warm))
    assert all(each.outcome is Outcome.DELIVERED for each in earlier)
    error = last.error
    name, doubt = ("", False) if error is None else (type(error).__name__, error.maybe_delivered)
    assert last.outcome is bulk_outcome(name, maybe_delivered=doubt), last
    assert error is None or last.attempts == error.attempts
    return Result(error, time.monotonic() - began)


def bulk_outcome(error: str, *, maybe_delivered: bool) -> Outcome:
    """The outcome of a `Delivery` that goes with an error."""
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
"""By name: the client, and the kinds of request that it can make."""
