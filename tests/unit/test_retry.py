"""Whether and when a call is retried after any failure, and the header ``Retry-After``."""

from __future__ import annotations

import pickle
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ncloud_datastream import (
    ConfigurationError,
    DataStreamError,
    RateLimitedError,
    Retry,
    ServerError,
    TransportError,
)
from ncloud_datastream.retry import (
    BASE_DELAY,
    MAX_DELAY,
    MAX_RETRY_AFTER,
    MAX_SPREAD,
    SPREAD,
    http_date,
    retry_after,
)

NOW = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH")


def failure(
    kind: type[DataStreamError] = ServerError,
    *,
    retryable: bool = True,
    maybe_delivered: bool = False,
    retry_after: float | None = None,
) -> DataStreamError:
    error = kind("failed")
    error.retryable = retryable
    error.maybe_delivered = maybe_delivered
    if isinstance(error, RateLimitedError):
        error.retry_after = retry_after
    return error


def highest(low: float, high: float) -> float:
    return high


failures = st.builds(
    failure,
    st.sampled_from([ServerError, TransportError, RateLimitedError]),
    retryable=st.booleans(),
    maybe_delivered=st.booleans(),
    retry_after=st.none() | st.floats(0, 200.0) | st.just(MAX_RETRY_AFTER),
)
retries = st.builds(
    Retry,
    max_attempts=st.integers(1, 6),
    max_elapsed=st.floats(0.001, 200.0) | st.just(float("inf")),
    at_least_once=st.booleans(),
)


class TestAnyFailure:
    @settings(deadline=None)
    @given(
        retry=retries,
        error=failures,
        method=st.sampled_from(METHODS),
        attempts=st.integers(1, 7),
        elapsed=st.floats(0, 200.0),
    )
    def test_is_retried_within_the_policy_only(self, retry, error, method, attempts, elapsed):
        situation = {"method": method, "attempts": attempts, "elapsed": elapsed}
        seconds = retry.wait(error, **situation)
        if attempts >= retry.max_attempts or not error.retryable:
            assert seconds is None
        if method in ("POST", "PATCH") and error.maybe_delivered and not retry.at_least_once:
            assert seconds is None
        if seconds is not None:
            assert seconds >= 0
            assert elapsed + seconds < retry.max_elapsed
        asked = getattr(error, "retry_after", None)
        if asked is not None:
            if seconds is not None:
                assert asked <= seconds <= asked + min(SPREAD * asked, MAX_SPREAD)
            # The jitter does not decide whether the wait fits.
            low, high = (retry.wait(error, **situation, draw=draw) for draw in (min, max))
            assert (low is None) == (high is None)
            assert low in (None, asked)

    @settings(deadline=None)
    @given(
        attempts=st.integers(1, 10_000),
        method=st.sampled_from(METHODS),
        delivered=st.booleans(),
    )
    def test_is_retried_if_the_policy_allows_it(self, attempts, method, delivered):
        retry = Retry(max_attempts=attempts + 1, max_elapsed=1e9, at_least_once=True)
        seconds = retry.wait(
            failure(maybe_delivered=delivered), method=method, attempts=attempts, elapsed=0.0
        )
        assert seconds is not None
        assert 0 <= seconds <= min(MAX_DELAY, BASE_DELAY * 2.0 ** min(attempts - 1, 10))


