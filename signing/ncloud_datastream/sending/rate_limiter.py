"""How fast messages may leave: the user's rate, and what the service asks for with a 429.

Pure: every method is told the time, on any clock that only goes forward.

On a 429 the whole sending slows down to 70 % of the rate that it had just reached. Without another
one it is back at that rate after `RECOVERY` seconds, and from then on doubles every second until
nothing is left of the limit. A ``Retry-After`` holds all messages back for that long, too.
"""

from __future__ import annotations

CUT = 0.7
"""What a 429 leaves of the rate."""

RECOVERY = 8.0
"""Seconds in which a rate that was cut grows back to what it was."""

FREE = 64.0
"""How many times the rate at the last 429 is so much that the limit is lifted."""

SLOWEST = 1.0
"""Messages a second that are tried at the least: who asks for fewer says so by ``Retry-After``."""

LONGEST_PAUSE = 60.0
"""Seconds: after a longer ``Retry-After`` the service is tried again all the same."""

BURST = 0.005
"""Seconds that a message may leave before its time or make up for: timers are no finer."""

SETTLE = 0.05
"""Seconds in which a new rate shows: a 429 before says nothing of it."""

_WINDOW = 2.0


class RateLimiter:
    """Spaces out the messages of one sending.

    Args:
        rate: Messages a second at the most; None for no limit.
        now: The time.
    """

    def __init__(self, rate: float | None, now: float) -> None:
        self._ceiling = rate
        self._limit = rate
        self._next = now
        self._paused_until = now
        # What the rate that was reached is told from: answers since then.
        self._since = now
        self._answers = 0
        self._cut_at: float | None = None
        self._cut_from = 0.0
        self._grown_at = now

    @property
    def limit(self) -> float | None:
        """Messages a second at the most, for now; None for no limit."""
        return self._limit

    def is_paused(self, now: float) -> bool:
        """Return whether the service asked to wait."""
        return now < self._paused_until

    def delay(self, now: float) -> float:
        """Take the turn of one message, and return the seconds until it comes."""
        if self._limit is None:
            return max(0.0, self._paused_until - now)
        self._grow(now)
        turn = max(self._next, now - BURST, self._paused_until)
        self._next = turn if self._limit is None else turn + 1.0 / self._limit
        return 0.0 if turn - now < BURST else turn - now

    def answered(self, now: float) -> None:
        """Note an answer, whatever it says."""
        self._answers += 1
        elapsed = now - self._since
        if elapsed > _WINDOW:
            # Half of it stays, so that the rate is never told from next to nothing.
            self._since = now - elapsed / 2
            self._answers //= 2

    def refused(self, now: float, started: float, retry_after: float | None) -> None:
        """Note that an answer was a 429.

        Args:
            now: The time.
            started: When the refused request was begun.
            retry_after: Seconds that the service asks to wait, where it says so.
        """
        if retry_after is not None:
            pause = min(retry_after, LONGEST_PAUSE)
            self._paused_until = max(self._paused_until, now + pause)
        if self._cut_at is not None and started < self._cut_at + SETTLE:
            return
        self._grow(now)
        # Without a limit it is the rate of late; with one, which was just too much, that is it.
        reached = self._limit or self._answers / max(now - self._since, SETTLE)
        self._cut_from = max(reached, SLOWEST)
        self._limit = max(reached * CUT, SLOWEST)
        if self._ceiling is not None:
            self._limit = min(self._limit, self._ceiling)
        self._cut_at = self._grown_at = self._since = now
        self._answers = 0

    def _grow(self, now: float) -> None:
        """Let the limit grow for the time that has passed without a 429."""
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
