"""Selection of the proxy for a server."""

from __future__ import annotations

import re
from urllib.request import getproxies, proxy_bypass

import httpx

from ncloud_datastream.calls.servers import Origin, host_of, origin
from ncloud_datastream.errors import ConfigurationError

Proxy = str | httpx.URL | httpx.Proxy

_SCHEMES = ("http", "https", "socks5", "socks5h")

# An entry of NO_PROXY: a host name, an IP address (IPv6 with or without brackets), or * for all.
_NO_PROXY_ENTRY = re.compile(
    r"((?P<scheme>[a-z0-9+.-]+)://)?(?P<host>\[[0-9a-f:.]*\]|[^:/\[\]]*|[0-9a-f:.]*)"
    r"(:(?P<port>[0-9]+))?/?"
)


def proxy_for(url: str, proxy: Proxy | None) -> Proxy | None:
    """Return the proxy for a server: `proxy` if given, otherwise the environment's.

    The environment's proxy is ``HTTPS_PROXY`` or, if unset, ``ALL_PROXY``, except for the hosts in
    ``NO_PROXY``: names, which include their subdomains, addresses, or ``*`` for all. An entry with
    a port or a scheme (``example.com:443``, ``https://example.com``) applies only to that port or
    scheme.

    Raises:
        ConfigurationError: A proxy was given for a plain http server, or it is not a valid proxy
            URL. The message never contains the URL, which may include a password.
    """
    server = httpx.URL(url)
    if server.scheme == "http":
        if proxy is not None:
            raise ConfigurationError(
                f"A proxy would see the signature headers of requests to {url} in plain text. "
                "Omit proxy= for a plain http server."
            )
        return None
    if proxy is not None:
        return _checked("The proxy", proxy)
    found = getproxies()
    chosen = found.get(server.scheme) or found.get("all")
    if not chosen or _is_excluded(found.get("no", ""), origin(server)):
        return None
    if proxy_bypass(server.host):
        return None
    return _checked(
        f"The environment's proxy ({server.scheme}_proxy or all_proxy)",
        chosen if "://" in chosen else f"http://{chosen}",
    )


def _checked(source: str, proxy: Proxy) -> Proxy:
    # The URL may contain a password: messages do not show it and do not quote those of httpx.
    url = _parsed(proxy)
    # A "/", "?" or "#" in a password ends the authority, so the rest parses as path or query.
    if url is None or url.path not in ("", "/") or url.query or url.fragment:
        raise ConfigurationError(
            f"{source} cannot be used: it must be a URL without a path, such as "
            "http://user:password@host:3128. Percent-encode characters like / ? # in the user "
            "name and the password (%2F %3F %23)."
        )
    if url.scheme not in _SCHEMES:
        raise ConfigurationError(
            f"{source} cannot be used: its scheme must be {', '.join(_SCHEMES[:-1])} or "
            f"{_SCHEMES[-1]}."
        )
    return proxy


def _parsed(proxy: Proxy) -> httpx.URL | None:
    """Return the URL of a proxy, or None if it is invalid or has no host."""
    try:
        url = proxy.url if isinstance(proxy, httpx.Proxy) else httpx.URL(proxy)
        return url if host_of(url) else None
    except (httpx.InvalidURL, TypeError, ValueError):
        return None


def _is_excluded(names: str, server: Origin) -> bool:
    """Return whether ``NO_PROXY`` covers a server."""
    scheme, host, port = server
    host = host.rstrip(".")
    for name in names.lower().replace(" ", ",").split(","):
        entry = _NO_PROXY_ENTRY.fullmatch(name)
        if entry is None or entry["scheme"] not in (None, scheme):
            continue
        if entry["port"] is not None and int(entry["port"]) != port:
            continue
        excluded = entry["host"].strip("[].")
        if excluded and (excluded == "*" or f".{host}".endswith(f".{excluded}")):
            return True
    return False
