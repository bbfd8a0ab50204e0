"""When a call is tried again: rules that hold for any failure, and the header ``Retry-After``."""

from __future__ import annotations

import pickle
import time
from datetime import UTC, datetime
from email.utils import format_datetime

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
    IDEMPOTENT,
    MAX_DELAY,
    MAX_RETRY_AFTER,
    MAX_SPREAD,
    SPREAD,
    http_date,
    retry_after,
)

in_its_own_time = settings(deadline=None)

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
situations = {
    "retry": retries,
    "error": failures,
    "method": st.sampled_from(METHODS),
    "attempts": st.integers(1, 7),
    "elapsed": st.floats(0, 200.0),
}


class TestRules:
    @in_its_own_time
    @given(**situations)
    def test_no_wait_where_there_is_no_next_try(self, retry, error, method, attempts, elapsed):
        seconds = retry.wait(error, method=method, attempts=attempts, elapsed=elapsed)
        if attempts >= retry.max_attempts or not error.retryable:
            assert seconds is None

    @in_its_own_time
    @given(**situations)
    def test_no_wait_passes_the_time_of_the_call(self, retry, error, method, attempts, elapsed):
        seconds = retry.wait(error, method=method, attempts=attempts, elapsed=elapsed)
        if seconds is not None:
            assert seconds >= 0
            assert elapsed + seconds < retry.max_elapsed

    @in_its_own_time
    @given(**situations)
    def test_what_may_have_been_done_is_not_done_again(
        self, retry, error, method, attempts, elapsed
    ):
        seconds = retry.wait(error, method=method, attempts=attempts, elapsed=elapsed)
        if method in ("POST", "PATCH") and error.maybe_delivered and not retry.at_least_once:
            assert seconds is None

    @in_its_own_time
    @given(**situations)
    def test_a_retry_after_is_honoured_or_the_call_ends(
        self, retry, error, method, attempts, elapsed
    ):
        seconds = retry.wait(error, method=method, attempts=attempts, elapsed=elapsed)
        asked = getattr(error, "retry_after", None)
        if seconds is not None and asked is not None:
            assert asked <= seconds <= asked + min(SPREAD * asked, MAX_SPREAD)

    @in_its_own_time
    @given(**situations)
    def test_whether_a_retry_after_fits_is_no_matter_of_chance(
        self, retry, error, method, attempts, elapsed
    ):
        asked = getattr(error, "retry_after", None)
        if asked is None:
            return
        low, high = (
            retry.wait(error, method=method, attempts=attempts, elapsed=elapsed, draw=draw)
            for draw in (min, max)
        )
        assert (low is None) == (high is None)
        assert low in (None, asked)

    @in_its_own_time
    @given(
        attempts=st.integers(1, 10_000),
        method=st.sampled_from(METHODS),
        delivered=st.booleans(),
    )
    def test_all_else_is_repeated(self, attempts, method, delivered):
        retry = Retry(max_attempts=attempts + 1, max_elapsed=1e9, at_least_once=True)
        seconds = retry.wait(
            failure(maybe_delivered=delivered), method=method, attempts=attempts, elapsed=0.0
        )
        assert seconds is not None
        assert 0 <= seconds <= min(MAX_DELAY, BASE_DELAY * 2.0 ** min(attempts - 1, 10))


class TestTable:
    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("delivered", [False, True])
    @pytest.mark.parametrize("at_least_once", [False, True])
    def test_which_methods(self, method, delivered, at_least_once):
        retry = Retry(at_least_once=at_least_once)
        seconds = retry.wait(
            failure(maybe_delivered=delivered), method=method, attempts=1, elapsed=0.0
        )
        expected = method not in ("POST", "PATCH") or at_least_once or not delivered
        assert (seconds is not None) == expected

    @pytest.mark.parametrize("method", METHODS)
    def test_what_cannot_pass_is_not_repeated(self, method):
        error = failure(retryable=False)
        retry = Retry(at_least_once=True)
        assert retry.wait(error, method=method, attempts=1, elapsed=0.0) is None

    def test_post_is_not_idempotent(self):
        assert frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}) == IDEMPOTENT

    def test_waits_double_up_to_a_bound(self):
        retry = Retry(max_attempts=100, max_elapsed=1000)
        waits = [
            retry.wait(failure(), method="GET", attempts=n, elapsed=0.0, draw=highest)
            for n in range(1, 9)
        ]
        assert waits == [0.5, 1, 2, 4, 8, 16, 20, 20]

    def test_jitter_is_full(self):
        seen = []

        def draw(low: float, high: float) -> float:
            seen.append((low, high))
            return 0.125

        retry = Retry(max_attempts=9)
        wait = retry.wait(failure(), method="GET", attempts=3, elapsed=0.0, draw=draw)
        assert (wait, seen) == (0.125, [(0.0, 2.0)])

    @pytest.mark.parametrize(
        ("elapsed", "seconds"),
        [(0.0, 8.0), (51.999, 8.0), (52.0, None), (60.0, None), (99.0, None)],
    )
    def test_a_wait_is_taken_whole_or_not_at_all(self, elapsed, seconds):
        retry = Retry(max_attempts=9, max_elapsed=60.0)
        wait = retry.wait(failure(), method="GET", attempts=5, elapsed=elapsed, draw=highest)
        assert wait == seconds

    @pytest.mark.parametrize(
        ("asked", "seconds"), [(0.0, 0.0), (7.0, 7.0), (50.0, 50.0), (60.0, None)]
    )
    def test_retry_after_replaces_the_drawn_wait(self, asked, seconds):
        error = failure(RateLimitedError, retry_after=asked)
        wait = Retry().wait(error, method="POST", attempts=1, elapsed=0.0, draw=min)
        assert wait == seconds

    @pytest.mark.parametrize(
        ("asked", "elapsed", "longest"),
        [
            (0.0, 0.0, 0.0),
            (10.0, 0.0, 11.0),
            (40.0, 0.0, 44.0),
            (50.0, 0.0, 55.0),
            (50.0, 6.0, 52.0),
            (50.0, 9.0, 50.5),
        ],
    )
    def test_not_all_who_wait_come_back_at_once(self, asked, elapsed, longest):
        error = failure(RateLimitedError, retry_after=asked)
        wait = Retry().wait(error, method="GET", attempts=1, elapsed=elapsed, draw=highest)
        assert wait == pytest.approx(longest)

    def test_no_more_than_some_seconds_are_waited_on_top(self):
        error = failure(RateLimitedError, retry_after=3600.0)
        wait = Retry(max_elapsed=1e6).wait(
            error, method="GET", attempts=1, elapsed=0.0, draw=highest
        )
        assert wait == 3605.0

    def test_what_is_waited_on_top_is_drawn(self):
        error = failure(RateLimitedError, retry_after=20.0)
        waits = {Retry().wait(error, method="GET", attempts=1, elapsed=0.0) for _ in range(50)}
        assert len(waits) > 40


