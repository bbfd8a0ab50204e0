"""Ship the lines of a log file to a topic; a restart resumes at the first undelivered line.

    python examples/log_shipper.py app.log --topic h4j6l-logs            # existing lines
    python examples/log_shipper.py app.log --topic h4j6l-logs --follow   # and new ones
    journalctl -f | python examples/log_shipper.py - --topic h4j6l-logs

A program that can log to Data Stream directly needs no file: ``ncloud_datastream.logging`` has a
handler. ``app.log.position`` stores the offset before which every line was delivered. No line is
lost. After a crash, some may be sent twice; consumers recognize them by the key, the line's offset.
The service sends each line to a random partition, and the keys restore the order. On SIGTERM and
Ctrl-C, lines in flight are awaited. Lines that the service rejects are written to
``app.log.refused``. Empty lines are skipped. A rotated file is read to its end.

The keys and URLs come from the environment; ``python -m ncloud_datastream_emulator`` prints those
of an emulator.
"""

import argparse
import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import BinaryIO

from ncloud_datastream import (
    BadRequestError,
    DataStream,
    DataStreamError,
    Delivery,
    PayloadTooLargeError,
    Producer,
    Retry,
)

LOOK_AGAIN = 0.2
"""Polling interval for a file or pipe without new data, in seconds."""

SAVE_EVERY = 1.0

GRACE = 10.0
"""Time for lines in flight after SIGTERM, in seconds."""

AHEAD = 20_000
"""Maximum number of lines sent after an unsettled one."""

PATIENT = Retry(max_attempts=1000, max_elapsed=600, at_least_once=True)

Lines = Iterator[bytes | None]
"""Lines, and None whenever there are no new ones."""


class Stop:
    """A signal handler that only records the signal, so that no step is interrupted."""

    signal = 0

    def __call__(self, number: int, frame: object) -> None:
        self.signal = number


class Position:
    """The offset before which every line is delivered, stored beside the log file."""

    def __init__(self, path: Path | None = None, file: BinaryIO | None = None) -> None:
        self.offset = 0
        self._path = path and path.with_name(path.name + ".position")
        self._saved = time.monotonic()
        if self._path and file:
            now = os.fstat(file.fileno())
            self._inode = now.st_ino
            with contextlib.suppress(FileNotFoundError):
                kept = json.loads(self._path.read_text())
                if kept["inode"] == now.st_ino and kept["offset"] <= now.st_size:
                    self.offset = kept["offset"]

    def advance(self, line: bytes) -> None:
        """Advance past the next line, which was delivered."""
        self.offset += len(line)
        if time.monotonic() - self._saved > SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Store the offset atomically."""
        self._saved = time.monotonic()
        if self._path:
            beside = self._path.with_name(self._path.name + ".new")
            beside.write_text(json.dumps({"inode": self._inode, "offset": self.offset}))
            beside.replace(self._path)


class Shipping:
    """The lines in flight, oldest first."""

    def __init__(self, producer: Producer, position: Position, refused: Path) -> None:
        self.taken = 0
        self._producer = producer
        self._position = position
        self._refused = refused
        self._start = position.offset
        self._sent: deque[tuple[bytes, Future[Delivery] | None]] = deque()

    def send(self, line: bytes) -> None:
        """Send a line, waiting until the producer has space."""
        text, key = line.decode(errors="replace").rstrip("\r\n"), str(self._start)
        self._start += len(line)
        self._sent.append((line, self._producer.send(key=key, value=text) if text else None))

    def settle(self, *, at_most: int) -> None:
        """Process settled lines, waiting until at most this many are unsettled."""
        while self._sent:
            line, future = self._sent[0]
            if future is not None:
                if len(self._sent) <= at_most and not future.done():
                    return
                try:
                    future.result()
                    self.taken += 1
                except (BadRequestError, PayloadTooLargeError):
                    with self._refused.open("ab") as file:  # a retry would be rejected too
                        file.write(line)
            self._sent.popleft()
            self._position.advance(line)


def lines_of_file(file: BinaryIO, path: Path, *, follow: bool) -> Lines:
    """Yield lines; when following, until another file has taken this one's name."""
    start = file.tell()
    is_last_look = not follow
    while True:
        line = file.readline()
        if line.endswith(b"\n") or (line and is_last_look):
            yield line
            start += len(line)
        elif is_last_look:
            return
        else:
            file.seek(start)  # before an incomplete line, if any
            # After a rotation, read once more: lines may have been written just before it.
            is_last_look = is_replaced(file, path)
            yield None
            time.sleep(LOOK_AGAIN)


def is_replaced(file: BinaryIO, path: Path) -> bool:
    """Return whether the log was rotated or truncated."""
    with contextlib.suppress(FileNotFoundError):
        now = path.stat()
        return now.st_ino != os.fstat(file.fileno()).st_ino or now.st_size < file.tell()
    return False


def lines_of_stdin() -> Lines:
    """Yield lines from a pipe as they arrive, read in a thread, since reads cannot be cancelled."""
    lines: queue.Queue[bytes] = queue.Queue(1000)

    def read() -> None:
        with open(sys.stdin.fileno(), "rb", closefd=False) as file:
            for line in file:
                lines.put(line)
        lines.put(b"")

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=LOOK_AGAIN)
        except queue.Empty:
            yield None
            continue
        if not line:
            return
        yield line


def ship(producer: Producer, lines: Lines, position: Position, refused: Path, stop: Stop) -> int:
    """Send lines until there are no more; return the number delivered."""
    shipping = Shipping(producer, position, refused)
    try:
        for line in lines:
            if line is not None:
                shipping.send(line)
            shipping.settle(at_most=AHEAD)
            if stop.signal:
                producer.close(timeout=GRACE)
                break
        shipping.settle(at_most=0)
    finally:
        position.save()
    return shipping.taken


def main(options: argparse.Namespace, stop: Stop) -> int:
    """Ship the file or pipe and return the exit status."""
    path, follow = options.file, options.follow
    refused = path.with_name(("stdin" if str(path) == "-" else path.name) + ".refused")
    taken = 0
    try:
        with DataStream(retry=PATIENT) as ds, ds.producer(topic=options.topic) as producer:
            if str(path) == "-":
                taken = ship(producer, lines_of_stdin(), Position(), refused, stop)
            else:
                is_first = True
                while is_first or (follow and not stop.signal):
                    is_first = False
                    with path.open("rb") as file:
                        position = Position(path, file)
                        file.seek(position.offset)
                        lines = lines_of_file(file, path, follow=follow)
                        taken += ship(producer, lines, position, refused, stop)
                        if follow and not stop.signal:  # rotated or truncated
                            position.offset = 0
                            position.save()
    except (DataStreamError, OSError) as error:
        print(f"stopped: {error}", file=sys.stderr)
        return 1
    print(f"{taken} lines shipped", file=sys.stderr)
    return 128 + stop.signal if stop.signal else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ship the lines of a log file to a topic.")
    parser.add_argument("file", type=Path, help="the log file, or - for standard input")
    parser.add_argument("--topic", required=True, help="the topic's name, prefix included")
    parser.add_argument("--follow", action="store_true", help="wait for new lines")
    stopping = Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopping)
    sys.exit(main(parser.parse_args(), stopping))
