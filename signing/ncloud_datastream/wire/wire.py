"""The one way to the wire: every attempt of every call goes through here.

`Wire` is the threads' half and `AsyncWire` the tasks'. For each attempt they choose who carries it:
our own connections, or a transport of httpx where only that will do (`through_httpx`).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Protocol

import httpx

from ncloud_datastream.auth import SignatureAuth
from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.calls.call import Call
from ncloud_datastream.calls.servers import Server
from ncloud_datastream.errors import ConfigurationError

from . import forks, log
from .carrier import AsyncCarrier, Carrier
from .interception import async_intercepted, intercepted
from .limits import IDLE_LIMIT, IN_FLIGHT, THREADS
from .network import Network
from .pool import CLOSED
from .through_httpx import AsyncHttpxCarrier, HttpxCarrier


class Sends(Protocol):
    """A blocking carrier."""

    def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make an attempt at a call."""
        ...

    def close(self) -> None:
        """Close what it holds open."""


class AsyncSends(Protocol):
    """An asynchronous carrier."""

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make an attempt at a call."""
        ...

    async def aclose(self) -> None:
        """Close what it holds open."""


class Wire:
    """Carries the calls of threads.

    Args:
        network: The ways to the servers.
        auth: Signs.
        transport: The user's own transport, which then carries everything.
        owner: Whether the transport is closed with this.
    """

    def __init__(
        self,
        network: Network,
        auth: SignatureAuth,
        transport: httpx.BaseTransport | None,
        *,
        owner: bool = True,
    ) -> None:
        self._network = network
        self._auth = auth
        self._owner = owner
        self._lock = threading.Lock()
        self._through = None if transport is None else HttpxCarrier(transport, auth)
        self._own: dict[str, Carrier] = {}
        self._stock: dict[str, HttpxCarrier] = {}
        self.is_closed = False
        forks.register(self)

    def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make an attempt at a call.

        Raises:
            DataStreamError: It cannot be made.
            OSError: It failed.
            httpx.HTTPError: Likewise.
        """
        self._check_open()
        carrier = self._through or self._carrier(call.server)
        if not log.is_on():
            return carrier.send(call, attempt)
        with log.Logged(call) as logged:
            logged.answer = answer = carrier.send(call, attempt)
        return answer

    def httpx_transport(self, server: Server) -> httpx.BaseTransport | None:
        """Return the transport of httpx that carries to a server now, or None where none does."""
        self._check_open()
        carrier = self._through or self._carrier(server)
        return carrier.transport if isinstance(carrier, HttpxCarrier) else None

    def close(self) -> None:
        """Close all connections; calls in flight fail, and no more are carried."""
        with self._lock:
            self.is_closed = True
            carriers: list[Sends] = [*self._own.values(), *self._stock.values()]
        if self._through is not None and self._owner:
            carriers.append(self._through)
        for carrier in carriers:
            carrier.close()

    def after_fork(self) -> None:
        """Leave httpx's connections to the parent; our own know by themselves."""
        self._lock = threading.Lock()
        self._inherited = self._stock  # kept, as closing them would shut down the parent's
        self._stock = {}

    def _check_open(self) -> None:
        if self.is_closed:
            raise ConfigurationError(CLOSED)

    def _carrier(self, server: Server) -> Carrier | HttpxCarrier:
        route = self._network.routes[server.name]
        if route.httpx_proxy is None and not intercepted():
            own = self._own.get(server.name)
            if own is None:
                with self._lock:
                    self._check_open()
                    own = self._own.setdefault(server.name, Carrier(route, self._auth, THREADS))
            return own
        with self._lock:
            self._check_open()
            stock = self._stock.get(server.name)
            if stock is None:
                limits = httpx.Limits(
                    max_connections=THREADS,
                    max_keepalive_connections=THREADS,
                    keepalive_expiry=IDLE_LIMIT,
                )
                stock = HttpxCarrier(self._network.transport(server, limits), self._auth)
                self._stock[server.name] = stock
        return stock


