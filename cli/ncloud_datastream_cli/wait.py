"""``topics wait``: until a topic can be used."""

from __future__ import annotations

from typing import Any

import click

from . import output, session
from .commands import example
from .topics import topic_id


@click.command(help="Wait until a topic is CREATED.", epilog=example(("topics", "wait")))
@click.argument("topic")
@click.option("--timeout", type=float, default=300.0, show_default=True, help="Seconds to wait.")
@session.output_option
@session.connection_options
def wait(topic: str, timeout: float, **options: Any) -> None:
    """Wait until a topic is CREATED."""
    style = options.pop("output")
    with session.client(options) as ds:
        output.show(ds.wait_for_topic(topic_id(ds, topic), timeout=timeout), style)
