"""What the httpx clients that the generated client makes for itself send through.

It makes one for a copy of itself (`with_headers` and its like), and for a function of the other
kind of code (a synchronous one on an asynchronous client). Such a client signs as the
`DataStream` does that it comes from; lent the transport too, it also goes by the same proxy, is
bounded in the same way, and ends with it. Left to itself, httpx would send what goes to a loopback
address through a proxy of the environment, in clear.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx

from .attempt import check_open
from .bounded import AsyncBoundedTransport, BoundedTransport
from .session import AsyncSession, Session


class LentTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends through the transport of a session, which alone closes it.

    Args:
        owner: The session.
        transport: Its transport.
        make_sync: Gives a transport for synchronous code: the owner's, or one made for this.
        make_async: Gives a transport for asynchronous code, likewise.
    """

    def __init__(
        self,
        owner: Session | AsyncSession,
        transport: httpx.BaseTransport | httpx.AsyncBaseTransport,
        make_sync: Callable[[], httpx.BaseTransport],
        make_async: Callable[[], httpx.AsyncBaseTransport],
    ) -> None:
        self._owner = owner
        self._transport = transport
        self._make_sync = make_sync
        self._make_async = make_async
        self._sync: httpx.BaseTransport | None = None
        self._async: httpx.AsyncBaseTransport | None = None
        self._made_sync = self._made_async = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        check_open(self._owner.is_closed)
        if self._sync is None:
            inner = self._make_sync()
            self._made_sync = inner is not self._transport
            self._sync = BoundedTransport(inner)
        return self._sync.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        check_open(self._owner.is_closed)
        if self._async is None:
            inner = self._make_async()
            self._made_async = inner is not self._transport
            self._async = AsyncBoundedTransport(inner)
        return await self._async.handle_async_request(request)

    def close(self) -> None:
        # What was made here ends here; the owner's own does not.
        if self._sync is not None and self._made_sync:
            self._sync.close()

    async def aclose(self) -> None:
        if self._async is not None and self._made_async:
            await self._async.aclose()
