"""When a failed call is tried again, and after how long: pure decisions, no clock and no sleep."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from .errors import ConfigurationError, DataStreamError

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""The methods that may be repeated although an earlier try may have been acted on (RFC 9110)."""

BASE_DELAY = 0.5
"""Seconds: the first wait is drawn from 0 to this, and the bound doubles with every try."""

MAX_DELAY = 20.0
"""Seconds: no drawn wait is longer than this; a ``Retry-After`` may ask for more."""

SPREAD = 0.1
"""Part of a ``Retry-After`` that is waited on top at the most, drawn, so that not all callers come
back at once."""

MAX_SPREAD = 5.0
"""Seconds: no more is waited on top of a ``Retry-After``."""

MAX_RETRY_AFTER = 365 * 86400.0
"""Seconds: what a ``Retry-After`` asks for beyond this is cut to it, so that it can be slept."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often, how long and how boldly a failed call is tried again.

    Only what may pass is repeated: 429, 502, 503, 504 and failed connections. GET, PUT and DELETE
    are repeated after any of these; POST only where the service cannot have acted on it (429, by
    our reading, or no byte was written), unless `at_least_once` is set. A 429 for a limit of the
    account (`LimitExceeded`) is not repeated. Waits grow exponentially with full jitter; a
    ``Retry-After`` of the service is waited out in full, and up to a tenth longer.

    Args:
        max_attempts: Tries in all, the first included; 1 means no retry.
        max_elapsed: Seconds that the call may take in all, tries and waits. A wait that would pass
            it is not begun: the last error is raised at once.
        at_least_once: Repeat POST too where it may have been acted on. A message may then be
            stored twice, and a create may end in a conflict with its own first try.

    Raises:
        ConfigurationError: A number is out of range.
    """

    max_attempts: int = 3
    max_elapsed: float = 60.0
    at_least_once: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.max_attempts, bool) or not isinstance(self.max_attempts, int):
            raise ConfigurationError(f"Retry: max_attempts must be whole, not {self.max_attempts}.")
        if self.max_attempts < 1:
            raise ConfigurationError(f"Retry: max_attempts must be 1 or more: {self.max_attempts}.")
        if isinstance(self.max_elapsed, bool) or not isinstance(self.max_elapsed, int | float):
            raise ConfigurationError(
                f"Retry: max_elapsed must be seconds, not {type(self.max_elapsed).__name__}."
            )
        if not self.max_elapsed > 0:
            raise ConfigurationError(f"Retry: max_elapsed must be above 0: {self.max_elapsed}.")

    def wait(
        self,
        error: DataStreamError,
        *,
        method: str,
        attempts: int,
        elapsed: float,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> float | None:
        """Return the seconds to wait before the next try, or None where there is none.

        Args:
            error: What the last try ended with.
            method: The HTTP method.
            attempts: Tries so far.
            elapsed: Seconds since the call began.
            draw: Draws a number between two bounds.
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
        # Whether there is time for it is no matter of chance.
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

        What is added takes up to half of the time that is left after it.

        Args:
            seconds: What the service asks for.
            elapsed: Seconds since the call began.
            draw: Draws a number between two bounds.
        """
        left = max(0.0, self.max_elapsed - elapsed - seconds)
        return seconds + draw(0.0, min(SPREAD * seconds, MAX_SPREAD, left / 2.0))


def retry_after(value: str | None, now: float | None = None) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, or None where it says nothing.

    Args:
        value: The header: whole seconds, or an HTTP date.
        now: The service's time of the answer in seconds since the epoch, for a date; by default
            this machine's.
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
    """Return the seconds since the epoch of an HTTP date, or None where it is none."""
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
        # A date without a zone, as the older two forms of HTTP have it, is one of Greenwich.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
