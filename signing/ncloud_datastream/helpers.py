"""What both clients offer beside the operations: waiting, paging, the way to Kafka."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from ncloud_datastream_api.api import AsyncOperations, Operations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream_api.models import SchemaSummary, SchemaType, Topic, TopicSummary

    from .arguments import Setup
    from .kafka import KafkaConfig, Style


class Helpers(Operations):
    """The helpers of `DataStream`."""

    _setup: Setup

    def wait_for_topic(self, topic_id: str, *, timeout: float = 300.0) -> Topic:
        """Wait until a topic is CREATED, and return it.

        Args:
            topic_id: The topic's id.
            timeout: Seconds to wait at the most.

        Raises:
            WaitError: The time is up, or the topic is deleted or on its way to it.
            DataStreamError: A look at the topic failed.
        """
        from .waiting import TopicWait

        wait = TopicWait(topic_id, timeout)
        topic = self.get_topic(topic_id)
        while (pause := wait.pause(topic)) is not None:
            time.sleep(pause)
            topic = self.get_topic(topic_id)
        return topic

    def find_topic(self, name: str) -> Topic:
        """Return the topic with a name, which is what operations other than sending know by its id.

        Args:
            name: The whole name, prefix included.

        Raises:
            NotFoundError: The account has no topic of this name.
            DataStreamError: The topics could not be listed, or the topic not be read.
        """
        from .waiting import topic_named

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
        from .waiting import SchemaPages

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
            DataStreamError: The topic could not be read.
        """
        from .kafka import kafka_config

        if isinstance(topic, str):
            topic = self.get_topic(topic)
        return kafka_config(topic, self._setup.auth.credentials(), style, extra)


class AsyncHelpers(AsyncOperations):
    """The helpers of `AsyncDataStream`."""

    _setup: Setup

    async def wait_for_topic(self, topic_id: str, *, timeout: float = 300.0) -> Topic:
        """Wait until a topic is CREATED, and return it; see `DataStream.wait_for_topic`."""
        from anyio import sleep

        from .waiting import TopicWait

        wait = TopicWait(topic_id, timeout)
        topic = await self.get_topic(topic_id)
        while (pause := wait.pause(topic)) is not None:
            await sleep(pause)
            topic = await self.get_topic(topic_id)
        return topic

    async def find_topic(self, name: str) -> Topic:
        """Return the topic with a name; see `DataStream.find_topic`."""
        from .waiting import topic_named

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
        from .waiting import SchemaPages

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
        from .kafka import kafka_config

        if isinstance(topic, str):
            topic = await self.get_topic(topic)
        return kafka_config(topic, await self._setup.auth.async_credentials(), style, extra)
