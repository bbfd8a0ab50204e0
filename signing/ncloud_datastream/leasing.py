"""Many requests in flight at once: each leases a connection of its own.

httpx's pool looks at all its connections for each request, so that a shared asynchronous client
gets slower with every task. One-connection transports, leased for a request and its answer, keep
the cost of a call the same at any number of tasks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import anyio
import httpx


class LeasingTransport(httpx.AsyncBaseTransport):
    """Leases transports to requests; further requests wait for one to come free.

    Args:
        make: Makes a transport; called only when a request finds none idle.
        size: How many there are at the most.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport], size: int) -> None:
        self._make = make
        self._places = anyio.Semaphore(size)
        self._idle: list[httpx.AsyncBaseTransport] = []
        self._leased: set[httpx.AsyncBaseTransport] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._places.acquire()
        # The one used last is the likeliest to have its connection open still.
        transport = self._idle.pop() if self._idle else self._make()
        self._leased.add(transport)
        try:
            response = await transport.handle_async_request(request)
        except BaseException:
            self._release(transport)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _LeasedStream(response.stream, lambda: self._release(transport))
        return response

    async def aclose(self) -> None:
        transports = [*self._idle, *self._leased]
        self._idle.clear()
        for transport in transports:
            await transport.aclose()

    def _release(self, transport: httpx.AsyncBaseTransport) -> None:
        if transport in self._leased:
            self._leased.remove(transport)
            self._idle.append(transport)
            self._places.release()


class _LeasedStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, release: Callable[[], None]) -> None:
        self._inner = inner
        self._release = release

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            yield chunk

    async def aclose(self) -> None:
        try:
            await self._inner.aclose()
        finally:
            self._release()