class TestPolicy:
    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("delivered", [False, True])
    @pytest.mark.parametrize("at_least_once", [False, True])
    def test_a_post_is_not_repeated_if_it_may_be_delivered(self, method, delivered, at_least_once):
        retry = Retry(at_least_once=at_least_once)
        seconds = retry.wait(
            failure(maybe_delivered=delivered), method=method, attempts=1, elapsed=0.0
        )
        expected = method not in ("POST", "PATCH") or at_least_once or not delivered
        assert (seconds is not None) == expected

    def test_the_backoff_doubles_up_to_20_seconds_with_full_jitter(self):
        retry = Retry(max_attempts=100, max_elapsed=1000)
        drawn = []

        def draw(low: float, high: float) -> float:
            drawn.append((low, high))
            return 0.125

        for attempts in range(1, 9):
            wait = retry.wait(failure(), method="GET", attempts=attempts, elapsed=0.0, draw=draw)
            assert wait == 0.125
        assert drawn == [(0.0, bound) for bound in (0.5, 1, 2, 4, 8, 16, 20, 20)]

    @pytest.mark.parametrize(
        ("elapsed", "seconds"), [(0.0, 8.0), (51.999, 8.0), (52.0, None), (99.0, None)]
    )
    def test_a_wait_beyond_max_elapsed_is_not_started(self, elapsed, seconds):
        retry = Retry(max_attempts=9, max_elapsed=60.0)
        wait = retry.wait(failure(), method="GET", attempts=5, elapsed=elapsed, draw=highest)
        assert wait == seconds

    @pytest.mark.parametrize(
        ("asked", "elapsed", "shortest", "longest"),
        [
            (0.0, 0.0, 0.0, 0.0),
            (10.0, 0.0, 10.0, 11.0),
            (50.0, 0.0, 50.0, 55.0),
            (50.0, 6.0, 50.0, 52.0),
            (50.0, 9.0, 50.0, 50.5),
            (60.0, 0.0, None, None),
        ],
    )
    def test_a_retry_after_is_extended_by_up_to_a_tenth(self, asked, elapsed, shortest, longest):
        error = failure(RateLimitedError, retry_after=asked)
        for draw, seconds in ((min, shortest), (highest, longest)):
            wait = Retry().wait(error, method="POST", attempts=1, elapsed=elapsed, draw=draw)
            assert wait == (None if seconds is None else pytest.approx(seconds))

    def test_a_long_retry_after_is_extended_by_up_to_5_random_seconds(self):
        error = failure(RateLimitedError, retry_after=3600.0)
        retry = Retry(max_elapsed=1e6)
        wait = retry.wait(error, method="GET", attempts=1, elapsed=0.0, draw=highest)
        assert wait == 3605.0
        waits = {retry.wait(error, method="GET", attempts=1, elapsed=0.0) for _ in range(50)}
        assert len(waits) > 40


class TestRetry:
    def test_the_documented_defaults(self):
        retry = Retry()
        assert retry == Retry(max_attempts=3, max_elapsed=60.0, at_least_once=False)
        assert pickle.loads(pickle.dumps(retry)) == retry
        with pytest.raises(AttributeError):
            retry.max_attempts = 5

    @pytest.mark.parametrize(
        ("name", "wrong"),
        [
            *(("max_attempts", wrong) for wrong in (0, -1, 1.0, "3", True)),
            *(("max_elapsed", wrong) for wrong in (0, float("nan"), "60", True)),
        ],
    )
    def test_values_out_of_range_are_rejected(self, name, wrong):
        with pytest.raises(ConfigurationError, match=rf"^Retry: {name} must be "):
            Retry(**{name: wrong})


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("0", 0.0),
            (" 7\t", 7.0),
            ("007", 7.0),
            ("31536001", MAX_RETRY_AFTER),
            ("9" * 5000, MAX_RETRY_AFTER),
            ("Sun, 06 Nov 1994 08:49:47 GMT", 10.0),
            ("Sunday, 06-Nov-94 08:49:47 GMT", 10.0),
            ("Sun Nov  6 08:49:47 1994", 10.0),
            ("Sun, 06 Nov 1994 08:49:47 -0000", 10.0),
            ("Sun, 06 Nov 1994 17:49:47 +0900", 10.0),
            ("Sun, 06 Nov 1994 08:49:27 GMT", 0.0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER),
        ],
    )
    def test_is_seconds_or_a_date(self, value, seconds):
        assert retry_after(value, NOW) == seconds

    @pytest.mark.parametrize(
        "value",
        [
            None,
            "",
            " ",
            "-5",
            "1.5",
            "1_000",
            "٣",
            "²",
            "NaN",
            "soon",
            "120, 240",
            "Sun, 06 Nov",
            "Sun, 99 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 +9999999999",
            f"Sun, 06 Nov {'9' * 5000} 08:49:37 GMT",
            "\ud800",
        ],
    )
    def test_is_ignored_if_it_is_invalid(self, value):
        assert retry_after(value, NOW) is None
        assert http_date(value) is None

    @settings(deadline=None, max_examples=50)
    @given(st.text() | st.from_regex(r"[A-Z][a-z]{2},? \d{1,3} [A-Z][a-z]{2} -?\d+ [\d:]+.*"))
    def test_never_raises(self, value):
        seconds = retry_after(value, NOW)
        assert seconds is None or 0.0 <= seconds <= MAX_RETRY_AFTER

    def test_a_date_is_compared_with_this_machines_clock_by_default(self, monkeypatch):
        monkeypatch.setattr(time, "time", lambda: NOW)
        assert retry_after("Sun, 06 Nov 1994 08:49:40 GMT") == 3.0

    @pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone can be set on POSIX only")
    def test_this_machines_time_zone_does_not_matter(self, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "KST-9")
            time.tzset()
            moments = {
                http_date("Sun Nov  6 08:49:37 1994"),
                http_date("Sun, 06 Nov 1994 08:49:37 -0000"),
                http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            }
        time.tzset()
        assert moments == {NOW}
