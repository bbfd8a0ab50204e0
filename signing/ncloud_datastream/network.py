"""Below HTTP: network backends that keep an attempt's deadline and note its first written byte.

httpx bounds each read; a service that trickles its answer byte by byte would hold a call for ever.
And no HTTP library tells whether a failed request may have left: only whoever writes to the socket
knows.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import httpcore


class Attempt:
    """One try at sending a request.

    Args:
        deadline: When it must have ended, on `time.monotonic`'s clock.
    """

    __slots__ = ("deadline", "watched", "written")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.watched = False
        """Did the attempt go through a network backend of ours?"""
        self.written = False
        """May a byte of the request have been written?"""

    @property
    def left(self) -> float:
        """Seconds left; 0 at least."""
        return max(0.0, self.deadline - time.monotonic())


current: ContextVar[Attempt | None] = ContextVar("ncloud_datastream_attempt", default=None)
"""The attempt that this thread or task is making."""


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    """Return the smaller of `timeout` and what is left of the attempt; raise `late` after it."""
    attempt = current.get()
    if attempt is None:
        return timeout
    left = attempt.left
    if left <= 0.0:
        raise late("the attempt's deadline has passed")
    return left if timeout is None else min(timeout, left)


def _watch(*, written: bool) -> None:
    attempt = current.get()
    if attempt is not None:
        attempt.watched = True
        attempt.written = written


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
        _watch(written=False)
        timeout = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        timeout = _left(timeout, httpcore.WriteTimeout)
        _watch(written=True)
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        timeout = _left(timeout, httpcore.ConnectTimeout)
        stream = self._inner.start_tls(ssl_context, server_hostname, timeout)
        # What was written before was for a proxy, not a part of the request.
        _watch(written=False)
        return _Stream(stream)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class WatchingBackend(httpcore.AsyncNetworkBackend):
    """Makes connections for tasks, as another backend does, and notes the first written byte.

    The deadline needs no help here: the task's cancel scope covers every wait.
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
        _watch(written=False)
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
        _watch(written=True)
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        _watch(written=False)
        return _AsyncStream(stream)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
