"""One message in flight, and the order of messages with equal keys."""

from __future__ import annotations

from typing import Any

import pytest
from ncloud_datastream import BadRequestError, Message, ServerError, TransportError
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.sending.job import Job, failed, unsent
from ncloud_datastream.sending.order import KeyOrder

MESSAGE = Message("t", "k", "v")

# --- jobs


def test_errors_state_whether_the_message_may_be_delivered() -> None:
    doubtful = failed("it broke", maybe=True)
    assert str(doubtful) == "sendMessage: it broke. The service may have acted on the call."
    assert (doubtful.maybe_delivered, doubtful.operation) == (True, "sendMessage")
    certain = unsent("it was not its turn")
    assert str(certain) == "sendMessage: it was not its turn. Nothing was sent."
    assert (certain.maybe_delivered, certain.attempts) == (False, 0)


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("before", [None, False, True])
def test_a_message_cut_off_in_an_attempt_is_unknown_if_written_now_or_before(
    written: bool, before: bool | None
) -> None:
    job = Job(3, MESSAGE)
    job.attempts = 2
    job.attempt = Attempt(0.0)
    job.attempt.written = written
    if before is not None:
        job.error = ServerError()
        job.error.maybe_delivered = before
    cut = job.cut_off()
    assert isinstance(cut, TransportError)
    assert cut.maybe_delivered is (written or bool(before))
    assert cut.attempts == 2


def test_a_message_cut_off_between_attempts_keeps_its_last_error() -> None:
    job = Job(3, MESSAGE)
    assert (job.index, job.message, job.attempts, job.error) == (3, MESSAGE, 0, None)
    assert not job.cut_off().maybe_delivered
    job.error = BadRequestError()
    assert job.cut_off() is job.error


# --- order


def test_one_message_of_a_key_is_in_flight_at_a_time() -> None:
    order = KeyOrder()
    first, second, third = (Job(n, Message("t", "k", str(n))) for n in range(3))
    other = Job(3, Message("u", "k", "v"))
    assert [order.is_first(job) for job in (first, second, third, other)] == [
        *(True, False, False),
        True,
    ]
    assert order.after(first) is second
    assert order.after(second) is third
    assert order.after(third) is None
    assert order.after(other) is None
    assert order.is_first(Job(4, first.message))


@pytest.mark.parametrize("message", [None, Message("t", ["k"], "v")])  # type: ignore[arg-type]
def test_an_invalid_message_has_no_order(message: Any) -> None:
    order = KeyOrder()
    for _ in range(2):
        job = Job(0, message)
        assert order.is_first(job)
        assert order.after(job) is None
