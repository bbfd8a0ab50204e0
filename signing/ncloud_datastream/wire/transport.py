"""The wire as a transport of httpx: for requests that are httpx's own, signed already.

The session sends them through it where it is used as an ordinary client of httpx, and so do the
clients that the generated code makes of itself (`with_headers` and its like, a function of the
other kind of code). They keep the ways, the bounds and the lifetime of the client they come from.
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

# httpx and the connection say these by themselves.
_FRAMING = frozenset({"host", "content-length", "transfer-encoding"})


class WireTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends over a client's wires.

    Args:
        servers: The servers, by their origin.
        wire: Returns the wire for blocking requests.
        async_wire: Returns the one for asynchronous requests.
        timeout: Seconds that a request may take that has no bounds of its own.
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
        """Nothing to do: the wires are the client's."""

    async def aclose(self) -> None:
        """Nothing to do: the wires are the client's."""

    def _server(self, request: httpx.Request) -> Server:
        server = self._servers.get(origin(request.url))
        if server is None:
            raise ForeignHostError(
                f"{request.method} was not sent to {request.url.scheme}://{request.url.host}: "
                "it is none of this client's servers."
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
    """Return the seconds that a request of httpx may take, or None where it does not say.

    httpx's bounds are for each step; the longest is for all of them together here.
    """
    bounds = request.extensions.get("timeout") or {}
    return max((each for each in bounds.values() if each is not None), default=None)


def call_of(request: httpx.Request, server: Server) -> Call:
    """Return the call that a request of httpx is, its signature included where it has one."""
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
