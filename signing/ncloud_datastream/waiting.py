"""Waiting for a topic, finding one, and paging: what both clients' helpers decide, without I/O."""

from __future__ import annotations

import time
from collections.abc import Iterable

from ncloud_datastream_api.models import SchemaPage, SchemaSummary, Topic, TopicStatus, TopicSummary

from .errors import ConfigurationError, NotFoundError, WaitError

FIRST_DELAY = 0.2
"""Seconds between the first two looks at a topic; it doubles from look to look."""

LONGEST_DELAY = 5.0
"""Seconds between two looks at the most."""

_OVER = frozenset({TopicStatus.PENDING_DELETION, TopicStatus.DELETE_ERROR, TopicStatus.DELETED})


class TopicWait:
    """Decides, after each look at a topic, how the wait for it goes on.

    Args:
        topic_id: The topic's id.
        timeout: Seconds to wait at the most, from now on.

    Raises:
        ConfigurationError: `timeout` is no number of seconds, 0 or more.
    """

    def __init__(self, topic_id: str, timeout: float) -> None:
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout >= 0:
            raise ConfigurationError(
                f"wait_for_topic: timeout must be a number of seconds, 0 or more: {timeout!r}."
            )
        self._topic_id = topic_id
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout
        self._delay = FIRST_DELAY

    def pause(self, topic: Topic) -> float | None:
        """Return the seconds until the next look, or None when the topic is CREATED.

        Raises:
            WaitError: The topic is deleted or on its way to it, or the time is up.
        """
        if topic.status == TopicStatus.CREATED:
            return None
        if topic.status in _OVER:
            raise self._gave_up(topic, "and will not become CREATED")
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self._gave_up(
                topic, f"after {self._timeout:g} s; wait again with a longer timeout"
            )
        delay = self._delay
        self._delay = min(2 * delay, LONGEST_DELAY)
        return min(delay, left)

    def _gave_up(self, topic: Topic, why: str) -> WaitError:
        status = topic.status.value if topic.status is not None else "without a status"
        error = WaitError(f"wait_for_topic: topic {self._topic_id} is {status} {why}.")
        error.operation = "getTopic"
        error.topic = topic
        return error


def topic_named(name: str, topics: Iterable[TopicSummary]) -> TopicSummary:
    """Return the topic with exactly this name.

    Raises:
        NotFoundError: There is none.
    """
    for topic in topics:
        if topic.topic_name == name:
            return topic
    error = NotFoundError(
        f"find_topic: there is no topic with the name {name!r}. Names begin with the account's "
        "prefix, which get_topic_prefix() returns."
    )
    error.operation = "listTopics"
    raise error


class SchemaPages:
    """Decides which page of a topic's schemas to read next."""

    def __init__(self) -> None:
        self.number: int | None = 0
        """The page to read next; None after the last one."""
        self._seen = 0
        self._last: list[SchemaSummary] = []

    def take(self, page: SchemaPage) -> list[SchemaSummary]:
        """Return the schemas of the page just read, and move on."""
        assert self.number is not None
        # A service that does not turn the page would be read for ever.
        schemas = [] if page.schemas == self._last else page.schemas
        self._last = schemas
        self._seen += len(schemas)
        # What an answer counts is not checked by the parser: it may be no number.
        complete = isinstance(page.total_count, int) and self._seen >= page.total_count
        self.number = None if complete or not schemas else self.number + 1
        return schemas
