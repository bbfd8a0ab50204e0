"""One try at sending a request: until when, and whether any of it may have left.

httpx bounds each read; a service that trickles its answer byte by byte would hold a call for ever.
And no HTTP library tells whether a failed request may have been delivered: that is noted here, from
the events that httpcore traces. httpcore itself is not loaded for that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .errors import ConfigurationError

LONGEST_WAIT = 86400.0
"""Seconds: what a socket is asked to wait at a time at the most, since systems refuse more."""


class Attempt:
    """One try at sending a request.

    Args:
        deadline: When it must have ended, on `time.monotonic`'s clock.
    """

    __slots__ = ("deadline", "watched", "written")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.watched = False
        """Is it known what was written? Not where a user's own transport tells nothing."""
        self.written = False
        """May a byte of the request have been written?"""

    @property
    def left(self) -> float:
        """Seconds left; 0 at least."""
        return min(max(0.0, self.deadline - time.monotonic()), LONGEST_WAIT)

    def taken_over(self) -> None:
        """Note that a transport of ours has the request, and has written nothing of it yet."""
        self.watched = True
        self.written = False

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


current: ContextVar[Attempt | None] = ContextVar("ncloud_datastream_attempt", default=None)
"""The attempt that this thread or task is making."""


@contextmanager
def nothing_sent() -> Iterator[float | None]:
    """Note that, until this ends well, nothing of the attempt that is being made is sent.

    Gives its deadline, on `time.monotonic`'s clock; None where nobody makes one.
    """
    attempt = current.get()
    if attempt is None:
        yield None
        return
    attempt.taken_over()
    yield attempt.deadline
    attempt.watched = False


def check_open(closed: bool) -> None:
    """Refuse the use of a closed client.

    Raises:
        ConfigurationError: It is closed.
    """
    if closed:
        raise ConfigurationError("The client is closed; make a new one. Nothing was sent.")
