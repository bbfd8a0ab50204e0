"""Below HTTP: connections that keep to an attempt's deadline and leave nothing behind."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import anyio
import httpcore
from httpx import Headers

from .attempt import current

IDLE_LIMIT = 4.0
"""Seconds after which an idle connection is not used again: services close them soon after, and a
request that crosses such an end is lost in doubt."""

_SLICE = 16 * 1024


def retire(headers: Headers, body: Any, *, closed: bool) -> None:
    """Have httpcore close the connection that an answer came on, where it must not be used again.

    Where an answer names its length twice, or more has arrived than the answer, httpcore would
    take the rest for the answer to the next request. To be called before the answer is closed:
    once it is, another thread may have the connection already.

    Args:
        headers: The answer's headers.
        body: Its stream, as httpx gives it.
        closed: Was the client closed meanwhile? Its pool has then forgotten the connection.
    """
    try:
        stream = body._httpcore_stream
        state = getattr(stream, "_stream", stream)._connection._h11_state
    except AttributeError:  # another transport, whose connections are its own affair
        return
    twice = "Transfer-Encoding" in headers and "Content-Length" in headers
    if closed or twice or state.trailing_data[0]:
        state.send_failed()


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    """Return the smaller of `timeout` and what is left of the attempt; raise `late` after it."""
    attempt = current.get()
    if attempt is None:
        return timeout
    left = attempt.left
    if left <= 0.0:
        raise late("the attempt's deadline has passed")
    return left if timeout is None else min(timeout, left)


class DeadlineBackend(httpcore.NetworkBackend):
    """Makes connections for threads, as another backend does, within the attempt's deadline."""

    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _addresses(host, port)
        failure: Exception | None = None
        # Each address gets its share: else the first that is silent would take the time of all.
        for untried in range(len(addresses), 0, -1):
            left = _left(timeout, httpcore.ConnectTimeout)
            share = None if left is None else left / untried
            address = addresses[-untried]
            try:
                return _Stream(
                    self._inner.connect_tcp(address, port, share, local_address, socket_options)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    return [str(address[0]) for *_, address in found]


class _Stream(httpcore.NetworkStream):
    """A connection of one thread at a time, which another one may close."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._busy = False
        self._idle = False
        self._closed = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._busy = self._idle = True
        try:
            data = self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))
        finally:
            self._busy = False
        if self._closed:  # else this end would look like the service's, and its answer whole
            raise httpcore.ReadError("the client was closed meanwhile")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._idle and self._inner.get_extra_info("is_readable"):
            # The service has closed it, or said what it was not asked. httpcore looks as well, but
            # not at a connection that another thread gives back in that very moment.
            raise httpcore.ConnectionNotAvailable
        self._idle = False
        self._busy = True
        try:
            # In slices, as a peer that reads a little at a time would get a timeout for each read.
            for start in range(0, len(buffer), _SLICE):
                part = buffer[start : start + _SLICE]
                self._inner.write(part, _left(timeout, httpcore.WriteTimeout))
        finally:
            self._busy = False

    def close(self) -> None:
        self._closed = True
        with suppress(OSError):
            # Wakes the thread that waits here. Closing the descriptor under it would not, and the
            # system could give its number to another socket meanwhile.
            sock = self._inner.get_extra_info("socket")
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        if not self._busy:
            self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        timeout = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class TidyBackend(httpcore.AsyncNetworkBackend):
    """Makes connections for tasks, as another backend does, and leaves none behind.

    Their deadline is a cancel scope around the whole attempt; httpcore would forget a connection
    that is cancelled in its TLS handshake, and not close it.
    """

    def __init__(self, inner: httpcore.AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(
            await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        )

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            stream = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._inner.aclose()
            raise
        return _AsyncStream(stream)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class OneConnection:
    """Stands in for httpcore's pool where requests come one after another.

    The accounts of a pool would cost a quarter of a call.

    Args:
        pool: Makes the connection, and another when that one has ended.
    """

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool
        self._connection: httpcore.AsyncConnectionInterface | None = None

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        while True:
            if self._connection is not None and self._connection.has_expired():
                await self.aclose()
            if self._connection is None:
                self._connection = self._pool.create_connection(request.url.origin)
            try:
                return await self._connection.handle_async_request(request)
            except httpcore.ConnectionNotAvailable:  # it ended with the answer before
                await self.aclose()

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with anyio.CancelScope(shield=True):
                await connection.aclose()
