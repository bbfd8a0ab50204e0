"""Ship the lines of a log file to a topic; started again, it goes on where it was.

    python examples/log_shipper.py app.log --topic h4j6l-logs            # what is there
    python examples/log_shipper.py app.log --topic h4j6l-logs --follow   # and what comes
    journalctl -f | python examples/log_shipper.py - --topic h4j6l-logs

``app.log.position`` says up to where every line is delivered. No line is lost; after a crash some
may be sent twice, which their keys show: the offsets of the lines. The service sends each line to
a random partition; by the keys its readers can put them in order again. SIGTERM is no crash: what
is on its way is waited for. What the service does not take goes to ``app.log.refused``. Empty lines
are left out; a file that is rotated is read to its end.

Keys and addresses come from the environment; ``python -m ncloud_datastream_emulator`` prints some.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import CancelledError
from pathlib import Path
from typing import BinaryIO

from ncloud_datastream import (
    AsyncDataStream,
    BadRequestError,
    DataStreamError,
    Message,
    Outcome,
    PayloadTooLargeError,
    Retry,
)

LOOK_AGAIN = 0.2
"""Seconds between looks at a file that has nothing new."""

SAVE_EVERY = 1.0

GRACE = 10.0
"""Seconds that what is on its way has after SIGTERM."""

PATIENT = Retry(max_attempts=1000, max_elapsed=600, at_least_once=True)

Lines = AsyncIterator[tuple[int, bytes]]
"""Lines with the offsets at which they begin."""


class Position:
    """Up to where every line is delivered; kept beside the file, if it is one."""

    def __init__(self, path: Path | None = None, file: BinaryIO | None = None) -> None:
        self.offset = 0
        self._path = path and path.with_name(path.name + ".position")
        self._ahead: dict[int, int] = {}
        self._saved = time.monotonic()
        if self._path and file:
            now = os.fstat(file.fileno())
            self._inode = now.st_ino
            with contextlib.suppress(FileNotFoundError):
                kept = json.loads(self._path.read_text())
                if kept["inode"] == now.st_ino and kept["offset"] <= now.st_size:
                    self.offset = kept["offset"]

    def done(self, start: int, line: bytes) -> None:
        """Take note of a line that is delivered, perhaps before others that come earlier."""
        self._ahead[start] = start + len(line)
        while self.offset in self._ahead:
            self.offset = self._ahead.pop(self.offset)
        if time.monotonic() - self._saved > SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Write it down, in one step."""
        self._saved = time.monotonic()
        if self._path:
            beside = self._path.with_name(self._path.name + ".new")
            beside.write_text(json.dumps({"inode": self._inode, "offset": self.offset}))
            beside.replace(self._path)


async def lines_of_file(file: BinaryIO, path: Path, *, follow: bool) -> Lines:
    """Yield lines; when following, until another file has the name."""
    start = file.tell()
    is_last_look = not follow
    while True:
        line = file.readline()
        if line.endswith(b"\n") or (line and is_last_look):
            yield start, line
            start += len(line)
        elif is_last_look:
            return
        else:
            file.seek(start)  # half a line, if anything
            # One more look after that, for what was written until just before.
            is_last_look = is_replaced(file, path)
            await asyncio.sleep(LOOK_AGAIN)


def is_replaced(file: BinaryIO, path: Path) -> bool:
    """Was the log rotated or cut?"""
    with contextlib.suppress(FileNotFoundError):
        now = path.stat()
        return now.st_ino != os.fstat(file.fileno()).st_ino or now.st_size < file.tell()
    return False


