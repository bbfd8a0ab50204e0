"""What went over the wire, for whoever wants to see it.

The logger ``ncloud_datastream.wire`` has two lines an attempt at DEBUG: what was sent and what came
back, with the headers that authenticate masked. Bodies are on ``ncloud_datastream.wire.body``, and
only where that logger's own level says so: they are the user's data.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.call import MASKED, Call

WIRE = "ncloud_datastream.wire"
BODY = "ncloud_datastream.wire.body"

LINE, HEADERS, BODY_TEXT = "http_line", "http_headers", "http_body"
"""The attributes of a record: what it says, for programs that show it in their own way."""

_MASKED = MASKED | {"authorization", "cookie", "proxy-authorization", "set-cookie"}

_BODY_LIMIT = 2000

_wire = logging.getLogger(WIRE)
_body = logging.getLogger(BODY)


def is_on() -> bool:
    """Return whether anyone wants these lines."""
    return _wire.isEnabledFor(logging.DEBUG)


class Logged:
    """Writes the lines of one attempt; a context manager around it.

    Args:
        call: What is asked.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._began = 0.0
        self.answer: Answer | None = None
        """What came back, once something did."""

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        call, answer = self._call, self.answer
        after = f" after {(time.monotonic() - self._began) * 1000:.1f} ms"
        line = f"{call.method} {call.target}"
        _log(">", line, call.headers, call.body, f" to {call.server.url}")
        if answer is None:
            name = "nothing" if kind is None else kind.__name__
            _wire.debug("< %s%s", name, after, extra={LINE: f"< {name}", HEADERS: {}})
            return
        came = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
        _log("<", str(answer.status), came, answer.body, after)


def _log(mark: str, line: str, headers: Iterable[tuple[str, str]], body: bytes, more: str) -> None:
    shown = {name: "***" if name.lower() in _MASKED else value for name, value in headers}
    if mark == ">":  # signed at the last moment, which is after this
        shown |= dict.fromkeys(sorted(MASKED), "***")
    _wire.debug(
        "%s %s%s, headers %s, body %d bytes",
        mark,
        line,
        more,
        shown,
        len(body),
        extra={LINE: f"{mark} {line}", HEADERS: shown},
    )
    # Not by the level of a logger above: whoever turns everything on has not asked for bodies.
    if body and _body.level != logging.NOTSET and _body.isEnabledFor(logging.DEBUG):
        text = body[:_BODY_LIMIT].decode("utf-8", errors="replace")
        text += f"… ({len(body):,} bytes)" if len(body) > _BODY_LIMIT else ""
        _body.debug("%s %s", mark, text, extra={LINE: mark, BODY_TEXT: text})
