"""The wires, which every attempt of every call goes through.

`Wire` serves blocking calls and `AsyncWire` asynchronous ones. Each attempt is carried by our own
connections or, if those cannot be used, by an httpx transport (`through_httpx`).
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
from ncloud_datastream.calls.servers import Origin, Server
from ncloud_datastream.errors import ConfigurationError

from . import forks, log
from .carrier import AsyncCarrier, Carrier
from .interception import async_intercepted, intercepted
from .limits import IN_FLIGHT, THREADS
from .network import Network
from .pool import CLOSED
from .through_httpx import AsyncHttpxCarrier, HttpxCarrier


class Sends(Protocol):
    """A blocking carrier."""

    def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make one attempt at a call."""
        ...

    def close(self) -> None:
        """Close the connections."""


class AsyncSends(Protocol):
    """An asynchronous carrier."""

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make one attempt at a call."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""


class Wire:
    """Carries blocking calls.

    Args:
        network: How the servers are reached.
        auth: Signs each request.
        transport: The user's own transport, which then carries everything.
        owner: Whether closing the wire closes the transport.
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
        self._own: dict[Origin, Carrier] = {}
        self._stock: dict[Origin, HttpxCarrier] = {}
        self.is_closed = False
        forks.register(self)

    def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make one attempt at a call.

        Raises:
            DataStreamError: The attempt cannot be made.
            OSError: The attempt failed.
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
        """Return the httpx transport now used for a server, or None for our own connections."""
        self._check_open()
        carrier = self._through or self._carrier(server)
        return carrier.transport if isinstance(carrier, HttpxCarrier) else None

    def close(self) -> None:
        """Close all connections; calls in flight and later calls fail."""
        with self._lock:
            self.is_closed = True
            carriers: list[Sends] = [*self._own.values(), *self._stock.values()]
        if self._through is not None and self._owner:
            carriers.append(self._through)
        for carrier in carriers:
            carrier.close()

    def after_fork(self) -> None:
        """Abandon the parent's httpx connections; our own pools reset themselves."""
        self._lock = threading.Lock()
        self._inherited = self._stock  # referenced so that they are not closed for the parent too
        self._stock = {}

    def _check_open(self) -> None:
        if self.is_closed:
            raise ConfigurationError(CLOSED)

    def _carrier(self, server: Server) -> Carrier | HttpxCarrier:
        route = self._network.routes[server.name]
        if route.httpx_proxy is None and not intercepted():
            own = self._own.get(server.origin)
            if own is None:
                with self._lock:
                    self._check_open()
                    own = self._own.setdefault(server.origin, Carrier(route, self._auth, THREADS))
            return own
        with self._lock:
            self._check_open()
            stock = self._stock.get(server.origin)
            if stock is None:
                transport = self._network.transport(server, _once(THREADS))
                stock = HttpxCarrier(transport, self._auth)
                self._stock[server.origin] = stock
        return stock


class AsyncWire:
    """Carries asynchronous calls, on any number of event loops.

    Args:
        network: How the servers are reached.
        auth: Signs each request.
        transport: The user's own transport, which then carries everything.
        size: Maximum number of requests in flight to one server.
        owner: Whether closing the wire closes the transport.
        outlives_loop: Whether connections stay open while their event loop shuts down, until the
            wire is closed, so that remaining messages can be sent.
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
        """Make one attempt at a call; see `Wire.send`."""
        self._check_open()
        carrier = self._through or self._known(call.server) or await self._carrier(call.server)
        if not log.is_on():
            return await carrier.send(call, attempt)
        with log.Logged(call) as logged:
            logged.answer = answer = await carrier.send(call, attempt)
        return answer

    async def httpx_transport(self, server: Server) -> httpx.AsyncBaseTransport | None:
        """Return the httpx transport now used for a server, or None for our own connections."""
        self._check_open()
        carrier = self._through or await self._carrier(server)
        return carrier.transport if isinstance(carrier, AsyncHttpxCarrier) else None

    async def aclose(self) -> None:
        """Close all connections of this event loop; calls in flight and later calls fail.

        Connections of other event loops close when those loops end.
        """
        self.is_closed = True
        loop = self._loops.pop(_current_loop(), None)
        if loop is not None:
            await loop.aclose()
        if self._through is not None and self._owner:
            await self._through.aclose()

    def after_fork(self) -> None:
        """Abandon all connections: they belong to event loops of the parent process."""
        self._inherited = self._loops  # referenced so that closing them does not affect the parent
        self._loops = {}

    def _check_open(self) -> None:
        if self.is_closed:
            raise ConfigurationError(CLOSED)

    def _known(self, server: Server) -> AsyncCarrier | None:
        """Return the carrier over our own connections, if it exists already."""
        loop = self._loops.get(_current_loop())
        return None if loop is None or async_intercepted() else loop.own.get(server.origin)

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
            own = loop.own.get(server.origin)
            if own is None:
                own = loop.own[server.origin] = AsyncCarrier(route, self._auth, self._size)
            return own
        stock = loop.stock.get(server.origin)
        if stock is None:
            transport = self._network.async_transport(server, _once(self._size))
            stock = loop.stock[server.origin] = AsyncHttpxCarrier(transport, self._auth, self._size)
        return stock


class _Loop:
    """The carriers of one event loop, closed when the loop ends.

    Args:
        forget: Called on closing.
    """

    def __init__(self, forget: Callable[[], object]) -> None:
        self.own: dict[Origin, AsyncCarrier] = {}
        self.stock: dict[Origin, AsyncHttpxCarrier] = {}
        self._forget = forget
        self._guard: AsyncGenerator[None, None] | None = None

    async def begin(self) -> None:
        """Have the event loop close this at its end, as it does with open async generators."""
        self._guard = self._until_the_end()
        await anext(self._guard)

    async def aclose(self) -> None:
        """Close all carriers."""
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


def _once(size: int) -> httpx.Limits:
    """Return the limits of an httpx transport, which uses each connection for one request.

    httpx does not show what a connection has read beyond a response; that data would be taken for
    the response to the next request.
    """
    return httpx.Limits(max_connections=size, max_keepalive_connections=0)


def _current_loop() -> object:
    """Return an object that identifies the running event loop."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        from anyio.lowlevel import current_token

        return current_token()
