"""A call written once and made through either client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import anyio
from ncloud_datastream import AsyncDataStream, DataStream

Kind = Literal["sync", "async"]
KINDS: tuple[Kind, ...] = ("sync", "async")

Options = dict[str, Any]
"""Arguments that `DataStream` and `AsyncDataStream` take alike."""


@dataclass(frozen=True)
class Call:
    """A method of the clients, and its arguments."""

    method: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def on(self, client: DataStream | AsyncDataStream) -> Any:
        """What the method returns: from an asynchronous client something to await."""
        return getattr(client, self.method)(*self.args, **self.kwargs)


def call(method: str, *args: Any, **kwargs: Any) -> Call:
    """A call, written as the user writes it."""
    return Call(method, args, kwargs)


def perform(
    kind: Kind, options: Options, *calls: Call | Callable[[DataStream | AsyncDataStream], Any]
) -> Any:
    """Make calls one after the other through one client of a kind; returns what the last gives.

    Instead of a `Call`, a function of the client will do; what it returns is awaited or, where
    it is an iterator, made into a list.
    """
    steps = [each.on if isinstance(each, Call) else each for each in calls]
    result = None
    if kind == "sync":
        with DataStream(**options) as ds:
            for step in steps:
                result = step(ds)
                if hasattr(result, "__next__"):
                    result = list(result)
        return result

    async def main() -> Any:
        result = None
        async with AsyncDataStream(**options) as ds:
            for step in steps:
                result = step(ds)
                if hasattr(result, "__anext__"):
                    result = [each async for each in result]
                elif hasattr(result, "__await__"):
                    result = await result
        return result

    return anyio.run(main)
