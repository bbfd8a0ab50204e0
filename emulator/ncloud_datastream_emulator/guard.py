"""Protects the page and the paths below ``/_emulator/`` from other websites.

These paths need no signature, so that programs in any language can use them. Without a guard, a
page of another site that is open in a browser on this machine could use them too: it can send
requests to localhost, and it can point a domain of its own to a loopback address and read the
responses (DNS rebinding). Browsers reveal such requests: by the name in `Host`, by the page's
`Origin`, and because they send JSON to another origin only after a preflight request.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

Headers = Sequence[tuple[bytes, bytes]]

LARGEST_BODY = 10 * 1024 * 1024
"""The largest body in bytes: a message of 1 MiB may be six times as large in JSON escapes."""

_HOST = re.compile(r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[^\s:@/\[\]]+))(?::[0-9]*)?")


class Refusal(NamedTuple):
    """The reason for which a request is rejected."""

    status: int
    detail: str


class Guard:
    """Decides which requests may use the emulator's own paths.

    Args:
        host: The name or address that the emulator was started with. Loopback is always allowed.
        allowed: Additional names and addresses, such as that of a container.

    Raises:
        ValueError: One of `allowed` is neither a name nor an address.
    """

    def __init__(self, host: str, allowed: Iterable[str] = ()) -> None:
        names = [each.lower() for each in allowed]
        for name in names:
            if (":" in name and not _is_address(name)) or not _HOST.fullmatch(_bracketed(name)):
                raise ValueError(
                    f"An allowed host must be a name or an address, but {name!r} is neither."
                )
        self._own = {"localhost", host.lower(), *names}

    def refusal(self, headers: Headers, body: bytes | None) -> Refusal | None:
        """Return why a request is rejected, or None if it is allowed.

        Args:
            headers: Names in lower case, with their values.
            body: None if it is larger than `LARGEST_BODY`.
        """
        hosts, origins, kinds = (
            [value.decode("latin-1").lower() for name, value in headers if name == wanted]
            for wanted in (b"host", b"origin", b"content-type")
        )
        if len(hosts) != 1 or not self._is_own(hosts[0]):
            return Refusal(
                403,
                "The request names another Host. The emulator's own paths are available at "
                "localhost, at loopback addresses, at the host it was started with and at its "
                "allowed hosts.",
            )
        if any(each not in (f"http://{hosts[0]}", f"https://{hosts[0]}") for each in origins):
            return Refusal(403, "Pages of another origin cannot use the emulator's own paths.")
        if body is None:
            return Refusal(413, f"A body may have at most {LARGEST_BODY} bytes.")
        if body and [kind.partition(";")[0].strip() for kind in kinds] != ["application/json"]:
            return Refusal(415, "A body must have the Content-Type application/json.")
        return None

    def _is_own(self, host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = match["ipv6"] or match["name"]
        return name in self._own or is_loopback(name)


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Return whether a text is a loopback address."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
