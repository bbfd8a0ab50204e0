"""Decides whether and when to retry a failed call; reads no clock and never sleeps."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from .errors import ConfigurationError, DataStreamError

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""The methods that may be retried even if an earlier attempt was acted on (RFC 9110)."""

BASE_DELAY = 0.5
"""Seconds: the upper bound of the first backoff; it doubles with every attempt."""

MAX_DELAY = 20.0
"""Seconds: the longest backoff; a ``Retry-After`` may be longer."""

SPREAD = 0.1
"""Upper bound of the jitter added to a ``Retry-After``, as a fraction of it, so that not all
callers retry at once."""

MAX_SPREAD = 5.0
"""Seconds: upper bound of the jitter added to a ``Retry-After``."""

MAX_RETRY_AFTER = 365 * 86400.0
"""Seconds: a longer ``Retry-After`` is reduced to this, which the system can sleep."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The retry policy of failed calls: how often, for how long, and which.

    Only transient failures are retried: 429, 502, 503, 504 and failed connections. GET, PUT and
    DELETE are retried after any of these; POST only if the service cannot have acted on it (a 429,
    by our reading, or no byte was written), unless `at_least_once` is set. A 429 for a limit of the
    account (`LimitExceeded`) is not retried. Backoff is exponential with full jitter; a
    ``Retry-After`` is waited out in full, and up to a tenth longer.

    Args:
        max_attempts: Attempts in total, including the first; 1 disables retries.
        max_elapsed: Seconds that the whole call may take, attempts and waits. If a wait would
            exceed it, the last error is raised at once.
        at_least_once: Retry a POST even if the service may have acted on it. A message may then be
            stored twice, and creating a resource may fail with a conflict caused by its own first
            attempt.

    Raises:
        ConfigurationError: A value is out of range.
    """

    max_attempts: int = 3
    max_elapsed: float = 60.0
    at_least_once: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.max_attempts, bool) or not isinstance(self.max_attempts, int):
            raise ConfigurationError(
                f"Retry: max_attempts must be an int, not {self.max_attempts!r}."
            )
        if self.max_attempts < 1:
            raise ConfigurationError(
                f"Retry: max_attempts must be 1 or more, not {self.max_attempts}."
            )
        if isinstance(self.max_elapsed, bool) or not isinstance(self.max_elapsed, int | float):
            raise ConfigurationError(
                f"Retry: max_elapsed must be a number of seconds, not {self.max_elapsed!r}."
            )
        if not self.max_elapsed > 0:
            raise ConfigurationError(f"Retry: max_elapsed must be above 0, not {self.max_elapsed}.")

    def wait(
        self,
        error: DataStreamError,
        *,
        method: str,
        attempts: int,
        elapsed: float,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or None to give up.

        Args:
            error: The error of the last attempt.
            method: The HTTP method.
            attempts: Attempts so far.
            elapsed: Seconds since the start of the call.
            draw: Returns a random number between two bounds.
        """
        if not error.retryable or attempts >= self.max_attempts:
            return None
        repeatable = method in IDEMPOTENT or self.at_least_once or not error.maybe_delivered
        if not repeatable:
            return None
        asked = getattr(error, "retry_after", None)
        if asked is None:
            seconds = draw(0.0, min(MAX_DELAY, BASE_DELAY * 2.0 ** min(attempts - 1, 16)))
            return seconds if elapsed + seconds < self.max_elapsed else None
        # Decided without the jitter, so that chance does not decide whether to retry.
        if elapsed + asked >= self.max_elapsed:
            return None
        seconds = self.asked_for(asked, elapsed=elapsed, draw=draw)
        return seconds if elapsed + seconds < self.max_elapsed else asked

    def asked_for(
        self,
        seconds: float,
        *,
        elapsed: float,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> float:
        """Return the wait for a ``Retry-After``: never shorter, and up to a tenth longer.

        The jitter takes at most half of the time that is left after the wait.

        Args:
            seconds: The seconds of the ``Retry-After``.
            elapsed: Seconds since the start of the call.
            draw: Returns a random number between two bounds.
        """
        left = max(0.0, self.max_elapsed - elapsed - seconds)
        return seconds + draw(0.0, min(SPREAD * seconds, MAX_SPREAD, left / 2.0))


def retry_after(value: str | None, now: float | None = None) -> float | None:
    """Return the seconds of a ``Retry-After`` header, or None if it is missing or invalid.

    Args:
        value: The header: whole seconds, or an HTTP date.
        now: The service's time of the response, in seconds since the epoch, to subtract from a
            date; defaults to this machine's time.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), MAX_RETRY_AFTER)
    moment = http_date(text)
    if moment is None:
        return None
    return min(max(0.0, moment - (time.time() if now is None else now)), MAX_RETRY_AFTER)


def http_date(value: str | None) -> float | None:
    """Return an HTTP date as seconds since the epoch, or None if it is invalid."""
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
        # A date without a time zone, as in the two obsolete formats of HTTP, is in UTC.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
