"""Which proxy is taken to a server."""

from __future__ import annotations

import re
from urllib.request import getproxies, proxy_bypass

import httpx

from ncloud_datastream.calls.servers import Origin, host_of, origin
from ncloud_datastream.errors import ConfigurationError

Proxy = str | httpx.URL | httpx.Proxy

_SCHEMES = ("http", "https", "socks5", "socks5h")

# An entry of NO_PROXY: a host, or an address with its colons; * for all.
_EXCEPTION = re.compile(
    r"((?P<scheme>[a-z0-9+.-]+)://)?(?P<host>\[[0-9a-f:.]*\]|[^:/\[\]]*|[0-9a-f:.]*)"
    r"(:(?P<port>[0-9]+))?/?"
)


def proxy_for(url: str, proxy: Proxy | None) -> Proxy | None:
    """Return the proxy for a server: the one given, else the environment's.

    The environment's is ``HTTPS_PROXY``, else ``ALL_PROXY``, but for the hosts in ``NO_PROXY``:
    names that hold for their subdomains too, addresses, or ``*`` for all. An entry with a port or a
    scheme (``example.com:443``, ``https://example.com``) holds for these alone.

    Raises:
        ConfigurationError: A proxy was given for plain http, and would see the keys; or it is no
            URL of a proxy. The message never shows it: it may hold a password.
    """
    server = httpx.URL(url)
    if server.scheme == "http":
        if proxy is not None:
            raise ConfigurationError(
                f"A proxy would see the signature headers in clear on the way to {url}; "
                "leave proxy= out for a server over plain http."
            )
        return None
    if proxy is not None:
        return _checked("The proxy", proxy)
    found = getproxies()
    chosen = found.get(server.scheme) or found.get("all")
    if not chosen or _is_excepted(found.get("no", ""), origin(server)):
        return None
    if proxy_bypass(server.host):
        return None
    return _checked(
        f"The environment's proxy ({server.scheme}_proxy, else all_proxy)",
        chosen if "://" in chosen else f"http://{chosen}",
    )


def _checked(source: str, proxy: Proxy) -> Proxy:
    # No message shows the text, and none of httpx's is passed on: it may hold a password.
    url = _read(proxy)
    # What follows a "/", "?" or "#" in a password is read as a path.
    if url is None or url.path not in ("", "/") or url.query or url.fragment:
        raise ConfigurationError(
            f"{source} cannot be used: it must be a URL that ends after host and port, such as "
            "http://user:password@host:3128; characters like / ? # in the user name or the "
            "password are written percent-encoded (%2F %3F %23)."
        )
    if url.scheme not in _SCHEMES:
        raise ConfigurationError(
            f"{source} cannot be used: its scheme must be {', '.join(_SCHEMES[:-1])} or "
            f"{_SCHEMES[-1]}."
        )
    return proxy


def _read(proxy: Proxy) -> httpx.URL | None:
    """Return the URL of a proxy, or None where there is none, or none with a host."""
    try:
        url = proxy.url if isinstance(proxy, httpx.Proxy) else httpx.URL(proxy)
        return url if host_of(url) else None
    except (httpx.InvalidURL, TypeError, ValueError):
        return None


def _is_excepted(names: str, server: Origin) -> bool:
    """Return whether ``NO_PROXY`` names a server."""
    scheme, host, port = server
    host = host.rstrip(".")
    for name in names.lower().replace(" ", ",").split(","):
        entry = _EXCEPTION.fullmatch(name)
        if entry is None or entry["scheme"] not in (None, scheme):
            continue
        if entry["port"] is not None and int(entry["port"]) != port:
            continue
        place = entry["host"].strip("[].")
        if place and (place == "*" or f".{host}".endswith(f".{place}")):
            return True
    return False
