"""Which server an operation goes to, and which origins a signed request may go to."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from typing import NamedTuple

import httpx
from ncloud_datastream_api.api import SERVERS

from ncloud_datastream.errors import ConfigurationError

MANAGEMENT = "management"
MESSAGE = "message"

Origin = tuple[str, str, int]
"""Scheme, host and port."""


class Server(NamedTuple):
    """A server of the document, and where it is."""

    name: str
    url: str
    """The base URL, without a slash at its end."""
    scheme: str
    host: str
    port: int
    authority: str
    """What stands in the ``Host`` header."""

    @property
    def origin(self) -> Origin:
        """The origin."""
        return self.scheme, self.host, self.port

    @classmethod
    def at(cls, name: str, url: str) -> Server:
        """Return the server with this base URL, which must be one."""
        parsed = httpx.URL(url)
        scheme, host, port = origin(parsed)
        return cls(name, url.rstrip("/"), scheme, host, port, parsed.netloc.decode("ascii"))


_DEFAULT_PORTS = {"http": 80, "https": 443}

# What a name server can be asked for; a name that it cannot fails far below, in odd ways.
_HOST_NAME = re.compile(r"(?=.{1,253}\.?$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")


def base_urls(management_url: str | None = None, message_url: str | None = None) -> dict[str, str]:
    """Return the base URL of each server: argument, else environment, else the document's.

    Raises:
        ConfigurationError: A URL is not https (or http on loopback), or holds more than scheme,
            host and port.
    """
    given = {MANAGEMENT: management_url, MESSAGE: message_url}
    urls = {}
    for name, documented in SERVERS.items():
        variable = f"NCLOUD_DATASTREAM_{name.upper()}_URL"
        source, url = f"{name}_url", given.get(name)
        if url is None:
            source, url = variable, os.environ.get(variable, "").strip() or None
        urls[name] = documented if url is None else _checked(source, url)
    return urls


def origin(url: httpx.URL) -> Origin:
    """Return the origin of a URL."""
    port = _DEFAULT_PORTS.get(url.scheme, 0) if url.port is None else url.port
    return url.scheme, url.host, port


def origins(urls: Mapping[str, str]) -> dict[str, Origin]:
    """Return the origin of each server.

    Raises:
        ConfigurationError: One of them is no URL.
    """
    return {name: origin(_parsed(f"The URL of the {name} server", urls[name])) for name in urls}


def is_private(place: Origin) -> bool:
    """Can nobody between here and this origin read along: https, or http on loopback?"""
    scheme, host, _ = place
    return scheme == "https" or (scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Is this host name or address the machine itself?"""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parsed(source: str, text: str) -> httpx.URL:
    # No message shows the text: it may hold a password.
    try:
        url = httpx.URL(text)
        host = url.raw_host.decode("ascii")
        named = not host or _HOST_NAME.fullmatch(host) is not None
        if not (named or ipaddress.IPv6Address(host).scope_id is None):
            raise ValueError(host)
        if url.port is not None and not 0 < url.port < 65_536:
            raise ValueError(url.port)
    except (httpx.InvalidURL, TypeError, ValueError):
        raise ConfigurationError(f"{source} is no URL.") from None
    return url


def _checked(source: str, text: str) -> str:
    url = _parsed(source, text)
    if url.userinfo:
        raise ConfigurationError(
            f"{source} holds a user name or password; requests are signed, and need neither."
        )
    scheme, host, port = place = origin(url)
    if not host or not is_private(place):
        raise ConfigurationError(
            f"{source} must be https://host, or http://host on loopback, so that signed requests "
            "travel in private."
        )
    if url.path != "/" or url.query or url.fragment:
        raise ConfigurationError(
            f"{source} must end after host and port: the signature covers the path, and the "
            "operations bring theirs."
        )
    # Put together anew: without a bare "?" or "#" at the end, and without the port that is implied.
    return str(httpx.URL(scheme=scheme, host=host, port=port))
