"""How each server is reached: TLS context, proxy and the kind of transport it needs."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TypeVar

import httpx

from ncloud_datastream.calls.servers import Server
from ncloud_datastream.errors import ConfigurationError

from .proxies import Proxy, proxy_for
from .tunnel import HttpProxy

T = TypeVar("T", httpx.HTTPTransport, httpx.AsyncHTTPTransport)


@dataclass(frozen=True, slots=True)
class Route:
    """How one server is reached."""

    server: Server
    tls: ssl.SSLContext | None
    """None for plain http."""
    proxy: HttpProxy | None
    """The plain http proxy, which our own connections support; None if there is none."""
    httpx_proxy: httpx.Proxy | None
    """An https or SOCKS proxy, which only httpx supports; None if there is none."""

    @property
    def shown_proxy(self) -> str | None:
        """The URL of the proxy without credentials, or None if there is none."""
        if self.proxy is not None:
            return f"http://{self.proxy.host}:{self.proxy.port}"
        if self.httpx_proxy is not None:
            url = self.httpx_proxy.url
            return f"{url.scheme}://{url.netloc.decode('ascii').rpartition('@')[2]}"
        return None


@dataclass(frozen=True, slots=True)
class Network:
    """How all servers are reached."""

    routes: Mapping[str, Route]
    """The routes by server name."""
    verify: ssl.SSLContext

    @classmethod
    def of(
        cls, servers: Mapping[str, Server], verify: ssl.SSLContext, proxy: Proxy | None
    ) -> Network:
        """Return the routes to a set of servers.

        Args:
            servers: The servers by name.
            verify: The TLS context.
            proxy: The proxy for all of them, or None to use the environment's.

        Raises:
            ConfigurationError: The proxy cannot be used.
        """
        routes = {}
        for name, server in servers.items():
            chosen = _proxy(proxy_for(server.url, proxy))
            ours = chosen is not None and chosen.url.scheme == "http" and chosen.ssl_context is None
            routes[name] = Route(
                server,
                verify if server.scheme == "https" else None,
                HttpProxy.of(chosen) if ours and chosen is not None else None,
                None if ours else chosen,
            )
        return cls(routes, verify)

    @property
    def proxies(self) -> dict[str, str | None]:
        """The proxy of each server, without credentials."""
        return {name: route.shown_proxy for name, route in self.routes.items()}

    def transport(self, server: Server, limits: httpx.Limits) -> httpx.HTTPTransport:
        """Return an httpx transport to a server."""
        return _transport(httpx.HTTPTransport, self, server, limits)

    def async_transport(self, server: Server, limits: httpx.Limits) -> httpx.AsyncHTTPTransport:
        """Return an asynchronous httpx transport to a server."""
        return _transport(httpx.AsyncHTTPTransport, self, server, limits)


def _transport(kind: type[T], network: Network, server: Server, limits: httpx.Limits) -> T:
    route = network.routes[server.name]
    proxy = route.httpx_proxy
    if route.proxy is not None:
        proxy = route.proxy.for_httpx()
    return kind(verify=network.verify, proxy=proxy, trust_env=False, limits=limits)


def _proxy(proxy: Proxy | None) -> httpx.Proxy | None:
    if proxy is None:
        return None
    try:
        parsed = proxy if isinstance(proxy, httpx.Proxy) else httpx.Proxy(proxy)
    except ValueError:  # a scheme that this version of httpx does not support
        # The URL is not shown: it may contain a password.
        raise ConfigurationError("The proxy cannot be used: httpx rejects its URL.") from None
    if parsed.url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ConfigurationError(
            "The proxy cannot be used: httpx needs the package socksio for SOCKS proxies. "
            "Install httpx[socks]."
        )
    return parsed
