"""``emulator``: a local Data Stream for the other commands and for programs in any language."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from errno import EADDRINUSE
from pathlib import Path

import click

from . import terminal
from .commands import example


@click.command(epilog=example(("emulator",)))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=int, default=8765, show_default=True, help="Port to listen on; 0 for a free one."
)
@click.option("--prefix", help="The account's topic name prefix; random by default.")
@click.option(
    "--allowed-host",
    "allowed_hosts",
    metavar="NAME",
    multiple=True,
    help="An additional host name under which its page and its own paths are served, such as a "
    "container's. Repeatable.",
)
@click.option("--access-key", help="The access key to accept; random by default.")
@click.option("--secret-key", help="The secret key of --access-key.")
@click.option(
    "--init",
    type=click.Path(path_type=Path),
    help="A JSON file of topics and messages to start with.",
)
@click.option(
    "--kafka", metavar="HOST:PORT", help="Store the messages in the Kafka broker at this address."
)
def emulator(
    host: str,
    port: int,
    prefix: str | None,
    allowed_hosts: tuple[str, ...],
    access_key: str | None,
    secret_key: str | None,
    init: Path | None,
    kafka: str | None,
) -> None:
    """Run a local Data Stream until Ctrl-C.

    Prints the environment variables that point the other commands to it, ready to paste into
    another shell.
    """
    try:
        from ncloud_datastream_emulator import Emulator
        from ncloud_datastream_emulator.initial import fixed_keys, load
        from ncloud_datastream_emulator.kafka import BrokerError
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    try:
        local = Emulator(
            host=host,
            port=port,
            prefix=prefix,
            kafka=kafka,
            credentials=fixed_keys(access_key, secret_key),
            allowed_hosts=allowed_hosts,
            initial=None if init is None else load(init),
        )
        url = local.bind()
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        step = ". Choose another --port." if getattr(error, "errno", 0) == EADDRINUSE else ""
        raise click.ClickException(f"Cannot listen on {host}:{port}: {reason}{step}") from error
    except (BrokerError, ValueError) as error:  # also what is wrong with the keys or with --init
        raise click.ClickException(str(error)) from error
    if kafka is not None:
        terminal.err(
            f"Kafka listens on {local.kafka_address}; its clients must trust the CA certificate "
            f"{local.kafka_ca}"
        )
    for name, value in local.environment.items():
        terminal.out(f"export {name}={value}")
    terminal.flush()
    with contextlib.suppress(KeyboardInterrupt):
        if hasattr(signal, "SIGTERM"):
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        if terminal.is_terminal(sys.stdout):
            terminal.err(f"Open {url} in a browser to watch. Press Ctrl-C to stop.")
        local.start()
        while True:
            time.sleep(3600)  # unlike waiting for a lock, Ctrl-C interrupts it on every system
    local.stop()