async def lines_of_stdin() -> Lines:
    """Yield what is piped to us, as it comes.

    A thread reads, since not every system has pipes that an event loop can read. It reads the file
    itself, not `sys.stdin`, whose lock it would still hold when the program ends.
    """
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[bytes](1)

    def read() -> None:
        with contextlib.suppress(RuntimeError, CancelledError):  # the loop has ended
            while data := os.read(sys.stdin.fileno(), 65536):
                asyncio.run_coroutine_threadsafe(queue.put(data), loop).result()
            asyncio.run_coroutine_threadsafe(queue.put(b""), loop).result()

    threading.Thread(target=read, daemon=True).start()
    start, rest = 0, b""
    while data := await queue.get():
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield start, line + b"\n"
            start += len(line) + 1
    if rest:
        yield start, rest


async def until(stop: asyncio.Event, lines: Lines) -> Lines:
    """Yield lines as long as nobody says stop."""
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            coming = asyncio.ensure_future(anext(lines, None))
            await asyncio.wait([coming, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                coming.cancel()
                return
            line = coming.result()
            if line is None:
                return
            yield line
    finally:
        stopping.cancel()


async def ship(
    ds: AsyncDataStream, lines: Lines, topic: str, position: Position, refused: Path
) -> int:
    """Send lines until there are no more; return how many were taken."""
    sent: dict[int, tuple[int, bytes]] = {}
    count = taken = 0

    async def messages() -> AsyncIterator[Message]:
        nonlocal count
        async for start, line in lines:
            text = line.decode(errors="replace").rstrip("\r\n")
            if not text:
                position.done(start, line)
                continue
            sent[count] = start, line
            count += 1
            yield Message(topic, key=str(start), value=text)

    try:
        async with ds.send_messages(messages()) as sending:
            async for delivery in sending:
                start, line = sent.pop(delivery.index)
                if delivery.outcome is Outcome.DELIVERED:
                    taken += 1
                elif isinstance(delivery.error, BadRequestError | PayloadTooLargeError):
                    with refused.open("ab") as file:  # nothing would make it welcome
                        file.write(line)
                else:
                    assert delivery.error is not None
                    raise delivery.error
                position.done(start, line)
    finally:
        position.save()
    return taken


def call_on_sigterm(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    """Call a function of the loop when SIGTERM comes."""
    try:
        loop.add_signal_handler(signal.SIGTERM, function)
    except NotImplementedError:  # the loops of Windows
        signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(function))


async def main(options: argparse.Namespace) -> int:
    """Ship, and return the exit status."""
    stop = asyncio.Event()
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def terminate() -> None:
        stop.set()
        loop.call_later(GRACE, task.cancel)

    call_on_sigterm(loop, terminate)
    path, topic, follow = options.file, options.topic, options.follow
    refused = path.with_name(("stdin" if str(path) == "-" else path.name) + ".refused")
    taken = 0
    try:
        async with AsyncDataStream(retry=PATIENT) as ds:
            if str(path) == "-":
                taken = await ship(ds, until(stop, lines_of_stdin()), topic, Position(), refused)
            else:
                is_first = True
                while is_first or (follow and not stop.is_set()):
                    is_first = False
                    with path.open("rb") as file:
                        position = Position(path, file)
                        file.seek(position.offset)
                        lines = until(stop, lines_of_file(file, path, follow=follow))
                        taken += await ship(ds, lines, topic, position, refused)
                        if follow and not stop.is_set():  # another file has its name, or it was cut
                            position.offset = 0
                            position.save()
    except (DataStreamError, OSError) as error:
        print(f"stopped: {error}", file=sys.stderr)
        return 1
    except asyncio.CancelledError:
        return 143 if stop.is_set() else 130  # SIGTERM, or Ctrl-C
    print(f"{taken} lines shipped", file=sys.stderr)
    return 143 if stop.is_set() else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ship the lines of a log file to a topic.")
    parser.add_argument("file", type=Path, help="the log file, or - for what is piped in")
    parser.add_argument("--topic", required=True, help="the topic's name, prefix included")
    parser.add_argument("--follow", action="store_true", help="wait for more lines")
    sys.exit(asyncio.run(main(parser.parse_args())))
