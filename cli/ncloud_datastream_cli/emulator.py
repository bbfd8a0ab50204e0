"""``emulator``: a local Data Stream for the other commands, and for programs in any language."""

from __future__ import annotations

import contextlib
import signal
import sys
import time

import click

from . import terminal
from .commands import example


@click.command(epilog=example(("emulator",)))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option("--port", type=int, default=8765, show_default=True, help="Port; 0 for a free one.")
@click.option("--prefix", help="What topic names begin with; drawn if not given.")
@click.option(
    "--kafka", metavar="HOST:PORT", help="Keep the messages in a real Kafka broker there."
)
def emulator(host: str, port: int, prefix: str | None, kafka: str | None) -> None:
    """Serve a local Data Stream until Ctrl-C.

    Prints the lines that lead the other commands to it, for pasting into another shell.
    """
    try:
        from ncloud_datastream_emulator import Emulator
        from ncloud_datastream_emulator.kafka import BrokerError
    except ImportError as error:
        raise click.ClickException(
            "the emulator needs its extra: pip install 'ncloud-datastream[emulator]'"
        ) from error
    try:
        local = Emulator(host=host, port=port, prefix=prefix, kafka=kafka)
        url = local.bind()
    except BrokerError as error:
        raise click.ClickException(str(error)) from error
    except (OSError, OverflowError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise click.ClickException(f"cannot serve on {host}:{port}: {reason}") from error
    if kafka is not None:
        terminal.err(
            f"Kafka listens on {local.kafka_address}; its clients have to trust {local.kafka_ca}"
        )
    keys = local.credentials
    for name, value in (
        ("NCLOUD_ACCESS_KEY_ID", keys.access_key),
        ("NCLOUD_SECRET_ACCESS_KEY", keys.secret_key),
        *local.url_variables.items(),
    ):
        terminal.out(f"export {name}={value}")
    terminal.flush()
    with contextlib.suppress(KeyboardInterrupt):
        if hasattr(signal, "SIGTERM"):
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        if terminal.is_terminal(sys.stdout):
            terminal.err(f"Open {url} in a browser to watch; Ctrl-C ends it.")
        local.start()
        while True:
            time.sleep(3600)  # which Ctrl-C ends on every system, unlike a wait for a lock
    local.stop()