class AsyncWire:
    """Carries the calls of tasks, in as many event loops as they have.

    Args:
        network: The ways to the servers.
        auth: Signs.
        transport: The user's own transport, which then carries everything.
        size: Requests in flight to one server at the most.
        owner: Whether the transport is closed with this.
        outlives_loop: Whether connections stay open while their event loop ends, until this is
            closed: its user sends what is left meanwhile.
    """

    def __init__(
        self,
        network: Network,
        auth: SignatureAuth,
        transport: httpx.AsyncBaseTransport | None,
        size: int = IN_FLIGHT,
        *,
        owner: bool = True,
        outlives_loop: bool = False,
    ) -> None:
        self._network = network
        self._auth = auth
        self._size = size
        self._owner = owner
        self._outlives_loop = outlives_loop
        self._through = None if transport is None else AsyncHttpxCarrier(transport, auth)
        self._loops: dict[object, _Loop] = {}
        self.is_closed = False
        forks.register(self)

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make an attempt at a call; see `Wire.send`."""
        self._check_open()
        carrier = self._through or self._known(call.server) or await self._carrier(call.server)
        if not log.is_on():
            return await carrier.send(call, attempt)
        with log.Logged(call) as logged:
            logged.answer = answer = await carrier.send(call, attempt)
        return answer

    async def httpx_transport(self, server: Server) -> httpx.AsyncBaseTransport | None:
        """Return the transport of httpx that carries to a server now, or None where none does."""
        self._check_open()
        carrier = self._through or await self._carrier(server)
        return carrier.transport if isinstance(carrier, AsyncHttpxCarrier) else None

    async def aclose(self) -> None:
        """Close all connections of this loop; calls in flight fail, and no more are carried.

        Those of other loops close with them.
        """
        self.is_closed = True
        loop = self._loops.pop(_current_loop(), None)
        if loop is not None:
            await loop.aclose()
        if self._through is not None and self._owner:
            await self._through.aclose()

    def after_fork(self) -> None:
        """Leave everything to the parent: the loops are its own, and so are their connections."""
        self._inherited = self._loops  # kept, as closing them would reach into the parent's loops
        self._loops = {}

    def _check_open(self) -> None:
        if self.is_closed:
            raise ConfigurationError(CLOSED)

    def _known(self, server: Server) -> AsyncCarrier | None:
        """Return the carrier over our own connections, where there is one already."""
        loop = self._loops.get(_current_loop())
        return None if loop is None or async_intercepted() else loop.own.get(server.name)

    async def _carrier(self, server: Server) -> AsyncCarrier | AsyncHttpxCarrier:
        key = _current_loop()
        loop = self._loops.get(key)
        if loop is None:
            loop = self._loops[key] = _Loop(lambda: self._loops.pop(key, None))
            if not self._outlives_loop:
                await loop.begin()
        route = self._network.routes[server.name]
        if isinstance(key, asyncio.AbstractEventLoop) and (
            route.httpx_proxy is None and not async_intercepted()
        ):
            own = loop.own.get(server.name)
            if own is None:
                own = loop.own[server.name] = AsyncCarrier(route, self._auth, self._size)
            return own
        stock = loop.stock.get(server.name)
        if stock is None:
            # Under trio nothing shows what TLS has read beyond an answer: no second request there.
            kept = self._size if isinstance(key, asyncio.AbstractEventLoop) else 0
            limits = httpx.Limits(
                max_connections=self._size,
                max_keepalive_connections=kept,
                keepalive_expiry=IDLE_LIMIT,
            )
            transport = self._network.async_transport(server, limits)
            stock = loop.stock[server.name] = AsyncHttpxCarrier(transport, self._auth, self._size)
        return stock


class _Loop:
    """What belongs to one event loop, and ends with it.

    Args:
        forget: Called when it has ended.
    """

    def __init__(self, forget: Callable[[], object]) -> None:
        self.own: dict[str, AsyncCarrier] = {}
        self.stock: dict[str, AsyncHttpxCarrier] = {}
        self._forget = forget
        self._guard: AsyncGenerator[None, None] | None = None

    async def begin(self) -> None:
        """Have the loop close this before it ends: it ends the generators that are under way."""
        self._guard = self._until_the_end()
        await anext(self._guard)

    async def aclose(self) -> None:
        """Close everything."""
        if self._guard is None:
            await self._close()
        else:
            await self._guard.aclose()

    async def _until_the_end(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await self._close()

    async def _close(self) -> None:
        self._forget()
        carriers: list[AsyncSends] = [*self.own.values(), *self.stock.values()]
        self.own, self.stock = {}, {}
        for carrier in carriers:
            await carrier.aclose()


def _current_loop() -> object:
    """Return what stands for the event loop that this runs in."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        from anyio.lowlevel import current_token

        return current_token()
