"""The rate limiter, on a simulated clock."""

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


def paced(limiter: RateLimiter, now: float, seconds: float) -> int:
    """Return the number of messages sent one after another within a number of seconds."""
    end, count = now + seconds, 0
    while True:
        now += limiter.delay(now)
        if now >= end:
            return count
        limiter.note_response(now)
        count += 1
        now += 1e-5


def test_without_a_limit_nothing_waits() -> None:
    limiter = RateLimiter(None, 0.0)
    assert limiter.limit is None
    assert [limiter.delay(0.0) for _ in range(1000)] == [0.0] * 1000


@settings(max_examples=10, deadline=None)
@given(rate=st.floats(0.5, 20_000))
def test_the_configured_rate_is_kept(rate: float) -> None:
    seconds = min(10.0, 3000.0 / rate)
    count = paced(RateLimiter(rate, 0.0), 0.0, seconds)
    # A message may be sent a burst early, and the first is sent at once.
    assert rate * seconds * 0.98 - 1 <= count <= rate * (seconds + 2 * BURST) + 1


def test_an_idle_source_earns_no_credit() -> None:
    limiter = RateLimiter(100.0, 0.0)
    paced(limiter, 0.0, 1.0)
    count = paced(limiter, 1000.0, 1.0)
    assert count <= 103


def test_a_steady_rate_is_measured_however_long_it_lasts() -> None:
    limiter = RateLimiter(None, 100.0)
    for n in range(37_000):
        limiter.note_response(100.0 + n / 1000)
    limiter.note_rate_limited(137.0, 136.99, None)
    assert limiter.limit == pytest.approx(1000.0 * CUT, rel=0.02)


def test_the_rate_never_falls_below_the_slowest() -> None:
    limiter = RateLimiter(None, 0.0)
    now = 0.0
    for _ in range(50):
        limiter.note_rate_limited(now, now, None)
        now += limiter.delay(now) + 1e-3
    assert limiter.limit is not None
    assert limiter.limit >= SLOWEST
    assert limiter.delay(now) <= 2 / SLOWEST


def test_a_429_does_not_raise_a_slower_configured_rate() -> None:
    limiter = RateLimiter(0.25, 0.0)
    limiter.note_response(1.0)
    limiter.note_rate_limited(1.0, 0.9, None)
    assert limiter.limit == 0.25


def test_a_retry_after_holds_back_all_messages() -> None:
    limiter = RateLimiter(None, 0.0)
    limiter.note_rate_limited(1.0, 0.9, 5.0)
    assert limiter.is_paused(5.9)
    assert not limiter.is_paused(6.0)
    assert limiter.delay(2.0) == pytest.approx(4.0)
    assert limiter.delay(2.0) > 4.0  # then spaced by the rate
    limit = limiter.limit
    limiter.note_rate_limited(1.1, 0.9, 8.0)  # no news of the rate
    assert (limiter.limit, limiter.is_paused(9.0)) == (limit, True)
    limiter.note_rate_limited(1.2, 0.9, 1e6)
    assert not limiter.is_paused(1.2 + LONGEST_PAUSE)
    limiter._limit = None  # as after the limit has been lifted
    limiter._paused_until = 100.0
    assert (limiter.delay(99.0), limiter.delay(101.0)) == (1.0, 0.0)


@settings(max_examples=5, deadline=None)
@given(quota=st.integers(5, 2000))
def test_the_quota_of_a_service_is_found_and_used(quota: int) -> None:
    limiter = RateLimiter(None, 0.0)
    now, accepted, rejected, tokens, last = 0.0, 0, 0, float(quota), 0.0
    while now < 60.0 and accepted + rejected < 20_000:
        started = now = now + limiter.delay(now) + 1e-4
        tokens = min(float(quota), tokens + (now - last) * quota)
        last = now
        limiter.note_response(now)
        if tokens >= 1.0:
            tokens -= 1.0
            accepted += 1
        else:
            rejected += 1
            limiter.note_rate_limited(now, started, None)
    assert accepted >= 0.9 * quota * now
    assert rejected <= 0.1 * accepted + 10


# --- step by step


def cut(now: float, count: int = 1000) -> RateLimiter:
    """A limiter after a 429, with this many responses in the second before."""
    limiter = RateLimiter(None, now - 1.0)
    for _ in range(count):
        limiter.note_response(now)
    limiter.note_rate_limited(now, now, None)
    return limiter


def test_messages_are_spaced_evenly() -> None:
    limiter = RateLimiter(50.0, 50.0)
    assert [limiter.delay(50.0) for _ in range(3)] == pytest.approx([0.0, 0.02, 0.04])
    # Unused time is lost, but for the resolution of timers.
    limiter.delay(60.0)
    assert limiter.delay(60.0) == pytest.approx(0.02 - BURST)


def test_a_message_that_is_due_within_a_burst_is_sent_at_once() -> None:
    limiter = RateLimiter(256.0, 50.0)
    assert limiter.delay(50.0) == 0.0
    assert limiter.delay(50.0) == 0.0  # due in 1/256 s, which is less than a burst
    assert limiter.delay(50.0) == 2 / 256
    limiter = RateLimiter(1 / BURST, 0.0)
    assert [limiter.delay(0.0) for _ in range(2)] == [0.0, BURST]


def test_the_rate_is_measured_over_two_seconds() -> None:
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


def test_a_new_rate_is_measured_from_responses_since_the_429() -> None:
    limiter = RateLimiter(None, 0.0)
    for _ in range(3000):
        limiter.note_response(1.0)
    limiter.note_rate_limited(1.0, 1.0, None)
    limiter._limit = None  # as after the limit has been lifted
    for _ in range(100):
        limiter.note_response(2.0)
    limiter.note_rate_limited(2.0, 2.0, None)
    assert limiter.limit == pytest.approx(100.0 * CUT)


def test_a_429_for_an_earlier_request_does_not_reduce_the_rate_again() -> None:
    limiter = cut(1.0)
    limiter.note_rate_limited(1.5, 1.0 + SETTLE / 2, None)
    assert limiter.limit == pytest.approx(1000.0 * CUT)
    limiter = cut(1.0)
    limiter.note_rate_limited(1.0 + SETTLE, 1.0 + SETTLE, None)
    assert limiter.limit is not None
    assert limiter.limit < 1000.0 * CUT


def test_the_rate_recovers_linearly_and_then_doubles() -> None:
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


def test_the_limit_is_lifted_at_64_times_the_rate() -> None:
    limiter = cut(1.0)
    limiter._limit = 1000.0
    limiter.delay(1.0 + 5.9)
    assert limiter.limit is not None
    limiter = cut(1.0)
    limiter._limit = 1000.0
    assert FREE == 2.0**6
    limiter.delay(1.0 + 6.0)
    assert limiter.limit is None


def test_the_limit_is_lifted_after_a_long_pause() -> None:
    limiter = cut(1.0)
    limiter._limit = 1000.0
    limiter.delay(1e9)  # and no number overflows
    assert limiter.limit is None


def test_the_rate_returns_to_the_configured_rate_and_stays() -> None:
    limiter = RateLimiter(100.0, 0.0)
    limiter.note_rate_limited(1.0, 1.0, None)
    assert limiter.limit == pytest.approx(70.0)
    limiter._limit = 100.0
    limiter.delay(1.0)
    assert limiter._cut_at is None
    assert limiter.limit == 100.0
