"""Which server an operation goes to, and which origins a signed request may go to."""

from __future__ import annotations

import functools
import ipaddress
import logging
import os
import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import httpx
from ncloud_datastream_api.api import SERVERS

from ncloud_datastream.errors import ConfigurationError

MANAGEMENT = "management"
MESSAGE = "message"

Origin = tuple[str, str, int]
"""Scheme, host and port."""


class Server(NamedTuple):
    """A server of the document, with its URL."""

    name: str
    url: str
    """The base URL, without a trailing slash."""
    scheme: str
    host: str
    port: int
    authority: str
    """The value of the ``Host`` header."""

    @property
    def origin(self) -> Origin:
        """The origin."""
        return self.scheme, self.host, self.port

    @classmethod
    def at(cls, name: str, url: str) -> Server:
        """Return the server with this base URL, which must be valid."""
        parsed = httpx.URL(url)
        scheme, host, port = origin(parsed)
        return cls(name, url.rstrip("/"), scheme, host, port, parsed.netloc.decode("ascii"))


_DEFAULT_PORTS = {"http": 80, "https": 443}

# The names that DNS can resolve; other names would fail later with obscure errors.
_HOST_NAME = re.compile(r"(?=.{1,253}\.?$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")


INSECURE_HOSTS = "NCLOUD_DATASTREAM_INSECURE_HOSTS"
"""The environment variable with hosts for plain http, separated by commas."""

_log = logging.getLogger("ncloud_datastream")


def base_urls(
    management_url: str | None = None,
    message_url: str | None = None,
    urls: Mapping[str, str] | None = None,
    *,
    insecure: Collection[str] = (),
) -> dict[str, str]:
    """Return the base URL of each server: argument, else environment, else the document's.

    Args:
        management_url: URL of the management host.
        message_url: URL of the message host.
        urls: URLs of any servers, by their names.
        insecure: Hosts allowed over plain http, as returned by `insecure_hosts`.

    Raises:
        ConfigurationError: A URL is not https (or http on loopback), or has more than scheme, host
            and port; or `urls` has an unknown server, or one that is also given by its own
            argument.
    """
    given = _given({MANAGEMENT: management_url, MESSAGE: message_url}, urls)
    found = {}
    for name, documented in SERVERS.items():
        variable = f"NCLOUD_DATASTREAM_{name.upper().replace('-', '_')}_URL"
        source, url = given.get(name, (variable, None))
        if url is None:
            url = os.environ.get(variable, "").strip() or None
        found[name] = documented if url is None else _checked(source, url, insecure)
    return found


def insecure_hosts(hosts: Iterable[str] | None) -> frozenset[str]:
    """Return the hosts to which signed requests may be sent over plain http; warn about them once.

    Args:
        hosts: Host names or addresses, without ports; None for those of the environment.

    Raises:
        ConfigurationError: One of them is not a host name or address.
    """
    source = "insecure_hosts"
    if hosts is None:
        source, hosts = INSECURE_HOSTS, os.environ.get(INSECURE_HOSTS, "").split(",")
        hosts = [host.strip() for host in hosts if host.strip()]
    if isinstance(hosts, str) or not isinstance(hosts, Iterable):
        raise ConfigurationError(
            'insecure_hosts must be a collection of host names, such as ("emulator",), not a '
            f"{type(hosts).__name__}."
        )
    found = frozenset(_host(source, host) for host in hosts)
    if found:
        _warn(found)
    return found


def origin(url: httpx.URL) -> Origin:
    """Return the origin of a URL, with the host in ASCII."""
    port = _DEFAULT_PORTS.get(url.scheme, 0) if url.port is None else url.port
    return url.scheme, url.raw_host.decode("ascii"), port


def origins(urls: Mapping[str, str]) -> dict[str, Origin]:
    """Return the origin of each server.

    Raises:
        ConfigurationError: A URL is invalid.
    """
    return {name: origin(_parsed(f"The URL of the {name} server", urls[name])) for name in urls}


