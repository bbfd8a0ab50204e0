"""``mcp``: the operations as tools for agents."""

from __future__ import annotations

import logging
import signal
from typing import Any

import click

from ncloud_datastream_cli import session
from ncloud_datastream_cli.commands import example

from .secrets import MaskedFormatter, Secrets

_WIRE = "ncloud_datastream.wire"


@click.command(epilog=example(("mcp",)))
@click.option("--read-only", is_flag=True, help="Offer only the tools that change nothing.")
@session.connection_options
def mcp(read_only: bool, **options: Any) -> None:
    """Serve the operations as tools of the Model Context Protocol (MCP).

    A program that works with agents starts it and talks to it over standard input and output; it
    ends when its input does.
    """
    try:
        import anyio

        from .server import Tools, serve
    except ImportError as error:
        raise click.ClickException(
            f"the MCP server needs its extra ({error.name} is missing); "
            "in a clone of the repository: pip install '.[mcp]'"
        ) from error
    secrets = Secrets()
    _log(secrets, debug=options["debug"])
    with session.client(options | {"debug": False}, secrets.add) as ds:
        # What reads standard input cannot be woken: Ctrl-C ends the process as it stands.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        anyio.run(serve, Tools(ds, secrets, read_only=read_only))


def _log(secrets: Secrets, *, debug: bool) -> None:
    """Write warnings to stderr, and with `debug` each exchange without its body."""
    lines = logging.StreamHandler()
    lines.setFormatter(MaskedFormatter(secrets))
    logging.basicConfig(level=logging.WARNING, handlers=[lines])
    if debug:
        logging.getLogger(_WIRE).setLevel(logging.DEBUG)
