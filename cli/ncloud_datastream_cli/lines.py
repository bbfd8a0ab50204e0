"""Messages read from lines, and the file of undelivered messages."""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import click
from ncloud_datastream import DataStreamError, Message, partition_for

from . import terminal


class Lines:
    """An iterator over messages, one for each line of a file.

    A line that was read is kept until its message is returned, so that an interrupt at any point
    loses none.

    Args:
        file: Lines of UTF-8; line endings are not part of the messages.
        topic: The name of the topic.
        key: The key of all messages.
        key_field: The field of a JSON line to use as the key; the value is the whole line.
        as_json: Whether lines are objects with ``value`` and, optionally, ``key`` and
            ``partition``.
        partitions: The topic's number of partitions, if the client is to choose each key's
            partition.

    Raises:
        click.ClickException: While iterating: a line cannot be converted to a message.
    """

    def __init__(
        self,
        file: IO[bytes],
        topic: str,
        *,
        key: str | None,
        key_field: str | None,
        as_json: bool,
        partitions: int | None,
    ) -> None:
        self._file = file
        self._topic = topic
        self._key = key
        self._key_field = key_field
        self._as_json = as_json
        self._partitions = partitions
        self._number = 0
        self._read: list[bytes] = []
        self.unreadable: list[int] = []
        """The numbers of the lines that cannot be converted to messages."""

    def __iter__(self) -> Iterator[Message]:
        return self

    def __next__(self) -> Message:
        if self.unreadable:
            raise StopIteration  # like a generator that has raised
        return self._next()

    def _next(self) -> Message:
        read = self._read
        if not read:
            # Reads and stores in one call, so that no signal can interrupt in between.
            read.extend(islice(self._file, 1))
            if not read:
                raise StopIteration
        number = self._number + 1
        try:
            text = read[0].decode("utf-8").removesuffix("\n").removesuffix("\r")
            message = self._message(text, number)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            failure = click.ClickException(
                f"Line {number} cannot be sent: {type(error).__name__}: {error}"
            )
            failure.__cause__ = error
            self.unreadable += (number,)
            del read[0]
            self._number = number
            raise failure from error
        # No calls from here on: signals are handled after calls.
        del read[0]
        self._number = number
        return message

    def is_file(self, path: Path | None = None) -> bool:
        """Return whether the input is a regular file, and the given one if a path is given."""
        try:
            status = os.fstat(self._file.fileno())
            return stat.S_ISREG(status.st_mode) and (
                path is None or os.path.samestat(status, path.stat())
            )
        except (OSError, io.UnsupportedOperation):
            return False

    def count(self) -> int | None:
        """Return the number of lines of a regular file, or None for any other input."""
        if not self.is_file():
            return None
        place = self._file.tell()
        total = sum(1 for _ in self._file)
        self._file.seek(place)
        return total

    def rest(self) -> Iterator[Message]:
        """Yield the messages not returned yet: of a pipe, only those already read from it."""
        is_file = self.is_file()
        while is_file or self._read:
            try:
                yield self._next()
            except StopIteration:
                return
            except click.ClickException:
                continue

    def _message(self, text: str, number: int) -> Message:
        message = self._parse(text, number)
        if message.partition is None and self._partitions is not None:
            return message._replace(partition=partition_for(message.key, self._partitions))
        return message

    def _parse(self, text: str, number: int) -> Message:
        if self._as_json:
            document = json.loads(text)
            if not isinstance(document, dict):
                raise TypeError("a JSON object was expected")
            partition = document.get("partition")
            if isinstance(partition, bool) or not isinstance(partition, int | None):
                raise TypeError("partition must be an integer")
            key, value = document.get("key", number), document["value"]
            return Message(self._topic, _as_text(key), _as_text(value), partition)
        if self._key_field is not None:
            return Message(self._topic, _as_text(json.loads(text)[self._key_field]), text)
        return Message(self._topic, str(number) if self._key is None else self._key, text)


class Failed:
    """The file of undelivered messages: JSON lines for ``send --json``.

    Args:
        path: The file, which is created or truncated immediately; None stores nothing.

    Raises:
        click.UsageError: The file cannot be created.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._count = 0
        self._lost = 0
        self.error: click.ClickException | None = None
        """Why writing failed; messages written before that remain in the file."""
        try:
            # Unbuffered, so that each message is in the file as soon as it is written.
            self._file = None if path is None else path.open("wb", 0)
        except OSError as error:
            raise click.UsageError(f"--failed {path}: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # nothing is buffered; write errors were reported
                self._file.close()

    def write(self, message: Message, outcome: str, error: DataStreamError | None) -> None:
        """Write one message."""
        if self._file is None:
            return
        if self.error is not None:
            self._lost += 1
            return
        entry: dict[str, Any] = {"key": message.key, "value": message.value}
        if message.partition is not None:
            entry["partition"] = message.partition
        entry["outcome"] = outcome
        if error is not None:
            entry["error"] = str(error)
        # UTF-8 cannot encode a lone surrogate; this escapes it as JSON does.
        line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        try:
            _write_whole(self._file, line)
        except OSError as broken:
            self.error = click.ClickException(f"Cannot write '{self._path}': {broken.strerror}")
            self._lost += 1
        else:
            self._count += 1

    def as_json(self) -> dict[str, Any]:
        """Return the file's path and the numbers of messages written and lost."""
        if self._path is None:
            return {}
        return {"failed": {"path": str(self._path), "kept": self._count, "lost": self._lost}}

    def report(self) -> None:
        """Print how many messages were written to the file."""
        if self._count:
            terminal.err(f"{self._count:,} written to {self._path}; resend them with --json")
        if self._lost:
            terminal.err(f"{self._lost:,} could not be written to {self._path}")


def _write_whole(file: io.FileIO, line: bytes) -> None:
    """Write a line; if only a part can be written, remove that part."""
    began = file.tell() if file.seekable() else None
    written = 0
    try:
        while written < len(line):
            written += file.write(line[written:])
    except OSError:
        if written and began is not None:
            with contextlib.suppress(OSError):
                file.seek(began)
                file.truncate()
        raise


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
