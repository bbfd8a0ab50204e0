"""Waiting for a topic, and paging: what both clients' helpers decide, without I/O."""

from __future__ import annotations

import time
from collections.abc import Generator

from ncloud_datastream_api.models import SchemaPage, Topic, TopicStatus

from .errors import ConfigurationError, WaitError

FIRST_DELAY = 0.2
"""Seconds between the first two looks at a topic; it doubles from look to look."""

LONGEST_DELAY = 5.0
"""Seconds between two looks at the most."""

_OVER = frozenset({TopicStatus.PENDING_DELETION, TopicStatus.DELETE_ERROR, TopicStatus.DELETED})


def until_created(topic_id: str, timeout: float) -> Generator[float | None, Topic, Topic]:
    """Look at a topic until it is CREATED.

    Yields None for "look at the topic" and a number for "sleep so many seconds"; returns the
    topic.

    Raises:
        WaitError: The topic is deleted or on its way to it, or the time is up.
        ConfigurationError: `timeout` is below 0.
    """
    if not timeout >= 0:
        raise ConfigurationError(f"wait_for_topic: timeout must be 0 or more seconds: {timeout}.")
    deadline = time.monotonic() + timeout
    delay = FIRST_DELAY
    while True:
        topic = yield None
        if topic.status == TopicStatus.CREATED:
            return topic
        if topic.status in _OVER:
            raise _gave_up(topic_id, topic, "and will not become CREATED")
        left = deadline - time.monotonic()
        if left <= 0:
            raise _gave_up(
                topic_id, topic, f"after {timeout:g} s; wait again with a longer timeout"
            )
        yield min(delay, left)
        delay = min(2 * delay, LONGEST_DELAY)


def next_page(page: SchemaPage, number: int, seen: int) -> int | None:
    """Return the number of the page to read after `page`, or None after the last one.

    Args:
        page: The page just read.
        number: Its number.
        seen: Schemas read so far, those of this page included.
    """
    if not page.schemas or (page.total_count is not None and seen >= page.total_count):
        return None
    return number + 1


def _gave_up(topic_id: str, topic: Topic, why: str) -> WaitError:
    status = topic.status.value if topic.status is not None else "without a status"
    error = WaitError(f"wait_for_topic: topic {topic_id} is {status} {why}.")
    error.operation = "getTopic"
    error.topic = topic
    return error
