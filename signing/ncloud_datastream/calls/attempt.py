"""One attempt at a call: until when, how it was signed, and whether any of it may have left.

httpx bounds each read; a service that trickles its answer byte by byte would hold a call without
end. And no HTTP library tells whether a failed request may have been delivered: the carrier notes
that here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

LONGEST_WAIT = 86400.0
"""Seconds: what a socket is asked to wait at a time at the most, since systems refuse more."""


class Attempt:
    """One attempt at a call.

    Args:
        deadline: When it must have ended, on `time.monotonic`'s clock.
    """

    __slots__ = ("deadline", "offset", "watched", "written")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.offset = 0.0
        """The clock offset, in seconds, that the request was signed with."""
        self.watched = False
        """Is it known what was written? Not where a user's own transport tells nothing."""
        self.written = False
        """May a byte of the request have been written?"""

    @property
    def left(self) -> float:
        """Seconds left; 0 at least."""
        return min(max(0.0, self.deadline - time.monotonic()), LONGEST_WAIT)

    def remaining(self) -> float:
        """Return the seconds left.

        Raises:
            TimeoutError: The deadline has passed.
        """
        return remaining(self.deadline)

    def watch(self) -> None:
        """Note that a carrier has the request that knows what it writes; nothing was written."""
        self.watched = True
        self.written = False

    def hand_over(self) -> None:
        """Note that a transport has the request which may tell nothing of what it writes."""
        self.watched = False
        self.written = True

    def trace(self, event: str, details: Mapping[str, Any]) -> None:
        """Take an event of httpcore, as the ``trace`` extension of a request."""
        self.watched = True
        if event == "connection.connect_tcp.started":
            self.written = False
        elif event.endswith(".send_request_headers.started"):
            # What is said to a proxy, to get through it, is no part of the request.
            self.written = details["request"].method != b"CONNECT"

    async def trace_async(self, event: str, details: Mapping[str, Any]) -> None:
        """Take an event of httpcore's asynchronous half."""
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
"""The key in a request's extensions under which the `Attempt` is that it is."""


def attempt_of(extensions: Mapping[str, Any]) -> Attempt | None:
    """Return the attempt that a request of httpx is, where its extensions say so."""
    attempt = extensions.get(ATTEMPT)
    return attempt if isinstance(attempt, Attempt) else None
