"""Address selection for a host name (Happy Eyeballs, RFC 8305), without I/O on connections.

`Race` schedules the connection attempts; the blocking and asynchronous connections perform them.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Sequence
from itertools import chain, zip_longest

ATTEMPT_DELAY = 0.25
"""Seconds to wait for an address before the next one is tried in parallel (RFC 8305, section 8)."""

Address = tuple[int, tuple[object, ...]]
"""The address family, and the address in the form that sockets of that family expect."""


class Race:
    """Schedules connection attempts over several addresses.

    Args:
        addresses: In order of preference.
    """

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._waiting = deque(interleaved(addresses))
        self._due = 0.0
        self._running = 0
        self.failure: OSError | None = None
        """The error of the attempt that failed last."""

    def next(self, now: float) -> Address | None:
        """Return an address to try now, or None. Call it repeatedly until it returns None."""
        if not self._waiting or (self._running and now < self._due):
            return None
        self._running += 1
        self._due = now + ATTEMPT_DELAY
        return self._waiting.popleft()

    def wait(self, now: float) -> float | None:
        """Return the seconds until `next` has another address, or None if none is left."""
        return max(0.0, self._due - now) if self._waiting else None

    def failed(self, error: OSError) -> None:
        """Record a failed attempt; the next address can be tried immediately."""
        self.failure = error
        self._running -= 1
        self._due = 0.0

    @property
    def lost(self) -> bool:
        """Return whether all addresses have failed."""
        return not self._waiting and not self._running


def interleaved(addresses: Sequence[Address]) -> list[Address]:
    """Return the addresses with families alternating, starting with that of the first address."""
    families = list(dict.fromkeys(family for family, _ in addresses))
    by_family = [[each for each in addresses if each[0] == family] for family in families]
    return [each for each in chain.from_iterable(zip_longest(*by_family)) if each is not None]


def literal(host: str, port: int) -> list[Address] | None:
    """Return the address if `host` is an IP address, or None if it is a name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError:
        return None
    return addresses_of(found)


def resolve(host: str, port: int) -> list[Address]:
    """Resolve a host name with the system resolver. This blocks, with no bound on the time.

    Raises:
        OSError: The name cannot be resolved.
    """
    return addresses_of(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def addresses_of(found: Sequence[tuple[int, int, int, str, tuple[object, ...]]]) -> list[Address]:
    """Return the results of `socket.getaddrinfo` as addresses, without duplicates."""
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))
