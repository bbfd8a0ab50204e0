"""What both clients offer beside the operations: waiting, finding, paging, the way to Kafka."""

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
"""Seconds between the first two looks at a topic; it doubles from look to look."""

LONGEST_DELAY = 5.0
"""Seconds between two looks at the most."""

FIRST_LOOK = 1.0
"""Seconds that the first look has at the least, however short the timeout."""

LAST_LOOK = 0.05
"""Seconds that any other look has at the least, and by which timers may end one early."""


class Waiters(Operations):
    """The helpers of `DataStream`."""

    _session: Session

    if TYPE_CHECKING:  # `DataStream` has it

        def with_options(
            self, *, timeout: float | None = None, retry: Retry | None = None
        ) -> Waiters: ...

    def wait_for_topic(self, topic_id: str, *, timeout: float = 300.0) -> Topic:
        """Wait until a topic is CREATED, and return it.

        Args:
            topic_id: The topic's id.
            timeout: Seconds that it may take at the most, with all looks at the topic and their
                retries. There is at least one look, which has a second at the least.

        Raises:
            WaitTimeoutError: The time is up; it is a `WaitError` and a `TimeoutError`.
            WaitError: The topic is deleted or on its way to it.
            DataStreamError: A look at the topic failed.
        """
        wait = TopicWait(topic_id, timeout)
        while True:
            with wait.look():
                looking = self.with_options(**wait.bounds(self._session.call_options))
                topic = looking.get_topic(topic_id)
            if (pause := wait.pause(topic)) is None:
                return topic
            time.sleep(pause)

    def find_topic(self, name: str) -> Topic:
        """Return the topic with a name, which is what operations other than sending know by its id.

        Args:
            name: The whole name, prefix included.

        Raises:
            NotFoundError: The account has no topic of this name.
            DataStreamError: The topics could not be listed, or the topic not be read.
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
        """Yield a topic's schemas from all pages, read as they are needed.

        Args:
            topic_id: The topic's id.
            schema_type: Only schemas of this type.
            schema_id: Only the schema with this id in the registry.
            size: Schemas a page; None leaves it to the service.

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
        """Return the configuration with which a Kafka client reaches a topic.

        It holds this client's keys, which must be those of a sub account; its ``repr`` masks them.

        Args:
            topic: The topic, or its id.
            style: ``confluent-kafka``, a dictionary of librdkafka's names; ``kafka-python`` or
                ``aiokafka``, keyword arguments; ``java-properties``, the entries of a file.
            extra: Further entries in that client's own names; they override.

        Raises:
            ConfigurationError: There are no credentials, the topic has no Kafka address, or the
                style is unknown.
            TransportError: A callable for the credentials took longer than the client's timeout.
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

    if TYPE_CHECKING:  # `AsyncDataStream` has it

        def with_options(
            self, *, timeout: float | None = None, retry: Retry | None = None
        ) -> AsyncWaiters: ...

    async def wait_for_topic(self, topic_id: str, *, timeout: float = 300.0) -> Topic:
        """Wait until a topic is CREATED, and return it; see `DataStream.wait_for_topic`."""
        from anyio import sleep

        wait = TopicWait(topic_id, timeout)
        while True:
            with wait.look():
                looking = self.with_options(**wait.bounds(self._session.call_options))
                topic = await looking.get_topic(topic_id)
            if (pause := wait.pause(topic)) is None:
                return topic
            await sleep(pause)

    async def find_topic(self, name: str) -> Topic:
        """Return the topic with a name; see `DataStream.find_topic`."""
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
        """Return the configuration for a Kafka client; see `DataStream.kafka_config`."""
        from .kafka import in_time, kafka_config

        if isinstance(topic, str):
            topic = await self.get_topic(topic)
        with in_time(self._session.call_options.timeout) as deadline:
            credentials = await self._session.signature_auth.async_credentials(deadline)
        return kafka_config(topic, credentials, style, extra)


class TopicWait:
    """Decides, before and after each look at a topic, how the wait for it goes on.

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
        self._shortest = FIRST_LOOK
        self._last: Topic | None = None
        self._took = 0.0
        self._looks = 0

    @property
    def _left(self) -> float:
        return self._deadline - time.monotonic()

    def bounds(self, routing: Options) -> dict[str, Any]:
        """Return the options of the next look: those of its client, but no more than is left."""
        most = max(self._left, self._shortest)
        self._shortest = LAST_LOOK
        retry = routing.retry
        return {
            "timeout": min(routing.timeout, most),
            "retry": replace(retry, max_elapsed=min(retry.max_elapsed, most)),
        }

    @contextmanager
    def look(self) -> Iterator[None]:
        """Be told how a look ends.

        Raises:
            WaitTimeoutError: It failed because the time is up.
        """
        began = time.monotonic()
        self._looks += 1
        try:
            yield
        except TransportError as error:
            if self._left > LAST_LOOK:
                raise
            raise self._late() from error
        self._took = time.monotonic() - began

    def pause(self, topic: Topic) -> float | None:
        """Return the seconds until the next look, or None when the topic is CREATED.

        Raises:
            WaitError: The topic is deleted or on its way to it, or the time is up.
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
            raise self._told(WaitError(f"{self._state()} and will not become CREATED."))
        # So that another look fits in, if it takes as long as this one.
        left = self._left - self._took
        if left <= 0:
            raise self._late()
        delay = self._delay
        self._delay = min(2 * delay, LONGEST_DELAY)
        return min(delay, left)

    def _late(self) -> WaitError:
        return self._told(
            WaitTimeoutError(
                f"{self._state()} after {self._timeout:g} s; wait again with a longer timeout."
            )
        )

    def _state(self) -> str:
        topic = self._last
        if topic is None:
            state = "not seen yet"
        else:
            state = topic.status.value if topic.status is not None else "without a status"
        return f"wait_for_topic: topic {self._topic_id} is {state}"

    def _told(self, error: WaitError) -> WaitError:
        error.operation = "getTopic"
        error.topic = self._last
        error.attempts = self._looks
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
