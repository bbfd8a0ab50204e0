"""One call with its retries, without I/O, as a generator that the caller drives.

`exchange` yields an `Attempt` (send the request, then pass in the response or the exception), a
`Wait` (sleep that long), and finally the successful response.
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
whether there was clock skew, so that the request may be accepted if it is signed again."""


class Wait(NamedTuple):
    """Sleep, then continue; or give up with the error of the last attempt."""

    seconds: float
    error: DataStreamError


Step = Attempt | Wait | Answer
Outcome = Answer | Exception | None
Exchange = Generator[Step, Outcome, None]


def exchange(call: Call, options: Options, learn: Learn | None) -> Exchange:
    """Make one call.

    Args:
        call: The call.
        options: The client's options, with the timeout and the retry policy.
        learn: Corrects for clock skew after a 401; None if another component does.

    Raises:
        DataStreamError: The error of the last attempt.
    """
    retry = options.retry
    began = now = time.monotonic()
    attempts = 0
    in_doubt = False
    while True:
        attempts += 1
        attempt = Attempt(min(now + options.timeout, began + retry.max_elapsed))
        outcome = yield attempt
        if learn is not None and _shows_clock_skew(outcome, attempt, learn):
            # The service did not act on it, so repeating is safe for POST too, and not counted.
            attempt.written = False
            outcome = yield attempt
        error = _error_of(call, outcome, attempt, options)
        if error is None:
            assert isinstance(outcome, Answer)
            yield outcome
            return
        # A `DataStreamError` from the carrier means that the attempt was not made.
        error.attempts = attempts - isinstance(outcome, DataStreamError)
        elapsed = time.monotonic() - began
        seconds = retry.wait(error, method=call.method, attempts=attempts, elapsed=elapsed)
        if in_doubt and not error.maybe_delivered:
            # The service did not act on this attempt, but may have acted on an earlier one.
            error.maybe_delivered = True
            gone = call.method == "DELETE" and isinstance(error, NotFoundError)
            error.add_note(
                "An earlier attempt of this call may have deleted it."
                if gone
                else "The service may have acted on an earlier attempt of this call."
            )
        if seconds is None:
            raise error
        in_doubt = error.maybe_delivered
        log_retry(error, seconds)
        yield Wait(seconds, error)
        now = time.monotonic()


def _shows_clock_skew(outcome: Outcome, attempt: Attempt, learn: Learn) -> bool:
    return (
        isinstance(outcome, Answer)
        and outcome.status == 401
        and learn(outcome.header(b"date"), attempt.offset)
    )


def _error_of(
    call: Call, outcome: Outcome, attempt: Attempt, options: Options
) -> DataStreamError | None:
    """Return the error of an attempt, or None if it succeeded."""
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
