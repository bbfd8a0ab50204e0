"""What the HTTP clients of copies send through: lent where it is there, made where it is not."""

from __future__ import annotations

from collections.abc import Awaitable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from ncloud_datastream import ConfigurationError
from ncloud_datastream.lending import LentTransport

REQUEST = httpx.Request("GET", "https://h/")

each_kind = pytest.mark.parametrize("kind", ["sync", "async"])


class Line(httpx.MockTransport):
    """A transport that says whether it was closed."""

    def __init__(self) -> None:
        super().__init__(lambda request: httpx.Response(200))
        self.closed = 0

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


class Lending:
    """A transport that is lent, and what was made beside it."""

    def __init__(self, *, makes: bool) -> None:
        self.owned = Line()
        self.made: list[Line] = []
        self.owner: Any = SimpleNamespace(is_closed=False)
        make = self.make if makes else lambda: self.owned
        self.lent = LentTransport(self.owner, self.owned, make, make)

    def make(self) -> Line:
        self.made.append(Line())
        return self.made[-1]


async def done(value: Awaitable[Any] | Any) -> Any:
    return await value if isinstance(value, Awaitable) else value


async def send(lent: LentTransport, kind: str) -> None:
    answered = lent.handle_request if kind == "sync" else lent.handle_async_request
    assert (await done(answered(REQUEST))).status_code == 200


async def close(lent: LentTransport, kind: str) -> None:
    await done(lent.close() if kind == "sync" else lent.aclose())


@each_kind
async def test_what_was_made_for_it_ends_with_it(kind: str) -> None:
    lending = Lending(makes=True)
    for _ in range(2):
        await send(lending.lent, kind)
    (made,) = lending.made
    assert made.closed == 0
    await close(lending.lent, "async" if kind == "sync" else "sync")
    assert made.closed == 0
    await close(lending.lent, kind)
    assert (made.closed, lending.owned.closed) == (1, 0)


@each_kind
async def test_what_the_owner_has_does_not(kind: str) -> None:
    lending = Lending(makes=False)
    await send(lending.lent, kind)
    await close(lending.lent, kind)
    assert lending.owned.closed == 0


@each_kind
async def test_without_use_there_is_nothing_to_end(kind: str) -> None:
    lending = Lending(makes=True)
    await close(lending.lent, kind)
    assert lending.made == []


@each_kind
async def test_it_ends_with_its_owner(kind: str) -> None:
    lending = Lending(makes=True)
    lending.owner.is_closed = True
    with pytest.raises(ConfigurationError, match="closed"):
        await send(lending.lent, kind)
    assert lending.made == []
