"""The rate limiter: the configured rate, and back-pressure from 429 responses.

It does no I/O and reads no clock: every method takes the time, from any monotonic clock.

A 429 slows all messages down to 70 % of the rate just reached. Without another 429 the rate is
back at that value after `RECOVERY` seconds and then doubles every second until the limit is lifted.
A ``Retry-After`` also holds back all messages for that long.
"""

from __future__ import annotations

CUT = 0.7
"""The factor by which a 429 reduces the rate."""

RECOVERY = 8.0
"""Seconds in which a reduced rate grows back to its previous value."""

FREE = 64.0
"""The limit is lifted at this multiple of the rate at the last 429."""

SLOWEST = 1.0
"""The lowest rate in messages per second; a service that needs less sends ``Retry-After``."""

LONGEST_PAUSE = 60.0
"""The longest pause in seconds; a longer ``Retry-After`` is reduced to this."""

BURST = 0.005
"""Seconds by which a message may be sent early or catch up: the resolution of timers."""

SETTLE = 0.05
"""Seconds until a new rate takes effect; an earlier 429 is due to the previous rate."""

_WINDOW = 2.0


class RateLimiter:
    """Paces the messages of one dispatcher.

    Args:
        rate: Maximum number of messages per second; None for no limit.
        now: The current time.
    """

    def __init__(self, rate: float | None, now: float) -> None:
        self._ceiling = rate
        self._limit = rate
        self._next = now
        self._paused_until = now
        # The rate reached is measured by the responses since then.
        self._since = now
        self._responses = 0
        self._cut_at: float | None = None
        self._cut_from = 0.0
        self._grown_at = now

    @property
    def limit(self) -> float | None:
        """The current maximum in messages per second; None for no limit."""
        return self._limit

    def is_paused(self, now: float) -> bool:
        """Return whether a ``Retry-After`` is in effect."""
        return now < self._paused_until

    def delay(self, now: float) -> float:
        """Reserve the slot of one message and return the seconds until it."""
        if self._limit is None:
            return max(0.0, self._paused_until - now)
        self._grow(now)
        turn = max(self._next, now - BURST, self._paused_until)
        self._next = turn if self._limit is None else turn + 1.0 / self._limit
        return 0.0 if turn - now < BURST else turn - now

    def note_response(self, now: float) -> None:
        """Count a response of any status."""
        self._responses += 1
        elapsed = now - self._since
        if elapsed > _WINDOW:
            # Keep half of the window: a rate measured over a few responses is noise.
            self._since = now - elapsed / 2
            self._responses //= 2

    def note_rate_limited(self, now: float, started: float, retry_after: float | None) -> None:
        """Slow down after a 429.

        Args:
            now: The current time.
            started: When the rejected request was sent.
            retry_after: The seconds of the ``Retry-After`` header, if present.
        """
        if retry_after is not None:
            pause = min(retry_after, LONGEST_PAUSE)
            self._paused_until = max(self._paused_until, now + pause)
        if self._cut_at is not None and started < self._cut_at + SETTLE:
            return
        self._grow(now)
        # A limit in effect was too high. Without one, take the rate measured recently.
        reached = self._limit or self._responses / max(now - self._since, SETTLE)
        self._cut_from = max(reached, SLOWEST)
        self._limit = max(reached * CUT, SLOWEST)
        if self._ceiling is not None:
            self._limit = min(self._limit, self._ceiling)
        self._cut_at = self._grown_at = self._since = now
        self._responses = 0

    def _grow(self, now: float) -> None:
        """Raise the limit for the time that has passed without a 429."""
        if self._cut_at is None or self._limit is None:
            return
        passed = now - self._grown_at
        self._grown_at = now
        if self._limit < self._cut_from:
            self._limit += self._cut_from * (1.0 - CUT) / RECOVERY * passed
        else:
            self._limit *= 2.0 ** min(passed, 64.0)
        ceiling = self._cut_from * FREE if self._ceiling is None else self._ceiling
        if self._limit >= ceiling:
            self._limit = self._ceiling
            self._cut_at = None
