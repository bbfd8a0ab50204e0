"""``--debug``: each exchange as it went over the wire, with what authenticates it masked."""

from __future__ import annotations

import logging

from . import terminal

_WIRE = "ncloud_datastream.wire"
_BODY = "ncloud_datastream.wire.body"


def show_exchanges() -> None:
    """Print every request and answer of this program's clients to stderr, bodies too."""
    for name in (_WIRE, _BODY):
        logging.getLogger(name).setLevel(logging.DEBUG)
    wire = logging.getLogger(_WIRE)
    if not any(isinstance(each, _Lines) for each in wire.handlers):
        wire.addHandler(_Lines())


class _Lines(logging.Handler):
    """Prints records, in one piece each: messages are sent by several threads."""

    def emit(self, record: logging.LogRecord) -> None:
        said = vars(record)
        line = str(said.get("http_line", record.getMessage()))
        lines = [f"{name}: {value}" for name, value in said.get("http_headers", {}).items()]
        if "http_body" in said:
            lines = ["", *str(said["http_body"]).split("\n")]
        marked = [f"{line[:1]} {each}" for each in lines]
        first = [] if "http_body" in said else [line]
        terminal.err("\n".join(terminal.safe(each).rstrip() for each in first + marked))
