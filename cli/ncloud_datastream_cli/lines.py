"""Messages from lines, and the file of those that were not delivered."""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import click
from ncloud_datastream import DataStreamError, Message


class Lines:
    """An iterator over the messages that a file's lines stand for.

    Args:
        file: UTF-8 lines; a line's end is not a part of the message.
        topic: The name of the topic.
        key: The key of all messages.
        key_field: The field of a JSON line that is its key; the value is the whole line.
        as_json: Lines are objects with ``value`` and, where wanted, ``key`` and ``partition``.

    Raises:
        click.ClickException: While iterating, for a line that cannot be read so.
    """

    def __init__(
        self, file: IO[bytes], topic: str, *, key: str | None, key_field: str | None, as_json: bool
    ) -> None:
        self._file = file
        self._topic = topic
        self._key = key
        self._key_field = key_field
        self._as_json = as_json
        self._number = 0
        self.unreadable: list[int] = []
        """The numbers of the lines that cannot be sent."""

    def __iter__(self) -> Iterator[Message]:
        return self

    def __next__(self) -> Message:
        if self.unreadable:
            raise StopIteration  # as a generator that has raised
        return self._next()

    def _next(self) -> Message:
        raw = self._file.readline()
        if not raw:
            raise StopIteration
        self._number += 1
        try:
            text = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
            return self._message(text)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            self.unreadable.append(self._number)
            raise click.ClickException(
                f"line {self._number} cannot be sent: {type(error).__name__}: {error}"
            ) from error

    def is_file(self, path: Path | None = None) -> bool:
        """Do they come from a regular file, and from this one, where one is given?"""
        try:
            status = os.fstat(self._file.fileno())
            return stat.S_ISREG(status.st_mode) and (
                path is None or os.path.samestat(status, path.stat())
            )
        except (OSError, io.UnsupportedOperation):
            return False

    def count(self) -> int | None:
        """Return the number of lines of a regular file, or None where it cannot be known."""
        if not self.is_file():
            return None
        place = self._file.tell()
        total = sum(1 for _ in self._file)
        self._file.seek(place)
        return total

    def rest(self) -> Iterator[Message]:
        """Yield what has not been read of a regular file; a pipe is left as it is."""
        if not self.is_file():
            return
        while True:
            try:
                yield self._next()
            except StopIteration:
                return
            except click.ClickException:
                continue

    def _message(self, text: str) -> Message:
        if self._as_json:
            document = json.loads(text)
            if not isinstance(document, dict):
                raise TypeError("a JSON object was expected")
            return Message(
                self._topic,
                _as_text(document.get("key", self._number)),
                _as_text(document["value"]),
                document.get("partition"),
            )
        if self._key_field is not None:
            return Message(self._topic, _as_text(json.loads(text)[self._key_field]), text)
        return Message(self._topic, self._key or str(self._number), text)


class Failed:
    """The file of messages that were not delivered: JSON lines for ``send --json``.

    Args:
        path: Where it is made anew, at once; None keeps nothing.

    Raises:
        click.UsageError: It cannot be made.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._count = 0
        self.error: click.ClickException | None = None
        """Why no more can be written; what was written before stands."""
        try:
            # A line at a time: what was put aside survives whatever comes.
            self._file = None if path is None else path.open("w", 1, encoding="utf-8")
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
            with contextlib.suppress(OSError):  # written line by line, and told where it failed
                self._file.close()

    def write(self, message: Message, outcome: str, error: DataStreamError | None) -> None:
        """Put one message aside."""
        if self._file is None or self.error is not None:
            return
        entry: dict[str, Any] = {"key": message.key, "value": message.value}
        if message.partition is not None:
            entry["partition"] = message.partition
        entry["outcome"] = outcome
        if error is not None:
            entry["error"] = str(error)
        try:
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        except OSError as broken:
            self.error = click.ClickException(f"cannot write {self._path}: {broken.strerror}")
        else:
            self._count += 1

    def tell(self) -> None:
        """Say where they are."""
        if self._count:
            click.echo(
                f"{self._count:,} put aside in {self._path}; send them again with --json", err=True
            )


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
