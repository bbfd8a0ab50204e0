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


INSECURE_HOSTS = "NCLOUD_DATASTREAM_INSECURE_HOSTS"
"""The environment variable with host names that may be reached over plain http, with commas."""

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
        management_url: The management server's.
        message_url: The message server's.
        urls: Those of any servers, by their names.
        insecure: Hosts that may be reached over plain http, as `insecure_hosts` returns them.

    Raises:
        ConfigurationError: A URL is not https (or http on loopback), or holds more than scheme,
            host and port; or `urls` names no server, or one that has its own argument.
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
    """Return the hosts that signed requests may go to over plain http, and warn of them once.

    Args:
        hosts: Host names or addresses, without ports; None for those of the environment.

    Raises:
        ConfigurationError: One of them is neither.
    """
    source = "insecure_hosts"
    if hosts is None:
        source, hosts = INSECURE_HOSTS, os.environ.get(INSECURE_HOSTS, "").split(",")
        hosts = [host.strip() for host in hosts if host.strip()]
    if isinstance(hosts, str) or not isinstance(hosts, Iterable):
        raise ConfigurationError(
            'insecure_hosts must be several host names, such as ("emulator",), not a '
            f"{type(hosts).__name__}."
        )
    found = frozenset(_host(source, host) for host in hosts)
    if found:
        _warn(found)
    return found


def origin(url: httpx.URL) -> Origin:
    """Return the origin of a URL, whose host is in ASCII."""
    port = _DEFAULT_PORTS.get(url.scheme, 0) if url.port is None else url.port
    return url.scheme, url.raw_host.decode("ascii"), port


def origins(urls: Mapping[str, str]) -> dict[str, Origin]:
    """Return the origin of each server.

    Raises:
        ConfigurationError: One of them is no URL.
    """
    return {name: origin(_parsed(f"The URL of the {name} server", urls[name])) for name in urls}


def is_private(place: Origin, insecure: Collection[str] = ()) -> bool:
    """Return whether signed requests may go to an origin.

    They may where nobody between here and there can read along, by https or by http on loopback,
    and where the user says that plain http will do.

    Args:
        place: The origin.
        insecure: Hosts that may be reached over plain http, as `insecure_hosts` returns them.
    """
    scheme, host, _ = place
    return scheme == "https" or (scheme == "http" and (is_loopback(host) or host in insecure))


def is_loopback(place: str) -> bool:
    """Return whether a URL, a host name or an address is that of this machine itself."""
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
    """Return the host of a URL in ASCII, or "" where there is none.

    Raises:
        ValueError: No socket can be opened to it, or to its port.
    """
    host = url.raw_host.decode("ascii")
    named = not host or _HOST_NAME.fullmatch(host) is not None
    if not (named or ipaddress.IPv6Address(host).scope_id is None):
        raise ValueError("a host with a zone")
    if url.port is not None and not 0 < url.port < 65_536:
        raise ValueError("a port out of range")
    # What looks like the ASCII form of an international name has to be one.
    url.host  # noqa: B018
    return host


def _given(
    arguments: Mapping[str, str | None], urls: Mapping[str, str] | None
) -> dict[str, tuple[str, str | None]]:
    """Return the URLs that were given, by server, each with the name of its argument."""
    given: dict[str, tuple[str, str | None]] = {
        name: (f"{name}_url", url) for name, url in arguments.items() if url is not None
    }
    if urls is None:
        return given
    if not isinstance(urls, Mapping):
        raise ConfigurationError(f"urls must map server names to URLs: {type(urls).__name__}.")
    for name, url in urls.items():
        if name not in SERVERS:
            known = ", ".join(sorted(SERVERS))
            raise ConfigurationError(f"urls: there is no server {name!r}; known are: {known}.")
        if name in given:
            raise ConfigurationError(f"{name}_url is given twice: once by itself, once in urls.")
        given[name] = (f"urls[{name!r}]", url)
    return given


def _host(source: str, text: str) -> str:
    try:
        host = host_of(httpx.URL(scheme="http", host=text))
    except (httpx.InvalidURL, TypeError, ValueError):
        host = ""
    if not host:
        raise ConfigurationError(
            f"{source} must hold host names or addresses alone, without scheme and port."
        )
    return host


@functools.cache
def _warn(hosts: frozenset[str]) -> None:
    _log.warning(
        "signed requests may go over plain http to %s: others can read them, keys' names and "
        "messages included; meant for emulators alone",
        ", ".join(sorted(hosts)),
    )


def _parsed(source: str, text: str) -> httpx.URL:
    # No message shows the text: it may hold a password.
    try:
        url = httpx.URL(text)
        host_of(url)
    except (httpx.InvalidURL, TypeError, ValueError):
        raise ConfigurationError(f"{source} is no URL.") from None
    return url


def _checked(source: str, text: str, insecure: Collection[str]) -> str:
    url = _parsed(source, text)
    if url.userinfo:
        raise ConfigurationError(
            f"{source} holds a user name or password; requests are signed, and need neither."
        )
    scheme, host, port = place = origin(url)
    if not host or not is_private(place, insecure):
        raise ConfigurationError(
            f"{source} must be https://host, or http://host on loopback, so that signed requests "
            "travel in private. An emulator in a container may be named in insecure_hosts."
        )
    if url.path != "/" or url.query or url.fragment:
        raise ConfigurationError(
            f"{source} must end after host and port: the signature covers the path, and the "
            "operations bring theirs."
        )
    # Put together anew: without a bare "?" or "#" at the end, and without the port that is implied.
    return str(httpx.URL(scheme=scheme, host=host, port=port))
