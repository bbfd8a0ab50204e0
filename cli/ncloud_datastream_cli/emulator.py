"""``emulator``: a local Data Stream for the other commands, and for programs in any language."""

from __future__ import annotations

import contextlib
import sys
import threading

import click

from .commands import example


@click.command(epilog=example(("emulator",)))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option("--port", type=int, default=8765, show_default=True, help="Port; 0 for a free one.")
@click.option("--prefix", help="What topic names begin with; drawn if not given.")
def emulator(host: str, port: int, prefix: str | None) -> None:
    """Serve a local Data Stream until Ctrl-C.

    Prints the lines that lead the other commands to it, for pasting into another shell.
    """
    try:
        from ncloud_datastream_emulator import Emulator
    except ImportError as error:
        raise click.UsageError(
            "the emulator needs its extra: pip install 'ncloud-datastream[emulator]'"
        ) from error
    try:
        local = Emulator(host=host, port=port, prefix=prefix)
        url = local.bind()
    except (OSError, OverflowError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise click.UsageError(f"cannot serve on {host}:{port}: {reason}") from error
    keys = local.credentials
    for name, value in (
        ("NCLOUD_ACCESS_KEY_ID", keys.access_key),
        ("NCLOUD_SECRET_ACCESS_KEY", keys.secret_key),
        ("NCLOUD_DATASTREAM_MANAGEMENT_URL", url),
        ("NCLOUD_DATASTREAM_MESSAGE_URL", url),
    ):
        sys.stdout.write(f"export {name}={value}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        local.start()
        threading.Event().wait()
    local.stop()
