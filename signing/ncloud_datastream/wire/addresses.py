"""From a host's name to the address that answers first (RFC 8305), without opening anything.

`Race` decides which address is tried when; both kinds of connections do what it says.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Sequence
from itertools import chain, zip_longest

ATTEMPT_DELAY = 0.25
"""Seconds that an address has for itself before the next one is tried beside it (RFC 8305, 8)."""

Address = tuple[int, tuple[object, ...]]
"""The family, and the address as sockets of that family take it."""


class Race:
    """Tells which address is tried next, and when.

    Args:
        addresses: In the order of preference.
    """

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._waiting = deque(interleaved(addresses))
        self._due = 0.0
        self._running = 0
        self.failure: OSError | None = None
        """What the last attempt failed with."""

    def next(self, now: float) -> Address | None:
        """Return an address that is to be tried now, or None; called until it returns None."""
        if not self._waiting or (self._running and now < self._due):
            return None
        self._running += 1
        self._due = now + ATTEMPT_DELAY
        return self._waiting.popleft()

    def wait(self, now: float) -> float | None:
        """Return the seconds until `next` has another address, or None where there is none."""
        return max(0.0, self._due - now) if self._waiting else None

    def failed(self, error: OSError) -> None:
        """Note that an attempt has failed: the next address need not wait any longer."""
        self.failure = error
        self._running -= 1
        self._due = 0.0

    @property
    def lost(self) -> bool:
        """Have all addresses failed?"""
        return not self._waiting and not self._running


def interleaved(addresses: Sequence[Address]) -> list[Address]:
    """Return addresses with their families in turn, the family of the first one first."""
    families = list(dict.fromkeys(family for family, _ in addresses))
    by_family = [[each for each in addresses if each[0] == family] for family in families]
    return [each for each in chain.from_iterable(zip_longest(*by_family)) if each is not None]


def literal(host: str, port: int) -> list[Address] | None:
    """Return the address that `host` is already, or None where it is a name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError:
        return None
    return addresses_of(found)


def resolve(host: str, port: int) -> list[Address]:
    """Ask the system for the addresses of a name; this may block for as long as it likes.

    Raises:
        OSError: There is none.
    """
    return addresses_of(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def addresses_of(found: Sequence[tuple[int, int, int, str, tuple[object, ...]]]) -> list[Address]:
    """Return what `socket.getaddrinfo` found as addresses, each once."""
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))
