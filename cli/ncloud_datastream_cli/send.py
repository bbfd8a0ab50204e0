"""``send``: send many messages from a file or a pipe and report the outcome of each."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

import click
from jmespath.parser import ParsedResult
from ncloud_datastream import DataStreamError, Delivery, NotFoundError, Outcome

from . import failure, session, terminal
from .bar import Bar
from .commands import example
from .lines import Failed, Lines
from .output import show
from .stop import Stop
from .topics import TopicName, find

_MAX_MISSING = 5
"""Responses that the topic does not exist, with no other outcome before, that stop the run."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream.sending.blocking import Sending


@click.command(epilog=example(("send",)))
@click.option("--topic", required=True, type=TopicName(), help="The topic, by name or id.")
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--key", help="Use this key for all messages.")
@click.option(
    "--key-field",
    metavar="FIELD",
    help="Treat lines as JSON objects and use this field as the key. Lines with the same key go to "
    "one partition, in order.",
)
@click.option(
    "--partitions",
    type=click.IntRange(min=1),
    help="The topic's number of partitions. Each key is then assigned to one of them, and its "
    "messages stay in order. With --key-field or --ordered it is looked up by default.",
)
@click.option(
    "--ordered",
    is_flag=True,
    help="Keep the messages of each key in one partition and in order, as --key-field does; use "
    "with --key or --json.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Treat lines as JSON objects with the fields value and, optionally, key and partition.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    help="Maximum messages per second; unlimited by default.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    help="Maximum messages in flight.",
)
@click.option(
    "--failed",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write undelivered messages to this file, which is overwritten; resend it with --json.",
)
@session.output_option
@session.connection_options
def send(
    topic: str,
    file: IO[bytes],
    key: str | None,
    key_field: str | None,
    as_json: bool,
    rate: float | None,
    concurrency: int,
    partitions: int | None,
    ordered: bool,
    failed: Path | None,
    output: str,
    query: ParsedResult | None,
    **options: Any,
) -> int:
    """Send each line of FILE, or of standard input, as a message.

    Without a key option, the line number is the key. A message without a partition goes to a random
    one, whatever its key. The topic is looked up before the first message is sent. If the keys may
    not list topics, the run stops after five responses that the topic does not exist.
    """
    if sum((key is not None, key_field is not None, as_json)) > 1:
        raise click.UsageError("--key, --key-field and --json are mutually exclusive.")
    if ordered and key is None and key_field is None and not as_json:
        raise click.UsageError(
            "--ordered has no effect when every line number is a different key: add --key, "
            "--key-field or --json."
        )
    with session.client(options) as ds, contextlib.ExitStack() as stack:
        found = find(ds, topic)
        topic = topic if found is None else found.topic_name
        if (ordered or key_field is not None) and partitions is None:
            partitions = None if found is None else found.partitions
            if not partitions:
                option = "--ordered" if ordered else "--key-field"
                raise click.UsageError(
                    f"The number of partitions of '{topic}' is unknown and {option} needs it to "
                    "keep keys in order: add --partitions."
                )
        lines = Lines(
            file, topic, key=key, key_field=key_field, as_json=as_json, partitions=partitions
        )
        if failed is not None and lines.is_file(failed):
            raise click.UsageError(f"--failed '{failed}' is the input file: use another file.")
        stop = stack.enter_context(Stop())
        account = Account(
            lines,
            stack.enter_context(Failed(failed)),
            Style(output, query),
            is_found=found is not None,
        )
        bar = stack.enter_context(Bar(lines.count()))
        sending = ds.send_messages(
            lines,
            concurrency=concurrency,
            rate=rate,
            # Resent messages may have keys, with partitions assigned in an earlier run.
            ordered="key" if as_json or partitions is not None else None,
        )
        return _send(sending, account, bar, stop)


def _send(sending: Sending, account: Account, bar: Bar, stop: Stop) -> int:
    """Send, and account for every line that was read, even after an error or a signal."""
    stopped: BaseException | None = None
    try:
        _take_all(sending, account, bar, stop)
    except BaseException as error:  # noqa: BLE001 - raised again once every line is accounted for
        stopped = error
    for delivery in sending.unfinished:
        account.add(delivery)
    if stopped is not None:
        account.leave_rest()
    bar.close()
    account.report(stopped=stopped is not None)
    if isinstance(stopped, KeyboardInterrupt):
        return stop.exit_code
    if stopped is not None:
        raise stopped
    return account.exit_code


