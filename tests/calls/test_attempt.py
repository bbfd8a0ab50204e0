"""One attempt: its deadline, and whether a byte may have been written."""

from __future__ import annotations

import time

import pytest
from ncloud_datastream.calls.attempt import ATTEMPT, LONGEST_WAIT, Attempt, attempt_of


def test_the_time_left_is_bounded_on_both_sides() -> None:
    attempt = Attempt(time.monotonic() + 20.0)
    assert 5.0 < attempt.left <= 20.0
    assert 5.0 < attempt.remaining() <= 20.0
    endless = Attempt(1e12)
    assert (endless.left, endless.remaining()) == (LONGEST_WAIT, LONGEST_WAIT)
    past = Attempt(0.0)
    assert past.left == 0.0
    with pytest.raises(TimeoutError, match="the attempt's deadline has passed"):
        past.remaining()


async def test_httpcores_events_show_when_the_request_was_written() -> None:
    class Request:
        def __init__(self, method: bytes) -> None:
            self.method = method

    attempt = Attempt(0.0)
    attempt.trace("connection.close.started", {})
    assert (attempt.watched, attempt.written) == (True, False)
    attempt.trace("http11.send_request_headers.started", {"request": Request(b"CONNECT")})
    assert not attempt.written  # not part of the request
    attempt.trace("http11.send_request_headers.started", {"request": Request(b"POST")})
    assert attempt.written
    attempt.trace("http11.receive_response_headers.started", {})
    assert attempt.written
    await attempt.trace_async("connection.connect_tcp.started", {})
    assert not attempt.written


def test_a_transport_that_reports_nothing_may_have_written_the_request() -> None:
    attempt = Attempt(0.0)
    assert (attempt.watched, attempt.written) == (False, False)
    attempt.hand_over()
    assert (attempt.watched, attempt.written) == (False, True)
    attempt.watch()
    assert (attempt.watched, attempt.written) == (True, False)


def test_the_attempt_of_a_request_is_in_its_extensions() -> None:
    attempt = Attempt(0.0)
    assert attempt_of({ATTEMPT: attempt}) is attempt
    assert attempt_of({}) is None
    assert attempt_of({ATTEMPT: "other"}) is None
