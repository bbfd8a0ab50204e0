"""One attempt: until when, and what is known of what was written."""

from __future__ import annotations

import time

import pytest
from ncloud_datastream.calls.attempt import ATTEMPT, LONGEST_WAIT, Attempt, attempt_of


def test_what_is_left_of_its_time() -> None:
    attempt = Attempt(time.monotonic() + 20.0)
    assert 5.0 < attempt.left <= 20.0
    assert 5.0 < attempt.remaining() <= 20.0
    endless = Attempt(1e12)
    assert (endless.left, endless.remaining()) == (LONGEST_WAIT, LONGEST_WAIT)


def test_no_time_is_left_after_the_deadline() -> None:
    attempt = Attempt(0.0)
    assert attempt.left == 0.0
    with pytest.raises(TimeoutError, match="the attempt's deadline has passed"):
        attempt.remaining()


async def test_what_httpcore_traces() -> None:
    """The first byte is written with the head, and not with what is said to a proxy."""

    class Request:
        def __init__(self, method: bytes) -> None:
            self.method = method

    attempt = Attempt(0.0)
    attempt.trace("connection.close.started", {})
    assert (attempt.watched, attempt.written) == (True, False)
    attempt.trace("http11.send_request_headers.started", {"request": Request(b"CONNECT")})
    assert not attempt.written
    attempt.trace("http11.send_request_headers.started", {"request": Request(b"POST")})
    assert attempt.written
    attempt.trace("http11.receive_response_headers.started", {})
    assert attempt.written
    await attempt.trace_async("connection.connect_tcp.started", {})
    assert not attempt.written


def test_what_is_known_depends_on_who_carries_it() -> None:
    attempt = Attempt(0.0)
    assert (attempt.watched, attempt.written) == (False, False)
    attempt.hand_over()
    assert (attempt.watched, attempt.written) == (False, True)
    attempt.watch()
    assert (attempt.watched, attempt.written) == (True, False)


def test_a_request_says_which_attempt_it_is() -> None:
    attempt = Attempt(0.0)
    assert attempt_of({ATTEMPT: attempt}) is attempt
    assert attempt_of({}) is None
    assert attempt_of({ATTEMPT: "other"}) is None