def _take_all(sending: Sending, account: Account, bar: Bar, stop: Stop) -> None:
    """Count each delivery as it arrives; signals interrupt only where no delivery can be lost."""
    taken: list[Delivery] = []
    try:
        with sending:
            while True:
                account.check()
                try:
                    stop.may_interrupt = True
                    if stop.signal is not None:
                        raise KeyboardInterrupt
                    # One call: after a signal, the delivery is in the list.
                    taken.extend(islice(sending, 1))
                finally:
                    stop.may_interrupt = False
                if not taken:
                    return
                account.add(taken.pop())
                bar.advance()
    finally:
        for delivery in taken:
            account.add(delivery)


class Style(NamedTuple):
    """The output options for the summary."""

    output: str
    query: ParsedResult | None


class Account:
    """Counts the outcomes and writes undelivered messages to the ``--failed`` file.

    Args:
        lines: The messages.
        failed: The file of undelivered messages.
        style: How the summary is printed.
        is_found: Whether the topic is known to exist.
    """

    def __init__(self, lines: Lines, failed: Failed, style: Style, *, is_found: bool) -> None:
        self._lines = lines
        self._failed = failed
        self._style = style
        self._is_found = is_found
        self._missing = 0
        self._counts: Counter[Outcome] = Counter()
        self._first: dict[Outcome, DataStreamError] = {}
        self._began = time.monotonic()

    def add(self, delivery: Delivery) -> None:
        """Count the outcome of one message."""
        self._counts[delivery.outcome] += 1
        self._missing += isinstance(delivery.error, NotFoundError)
        if delivery.error is not None:
            self._first.setdefault(delivery.outcome, delivery.error)
            self._failed.write(delivery.message, delivery.outcome.value, delivery.error)

    def check(self) -> None:
        """Raise an error if there is no point in sending more messages.

        Raises:
            click.ClickException: The ``--failed`` file cannot be written.
            DataStreamError: All deliveries so far, at least five, failed because the topic does
                not exist.
        """
        if self._failed.error is not None:
            raise self._failed.error
        if self._missing >= _MAX_MISSING and not self._is_found:
            if self._counts.total() == self._missing:
                raise self._first[Outcome.REJECTED]
            self._is_found = True

    def leave_rest(self) -> None:
        """Count the remaining lines of a file as unsent."""
        try:
            for message in self._lines.rest():
                self._counts[Outcome.UNSENT] += 1
                self._failed.write(message, Outcome.UNSENT.value, None)
        except OSError as error:
            terminal.err(f"The rest of the input cannot be read: {error.strerror or error}")

    @property
    def exit_code(self) -> int:
        """0 if all were delivered, 1 if any was rejected, 3 if any is unsent or unknown."""
        if self._counts[Outcome.REJECTED]:
            return failure.REJECTED
        if self._counts[Outcome.UNSENT] or self._counts[Outcome.UNKNOWN]:
            return failure.NO_RESPONSE
        return 0

    def report(self, *, stopped: bool) -> None:
        """Print the summary and the first error of each outcome.

        Args:
            stopped: Whether the run stopped before the end of the input.
        """
        if self._style.output != "table":
            show(self._as_json(), *self._style)
            terminal.flush()
            return
        took = time.monotonic() - self._began
        counts = ", ".join(f"{self._counts[each]:,} {each.value}" for each in Outcome)
        unreadable = self._lines.unreadable
        if unreadable:
            counts += f", {len(unreadable):,} unreadable"
        rate = self._counts[Outcome.DELIVERED] / took if took > 0 else 0.0
        summary = f"{counts} in {took:.1f} s ({rate:,.0f}/s)"
        try:
            terminal.out(summary)
            terminal.flush()  # before the details on stderr
        finally:  # even if the reader of stdout has exited, stderr may still be read
            self._explain(stopped=stopped)

    def _as_json(self) -> dict[str, Any]:
        first = {
            outcome.value: failure.described(error, "ncloud-datastream send")
            for outcome, error in self._first.items()
        }
        took = time.monotonic() - self._began
        return {
            **{outcome.value: self._counts[outcome] for outcome in Outcome},
            "unreadable": list(self._lines.unreadable),
            "seconds": round(took, 3),
            "first": first,
            **self._failed.as_json(),
        }

    def _explain(self, *, stopped: bool) -> None:
        unreadable = self._lines.unreadable
        if stopped:
            self._first.pop(Outcome.UNSENT, None)  # unsent because the run was stopped
            if not self._lines.is_file():
                terminal.err("Input that was not read is not counted.")
        for outcome, error in self._first.items():
            terminal.err(
                terminal.one_line(f"first {outcome.value}: {type(error).__name__}: {error}")
            )
            if (step := failure.next_step(error, "ncloud-datastream send")) is not None:
                terminal.err(f"Next: {step}")
        if len(unreadable) > 1:
            terminal.err(f"unreadable lines: {', '.join(map(str, unreadable))}")
        if self._counts[Outcome.UNKNOWN]:
            terminal.err("unknown: possibly delivered; resending may duplicate them")
        self._failed.report()
