"""Where messages are kept: in memory, or behind the same interface with a Kafka broker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was taken."""

    topic: str
    key: str
    value: str
    partition: int
    offset: int


class MessageLog(Protocol):
    """The messages of the topics, by the topics' names; called with the service's lock held.

    What is known of messages outlives their topic, and a `stop`.
    """

    @property
    def waits(self) -> bool:
        """Whether calls may wait for another program; the lock is let go while they do."""
        ...

    @property
    def endpoint(self) -> str:
        """Where Kafka clients connect."""
        ...

    def start(self) -> None:
        """Make it usable."""
        ...

    def stop(self) -> None:
        """Give back what `start` took; nothing happens when that is done already."""
        ...

    def create(self, topic: str, partitions: int, retention_ms: int) -> None:
        """Make room for a new topic."""
        ...

    def change(self, topic: str, partitions: int, retention_ms: int) -> None:
        """Change a topic, which has so many partitions already, or fewer."""
        ...

    def delete(self, topic: str) -> None:
        """Give a topic's room back."""
        ...

    def append(self, topic: str, key: str, value: str, partition: int) -> None:
        """Keep a message at the end of a partition."""
        ...

    def messages(self, topic: str) -> list[Message]:
        """The messages that a topic of this name was ever sent; ``[]`` for an unknown name."""
        ...

    def latest(self, topic: str, most: int) -> tuple[list[Message], int]:
        """The last of a topic's messages and how many there were, as far as that is soon known.

        Never fails, and keeps nobody waiting for long: it is asked for a page once a second.
        """
        ...


class MemoryLog:
    """Keeps all messages in the order in which they came, and heeds no retention."""

    waits = False
    endpoint = "cluster-1.datastream.invalid:30010"
    """No Kafka listens here: a name that can never be resolved fails at once."""

    def __init__(self) -> None:
        self._messages: dict[str, list[Message]] = {}
        self._next: dict[str, list[int]] = {}

    def start(self) -> None:
        """Nothing has to be started."""

    def stop(self) -> None:
        """Nothing has to be stopped."""

    def create(self, topic: str, partitions: int, retention_ms: int) -> None:
        self._next[topic] = [0] * partitions

    def change(self, topic: str, partitions: int, retention_ms: int) -> None:
        offsets = self._next[topic]
        offsets += [0] * (partitions - len(offsets))

    def delete(self, topic: str) -> None:
        del self._next[topic]

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
