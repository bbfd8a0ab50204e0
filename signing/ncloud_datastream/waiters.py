"""The helpers of both clients: waiting for a topic, finding it, paging, Kafka configuration."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ncloud_datastream_api.api import AsyncOperations, Operations

from .errors import ConfigurationError, NotFoundError, TransportError, WaitError, WaitTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream_api.models import (
        SchemaPage,
        SchemaSummary,
        SchemaType,
        Topic,
        TopicSummary,
    )

    from .calls.options import Options
    from .kafka import KafkaConfig, Style
    from .retry import Retry
    from .wire.session import AsyncSession, Session

FIRST_DELAY = 0.2
"""Seconds between the first two polls of a topic; the delay doubles with every poll."""

LONGEST_DELAY = 5.0
"""Seconds: the longest delay between two polls."""

FIRST_POLL = 1.0
"""Seconds: the least time that the first poll gets, however short the timeout."""

LATER_POLL = 0.05
"""Seconds: the least time that any later poll gets, and by which timers may fire early."""


class Waiters(Operations):
    """The helpers of `DataStream`."""

    _session: Session

    if TYPE_CHECKING:  # defined by `DataStream`

        def with_options(
            self, *, timeout: float | None = None, retry: Retry | None = None
        ) -> Waiters: ...

    def wait_for_topic(self, topic_id: str, *, timeout: float = 300.0) -> Topic:
        """Wait until a topic is CREATED, and return it.

        Args:
            topic_id: The topic's id.
            timeout: Seconds to wait, including all requests and their retries. The topic is read
                at least once; the first read is given at least one second.

        Raises:
            WaitTimeoutError: The wait timed out; it is a `WaitError` and a `TimeoutError`.
            WaitError: The topic is deleted or being deleted.
            DataStreamError: The topic could not be read.
        """
        wait = TopicWait(topic_id, timeout)
        while True:
            with wait.poll():
                bounded = self.with_options(**wait.bounds(self._session.call_options))
                topic = bounded.get_topic(topic_id)
            if (pause := wait.pause(topic)) is None:
                return topic
            time.sleep(pause)

    def find_topic(self, name: str) -> Topic:
        """Return the topic with this name, for its id: only sending addresses a topic by name.

        Args:
            name: The full name, including the prefix.

        Raises:
            NotFoundError: The account has no topic with this name.
            DataStreamError: The topics could not be listed, or the topic could not be read.
        """
        return self.get_topic(topic_named(name, self.list_topics(search_text=name)).topic_id)

    def iter_schemas(
        self,
        topic_id: str,
        *,
        schema_type: SchemaType | str | None = None,
        schema_id: int | None = None,
        size: int | None = None,
    ) -> Iterator[SchemaSummary]:
        """Yield a topic's schemas from all pages, each read when it is needed.

        Args:
            topic_id: The topic's id.
            schema_type: Only schemas of this type.
            schema_id: Only the schema with this id in the registry.
            size: Schemas per page; None for the service's default.

        Raises:
            DataStreamError: A page could not be read.
        """
        pages = SchemaPages()
        while (number := pages.number) is not None:
            page = self.list_schemas(
                topic_id, schema_type=schema_type, schema_id=schema_id, page=number, size=size
            )
            yield from pages.take(page)

    def kafka_config(
        self,
        topic: Topic | TopicSummary | str,
        *,
        style: Style = "confluent-kafka",
        extra: Mapping[str, Any] | None = None,
    ) -> KafkaConfig:
        """Return the configuration of a Kafka client for a topic.

        It contains this client's keys, which must be those of a sub account; its ``repr`` masks
        the secrets.

        Args:
            topic: The topic, or its id.
            style: ``confluent-kafka`` for a dictionary with librdkafka's names; ``kafka-python``
                or ``aiokafka`` for keyword arguments; ``java-properties`` for the entries of a
                properties file.
            extra: Additional entries, with that client's own names; they take precedence.

        Raises:
            ConfigurationError: No credentials were found, the topic has no Kafka endpoint, or the
                style is unknown.
            TransportError: The credentials callable took longer than the client's timeout.
            DataStreamError: The topic could not be read.
        """
        from .kafka import in_time, kafka_config

        if isinstance(topic, str):
            topic = self.get_topic(topic)
        with in_time(self._session.call_options.timeout) as deadline:
            credentials = self._session.signature_auth.credentials(deadline)
        return kafka_config(topic, credentials, style, extra)


class AsyncWaiters(AsyncOperations):
    """The helpers of `AsyncDataStream`."""

    _session: AsyncSession

    if TYPE_CHECKING:  # defined by `AsyncDataStream`

        def with_options(
            self, *, timeout: float | None = None, retry: Retry | None = None
        ) -> AsyncWaiters: ...

    async def wait_for_topic(self, topic_id: str, *, timeout: float = 300.0) -> Topic:
        """Wait until a topic is CREATED, and return it; see `DataStream.wait_for_topic`."""
        from anyio import sleep

        wait = TopicWait(topic_id, timeout)
        while True:
            with wait.poll():
                bounded = self.with_options(**wait.bounds(self._session.call_options))
                topic = await bounded.get_topic(topic_id)
            if (pause := wait.pause(topic)) is None:
                return topic
            await sleep(pause)

    async def find_topic(self, name: str) -> Topic:
        """Return the topic with this name; see `DataStream.find_topic`."""
        topics = await self.list_topics(search_text=name)
        return await self.get_topic(topic_named(name, topics).topic_id)

    async def iter_schemas(
        self,
        topic_id: str,
        *,
        schema_type: SchemaType | str | None = None,
        schema_id: int | None = None,
        size: int | None = None,
    ) -> AsyncIterator[SchemaSummary]:
        """Yield a topic's schemas from all pages; see `DataStream.iter_schemas`."""
        pages = SchemaPages()
        while (number := pages.number) is not None:
            page = await self.list_schemas(
                topic_id, schema_type=schema_type, schema_id=schema_id, page=number, size=size
            )
            for schema in pages.take(page):
                yield schema

    async def kafka_config(
        self,
        topic: Topic | TopicSummary | str,
        *,
        style: Style = "confluent-kafka",
        extra: Mapping[str, Any] | None = None,
    ) -> KafkaConfig:
        """Return the configuration of a Kafka client; see `DataStream.kafka_config`."""
        from .kafka import in_time, kafka_config

        if isinstance(topic, str):
            topic = await self.get_topic(topic)
        with in_time(self._session.call_options.timeout) as deadline:
            credentials = await self._session.signature_auth.async_credentials(deadline)
        return kafka_config(topic, credentials, style, extra)


