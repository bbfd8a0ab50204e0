"""What went over the wire, for whoever wants to see it.

The logger ``ncloud_datastream.wire`` has two lines an attempt at DEBUG: what was sent and what came
back, with the headers that authenticate masked. Bodies are on ``ncloud_datastream.wire.body``, and
only where that logger's own level says so: they are the user's data.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.call import MASKED, Call

WIRE = "ncloud_datastream.wire"
BODY = "ncloud_datastream.wire.body"

LINE, HEADERS, BODY_TEXT = "http_line", "http_headers", "http_body"
"""The attributes of a record: what it says, for programs that show it in their own way."""

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
    sent = dict(call.headers) | dict.fromkeys(sorted(MASKED), "***")
    _log(">", f"{call.method} {call.target}", sent, call.body, f" to {call.server.url}")
    after = f" after {(time.monotonic() - began) * 1000:.1f} ms"
    if answer is None:
        _wire.debug(
            "< %s%s",
            type(failure).__name__,
            after,
            extra={LINE: f"< {type(failure).__name__}", HEADERS: {}},
        )
        return
    came = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
    _log("<", str(answer.status), came, answer.body, after)


def _log(mark: str, line: str, headers: Mapping[str, str], body: bytes, more: str) -> None:
    _wire.debug(
        "%s %s%s, headers %s, body %d bytes",
        mark,
        line,
        more,
        headers,
        len(body),
        extra={LINE: f"{mark} {line}", HEADERS: headers},
    )
    # Not by the level of a logger above: whoever turns everything on has not asked for bodies.
    if body and _body.level != logging.NOTSET and _body.isEnabledFor(logging.DEBUG):
        text = body[:_BODY_LIMIT].decode("utf-8", errors="replace")
        text += f"… ({len(body):,} bytes)" if len(body) > _BODY_LIMIT else ""
        _body.debug("%s %s", mark, text, extra={LINE: mark, BODY_TEXT: text})
