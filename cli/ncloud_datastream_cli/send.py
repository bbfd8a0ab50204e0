"""``send``: many messages from a file or a pipe, with a true account of each."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click
from ncloud_datastream import DataStream, DataStreamError, Delivery, Outcome

from . import failure, session
from .bar import Bar
from .commands import example
from .lines import Failed, Lines
from .topics import topic_name


@click.command(epilog=example(("send",)))
@click.option("--topic", required=True, help="The topic, by name or id.")
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--key", help="The same key for all: they all go to one partition.")
@click.option("--key-field", metavar="FIELD", help="Lines are JSON objects; this field is the key.")
@click.option("--json", "as_json", is_flag=True, help="Lines are objects: key, value, partition.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Messages a second.")
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    help="Messages in flight at a time.",
)
@click.option(
    "--failed",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to put what was not delivered; send it again with --json.",
)
@session.connection_options
def send(
    topic: str,
    file: IO[bytes],
    key: str | None,
    key_field: str | None,
    as_json: bool,
    rate: float | None,
    concurrency: int,
    failed: Path | None,
    **options: Any,
) -> int:
    """Send each line of FILE, or of standard input, as a message.

    Without a key option the number of the line is the key, so that messages spread over all
    partitions.
    """
    if sum((key is not None, key_field is not None, as_json)) > 1:
        raise click.UsageError("--key, --key-field and --json exclude each other.")
    with session.client(options) as ds, contextlib.ExitStack() as stack:
        lines = Lines(file, topic_name(ds, topic), key=key, key_field=key_field, as_json=as_json)
        account = Account(stack.enter_context(Failed(failed)))
        bar = stack.enter_context(Bar(lines.count()))
        return _send(ds, lines, account, bar, rate, concurrency)


def _send(
    ds: DataStream,
    lines: Lines,
    account: Account,
    bar: Bar,
    rate: float | None,
    concurrency: int,
) -> int:
    sending = ds.send_messages(lines, concurrency=concurrency, rate=rate)
    stopped: BaseException | None = None
    with sending:
        try:
            for delivery in sending:
                account.add(delivery)
                bar.advance()
        except (KeyboardInterrupt, DataStreamError, click.ClickException) as error:
            stopped = error
    for delivery in sending.unfinished:
        account.add(delivery)
    if stopped is not None:
        account.leave(lines.rest())
    bar.close()
    account.tell()
    if isinstance(stopped, KeyboardInterrupt):
        return failure.INTERRUPTED
    if stopped is not None:
        raise stopped
    return account.exit_code


class Account:
    """Counts what became of the messages, and puts aside what was not delivered."""

    def __init__(self, failed: Failed) -> None:
        self._failed = failed
        self._counts: Counter[Outcome] = Counter()
        self._left = 0
        self._first: DataStreamError | None = None
        self._began = time.monotonic()

    def add(self, delivery: Delivery) -> None:
        """Take in what became of one message."""
        self._counts[delivery.outcome] += 1
        if delivery.outcome is not Outcome.DELIVERED:
            self._first = self._first or delivery.error
            self._failed.write(delivery.message, delivery.outcome.value, delivery.error)

    def leave(self, messages: Iterator[Any]) -> None:
        """Put aside the messages that were never taken from the file."""
        for message in messages:
            self._left += 1
            self._failed.write(message, Outcome.UNSENT.value, None)

    @property
    def exit_code(self) -> int:
        """0 if all were delivered, 1 if the service refused some, 3 if some got no answer."""
        if self._counts[Outcome.REJECTED]:
            return failure.SERVICE_SAID_NO
        if self._counts[Outcome.UNSENT] or self._counts[Outcome.UNKNOWN]:
            return failure.NO_ANSWER
        return 0

    def tell(self) -> None:
        """Print the summary."""
        took = time.monotonic() - self._began
        counts = ", ".join(f"{self._counts[each]:,} {each.value}" for each in Outcome)
        if self._left:
            counts += f", {self._left:,} not begun"
        rate = sum(self._counts.values()) / took if took > 0 else 0.0
        sys.stdout.write(f"{counts} in {took:.1f} s ({rate:,.0f}/s)\n")
        if self._first is not None:
            sys.stderr.write(f"first error: {type(self._first).__name__}: {self._first}\n")
        if self._counts[Outcome.UNKNOWN]:
            sys.stderr.write("unknown: the service may have them; sent again they may be doubled\n")
        self._failed.tell()
