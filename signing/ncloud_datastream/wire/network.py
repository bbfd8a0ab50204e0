"""How each server is reached: TLS, proxy, and who has to carry requests to it."""

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
    """The way to one server."""

    server: Server
    tls: ssl.SSLContext | None
    """None for plain http."""
    proxy: HttpProxy | None
    """The http proxy on the way, if there is one that is spoken to here."""
    httpx_proxy: httpx.Proxy | None
    """The proxy that only httpx speaks to: over TLS or SOCKS."""

    @property
    def shown_proxy(self) -> str | None:
        """Where the proxy is; None where there is none."""
        if self.proxy is not None:
            return f"http://{self.proxy.host}:{self.proxy.port}"
        if self.httpx_proxy is not None:
            url = self.httpx_proxy.url
            return f"{url.scheme}://{url.netloc.decode('ascii').rpartition('@')[2]}"
        return None


@dataclass(frozen=True, slots=True)
class Network:
    """The ways to all servers."""

    routes: Mapping[str, Route]
    """By the server's name."""
    verify: ssl.SSLContext

    @classmethod
    def of(
        cls, servers: Mapping[str, Server], verify: ssl.SSLContext, proxy: Proxy | None
    ) -> Network:
        """Return the ways to some servers.

        Args:
            servers: By name.
            verify: The TLS context.
            proxy: The proxy to all of them; None for the environment's.

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
        """The proxy to each server, without its credentials."""
        return {name: route.shown_proxy for name, route in self.routes.items()}

    def transport(self, server: Server, limits: httpx.Limits) -> httpx.HTTPTransport:
        """Return httpx's own transport to a server."""
        return _made(httpx.HTTPTransport, self, server, limits)

    def async_transport(self, server: Server, limits: httpx.Limits) -> httpx.AsyncHTTPTransport:
        """Return httpx's own asynchronous transport to a server."""
        return _made(httpx.AsyncHTTPTransport, self, server, limits)


def _made(kind: type[T], network: Network, server: Server, limits: httpx.Limits) -> T:
    route = network.routes[server.name]
    proxy = route.httpx_proxy
    if route.proxy is not None:
        proxy = route.proxy.for_httpx()
    return kind(verify=network.verify, proxy=proxy, trust_env=False, limits=limits)


def _proxy(proxy: Proxy | None) -> httpx.Proxy | None:
    if proxy is None:
        return None
    try:
        made = proxy if isinstance(proxy, httpx.Proxy) else httpx.Proxy(proxy)
    except ValueError:  # a scheme that this version of httpx does not speak
        # No message shows the text: it may hold a password.
        raise ConfigurationError("The proxy cannot be used: httpx refuses its URL.") from None
    if made.url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ConfigurationError(
            "The proxy cannot be used: for SOCKS httpx needs the package socksio; "
            "install httpx[socks]."
        )
    return made
