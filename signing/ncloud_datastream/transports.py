"""The connections: httpx's own transports, within deadlines and behind the proxies that are set.

The one place that knows httpx's private ``_pool`` (through which the network backend is set).
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, cast

import httpcore
import httpx

from .attempt import current
from .errors import ConfigurationError, ForeignHostError
from .leasing import LeasingTransport
from .network import IDLE_LIMIT, DeadlineBackend, OneConnection, TidyBackend, retire
from .proxies import Proxy, proxy_for
from .servers import Origin, origin

T = TypeVar("T", httpx.HTTPTransport, httpx.AsyncHTTPTransport)
K = TypeVar("K", httpx.BaseTransport, httpx.AsyncBaseTransport)

IN_FLIGHT = 64
"""Requests that an asynchronous client has in flight to one server; further ones wait."""

THREADS = 100
"""Requests that an ordinary client has in flight to one server; further threads wait."""


def sync_transport(
    urls: Mapping[str, str], verify: ssl.SSLContext, proxy: Proxy | None
) -> httpx.BaseTransport:
    """Return the transport to the servers: a pool of connections for each origin."""
    limits = httpx.Limits(
        max_connections=THREADS,
        max_keepalive_connections=THREADS,
        keepalive_expiry=IDLE_LIMIT,
    )

    def make() -> dict[Origin, httpx.BaseTransport]:
        pools: dict[Origin, httpx.BaseTransport] = {}
        for url in urls.values():
            made = _made(httpx.HTTPTransport, verify, proxy_for(url, proxy), limits)
            made._pool._network_backend = DeadlineBackend(made._pool._network_backend)
            pools[origin(httpx.URL(url))] = made
        return pools

    return _ByOrigin(make)


def async_transport(
    urls: Mapping[str, str], verify: ssl.SSLContext, proxy: Proxy | None
) -> httpx.AsyncBaseTransport:
    """Return the transport to the servers: up to `IN_FLIGHT` connections for each origin."""
    limits = httpx.Limits(keepalive_expiry=IDLE_LIMIT)

    def leasing(url: str) -> httpx.AsyncBaseTransport:
        chosen = proxy_for(url, proxy)

        def make() -> httpx.AsyncBaseTransport:
            made = _made(httpx.AsyncHTTPTransport, verify, chosen, limits)
            made._pool._network_backend = TidyBackend(made._pool._network_backend)
            made._pool = cast(httpcore.AsyncConnectionPool, OneConnection(made._pool))
            return made

        make()  # a proxy that cannot be used shall be found now, not at the first call
        return LeasingTransport(make, IN_FLIGHT)

    return _AsyncByOrigin({origin(httpx.URL(url)): leasing(url) for url in urls.values()})


def _made(kind: type[T], verify: ssl.SSLContext, proxy: Proxy | None, limits: httpx.Limits) -> T:
    try:
        return kind(verify=verify, proxy=proxy, trust_env=False, limits=limits)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise ConfigurationError(f"The proxy cannot be used: {error}") from None


def _chosen(transports: Mapping[Origin, K], request: httpx.Request) -> K:
    """Return the transport for a request, which from here on knows what is written of it."""
    attempt = current.get()
    if attempt is not None:
        attempt.taken_over()
    transport = transports.get(origin(request.url))
    if transport is None:
        raise ForeignHostError(
            f"{request.method} was not sent to {request.url.scheme}://{request.url.host}: "
            "it is none of this client's servers."
        )
    return transport


class _ByOrigin(httpx.BaseTransport):
    def __init__(self, make: Callable[[], dict[Origin, httpx.BaseTransport]]) -> None:
        self._make = make
        self._transports = make()
        self._process = os.getpid()
        self._inherited: list[dict[Origin, httpx.BaseTransport]] = []
        self._closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = _chosen(self._here(), request).handle_request(request)
        response.stream = _PooledStream(response, lambda: self._closed)
        return response

    def close(self) -> None:
        self._closed = True
        for transport in self._here().values():
            transport.close()

    def _here(self) -> dict[Origin, httpx.BaseTransport]:
        if self._process != os.getpid():
            # The sockets that a forked child inherits are its parent's: not to be written to, nor
            # to be shut down.
            self._inherited.append(self._transports)
            self._transports = self._make()
            self._process = os.getpid()
        return self._transports


class _PooledStream(httpx.SyncByteStream):
    def __init__(self, response: httpx.Response, closed: Callable[[], bool]) -> None:
        assert isinstance(response.stream, httpx.SyncByteStream)
        self._inner = response.stream
        self._headers = response.headers
        self._closed = closed

    def __iter__(self) -> Iterator[bytes]:
        return self._inner.__iter__()

    def close(self) -> None:
        retire(self._headers, self._inner, closed=self._closed())
        self._inner.close()


class _AsyncByOrigin(httpx.AsyncBaseTransport):
    def __init__(self, transports: dict[Origin, httpx.AsyncBaseTransport]) -> None:
        self._transports = transports

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await _chosen(self._transports, request).handle_async_request(request)

    async def aclose(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()
