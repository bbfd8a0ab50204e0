"""Debug logging of requests and responses.

The logger ``ncloud_datastream.wire`` writes two lines per attempt at DEBUG, the request and the
response, with authentication headers masked. Bodies go to ``ncloud_datastream.wire.body``, and only
if that logger's own level is set: they are the user's data.
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
"""Attributes of the log records, for programs that format them themselves."""

_MASKED = MASKED | {"authorization", "cookie", "proxy-authorization", "set-cookie"}

_BODY_LIMIT = 2000

_wire = logging.getLogger(WIRE)
_body = logging.getLogger(BODY)


def is_on() -> bool:
    """Return whether requests and responses are logged."""
    return _wire.isEnabledFor(logging.DEBUG)


class Logged:
    """A context manager that logs one attempt.

    Args:
        call: The call.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._began = 0.0
        self.answer: Answer | None = None
        """The response, once it has been received."""

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
    if mark == ">":  # the carrier adds these headers to the request itself
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
    # A level inherited from a parent logger does not count: bodies need an explicit opt-in.
    if body and _body.level != logging.NOTSET and _body.isEnabledFor(logging.DEBUG):
        text = body[:_BODY_LIMIT].decode("utf-8", errors="replace")
        text += f"… ({len(body):,} bytes)" if len(body) > _BODY_LIMIT else ""
        _body.debug("%s %s", mark, text, extra={LINE: mark, BODY_TEXT: text})
