"""The emulator's state: topics with their connectors and schemas, and the message log."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .log import MemoryLog, MessageLog
from .problems import ServiceError, topic_not_found

_SECONDS_TO_CREATE = 0.5


@dataclass(slots=True)
class Schema:
    """A registered schema."""

    resource_id: str
    schema_id: int
    schema_type: str
    version: int
    text: str
    created: float


@dataclass(slots=True)
class Connector:
    """The connector of a topic."""

    id: str
    settings: dict[str, Any]
    created: float


@dataclass(slots=True)
class Topic:
    """A topic with its connector and schemas."""

    id: str
    name: str
    description: str
    retention_ms: int
    partitions: int
    created: float
    updated: float
    number: int
    was_read: bool = False
    is_ready: bool = False
    connector: Connector | None = None
    schemas: list[Schema] = field(default_factory=list)
    last_version: int = 0
    checks_compatibility: bool = True


class State:
    """The resources of the account, with its clock and random sources.

    Args:
        clock: Returns the time in seconds since 1970.
        seed: Makes ids, keys and partitions repeatable; None uses the system's random source.
        prefix: The prefix of topic names; random if None.
        topic_limit: The maximum number of topics.
        keys: The access key and secret key of the sub account; random if None.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        seed: int | str | None,
        prefix: str | None,
        topic_limit: int,
        keys: tuple[str, str] | None = None,
    ) -> None:
        self.clock = clock
        self.topic_limit = topic_limit
        self.topics: dict[str, Topic] = {}
        self.names: dict[str, Topic] = {}
        self.log: MessageLog = MemoryLog()
        self.last_schema_id = 0
        self.resets = 0
        """The number of calls to `clear`."""
        self.initial: Mapping[str, Iterable[Any]] = {}
        """The content to create again after `clear`."""
        self._created_topics = 0
        self._random = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311
        # A separate random source, so that ids do not depend on the number of messages.
        of_partitions = None if seed is None else f"partitions {seed!r}"
        self._partitions = random.Random(of_partitions)  # noqa: S311
        self.access_keys = (self.draw(20), self.draw(20))
        self.secret_keys = (self.draw(40), self.draw(40))
        if keys is not None:
            self.access_keys = (keys[0], self.access_keys[1])
            self.secret_keys = (keys[1], self.secret_keys[1])
        drawn = self.draw(5, string.ascii_lowercase + string.digits) + "-"
        self.prefix = drawn if prefix is None else prefix
        self.registry = self.draw(5, string.ascii_lowercase + string.digits)

    def draw(self, length: int = 10, alphabet: str = string.ascii_letters + string.digits) -> str:
        """Return a random id or key."""
        return "".join(self._random.choices(alphabet, k=length))

    def draw_partition(self, count: int) -> int:
        """Return a random partition for a message without one."""
        return self._partitions.randrange(count)

    def add_topic(self, name: str, description: str, partitions: int, retention_ms: int) -> Topic:
        """Add a topic."""
        self.log.create(name, partitions, retention_ms)
        now = self.clock()
        self._created_topics += 1
        topic = Topic(
            id=self.draw(),
            name=name,
            description=description,
            retention_ms=retention_ms,
            partitions=partitions,
            created=now,
            updated=now,
            number=self._created_topics,
        )
        self.topics[topic.id] = self.names[name] = topic
        return topic

    def remove_topic(self, topic: Topic) -> None:
        """Remove a topic with its connector and schemas, but not its messages."""
        self.log.delete(topic.name)
        del self.topics[topic.id], self.names[topic.name]

    def clear(self) -> None:
        """Remove all topics and messages."""
        for topic in list(self.topics.values()):
            self.remove_topic(topic)
        self.log.clear()
        self.last_schema_id = 0
        self.resets += 1

    def topic(self, topic_id: str) -> Topic:
        """Return a topic by its id.

        Raises:
            ServiceError: The topic does not exist.
        """
        topic = self.topics.get(topic_id)
        if topic is None:
            raise topic_not_found(topic_id)
        return topic

    def ready_topic(self, topic_id: str) -> Topic:
        """Return a topic that is CREATED.

        Raises:
            ServiceError: The topic does not exist, or is still CREATING.
        """
        topic = self.topic(topic_id)
        self.require_ready(topic)
        return topic

    def require_ready(self, topic: Topic) -> None:
        """Raise `ServiceError` if a topic is still CREATING."""
        self._update_readiness(topic)
        if not topic.is_ready:
            raise ServiceError(
                400, "InvalidState", f"Topic {topic.name!r} is still CREATING; wait for CREATED."
            )

    def read_status(self, topic: Topic) -> str:
        """Return a topic's status, and count this as a read.

        The second read returns CREATED regardless of the time, so that a topic does not stay
        CREATING under a frozen clock.
        """
        self._update_readiness(topic)
        topic.is_ready = topic.is_ready or topic.was_read
        topic.was_read = True
        return "CREATED" if topic.is_ready else "CREATING"

    def _update_readiness(self, topic: Topic) -> None:
        if not topic.is_ready:
            topic.is_ready = self.clock() - topic.created >= _SECONDS_TO_CREATE


def date(seconds: float) -> str:
    """Return a time in NCP's format."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