class TestRetry:
    def test_defaults(self):
        retry = Retry()
        assert (retry.max_attempts, retry.max_elapsed, retry.at_least_once) == (3, 60.0, False)
        assert retry == Retry(3, 60.0, False)
        assert pickle.loads(pickle.dumps(retry)) == retry

    def test_is_immutable(self):
        with pytest.raises(AttributeError):
            Retry().max_attempts = 5

    @pytest.mark.parametrize(
        "wrong",
        [
            {"max_attempts": 0},
            {"max_attempts": -1},
            {"max_attempts": 1.0},
            {"max_attempts": "3"},
            {"max_attempts": True},
            {"max_attempts": None},
            {"max_elapsed": 0},
            {"max_elapsed": -1.5},
            {"max_elapsed": float("nan")},
            {"max_elapsed": "60"},
            {"max_elapsed": None},
            {"max_elapsed": True},
        ],
    )
    def test_numbers_out_of_range(self, wrong):
        (name,) = wrong
        with pytest.raises(ConfigurationError, match=rf"^Retry: {name} must be "):
            Retry(**wrong)


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("0", 0.0),
            ("120", 120.0),
            (" 7\t", 7.0),
            ("007", 7.0),
            ("31536000", 31_536_000.0),
            ("31536001", MAX_RETRY_AFTER),
            ("9" * 5000, MAX_RETRY_AFTER),
            ("Sun, 06 Nov 1994 08:49:47 GMT", 10.0),
            ("Sunday, 06-Nov-94 08:49:47 GMT", 10.0),
            ("Sun Nov  6 08:49:47 1994", 10.0),
            ("Sun, 06 Nov 1994 08:49:47 -0000", 10.0),
            ("Sun, 06 Nov 1994 17:49:47 +0900", 10.0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
            ("Sun, 06 Nov 1994 08:49:27 GMT", 0.0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER),
        ],
    )
    def test_what_it_asks_for(self, value, seconds):
        assert retry_after(value, NOW) == seconds

    @pytest.mark.parametrize(
        "value",
        [
            None,
            "",
            " ",
            "-5",
            "+5",
            "1.5",
            "1e3",
            "1_000",
            "٣",
            "²",
            "NaN",
            "inf",
            "soon",
            "120, 240",
            "Sun, 06 Nov",
            "Sun, 99 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 +9999999999",
            f"Sun, 06 Nov {'9' * 5000} 08:49:37 GMT",
            "\ud800",
        ],
    )
    def test_says_nothing(self, value):
        assert retry_after(value, NOW) is None

    @in_its_own_time
    @given(st.text() | st.from_regex(r"[A-Z][a-z]{2},? \d{1,3} [A-Z][a-z]{2} -?\d+ [\d:]+.*"))
    def test_never_raises(self, value):
        seconds = retry_after(value, NOW)
        assert seconds is None or 0.0 <= seconds <= MAX_RETRY_AFTER

    @in_its_own_time
    @given(st.integers(0, 100_000_000))
    def test_whole_seconds(self, seconds):
        assert retry_after(str(seconds)) == min(seconds, MAX_RETRY_AFTER)

    @in_its_own_time
    @given(st.datetimes(min_value=datetime(1994, 11, 7), max_value=datetime(1995, 11, 5)))
    def test_dates(self, moment):
        text = format_datetime(moment.replace(tzinfo=UTC), usegmt=True)
        expected = moment.replace(microsecond=0, tzinfo=UTC).timestamp() - NOW
        assert retry_after(text, NOW) == expected

    def test_a_date_without_the_services_own_time_is_compared_with_ours(self, monkeypatch):
        monkeypatch.setattr(time, "time", lambda: NOW)
        assert retry_after("Sun, 06 Nov 1994 08:49:40 GMT") == 3.0

    @pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone can be set on POSIX only")
    @pytest.mark.parametrize("zone", ["Asia/Seoul", "KST-9", "EST5EDT"])
    def test_this_machines_zone_does_not_matter(self, monkeypatch, zone):
        with monkeypatch.context() as patch:
            patch.setenv("TZ", zone)
            time.tzset()
            moments = {
                http_date("Sun Nov  6 08:49:37 1994"),
                http_date("Sun, 06 Nov 1994 08:49:37 -0000"),
                http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            }
        time.tzset()
        assert moments == {NOW}

    @pytest.mark.parametrize("value", [None, "", "garbage"])
    def test_no_date(self, value):
        assert http_date(value) is None
