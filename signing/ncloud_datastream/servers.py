"""Which server an operation goes to, and which origins a signed request may go to."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping

import httpx
from ncloud_datastream_api.api import SERVERS

from .errors import ConfigurationError

MANAGEMENT = "management"
MESSAGE = "message"

Origin = tuple[str, str, int]
"""Scheme, host and port."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


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
    return url.scheme, url.host, url.port or _DEFAULT_PORTS.get(url.scheme, 0)


def origins(urls: Mapping[str, str]) -> dict[str, Origin]:
    """Return the origin of each server."""
    return {name: origin(httpx.URL(url)) for name, url in urls.items()}


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


def _checked(source: str, text: str) -> str:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError, ValueError):
        raise ConfigurationError(f"{source} is no URL.") from None
    if url.userinfo:
        raise ConfigurationError(
            f"{source} holds a user name or password; keys are signed, not sent."
        )
    if not url.host or not is_private(origin(url)):
        raise ConfigurationError(
            f"{source} must be https://host, or http:// on loopback, so that signed requests "
            f"travel in private; it is {text!r}."
        )
    if url.path not in ("", "/") or url.query or url.fragment:
        raise ConfigurationError(
            f"{source} must end after host and port: the signature covers the path, and the "
            f"operations bring theirs; it is {text!r}."
        )
    return str(url.copy_with(path="/"))[:-1]
