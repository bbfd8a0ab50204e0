"""``--debug``: each exchange as it went over the wire, with what authenticates it masked."""

from __future__ import annotations

import logging

import click

from . import terminal

_WIRE = "ncloud_datastream.wire"
_BODY = "ncloud_datastream.wire.body"


def show_exchanges() -> None:
    """Print every request and answer to stderr, bodies too, until the command ends."""
    wire, body, lines = logging.getLogger(_WIRE), logging.getLogger(_BODY), _Lines()

    def undo() -> None:
        wire.removeHandler(lines)
        wire.setLevel(logging.NOTSET)
        body.setLevel(logging.NOTSET)

    wire.addHandler(lines)
    wire.setLevel(logging.DEBUG)
    body.setLevel(logging.DEBUG)
    click.get_current_context().call_on_close(undo)


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
