"""``topics wait``: wait until a topic is ready."""

from __future__ import annotations

from typing import Any

import click

from . import output, session
from .commands import example
from .topics import TOPIC_HELP, TopicName, topic_id


@click.command(
    help=f"Wait until a topic is CREATED.\n\nTOPIC: {TOPIC_HELP}",
    epilog=example(("topics", "wait")),
)
@click.argument("topic", type=TopicName())
@click.option("--timeout", type=float, default=300.0, show_default=True, help="Seconds to wait.")
@session.output_option
@session.server_options
def wait(topic: str, timeout: float, **options: Any) -> None:
    """Wait until a topic is CREATED."""
    style, query = options.pop("output"), options.pop("query")
    with session.client(options) as ds:
        output.show(ds.wait_for_topic(topic_id(ds, topic), timeout=timeout), style, query)
