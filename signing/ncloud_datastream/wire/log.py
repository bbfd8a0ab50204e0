"""What went over the wire, for whoever wants to see it.

The logger ``ncloud_datastream.wire`` has two lines an attempt at DEBUG: what was sent and what came
back, with the headers that authenticate masked. Bodies are on ``ncloud_datastream.wire.body``, and
only where that logger's own level says so: they are the user's data.
"""

from __future__ import annotations

import logging
import time

from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.call import MASKED, Call

WIRE = "ncloud_datastream.wire"
BODY = "ncloud_datastream.wire.body"

_BODY_LIMIT = 2000

_wire = logging.getLogger(WIRE)
_body = logging.getLogger(BODY)


def is_on() -> bool:
    """Return whether anyone wants these lines."""
    return _wire.isEnabledFor(logging.DEBUG)


def log_exchange(
    call: Call, began: float, answer: Answer | None, failure: BaseException | None
) -> None:
    """Write the lines of one attempt.

    Args:
        call: What was asked.
        began: When, on `time.monotonic`'s clock.
        answer: What came back, if something did.
        failure: What it failed with, if it did.
    """
    names = {name: "***" if name.lower() in MASKED else value for name, value in call.headers}
    _wire.debug(
        "> %s %s to %s, headers %s, body %d bytes",
        call.method,
        call.target,
        call.server.url,
        names,
        len(call.body),
    )
    _log_body(">", call.body)
    milliseconds = (time.monotonic() - began) * 1000
    if answer is None:
        _wire.debug("< %s after %.1f ms", type(failure).__name__, milliseconds)
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
    _wire.debug(
        "< %d, headers %s, body %d bytes, after %.1f ms",
        answer.status,
        headers,
        len(answer.body),
        milliseconds,
    )
    _log_body("<", answer.body)


def _log_body(mark: str, body: bytes) -> None:
    # Not by the level of a logger above: whoever turns everything on has not asked for bodies.
    if body and _body.level != logging.NOTSET and _body.isEnabledFor(logging.DEBUG):
        text = body[:_BODY_LIMIT].decode("utf-8", errors="replace")
        more = f"… ({len(body):,} bytes)" if len(body) > _BODY_LIMIT else ""
        _body.debug("%s %s%s", mark, text, more)
