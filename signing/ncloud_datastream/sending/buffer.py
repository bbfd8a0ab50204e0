"""The buffer of a producer: the messages that are not settled yet. It never waits."""

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
    """A buffered message."""

    future: F
    size: int
    """Bytes of the message."""


class Flush(NamedTuple):
    """A pending flush: it waits until all messages sent before it are settled."""

    mark: int
    """The index of the first message that was sent after the flush."""
    wake: Callable[[], object]


class Buffer(Generic[F]):
    """A bounded buffer of messages that are not settled.

    A message frees its space when its outcome is known, and is settled when its callbacks have been
    called as well.

    Args:
        max_messages: Maximum number of messages.
        max_bytes: Maximum memory of their keys and values, in bytes.

    Raises:
        ConfigurationError: One of them is not an integer, or below 1.
    """

    def __init__(self, max_messages: int, max_bytes: int) -> None:
        for name, value in (("max_buffered", max_messages), ("max_buffered_bytes", max_bytes)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ConfigurationError(
                    f"producer: {name} must be an integer, 1 or more, not {value!r}."
                )
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self.messages = 0
        """The number of messages that take up space."""
        self.bytes = 0
        """The space they take up, in bytes."""
        self.records: dict[int, Record[F]] = {}
        """The messages that are not settled, by index."""
        self.next = 0
        """The index of the next message."""
        self._first = 0  # all messages before this index are settled
        self._flushes: deque[Flush] = deque()
        metrics.watch(self)

    def has_room(self, size: int) -> bool:
        """Return whether there is space for a message of `size` bytes.

        A message that is larger than the whole buffer fits if it is the only one.
        """
        if self.messages == 0:
            return True
        return self.messages < self._max_messages and self.bytes + size <= self._max_bytes

    def add(self, record: Record[F], message: Message, items: deque[Message]) -> int:
        """Add a message to the buffer and to the queue `items`; return its index.

        Atomic with respect to signals: Python runs signal handlers at calls, and there are none
        here.
        """
        index = self.next
        self.records[index] = record
        self.next = index + 1
        self.messages += 1
        self.bytes += record.size
        items += (message,)
        return index

    def release(self, record: Record[F]) -> None:
        """Free the space of a message."""
        self.messages -= 1
        self.bytes -= record.size

    def settled(self, index: int) -> None:
        """Mark a message as settled and wake the flushes that waited only for it."""
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
        """Register a flush of all messages sent so far; None if all are settled."""
        if self._first == self.next:
            return None
        flush = Flush(self.next, wake)
        self._flushes.append(flush)
        return flush

    def cancel_flush(self, flush: Flush) -> None:
        """Remove a flush, whether or not it has completed."""
        if flush in self._flushes:
            self._flushes.remove(flush)

    def timed_out(self, flush: Flush, timeout: float | None) -> WaitTimeoutError:
        """Return the error of a flush that timed out."""
        left = sum(index < flush.mark for index in list(self.records))
        return flush_timed_out(left, timeout)

    def full(self, waited: float | None = None) -> BufferFullError:
        """Return the error for a message that does not fit.

        Args:
            waited: Seconds that `send` waited for space; None if it did not wait.
        """
        waiting = "" if waited is None else f" after waiting {waited:g} s"
        error = BufferFullError(
            f"sendMessage: the producer's buffer is full{waiting}: {self.messages:,} messages "
            f"({self.bytes:,} bytes) are not settled. This message was not sent; send more slowly, "
            "or raise max_buffered, max_buffered_bytes or concurrency."
        )
        error.operation = "sendMessage"
        return error


def flush_timed_out(left: int, timeout: float | None) -> WaitTimeoutError:
    """Return the error of a flush that timed out with `left` messages not settled."""
    return WaitTimeoutError(
        f"flush: {left:,} messages are not settled after {timeout or 0:g} s; sending continues."
    )


def size_of(message: Message) -> int:
    """Return the memory of a message's key and value in bytes."""
    return sys.getsizeof(message.key) + sys.getsizeof(message.value)
