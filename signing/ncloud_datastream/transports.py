"""The connections: httpx's own transports under our network backends, and their proxies.

The one place that knows httpx's private ``_pool`` (through which the network backend is set).
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar
from urllib.request import getproxies, proxy_bypass

import httpx

from .errors import ConfigurationError
from .leasing import LeasingTransport
from .network import DeadlineBackend, WatchingBackend
from .servers import Origin, origin

Proxy = str | httpx.URL | httpx.Proxy
T = TypeVar("T", httpx.HTTPTransport, httpx.AsyncHTTPTransport)
Verify = bool | str | ssl.SSLContext

IN_FLIGHT = 64
"""Requests that an asynchronous client has in flight to one server; further ones wait."""


def ssl_context(verify: Verify) -> ssl.SSLContext:
    """Return the TLS context for `verify`: a bool, the path of a CA file or folder, or a context.

    Raises:
        ConfigurationError: The path holds no certificates.
    """
    if not isinstance(verify, str):
        return httpx.create_ssl_context(verify=verify)
    try:
        if Path(verify).is_dir():
            return ssl.create_default_context(capath=verify)
        return ssl.create_default_context(cafile=verify)
    except OSError as error:
        raise ConfigurationError(f"verify={verify!r} holds no certificates: {error}.") from None


def proxy_for(url: str, proxy: Proxy | None) -> Proxy | None:
    """Return the proxy for a server: the one given, else the environment's, as httpx reads it.

    Raises:
        ConfigurationError: A proxy was given for plain http, and would see the keys.
    """
    server = httpx.URL(url)
    if server.scheme == "http":
        if proxy is not None:
            raise ConfigurationError(
                f"A proxy would see the signature headers in clear on the way to {url}; "
                "leave proxy= out for a server on loopback."
            )
        return None
    if proxy is not None:
        return proxy
    found = getproxies()
    chosen = found.get(server.scheme) or found.get("all")
    if not chosen or proxy_bypass(server.host):
        return None
    return chosen if "://" in chosen else f"http://{chosen}"


def sync_transport(
    urls: Mapping[str, str], verify: ssl.SSLContext, proxy: Proxy | None
) -> httpx.BaseTransport:
    """Return the transport to the servers: a pool of connections for each origin."""
    pools: dict[Origin, httpx.BaseTransport] = {}
    for url in urls.values():
        transport = _made(httpx.HTTPTransport, verify, proxy_for(url, proxy))
        transport._pool._network_backend = DeadlineBackend(transport._pool._network_backend)
        pools[origin(httpx.URL(url))] = transport
    return _ByOrigin(pools)


def async_transport(
    urls: Mapping[str, str], verify: ssl.SSLContext, proxy: Proxy | None
) -> httpx.AsyncBaseTransport:
    """Return the transport to the servers: up to `IN_FLIGHT` connections for each origin."""

    def leasing(url: str) -> httpx.AsyncBaseTransport:
        chosen = proxy_for(url, proxy)

        def make() -> httpx.AsyncBaseTransport:
            transport = _made(httpx.AsyncHTTPTransport, verify, chosen)
            pool = transport._pool
            pool._network_backend = WatchingBackend(pool._network_backend)
            return transport

        return LeasingTransport(make, IN_FLIGHT)

    return _AsyncByOrigin({origin(httpx.URL(url)): leasing(url) for url in urls.values()})


def _made(kind: type[T], verify: ssl.SSLContext, proxy: Proxy | None) -> T:
    try:
        return kind(verify=verify, proxy=proxy, trust_env=False)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise ConfigurationError(f"The proxy cannot be used: {error}") from None


class _ByOrigin(httpx.BaseTransport):
    def __init__(self, transports: dict[Origin, httpx.BaseTransport]) -> None:
        self._transports = transports

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._transports[origin(request.url)].handle_request(request)

    def close(self) -> None:
        for transport in self._transports.values():
            transport.close()


class _AsyncByOrigin(httpx.AsyncBaseTransport):
    def __init__(self, transports: dict[Origin, httpx.AsyncBaseTransport]) -> None:
        self._transports = transports

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transports[origin(request.url)].handle_async_request(request)

    async def aclose(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()
