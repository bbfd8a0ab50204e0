"""One call, from its first attempt to its last, without any I/O: whoever carries it drives this.

`exchange` is a generator. It yields an `Attempt` (carry the call, give back the answer or the
exception), a `Wait` (sleep so long), and at last the answer that is a success.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import NamedTuple

from ncloud_datastream.errors import DataStreamError, NotFoundError

from .answer import Answer
from .attempt import Attempt
from .call import Call
from .failures import error_of, forget_locals, transport_error
from .options import Options
from .telemetry import log_retry

Learn = Callable[[str | None, float], bool]
"""Takes the ``Date`` of a 401 and the clock offset that its request was signed with; returns
whether the clock was off, so that the same request signed anew may be accepted."""


class Wait(NamedTuple):
    """Sleep, then go on; or give up with the error of the last attempt."""

    seconds: float
    error: DataStreamError


Step = Attempt | Wait | Answer
Outcome = Answer | Exception | None
Exchange = Generator[Step, Outcome, None]


def exchange(call: Call, options: Options, learn: Learn | None) -> Exchange:
    """Make one call.

    Args:
        call: The call.
        options: How often, how long and how boldly it is tried.
        learn: Learns from a 401 that the clock is off; None where somebody else does.

    Raises:
        DataStreamError: What the last attempt ended with.
    """
    retry = options.retry
    began = now = time.monotonic()
    attempts = 0
    in_doubt = False
    while True:
        attempts += 1
        attempt = Attempt(min(now + options.timeout, began + retry.max_elapsed))
        outcome = yield attempt
        if learn is not None and _is_clock_lesson(outcome, attempt, learn):
            # A 401 was not acted on: this repeat is right for POST too, and counts for nothing.
            attempt.written = False
            outcome = yield attempt
        error = _error_of(call, outcome, attempt, options)
        if error is None:
            assert isinstance(outcome, Answer)
            yield outcome
            return
        # An error of our own means that this attempt was not made.
        error.attempts = attempts - isinstance(outcome, DataStreamError)
        elapsed = time.monotonic() - began
        seconds = retry.wait(error, method=call.method, attempts=attempts, elapsed=elapsed)
        if in_doubt and not error.maybe_delivered:
            # This attempt was not acted on; the call may have been, by an earlier one.
            error.maybe_delivered = True
            gone = call.method == "DELETE" and isinstance(error, NotFoundError)
            error.add_note(
                "An earlier attempt of this call may have "
                + ("deleted it." if gone else "been acted on.")
            )
        if seconds is None:
            raise error
        in_doubt = error.maybe_delivered
        log_retry(error, seconds)
        yield Wait(seconds, error)
        now = time.monotonic()


def _is_clock_lesson(outcome: Outcome, attempt: Attempt, learn: Learn) -> bool:
    return (
        isinstance(outcome, Answer)
        and outcome.status == 401
        and learn(outcome.header(b"date"), attempt.offset)
    )


def _error_of(
    call: Call, outcome: Outcome, attempt: Attempt, options: Options
) -> DataStreamError | None:
    """Return the error that an attempt's outcome means, or None for a success."""
    if isinstance(outcome, Answer):
        error = error_of(call, outcome, any_2xx_delivers=options.any_2xx_delivers)
        if error is None:
            return None
    elif isinstance(outcome, DataStreamError):
        error = outcome
    else:
        assert outcome is not None
        error = transport_error(call, outcome, attempt)
    if call.documented:
        error.operation = call.operation
    if isinstance(outcome, Exception):
        forget_locals(outcome)
    return error
