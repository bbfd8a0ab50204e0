"""One attempt of a call: its deadline, its clock offset, and whether it may have been sent.

httpx bounds each read, so a service that sends its response byte by byte could hold a call forever.
And no HTTP library reports whether a failed request may have been delivered: the carrier records
that here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

LONGEST_WAIT = 86400.0
"""Seconds: the longest single wait on a socket, because systems reject larger values."""


class Attempt:
    """One attempt of a call.

    Args:
        deadline: When it must end, on `time.monotonic`'s clock.
    """

    __slots__ = ("deadline", "offset", "watched", "written")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.offset = 0.0
        """The clock offset, in seconds, that the request was signed with."""
        self.watched = False
        """Whether `written` is known; a user's own transport may not report it."""
        self.written = False
        """Whether a byte of the request may have been written."""

    @property
    def left(self) -> float:
        """The seconds left, 0 or more."""
        return min(max(0.0, self.deadline - time.monotonic()), LONGEST_WAIT)

    def remaining(self) -> float:
        """Return the seconds left.

        Raises:
            TimeoutError: The deadline has passed.
        """
        return remaining(self.deadline)

    def watch(self) -> None:
        """Record that the carrier reports what it writes, and that nothing was written yet."""
        self.watched = True
        self.written = False

    def hand_over(self) -> None:
        """Record that the transport may not report what it writes, so a byte may be written."""
        self.watched = False
        self.written = True

    def trace(self, event: str, details: Mapping[str, Any]) -> None:
        """Handle an event of httpcore, as the ``trace`` extension of a request."""
        self.watched = True
        if event == "connection.connect_tcp.started":
            self.written = False
        elif event.endswith(".send_request_headers.started"):
            # A CONNECT to a proxy is not part of the request.
            self.written = details["request"].method != b"CONNECT"

    async def trace_async(self, event: str, details: Mapping[str, Any]) -> None:
        """Handle an event of httpcore's asynchronous API."""
        self.trace(event, details)


def remaining(deadline: float) -> float:
    """Return the seconds left until a deadline on `time.monotonic`'s clock.

    Raises:
        TimeoutError: The deadline has passed.
    """
    left = deadline - time.monotonic()
    if left <= 0.0:
        raise TimeoutError(LATE)
    return min(left, LONGEST_WAIT)


LATE = "the attempt's deadline has passed"
CLOSED_MEANWHILE = "the client was closed meanwhile"

ATTEMPT = "ncloud_datastream.attempt"
"""The key of the `Attempt` in a request's extensions."""


def attempt_of(extensions: Mapping[str, Any]) -> Attempt | None:
    """Return the attempt from the extensions of an httpx request, or None without one."""
    attempt = extensions.get(ATTEMPT)
    return attempt if isinstance(attempt, Attempt) else None
