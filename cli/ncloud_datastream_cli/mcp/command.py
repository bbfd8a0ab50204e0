"""``mcp``: an MCP server with the operations as tools for agents."""

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
@click.option("--read-only", is_flag=True, help="Offer only read-only tools.")
@session.connection_options
def mcp(read_only: bool, **options: Any) -> None:
    """Offer the operations as tools to AI agents (MCP).

    Runs a Model Context Protocol server. An MCP client starts it and communicates over standard
    input and output. It exits when its input is closed.
    """
    try:
        import anyio

        from .server import Tools, serve
    except ImportError as error:
        raise click.ClickException(
            f"The MCP server needs the 'mcp' extra ({error.name} is missing). In a clone of the "
            "repository, run: pip install '.[mcp]'"
        ) from error
    secrets = Secrets()
    _log(secrets, debug=options["debug"])
    with session.client(options | {"debug": False}, secrets.add) as ds:
        # The thread that reads standard input cannot be interrupted: Ctrl-C kills the process.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        anyio.run(serve, Tools(ds, secrets, read_only=read_only))


def _log(secrets: Secrets, *, debug: bool) -> None:
    """Log warnings to stderr, and with `debug` each request and response without bodies."""
    lines = logging.StreamHandler()
    lines.setFormatter(MaskedFormatter(secrets))
    logging.basicConfig(level=logging.WARNING, handlers=[lines])
    if debug:
        logging.getLogger(_WIRE).setLevel(logging.DEBUG)
