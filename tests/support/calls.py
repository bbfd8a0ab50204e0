"""A call that is written once and made with either client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import anyio
from ncloud_datastream import AsyncDataStream, DataStream

Kind = Literal["sync", "async"]
KINDS: tuple[Kind, ...] = ("sync", "async")

Options = dict[str, Any]
"""Arguments of `DataStream` and `AsyncDataStream`."""


@dataclass(frozen=True)
class Call:
    """A method of the clients, with its arguments."""

    method: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def on(self, client: DataStream | AsyncDataStream) -> Any:
        """Return the result of the method; that of an asynchronous client must be awaited."""
        return getattr(client, self.method)(*self.args, **self.kwargs)


def call(method: str, *args: Any, **kwargs: Any) -> Call:
    """Return a call, written as a user writes it."""
    return Call(method, args, kwargs)


def perform(
    kind: Kind, options: Options, *calls: Call | Callable[[DataStream | AsyncDataStream], Any]
) -> Any:
    """Make calls one after the other with one client; return the result of the last.

    A step may also be a function of the client. A result is awaited, and an iterator is converted
    to a list.
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
