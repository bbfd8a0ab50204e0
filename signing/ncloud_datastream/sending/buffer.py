"""How much a producer holds that is not settled, and whether there is room for more: no waiting."""

from __future__ import annotations

import sys

from ncloud_datastream.calls import metrics
from ncloud_datastream.errors import BufferFullError, ConfigurationError

from .messages import Message


class Buffer:
    """The room of a producer.

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
        """Messages that are not settled."""
        self.bytes = 0
        """Bytes that they take."""
        metrics.watch(self)

    def has_room(self, size: int) -> bool:
        """Return whether there is room for a message of so many bytes.

        One that is too large for the whole buffer has room where it is the only one.
        """
        if self.messages == 0:
            return True
        return self.messages < self._max_messages and self.bytes + size <= self._max_bytes

    def add(self, size: int) -> None:
        """Take a message in."""
        self.messages += 1
        self.bytes += size

    def remove(self, size: int) -> None:
        """Let a message go."""
        self.messages -= 1
        self.bytes -= size

    def full(self, waited: float | None = None) -> BufferFullError:
        """Return the error for a message without room.

        Args:
            waited: Seconds for which there was none; None where nobody waited.
        """
        late = "" if waited is None else f" within {waited:g} s"
        error = BufferFullError(
            f"sendMessage: no room{late} in the producer's buffer, which holds {self.messages:,} "
            f"messages and {self.bytes:,} bytes that are not settled. Nothing of this message was "
            "sent; send more slowly, or raise max_buffered, max_buffered_bytes or concurrency."
        )
        error.operation = "sendMessage"
        return error


def size_of(message: Message) -> int:
    """Return the bytes of memory that the key and the value of a message take."""
    return sys.getsizeof(message.key) + sys.getsizeof(message.value)
