"""What a producer holds that is not settled, and whether there is room for more: no waiting."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from ncloud_datastream.calls import metrics
from ncloud_datastream.errors import BufferFullError, ConfigurationError, WaitTimeoutError

from .messages import Message

F = TypeVar("F")


class Record(NamedTuple, Generic[F]):
    """A message that is not settled."""

    future: F
    size: int
    """Bytes that it takes."""


class Flush(NamedTuple):
    """Somebody waits until all that was sent before is settled."""

    mark: int
    """The place of the first message that was sent later."""
    wake: Callable[[], object]


class Buffer(Generic[F]):
    """The room of a producer, and what is in it.

    A message leaves its room when its outcome is known, and is settled when its callbacks were
    called, too.

    Args:
        max_messages: Messages at the most.
        max_bytes: Bytes of memory that keys and values take at the most.

    Raises:
        ConfigurationError: One of them is not whole, or below 1.
    """

    def __init__(self, max_messages: int, max_bytes: int) -> None:
        for name, value in (("max_buffered", max_messages), ("max_buffered_bytes", max_bytes)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ConfigurationError(
                    f"producer: {name} must be whole and 1 or more: {value!r}."
                )
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self.messages = 0
        """Messages that take room."""
        self.bytes = 0
        """Bytes that they take."""
        self.records: dict[int, Record[F]] = {}
        """What is not settled, by its place."""
        self.next = 0
        """The place of the next message."""
        self._first = 0  # all before it are settled
        self._flushes: deque[Flush] = deque()
        metrics.watch(self)

    def has_room(self, size: int) -> bool:
        """Return whether there is room for a message of so many bytes.

        One that is too large for the whole buffer has room where it is the only one.
        """
        if self.messages == 0:
            return True
        return self.messages < self._max_messages and self.bytes + size <= self._max_bytes

    def add(self, record: Record[F], message: Message, items: deque[Message]) -> int:
        """Take a message in, and put it on its way; return its place.

        Whole or not at all, whenever a signal comes: Python handles those at calls, and there are
        none here.
        """
        index = self.next
        self.records[index] = record
        self.next = index + 1
        self.messages += 1
        self.bytes += record.size
        items += (message,)
        return index

    def leave(self, record: Record[F]) -> None:
        """Let a message leave its room."""
        self.messages -= 1
        self.bytes -= record.size

    def settled(self, index: int) -> None:
        """Note that a message is settled, and wake whoever waits for no other one."""
        records, flushes = self.records, self._flushes
        del records[index]
        if index == self._first:
            first = index + 1
            while first < self.next and first not in records:
                first += 1
            self._first = first
            while flushes and flushes[0].mark <= first:
                flushes.popleft().wake()

    def flush(self, wake: Callable[[], object]) -> Flush | None:
        """Begin to wait until all that was sent before is settled; None where it is."""
        if self._first == self.next:
            return None
        flush = Flush(self.next, wake)
        self._flushes.append(flush)
        return flush

    def give_up(self, flush: Flush) -> None:
        """End a wait, whether or not it was long enough."""
        if flush in self._flushes:
            self._flushes.remove(flush)

    def late(self, flush: Flush, timeout: float | None) -> WaitTimeoutError:
        """Return the error for a wait that was too short."""
        left = sum(index < flush.mark for index in list(self.records))
        return late(left, timeout)

    def full(self, waited: float | None = None) -> BufferFullError:
        """Return the error for a message without room.

        Args:
            waited: Seconds for which there was none; None where nobody waited.
        """
        within = "" if waited is None else f" within {waited:g} s"
        error = BufferFullError(
            f"sendMessage: no room{within} in the producer's buffer, which holds "
            f"{self.messages:,} messages and {self.bytes:,} bytes that are not settled. Nothing of "
            "this message was sent; send more slowly, or raise max_buffered, max_buffered_bytes or "
            "concurrency."
        )
        error.operation = "sendMessage"
        return error


def late(left: int, timeout: float | None) -> WaitTimeoutError:
    """Return the error for a flush that was too short for so many messages."""
    return WaitTimeoutError(
        f"flush: {left:,} messages are not settled after {timeout or 0:g} s; they go on being sent."
    )


def size_of(message: Message) -> int:
    """Return the bytes of memory that the key and the value of a message take."""
    return sys.getsizeof(message.key) + sys.getsizeof(message.value)
