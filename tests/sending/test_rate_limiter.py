"""How fast messages may leave: on a clock that the tests turn."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ncloud_datastream.sending.rate_limiter import (
    BURST,
    CUT,
    FREE,
    LONGEST_PAUSE,
    RECOVERY,
    SETTLE,
    SLOWEST,
    RateLimiter,
)


def leave(limiter: RateLimiter, now: float, seconds: float) -> tuple[int, float]:
    """How many messages leave in so many seconds, one waiting for the other, and when it is."""
    end, count = now + seconds, 0
    while True:
        now += limiter.delay(now)
        if now >= end:
            return count, now
        limiter.note_response(now)
        count += 1
        now += 1e-5


def test_no_limit_is_no_wait() -> None:
    limiter = RateLimiter(None, 0.0)
    assert limiter.limit is None
    assert [limiter.delay(0.0) for _ in range(1000)] == [0.0] * 1000


@settings(max_examples=20, deadline=None)
@given(rate=st.floats(0.5, 20_000))
def test_the_users_rate_is_kept(rate: float) -> None:
    count, _ = leave(RateLimiter(rate, 0.0), 0.0, 10.0)
    # A little may leave before its time, and the first leaves at once.
    assert rate * 10.0 * 0.98 - 1 <= count <= rate * (10.0 + 2 * BURST) + 1


def test_a_pause_of_the_source_gives_no_credit() -> None:
    limiter = RateLimiter(100.0, 0.0)
    leave(limiter, 0.0, 1.0)
    count, _ = leave(limiter, 1000.0, 1.0)
    assert count <= 103


def test_a_429_cuts_the_rate_that_was_reached() -> None:
    limiter = RateLimiter(None, 0.0)
    for n in range(1000):
        limiter.note_response(n / 1000)
    limiter.note_rate_limited(1.0, 0.999, None)
    assert limiter.limit == pytest.approx(1000.0 * CUT)
    assert not limiter.is_paused(1.0)


def test_the_rate_that_was_reached_is_that_of_late() -> None:
    limiter = RateLimiter(None, 100.0)
    for n in range(10_000):
        limiter.note_response(100.0 + n / 1000)
    for n in range(400):
        limiter.note_response(110.0 + n / 100)
    limiter.note_rate_limited(114.0, 113.99, None)
    assert limiter.limit is not None
    assert 100.0 * CUT < limiter.limit < 200.0 * CUT


def test_a_steady_rate_is_told_however_long_it_lasts() -> None:
    limiter = RateLimiter(None, 100.0)
    for n in range(37_000):
        limiter.note_response(100.0 + n / 1000)
    limiter.note_rate_limited(137.0, 136.99, None)
    assert limiter.limit == pytest.approx(1000.0 * CUT, rel=0.02)


def test_what_the_documentation_says() -> None:
    assert (CUT, RECOVERY, FREE, SLOWEST, LONGEST_PAUSE) == (0.7, 8.0, 64.0, 1.0, 60.0)


def test_it_cuts_once_for_all_that_was_in_flight() -> None:
    limiter = RateLimiter(None, 0.0)
    for n in range(1000):
        limiter.note_response(n / 1000)
    limiter.note_rate_limited(1.0, 0.9, None)
    limiter.note_rate_limited(1.04, 1.03, None)
    assert limiter.limit == pytest.approx(1000.0 * CUT)
    limiter.note_rate_limited(1.10, 1.06, None)
    assert limiter.limit == pytest.approx(1000.0 * CUT * CUT, rel=0.02)


def test_it_comes_back_and_the_limit_is_lifted() -> None:
    limiter = RateLimiter(None, 0.0)
    for n in range(1000):
        limiter.note_response(n / 1000)
    limiter.note_rate_limited(1.0, 0.999, None)
    _, now = leave(limiter, 1.0, RECOVERY)
    assert limiter.limit == pytest.approx(1000.0, rel=0.02)
    leave(limiter, now, 7.0)
    assert limiter.limit is None


def test_it_comes_back_to_the_users_rate() -> None:
    limiter = RateLimiter(100.0, 0.0)
    leave(limiter, 0.0, 2.0)
    limiter.note_rate_limited(2.0, 1.99, None)
    assert limiter.limit == pytest.approx(100.0 * CUT, rel=0.05)
    leave(limiter, 2.0, 2 * RECOVERY)
    assert limiter.limit == 100.0
    count, _ = leave(limiter, 30.0, 10.0)
    assert count == pytest.approx(1000, rel=0.02)


def test_it_never_stands_still() -> None:
    limiter = RateLimiter(None, 0.0)
    now = 0.0
    for _ in range(50):
        limiter.note_rate_limited(now, now, None)
        now += limiter.delay(now) + 1e-3
    assert limiter.limit is not None
    assert limiter.limit >= SLOWEST
    assert limiter.delay(now) <= 2 / SLOWEST


def test_a_slower_user_is_not_made_faster() -> None:
    limiter = RateLimiter(0.25, 0.0)
    limiter.note_response(1.0)
    limiter.note_rate_limited(1.0, 0.9, None)
    assert limiter.limit == 0.25


def test_retry_after_holds_all_back() -> None:
    limiter = RateLimiter(None, 0.0)
    limiter.note_rate_limited(1.0, 0.9, 5.0)
    assert limiter.is_paused(5.9)
    assert not limiter.is_paused(6.0)
    assert limiter.delay(2.0) == pytest.approx(4.0)
    assert limiter.delay(2.0) > 4.0  # and one after the other then


def test_retry_after_holds_back_even_when_it_says_nothing_new_of_the_rate() -> None:
    limiter = RateLimiter(None, 0.0)
    limiter.note_rate_limited(1.0, 0.9, None)
    limit = limiter.limit
    limiter.note_rate_limited(1.1, 0.9, 3.0)
    assert limiter.limit == limit
    assert limiter.is_paused(4.0)


def test_a_pause_without_a_limit() -> None:
    limiter = RateLimiter(None, 0.0)
    limiter._paused_until = 100.0
    assert limiter.delay(99.0) == 1.0
    assert limiter.delay(101.0) == 0.0


def test_a_retry_after_of_days_is_not_believed() -> None:
    limiter = RateLimiter(None, 0.0)
    limiter.note_rate_limited(1.0, 0.9, 1e6)
    assert not limiter.is_paused(1.0 + LONGEST_PAUSE)


@settings(max_examples=20, deadline=None)
@given(quota=st.integers(5, 2000))
def test_a_quota_is_found_and_used(quota: int) -> None:
    """A service that takes `quota` a second refuses few and idles little."""
    limiter = RateLimiter(None, 0.0)
    now, accepted, refused, tokens, last = 0.0, 0, 0, float(quota), 0.0
    while now < 60.0 and accepted + refused < 20_000:
        started = now = now + limiter.delay(now) + 1e-4
        tokens = min(float(quota), tokens + (now - last) * quota)
        last = now
        limiter.note_response(now)
        if tokens >= 1.0:
            tokens -= 1.0
            accepted += 1
        else:
            refused += 1
            limiter.note_rate_limited(now, started, None)
    assert accepted >= 0.9 * quota * now
    assert refused <= 0.1 * accepted + 10


# --- step by step


def cut(now: float, count: int = 1000) -> RateLimiter:
    """A limiter that was told of a 429 after so many answers in a second."""
    limiter = RateLimiter(None, now - 1.0)
    for _ in range(count):
        limiter.note_response(now)
    limiter.note_rate_limited(now, now, None)
    return limiter


def test_one_after_the_other() -> None:
    limiter = RateLimiter(50.0, 50.0)
    assert [limiter.delay(50.0) for _ in range(3)] == pytest.approx([0.0, 0.02, 0.04])
    # Time that nobody used is lost, but for the inaccuracy of timers.
    limiter.delay(60.0)
    assert limiter.delay(60.0) == pytest.approx(0.02 - BURST)


def test_what_is_due_soon_may_leave() -> None:
    limiter = RateLimiter(256.0, 50.0)
    assert limiter.delay(50.0) == 0.0
    assert limiter.delay(50.0) == 0.0  # due in 1/256 s, which is less than a burst
    assert limiter.delay(50.0) == 2 / 256
    limiter = RateLimiter(1 / BURST, 0.0)
    assert [limiter.delay(0.0) for _ in range(2)] == [0.0, BURST]


def test_two_seconds_tell_the_rate() -> None:
    """Longer ago than that, half of all is forgotten."""
    limiter = RateLimiter(None, 0.0)
    for _ in range(1000):
        limiter.note_response(2.0)
    limiter.note_rate_limited(2.0, 2.0, None)
    assert limiter.limit == pytest.approx(500.0 * CUT)
    limiter = RateLimiter(None, 0.0)
    for _ in range(999):
        limiter.note_response(1.0)
    limiter.note_response(2.5)
    limiter.note_rate_limited(2.5, 2.5, None)
    assert limiter.limit == pytest.approx(400.0 * CUT)


def test_a_new_rate_is_told_from_answers_since() -> None:
    limiter = RateLimiter(None, 0.0)
    for _ in range(3000):
        limiter.note_response(1.0)
    limiter.note_rate_limited(1.0, 1.0, None)
    limiter._limit = None  # as it is when the limit has been lifted
    for _ in range(100):
        limiter.note_response(2.0)
    limiter.note_rate_limited(2.0, 2.0, None)
    assert limiter.limit == pytest.approx(100.0 * CUT)


def test_what_was_begun_before_the_cut_shows_says_nothing() -> None:
    limiter = cut(1.0)
    limiter.note_rate_limited(1.5, 1.0 + SETTLE / 2, None)
    assert limiter.limit == pytest.approx(1000.0 * CUT)
    limiter = cut(1.0)
    limiter.note_rate_limited(1.0 + SETTLE, 1.0 + SETTLE, None)
    assert limiter.limit is not None
    assert limiter.limit < 1000.0 * CUT


def test_it_grows_in_a_line_and_then_doubles() -> None:
    limiter = cut(1.0)
    limiter.delay(1.0 + RECOVERY / 2)
    assert limiter.limit == pytest.approx(1000.0 * (CUT + 1.0) / 2)
    limiter.delay(1.0 + RECOVERY)
    assert limiter.limit == pytest.approx(1000.0)
    limiter._limit = 1000.0  # exactly what it was
    limiter.delay(2.0 + RECOVERY)
    assert limiter.limit == pytest.approx(2000.0)
    limiter.delay(4.0 + RECOVERY)
    assert limiter.limit == pytest.approx(8000.0)


def test_the_limit_is_lifted_at_so_many_times_the_rate() -> None:
    limiter = cut(1.0)
    limiter._limit = 1000.0
    limiter.delay(1.0 + 5.9)
    assert limiter.limit is not None
    limiter = cut(1.0)
    limiter._limit = 1000.0
    assert FREE == 2.0**6
    limiter.delay(1.0 + 6.0)
    assert limiter.limit is None


def test_after_a_long_pause_the_limit_is_lifted() -> None:
    limiter = cut(1.0)
    limiter._limit = 1000.0
    limiter.delay(1e9)  # and no number overflows
    assert limiter.limit is None


def test_a_rate_of_the_user_is_reached_and_kept() -> None:
    limiter = RateLimiter(100.0, 0.0)
    limiter.note_rate_limited(1.0, 1.0, None)
    assert limiter.limit == pytest.approx(70.0)
    limiter._limit = 100.0
    limiter.delay(1.0)
    assert limiter._cut_at is None
    assert limiter.limit == 100.0
