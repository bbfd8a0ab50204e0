"""Which proxy is taken to a server."""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

import httpx

from ncloud_datastream.errors import ConfigurationError

Proxy = str | httpx.URL | httpx.Proxy


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
