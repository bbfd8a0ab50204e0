"""Both clients behind one blocking interface."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import anyio
from anyio.from_thread import start_blocking_portal
from ncloud_datastream import AsyncDataStream, DataStream, Delivery, Message

KINDS = ("sync", "async")

Caller = Callable[..., Any]
"""Calls the named method with the remaining arguments."""


@contextmanager
def calling(kind: str, **options: Any) -> Iterator[Caller]:
    """Yield a function that calls the methods of a client of this kind."""
    if kind == "sync":
        with DataStream(**options) as ds:
            yield lambda method, /, *args, **kwargs: getattr(ds, method)(*args, **kwargs)
        return
    with start_blocking_portal() as portal:

        async def make() -> AsyncDataStream:
            return AsyncDataStream(**options)

        ds = portal.call(make)
        try:
            yield lambda method, /, *args, **kwargs: portal.call(
                partial(getattr(ds, method), *args, **kwargs)
            )
        finally:
            portal.call(ds.aclose)


def sent(kind: str, messages: Iterable[Message], **options: Any) -> list[Delivery]:
    """Return the deliveries of messages sent in bulk by a client of this kind."""
    if kind == "sync":
        with DataStream(**options) as ds:
            return list(ds.send_messages(messages))

    async def main() -> list[Delivery]:
        async with AsyncDataStream(**options) as ds:
            return [delivery async for delivery in ds.send_messages(messages)]

    return anyio.run(main)
