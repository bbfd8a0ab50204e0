"""Send each line of a file as a message, with a progress bar; what is left can be sent later.

    python examples/send_file.py orders.txt --topic h4j6l-orders
    python examples/send_file.py orders.jsonl --topic h4j6l-orders --key-field customer

What was not delivered is listed in ``orders.txt.left``, a JSON object a line: ``{"line": 17,
"outcome": "rejected", "error": "..."}``, whatever ended the run: Ctrl-C, SIGTERM, an error. While
that file is there, the next run sends what it lists and nothing else. A message whose outcome is
"unknown" may have arrived, so that it is sent again only with ``--unknown-too``; it may then be
there twice.

A line's number is its key, and the service sends each line to a random partition. With
``--key-field`` the lines are JSON objects and a field of theirs is the key: the lines of a key then
go to one partition, in the order of the file.

Keys and addresses come from the environment; ``python -m ncloud_datastream_emulator`` prints some.
"""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from types import FrameType

from ncloud_datastream import (
    DataStream,
    DataStreamError,
    Delivery,
    Message,
    NotFoundError,
    Outcome,
    Progress,
)


class Signals:
    """Ctrl-C and its like: they end the waiting, and never tear a delivery from being noted.

    An exception that a signal raises anywhere could strike between taking a delivery and noting
    it. So signals are only remembered, but where `may_strike` says that nothing can be torn.
    """

    def __init__(self) -> None:
        self.came = 0
        self.may_strike = False
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):  # not every system has all
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._take)

    def _take(self, number: int, frame: FrameType | None) -> None:
        self.came = self.came or number
        if self.may_strike:
            self.may_strike = False
            raise KeyboardInterrupt


class Left:
    """The lines of a file that are not delivered yet, by their numbers, kept beside the file."""

    def __init__(self, path: Path, lines: int) -> None:
        self._path = path
        self.records: dict[int, dict[str, object]] = {n: {"line": n} for n in range(1, lines + 1)}
        if path.exists():
            found = map(json.loads, path.read_text(encoding="utf-8").splitlines())
            self.records = {record["line"]: record for record in found}

    def wanted(self, *, unknown_too: bool) -> list[int]:
        """The numbers of the lines that this run is to send."""
        return [
            number
            for number, record in sorted(self.records.items())
            if unknown_too or record.get("outcome") != Outcome.UNKNOWN.value
        ]

    def note(self, number: int, delivery: Delivery) -> None:
        """Take note of what became of a line."""
        if delivery.outcome is Outcome.DELIVERED:
            del self.records[number]
        else:
            outcome, error = delivery.outcome.value, str(delivery.error)
            self.records[number] = {"line": number, "outcome": outcome, "error": error}

    def save(self) -> None:
        """Write the list down, or remove it where nothing is left."""
        if not self.records:
            self._path.unlink(missing_ok=True)
            return
        lines = [json.dumps(record) for _, record in sorted(self.records.items())]
        # In one step, so that a list that is cut short is never read.
        beside = self._path.with_name(self._path.name + ".new")
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        beside.replace(self._path)


def messages(path: Path, topic: str, wanted: list[int], key_field: str | None) -> Iterator[Message]:
    """Yield the wanted lines, read as they are needed."""
    numbers = iter(wanted)
    next_number = next(numbers, None)
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if number == next_number:
                text = line.decode().rstrip("\r\n")
                key = number if key_field is None else json.loads(text)[key_field]
                yield Message(topic, key=str(key), value=text)
                next_number = next(numbers, None)


def partitions_of(ds: DataStream, name: str) -> int:
    """Ask the service how many partitions a topic has."""
    try:
        partitions = ds.find_topic(name).partitions
    except NotFoundError as error:
        raise SystemExit(f"There is no topic {name}.") from error
    if not partitions:
        raise SystemExit(f"How many partitions {name} has is not known.")
    return partitions


def bar(total: int) -> Callable[[Progress], None]:
    """Return a callback that draws how far it is."""

    def draw(progress: Progress) -> None:
        share = progress.total / max(total, 1)
        filled = "#" * round(30 * share)
        failed = progress.total - progress.delivered
        sys.stderr.write(
            f"\r[{filled:<30}] {share:4.0%}  {progress.rate:,.0f}/s"
            + (f"  {failed:,} not delivered" if failed else "")
            + "\033[K"
        )
        sys.stderr.flush()

    return draw


def send(
    ds: DataStream, chosen: argparse.Namespace, left: Left, wanted: list[int], signals: Signals
) -> None:
    """Send the wanted lines, and note what became of each."""
    keyed = chosen.key_field is not None
    sending = ds.send_messages(
        messages(chosen.file, chosen.topic, wanted, chosen.key_field),
        concurrency=chosen.concurrency,
        progress=bar(len(wanted)),
        ordered="key" if keyed else None,
        partitions=partitions_of(ds, chosen.topic) if keyed else None,
    )
    taken: list[Delivery] = []
    try:
        with sending:
            while True:
                try:
                    signals.may_strike = True
                    if signals.came:
                        raise KeyboardInterrupt
                    # In one stroke: what a signal strikes after is in the list.
                    taken.extend(islice(sending, 1))
                finally:
                    signals.may_strike = False
                if not taken:
                    return
                delivery = taken.pop()
                left.note(wanted[delivery.index], delivery)
    finally:
        for delivery in (*taken, *sending.unfinished):
            left.note(wanted[delivery.index], delivery)


def main() -> int:
    options = argparse.ArgumentParser(description="Send each line of a file as a message.")
    options.add_argument("file", type=Path)
    options.add_argument("--topic", required=True, help="the topic's name, prefix included")
    options.add_argument("--key-field", help="the field of JSON lines that is their key")
    options.add_argument("--concurrency", type=int, default=64)
    options.add_argument("--unknown-too", action="store_true", help="send again what is in doubt")
    chosen = options.parse_args()

    signals = Signals()
    with chosen.file.open("rb") as file:
        left = Left(chosen.file.with_name(chosen.file.name + ".left"), sum(1 for _ in file))
    before = len(left.records)
    wanted = left.wanted(unknown_too=chosen.unknown_too)
    status, failure = 0, ""
    try:
        with DataStream() as ds:
            send(ds, chosen, left, wanted, signals)
    except KeyboardInterrupt:
        status = 128 + signals.came
    except (DataStreamError, ValueError, LookupError, OSError) as error:
        # The service's, a line's that cannot be read, the terminal's: the account stands.
        status, failure = 1, f"{type(error).__name__}: {error}"
    finally:
        try:
            left.save()
        except OSError as error:
            status, failure = 1, f"the list of what is left cannot be written: {error}"
    print(f"{before - len(left.records):,} delivered, {len(left.records):,} left")
    sys.stderr.write(f"\n{failure}\n" if failure else "\n")
    return status or int(bool(left.records))


if __name__ == "__main__":
    sys.exit(main())