class TopicWait:
    """The state of a wait for a topic: decides before and after each poll how it continues.

    Args:
        topic_id: The topic's id.
        timeout: Seconds to wait, from now.

    Raises:
        ConfigurationError: `timeout` is not a number of 0 or more.
    """

    def __init__(self, topic_id: str, timeout: float) -> None:
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout >= 0:
            raise ConfigurationError(
                f"wait_for_topic: timeout must be a number of seconds, 0 or more, not {timeout!r}."
            )
        self._topic_id = topic_id
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout
        self._delay = FIRST_DELAY
        self._least = FIRST_POLL
        self._last: Topic | None = None
        self._poll_seconds = 0.0
        self._polls = 0

    @property
    def _left(self) -> float:
        return self._deadline - time.monotonic()

    def bounds(self, options: Options) -> dict[str, Any]:
        """Return the options of the next poll: the client's, bounded by the time that is left."""
        most = max(self._left, self._least)
        self._least = LATER_POLL
        retry = options.retry
        return {
            "timeout": min(options.timeout, most),
            "retry": replace(retry, max_elapsed=min(retry.max_elapsed, most)),
        }

    @contextmanager
    def poll(self) -> Iterator[None]:
        """Measure a poll, and convert its failure at the end of the wait to a timeout.

        Raises:
            WaitTimeoutError: The poll failed because the wait timed out.
        """
        began = time.monotonic()
        self._polls += 1
        try:
            yield
        except TransportError as error:
            if self._left > LATER_POLL:
                raise
            raise self._timed_out() from error
        self._poll_seconds = time.monotonic() - began

    def pause(self, topic: Topic) -> float | None:
        """Return the seconds until the next poll, or None if the topic is CREATED.

        Raises:
            WaitError: The topic is deleted or being deleted, or the wait timed out.
        """
        from ncloud_datastream_api.models import TopicStatus

        self._last = topic
        if topic.status == TopicStatus.CREATED:
            return None
        if topic.status in (
            TopicStatus.PENDING_DELETION,
            TopicStatus.DELETE_ERROR,
            TopicStatus.DELETED,
        ):
            raise self._with_state(WaitError(f"{self._state()} and will not become CREATED."))
        # Leaves time for another poll, if it takes as long as this one.
        left = self._left - self._poll_seconds
        if left <= 0:
            raise self._timed_out()
        delay = self._delay
        self._delay = min(2 * delay, LONGEST_DELAY)
        return min(delay, left)

    def _timed_out(self) -> WaitError:
        return self._with_state(
            WaitTimeoutError(
                f"{self._state()} after {self._timeout:g} s. Call it again with a longer timeout."
            )
        )

    def _state(self) -> str:
        topic = self._last
        if topic is None:
            state = "not read yet"
        else:
            state = topic.status.value if topic.status is not None else "without a status"
        return f"wait_for_topic: topic {self._topic_id} is {state}"

    def _with_state(self, error: WaitError) -> WaitError:
        error.operation = "getTopic"
        error.topic = self._last
        error.attempts = self._polls
        return error


def topic_named(name: str, topics: Iterable[TopicSummary]) -> TopicSummary:
    """Return the topic with exactly this name.

    Raises:
        NotFoundError: No topic has this name.
    """
    for topic in topics:
        if topic.topic_name == name:
            return topic
    error = NotFoundError(
        f"find_topic: no topic has the name {name!r}. Names begin with the account's prefix, "
        "which get_topic_prefix() returns."
    )
    error.operation = "listTopics"
    raise error


class SchemaPages:
    """The state of paging: decides which page of a topic's schemas to read next."""

    def __init__(self) -> None:
        self.number: int | None = 0
        """The page to read next; None after the last one."""
        self._seen = 0
        self._last: list[SchemaSummary] = []

    def take(self, page: SchemaPage) -> list[SchemaSummary]:
        """Return the schemas of the page just read, and advance to the next page."""
        assert self.number is not None
        # A service that returns the same page again would be read forever.
        schemas = [] if page.schemas == self._last else page.schemas
        self._last = schemas
        self._seen += len(schemas)
        # The parser does not check the type of the total count.
        complete = isinstance(page.total_count, int) and self._seen >= page.total_count
        self.number = None if complete or not schemas else self.number + 1
        return schemas
