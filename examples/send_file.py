"""Send each line of a file as a message, with a progress bar; undelivered lines can be resent.

    python examples/send_file.py orders.txt --topic h4j6l-orders
    python examples/send_file.py orders.jsonl --topic h4j6l-orders --key-field customer

Undelivered lines are listed in ``orders.txt.left``, one JSON object per line: ``{"line": 17,
"outcome": "rejected", "error": "..."}``, also if the run is stopped by Ctrl-C, SIGTERM or an error.
While that file exists, the next run sends only the lines in it. A message whose outcome is
"unknown" may have been delivered, so it is resent only with ``--unknown-too``, which may duplicate
it.

The key is the line number, and the service sends each line to a random partition. With
``--key-field`` the lines are JSON objects and one of their fields is the key; lines with the same
key then go to one partition, in the order of the file.

The keys and URLs come from the environment; ``python -m ncloud_datastream_emulator`` prints those
of an emulator.
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
    """Termination signals, which interrupt the wait but never lose a delivery.

    A `KeyboardInterrupt` at an arbitrary point could lose a delivery between being received and
    being recorded. So signals are only recorded, except where `may_strike` is set.
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
    """The undelivered lines of a file by number, stored beside the file."""

    def __init__(self, path: Path, lines: int) -> None:
        self._path = path
        self.records: dict[int, dict[str, object]] = {n: {"line": n} for n in range(1, lines + 1)}
        if path.exists():
            found = map(json.loads, path.read_text(encoding="utf-8").splitlines())
            self.records = {record["line"]: record for record in found}

    def wanted(self, *, unknown_too: bool) -> list[int]:
        """Return the numbers of the lines that this run sends."""
        return [
            number
            for number, record in sorted(self.records.items())
            if unknown_too or record.get("outcome") != Outcome.UNKNOWN.value
        ]

    def note(self, number: int, delivery: Delivery) -> None:
        """Record the outcome of a line."""
        if delivery.outcome is Outcome.DELIVERED:
            del self.records[number]
        else:
            outcome, error = delivery.outcome.value, str(delivery.error)
            self.records[number] = {"line": number, "outcome": outcome, "error": error}

    def save(self) -> None:
        """Write the list, or delete it if it is empty."""
        if not self.records:
            self._path.unlink(missing_ok=True)
            return
        lines = [json.dumps(record) for _, record in sorted(self.records.items())]
        # Atomically, so that a partial list is never read.
        beside = self._path.with_name(self._path.name + ".new")
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        beside.replace(self._path)


def messages(path: Path, topic: str, wanted: list[int], key_field: str | None) -> Iterator[Message]:
    """Yield the wanted lines, reading the file as they are needed."""
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
    """Look up a topic's number of partitions."""
    try:
        partitions = ds.find_topic(name).partitions
    except NotFoundError as error:
        raise SystemExit(f"There is no topic {name}.") from error
    if not partitions:
        raise SystemExit(f"The number of partitions of {name} is unknown.")
    return partitions


def bar(total: int) -> Callable[[Progress], None]:
    """Return a callback that draws the progress."""

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
    """Send the wanted lines and record the outcome of each."""
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
                    # One call: after a signal, the delivery is in the list.
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
    options.add_argument("--unknown-too", action="store_true", help="resend unknown outcomes")
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
        # From the service, an invalid line or the terminal: the recorded outcomes remain valid.
        status, failure = 1, f"{type(error).__name__}: {error}"
    finally:
        try:
            left.save()
        except OSError as error:
            status, failure = 1, f"The list of undelivered lines cannot be written: {error}"
    print(f"{before - len(left.records):,} delivered, {len(left.records):,} left")
    sys.stderr.write(f"\n{failure}\n" if failure else "\n")
    return status or int(bool(left.records))


if __name__ == "__main__":
    sys.exit(main())