def is_private(place: Origin, insecure: Collection[str] = ()) -> bool:
    """Return whether signed requests may be sent to an origin.

    They may over https, over http on loopback, where only this machine can read them, and over
    plain http to the hosts that the user allows.

    Args:
        place: The origin.
        insecure: Hosts allowed over plain http, as returned by `insecure_hosts`.
    """
    scheme, host, _ = place
    return scheme == "https" or (scheme == "http" and (is_loopback(host) or host in insecure))


def is_loopback(place: str) -> bool:
    """Return whether a URL, host name or address refers to this machine."""
    host = place.lower()
    if "://" in place:
        try:
            host = host_of(httpx.URL(place))
        except (httpx.InvalidURL, ValueError):
            return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: httpx.URL) -> str:
    """Return the host of a URL in ASCII, or "" if it has none.

    Raises:
        ValueError: No socket can be opened to the host or port.
    """
    host = url.raw_host.decode("ascii")
    named = not host or _HOST_NAME.fullmatch(host) is not None
    if not (named or ipaddress.IPv6Address(host).scope_id is None):
        raise ValueError("a host with a zone")
    if url.port is not None and not 0 < url.port < 65_536:
        raise ValueError("a port out of range")
    # Decodes an internationalized name, and fails if its ASCII form is invalid.
    url.host  # noqa: B018
    return host


def _given(
    arguments: Mapping[str, str | None], urls: Mapping[str, str] | None
) -> dict[str, tuple[str, str | None]]:
    """Return the URLs that were passed, by server, each with the name of its argument."""
    given: dict[str, tuple[str, str | None]] = {
        name: (f"{name}_url", url) for name, url in arguments.items() if url is not None
    }
    if urls is None:
        return given
    if not isinstance(urls, Mapping):
        raise ConfigurationError(
            f"urls must be a mapping of server names to URLs, not {type(urls).__name__}."
        )
    for name, url in urls.items():
        if name not in SERVERS:
            known = ", ".join(sorted(SERVERS))
            raise ConfigurationError(f"urls: unknown server {name!r}. Use one of: {known}.")
        if name in given:
            raise ConfigurationError(f"{name}_url is given twice: as an argument and in urls.")
        given[name] = (f"urls[{name!r}]", url)
    return given


def _host(source: str, text: str) -> str:
    try:
        host = host_of(httpx.URL(scheme="http", host=text))
    except (httpx.InvalidURL, TypeError, ValueError):
        host = ""
    if not host:
        raise ConfigurationError(
            f"{source} must contain host names or addresses only, without scheme and port."
        )
    return host


@functools.cache
def _warn(hosts: frozenset[str]) -> None:
    _log.warning(
        "signed requests to %s may be sent over plain http: others can read them, including access "
        "keys and messages; use this for emulators only",
        ", ".join(sorted(hosts)),
    )


def _parsed(source: str, text: str) -> httpx.URL:
    # The message does not show the text, which may contain a password.
    try:
        url = httpx.URL(text)
        host_of(url)
    except (httpx.InvalidURL, TypeError, ValueError):
        raise ConfigurationError(f"{source} is not a valid URL.") from None
    return url


def _checked(source: str, text: str, insecure: Collection[str]) -> str:
    url = _parsed(source, text)
    if url.userinfo:
        raise ConfigurationError(
            f"{source} must not contain a user name or password; requests are signed instead."
        )
    scheme, host, port = place = origin(url)
    if not host or not is_private(place, insecure):
        raise ConfigurationError(
            f"{source} must be https://host, or http://host on loopback, so that others cannot "
            "read signed requests. Allow an emulator in a container with insecure_hosts."
        )
    if url.path != "/" or url.query or url.fragment:
        raise ConfigurationError(
            f"{source} must end after host and port: each operation adds its own path, which the "
            "signature covers."
        )
    # Rebuilt, to drop a trailing "?" or "#" and the default port.
    return str(httpx.URL(scheme=scheme, host=host, port=port))
