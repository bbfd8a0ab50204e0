"""What the emulator remembers: topics with what belongs to them, and the log of messages."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
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
    """A topic, its connector and its schemas."""

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
    """The account's resources, with the clock and the chance that fill them.

    Args:
        clock: The time in seconds since 1970.
        seed: Makes ids, keys and drawn partitions repeatable; None draws them from the system.
        prefix: What topic names begin with; drawn when None.
        topic_limit: How many topics there can be at a time.
        keys: The sub account's access key and secret key; drawn when None.
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
        self._created_topics = 0
        self._random = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311
        # A source of its own, so that ids do not depend on how many messages were sent.
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
        """Draw an id or a key."""
        return "".join(self._random.choices(alphabet, k=length))

    def draw_partition(self, count: int) -> int:
        """Draw a partition of so many, for a message that names none."""
        return self._partitions.randrange(count)

    def add_topic(self, name: str, description: str, partitions: int, retention_ms: int) -> Topic:
        """Keep a new topic."""
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
        """Forget a topic and what belongs to it, but not the messages it was sent."""
        self.log.delete(topic.name)
        del self.topics[topic.id], self.names[topic.name]

    def topic(self, topic_id: str) -> Topic:
        """Find a topic by its id.

        Raises:
            ServiceError: There is none.
        """
        topic = self.topics.get(topic_id)
        if topic is None:
            raise topic_not_found(topic_id)
        return topic

    def ready_topic(self, topic_id: str) -> Topic:
        """Find a topic that is past its creation.

        Raises:
            ServiceError: There is none, or it is still CREATING.
        """
        topic = self.topic(topic_id)
        self.require_ready(topic)
        return topic

    def require_ready(self, topic: Topic) -> None:
        """Refuse to work on a topic that is still CREATING."""
        self._let_time_pass(topic)
        if not topic.is_ready:
            raise ServiceError(
                400, "InvalidState", f"The topic {topic.name} is still CREATING; wait for CREATED."
            )

    def read_status(self, topic: Topic) -> str:
        """Tell a topic's status to someone who reads it.

        The second reader finds it CREATED, however little time has passed: a clock that stands
        still must not keep a topic CREATING for ever.
        """
        self._let_time_pass(topic)
        topic.is_ready = topic.is_ready or topic.was_read
        topic.was_read = True
        return "CREATED" if topic.is_ready else "CREATING"

    def _let_time_pass(self, topic: Topic) -> None:
        if not topic.is_ready:
            topic.is_ready = self.clock() - topic.created >= _SECONDS_TO_CREATE


def date(seconds: float) -> str:
    """Write a time as NCP does."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
