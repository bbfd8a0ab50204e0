"""Send each line of a file as a message, with a progress bar; what is left can be sent later.

    python examples/send_file.py orders.txt --topic h4j6l-orders

What was not delivered, Ctrl-C included, is listed in ``orders.txt.left``, a JSON object a line:
``{"line": 17, "outcome": "rejected", "error": "..."}``. While that file is there, the next run
sends what it lists and nothing else. A message whose outcome is "unknown" may have arrived, so that
it is sent again only with ``--unknown-too``; it may then be there twice.

Keys and addresses come from the environment; ``python -m ncloud_datastream_emulator`` prints some.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ncloud_datastream import DataStream, DataStreamError, Delivery, Message, Outcome, Progress


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
        lines = [
            json.dumps(record, ensure_ascii=False) for _, record in sorted(self.records.items())
        ]
        # In one step, so that a list that is cut short is never read.
        beside = self._path.with_name(self._path.name + ".new")
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        beside.replace(self._path)


def messages(path: Path, topic: str, wanted: list[int]) -> Iterator[Message]:
    """Yield the wanted lines, read as they are needed."""
    numbers = iter(wanted)
    next_number = next(numbers, None)
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if number == next_number:
                yield Message(topic, key=str(number), value=line.rstrip("\r\n"))
                next_number = next(numbers, None)


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


def main() -> int:
    options = argparse.ArgumentParser(description="Send each line of a file as a message.")
    options.add_argument("file", type=Path)
    options.add_argument("--topic", required=True, help="the topic's name, prefix included")
    options.add_argument("--concurrency", type=int, default=64)
    options.add_argument("--unknown-too", action="store_true", help="send again what is in doubt")
    chosen = options.parse_args()

    with chosen.file.open("rb") as file:
        left = Left(chosen.file.with_name(chosen.file.name + ".left"), sum(1 for _ in file))
    before = len(left.records)
    wanted = left.wanted(unknown_too=chosen.unknown_too)
    source = messages(chosen.file, chosen.topic, wanted)
    status = 0
    with DataStream() as ds:
        sending = ds.send_messages(
            source, concurrency=chosen.concurrency, progress=bar(len(wanted))
        )
        try:
            with sending:
                for delivery in sending:
                    left.note(wanted[delivery.index], delivery)
        except KeyboardInterrupt:
            status = 130
        except DataStreamError as error:  # one that would befall every message
            sys.stderr.write(f"\n{error}")
            status = 1
        for delivery in sending.unfinished:
            left.note(wanted[delivery.index], delivery)
    left.save()
    sys.stderr.write("\n")
    print(f"{before - len(left.records):,} delivered, {len(left.records):,} left")
    return status or int(bool(left.records))


if __name__ == "__main__":
    sys.exit(main())
