"""Many requests in flight at once: each leases a connection of its own.

httpx's pool looks at all its connections for each request, so that a shared asynchronous client
gets slower with every task. One-connection transports, leased for a request and its answer, keep
the cost of a call the same at any number of tasks.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Callable

import anyio
import httpx
from anyio.lowlevel import current_token

from .attempt import check_open
from .network import IDLE_LIMIT, retire


class LeasingTransport(httpx.AsyncBaseTransport):
    """Leases transports to requests; further requests wait for one to come free.

    Args:
        make: Makes a transport; called only when a request finds none idle.
        size: How many there are at the most.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport], size: int) -> None:
        self._make = make
        self._size = size
        self._closed = False
        self._loop: object = None
        self._leases = _Leases(size)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        leases = self._here()
        await leases.places.acquire()
        try:
            check_open(self._closed)
            transport = leases.take(self._make)
        except BaseException:
            leases.places.release()
            raise
        try:
            await leases.close_old()
            response = await transport.handle_async_request(request)
        except BaseException:
            # A request that failed or was cancelled may have left a pool in a state in which it
            # waits for itself; a new transport costs next to nothing.
            leases.give_up(transport)
            await _close(transport)
            raise
        response.stream = _LeasedStream(self, response, lambda: leases.give_back(transport))
        return response

    @property
    def closed(self) -> bool:
        """Was it closed?"""
        return self._closed

    async def aclose(self) -> None:
        self._closed = True
        for transport in self._here().all():
            await _close(transport)

    def _here(self) -> _Leases:
        loop = current_token()
        if loop != self._loop:
            # Connections belong to the loop that they were opened in; another one cannot even
            # close them. So do they after a fork, where the child has a loop of its own.
            self._loop, self._leases = loop, _Leases(self._size)
        return self._leases


class _Leases:
    """The transports of one event loop."""

    def __init__(self, size: int) -> None:
        self.places = anyio.Semaphore(size)
        self._idle: deque[tuple[float, httpx.AsyncBaseTransport]] = deque()
        self._leased: set[httpx.AsyncBaseTransport] = set()

    def all(self) -> list[httpx.AsyncBaseTransport]:
        return [*(transport for _, transport in self._idle), *self._leased]

    def take(self, make: Callable[[], httpx.AsyncBaseTransport]) -> httpx.AsyncBaseTransport:
        # The one used last is the likeliest to have its connection open still.
        transport = self._idle.pop()[1] if self._idle else make()
        self._leased.add(transport)
        return transport

    def give_back(self, transport: httpx.AsyncBaseTransport) -> None:
        if transport in self._leased:
            self.give_up(transport)
            self._idle.append((time.monotonic(), transport))

    def give_up(self, transport: httpx.AsyncBaseTransport) -> None:
        self._leased.remove(transport)
        self.places.release()

    async def close_old(self) -> None:
        while self._idle and self._idle[0][0] < time.monotonic() - IDLE_LIMIT:
            await _close(self._idle.popleft()[1])


async def _close(transport: httpx.AsyncBaseTransport) -> None:
    with anyio.CancelScope(shield=True):
        await transport.aclose()


class _LeasedStream(httpx.AsyncByteStream):
    def __init__(
        self, owner: LeasingTransport, response: httpx.Response, give_back: Callable[[], None]
    ) -> None:
        assert isinstance(response.stream, httpx.AsyncByteStream)
        self._owner = owner
        self._inner = response.stream
        self._headers = response.headers
        self._give_back = give_back

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._inner.__aiter__()

    async def aclose(self) -> None:
        try:
            retire(self._headers, self._inner, closed=self._owner.closed)
            await self._inner.aclose()
        finally:
            self._give_back()
