"""``--debug``: each request and response as sent over the wire, with credentials masked."""

from __future__ import annotations

import logging

import click

from . import terminal

_WIRE = "ncloud_datastream.wire"
_BODY = "ncloud_datastream.wire.body"


def show_exchanges() -> None:
    """Print every request and response to stderr, bodies included, until the command ends."""
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
    """A handler that writes each record in one call, since several threads send messages."""

    def emit(self, record: logging.LogRecord) -> None:
        fields = vars(record)
        line = str(fields.get("http_line", record.getMessage()))
        lines = [f"{name}: {value}" for name, value in fields.get("http_headers", {}).items()]
        if "http_body" in fields:
            lines = ["", *str(fields["http_body"]).split("\n")]
        marked = [f"{line[:1]} {each}" for each in lines]
        first = [] if "http_body" in fields else [line]
        terminal.err("\n".join(terminal.safe(each).rstrip() for each in first + marked))
