"""Transports that are leased to requests, and closed when no request needs them any more."""

from __future__ import annotations

from types import SimpleNamespace

import anyio
import anyio.lowlevel
import httpx
import pytest
from ncloud_datastream import ConfigurationError, leasing
from ncloud_datastream.leasing import LeasingTransport

REQUEST = httpx.Request("GET", "https://h/")


class Line(httpx.AsyncBaseTransport):
    """A transport that says whether it was closed; hangs where it is told to."""

    def __init__(self, scope: anyio.CancelScope | None = None) -> None:
        self.closed = False
        self._scope = scope

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._scope is not None:
            self._scope.cancel()
            await anyio.sleep_forever()
        return httpx.Response(200, content=b"x")

    async def aclose(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.closed = True


class Leased:
    """A leasing transport, and what it made."""

    def __init__(self, size: int) -> None:
        self.lines: list[Line] = []
        self.transport = LeasingTransport(self.make, size)

    def make(self) -> Line:
        self.lines.append(Line())
        return self.lines[-1]

    async def send(self) -> httpx.AsyncByteStream:
        """Lease one; closing the stream gives it back."""
        stream = (await self.transport.handle_async_request(REQUEST)).stream
        assert isinstance(stream, httpx.AsyncByteStream)
        return stream

    @property
    def closed(self) -> list[bool]:
        return [line.closed for line in self.lines]


async def test_one_that_was_not_needed_for_long_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(leasing, "time", SimpleNamespace(monotonic=lambda: clock.now))
    leased = Leased(3)
    streams = [await leased.send() for _ in range(3)]
    for moment, stream in zip((1000.0, 1001.0, 1002.0), streams, strict=True):
        clock.now = moment
        await stream.aclose()
    clock.now = 1000.0 + leasing.IDLE_LIMIT
    await (await leased.send()).aclose()
    assert leased.closed == [False, False, False]
    clock.now += 0.5
    assert b"".join([part async for part in await leased.send()]) == b"x"
    # The one used last was leased again; of the other two, the older one is too old.
    assert leased.closed == [True, False, False]
    assert len(leased.lines) == 3


async def test_no_more_than_there_are_places() -> None:
    leased = Leased(2)
    first, _ = [await leased.send() for _ in range(2)]
    with anyio.move_on_after(0.05) as waited:
        await leased.send()
    assert waited.cancelled_caught
    await first.aclose()
    await leased.send()
    assert len(leased.lines) == 2


async def test_one_whose_request_was_cancelled_is_closed_all_the_same() -> None:
    with anyio.CancelScope() as scope:
        line = Line(scope)
        await LeasingTransport(lambda: line, 1).handle_async_request(REQUEST)
    assert scope.cancelled_caught
    assert line.closed


async def test_the_end() -> None:
    leased = Leased(2)
    idle, _ = [await leased.send() for _ in range(2)]
    await idle.aclose()
    assert not leased.transport.closed
    await leased.transport.aclose()
    assert leased.transport.closed
    assert leased.closed == [True, True]
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="closed"):
            await leased.send()


async def test_one_that_cannot_be_made_takes_no_place() -> None:
    class Broken(Leased):
        def make(self) -> Line:
            if not self.lines:
                self.lines.append(Line())
                raise ZeroDivisionError
            return super().make()

    leased = Broken(1)
    with pytest.raises(ZeroDivisionError):
        await leased.send()
    await leased.send()


async def test_a_transport_given_back_twice_is_lent_to_one_request_at_a_time() -> None:
    made: list[httpx.AsyncBaseTransport] = []

    def make() -> httpx.AsyncBaseTransport:
        made.append(httpx.MockTransport(lambda request: httpx.Response(200, content=b"x")))
        return made[-1]

    leasing = LeasingTransport(make, 2)
    request = httpx.Request("GET", "http://127.0.0.1/")
    first = await leasing.handle_async_request(request)
    assert isinstance(first.stream, httpx.AsyncByteStream)
    await first.stream.aclose()
    await first.stream.aclose()
    for _ in range(2):  # both in flight: neither may get the transport of the other
        await leasing.handle_async_request(request)
    assert len(made) == 2
    await leasing.aclose()
