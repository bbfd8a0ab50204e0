"""The wire as an httpx transport, for requests that httpx builds and that are already signed.

The session uses it when it acts as an ordinary httpx client. So do the httpx clients that the
generated code creates itself: for `with_headers` and similar, and for asynchronous functions on a
blocking client or the reverse. They keep the routes, limits and lifetime of the original client.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import httpx

from ncloud_datastream.calls.attempt import ATTEMPT, Attempt, attempt_of
from ncloud_datastream.calls.call import Call
from ncloud_datastream.calls.servers import Origin, Server, origin
from ncloud_datastream.errors import ForeignHostError

from . import log
from .through_httpx import answer_of, response_of
from .wire import AsyncWire, Wire

# The connection, or httpx, adds these itself.
_FRAMING = frozenset({"host", "content-length", "transfer-encoding"})


class WireTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends requests over the wires of a client.

    Args:
        servers: The servers by origin.
        wire: Returns the wire for blocking requests.
        async_wire: Returns the wire for asynchronous requests.
        timeout: Deadline in seconds for a request that sets no timeout.
    """

    def __init__(
        self,
        servers: Mapping[Origin, Server],
        wire: Callable[[], Wire],
        async_wire: Callable[[], AsyncWire],
        timeout: float,
    ) -> None:
        self._servers = servers
        self._wire = wire
        self._async_wire = async_wire
        self._timeout = timeout

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        server, attempt = self._server(request), self._attempt(request)
        wire = self._wire()
        transport = wire.httpx_transport(server)
        if transport is None:
            request.read()
            return response_of(wire.send(call_of(request, server), attempt))
        if not log.is_on():
            return transport.handle_request(request)
        with log.Logged(call_of(request, server)) as logged:
            response = transport.handle_request(request)
            logged.answer = answer_of(response)
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        server, attempt = self._server(request), self._attempt(request)
        wire = self._async_wire()
        transport = await wire.httpx_transport(server)
        if transport is None:
            await request.aread()
            return response_of(await wire.send(call_of(request, server), attempt))
        if not log.is_on():
            return await transport.handle_async_request(request)
        with log.Logged(call_of(request, server)) as logged:
            response = await transport.handle_async_request(request)
            logged.answer = answer_of(response)
        return response

    def close(self) -> None:
        """Do nothing: the client owns the wires."""

    async def aclose(self) -> None:
        """Do nothing: the client owns the wires."""

    def _server(self, request: httpx.Request) -> Server:
        server = self._servers.get(origin(request.url))
        if server is None:
            raise ForeignHostError(
                f"{request.method} was not sent to {request.url.scheme}://{request.url.host}: "
                "this client has no such server."
            )
        return server

    def _attempt(self, request: httpx.Request) -> Attempt:
        given = attempt_of(request.extensions)
        if given is not None:
            return given
        seconds = timeout_of(request)
        attempt = Attempt(time.monotonic() + (self._timeout if seconds is None else seconds))
        request.extensions[ATTEMPT] = attempt
        return attempt


def timeout_of(request: httpx.Request) -> float | None:
    """Return the timeout of an httpx request in seconds, or None if it sets none.

    httpx applies its timeouts to single steps; here the longest applies to the whole request.
    """
    bounds = request.extensions.get("timeout") or {}
    return max((each for each in bounds.values() if each is not None), default=None)


def call_of(request: httpx.Request, server: Server) -> Call:
    """Return an httpx request as a call, including its signature if it has one."""
    name = request.extensions.get("operation")
    headers = tuple(
        (key.decode("latin-1"), value.decode("latin-1"))
        for key, value in request.headers.raw
        if key.decode("latin-1").lower() not in _FRAMING
    )
    try:
        body = request.content
    except httpx.RequestNotRead:
        body = b""
    documented = isinstance(name, str)
    return Call(
        server,
        str(name) if documented else f"{request.method} {request.url.path}",
        request.method,
        request.url.raw_path.decode("ascii"),
        headers,
        body,
        signed=True,
        documented=documented,
    )
