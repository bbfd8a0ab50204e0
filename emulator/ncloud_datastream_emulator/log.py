"""Message storage: in memory, or in a Kafka broker with the same interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """A stored message."""

    topic: str
    key: str
    value: str
    partition: int
    offset: int


class MessageLog(Protocol):
    """The messages of topics, by topic name; called with the service's lock held.

    Messages remain after their topic is deleted and after `stop`.
    """

    @property
    def waits(self) -> bool:
        """Return whether calls may wait for another process, during which the lock is released."""
        ...

    @property
    def endpoint(self) -> str:
        """The address for Kafka clients."""
        ...

    def start(self) -> None:
        """Prepare the log for use."""
        ...

    def stop(self) -> None:
        """Release the resources of `start`; do nothing if the log is stopped."""
        ...

    def create(self, topic: str, partitions: int, retention_ms: int) -> None:
        """Add a topic."""
        ...

    def change(self, topic: str, partitions: int, retention_ms: int) -> None:
        """Change a topic; partitions are only added."""
        ...

    def delete(self, topic: str) -> None:
        """Remove a topic."""
        ...

    def clear(self) -> None:
        """Discard all messages; called while there are no topics."""
        ...

    def append(self, topic: str, key: str, value: str, partition: int) -> None:
        """Append a message to a partition."""
        ...

    def messages(self, topic: str) -> list[Message]:
        """Return all messages ever sent to a topic of this name; ``[]`` for an unknown name."""
        ...

    def latest(self, topic: str, most: int) -> tuple[list[Message], int]:
        """Return the last messages of a topic, and the number of all, as far as known.

        Never raises and never takes long, because the page calls it once a second.
        """
        ...


class MemoryLog:
    """Stores all messages in the order of arrival and ignores retention."""

    waits = False
    endpoint = "cluster-1.datastream.invalid:30010"
    """No Kafka listens here: a name that never resolves fails immediately."""

    def __init__(self) -> None:
        self._messages: dict[str, list[Message]] = {}
        self._next: dict[str, list[int]] = {}

    def start(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def create(self, topic: str, partitions: int, retention_ms: int) -> None:
        self._next[topic] = [0] * partitions

    def change(self, topic: str, partitions: int, retention_ms: int) -> None:
        offsets = self._next[topic]
        offsets += [0] * (partitions - len(offsets))

    def delete(self, topic: str) -> None:
        del self._next[topic]

    def clear(self) -> None:
        self._messages.clear()

    def append(self, topic: str, key: str, value: str, partition: int) -> None:
        offsets = self._next[topic]
        offset = offsets[partition]
        offsets[partition] += 1
        message = Message(topic, key, value, partition, offset)
        self._messages.setdefault(topic, []).append(message)

    def messages(self, topic: str) -> list[Message]:
        return list(self._messages.get(topic, ()))

    def latest(self, topic: str, most: int) -> tuple[list[Message], int]:
        found = self._messages.get(topic, [])
        return found[-most:], len(found)
