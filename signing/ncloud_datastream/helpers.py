"""What both clients offer beside the operations: waiters, and the way to Kafka."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .waiters import AsyncWaiters, Waiters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream_api.models import Topic, TopicSummary

    from .kafka import KafkaConfig, Style
    from .wire.setup import Setup


class Helpers(Waiters):
    """The helpers of `DataStream`."""

    _setup: Setup

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
            credentials = self._setup.auth.credentials(deadline)
        return kafka_config(topic, credentials, style, extra)


class AsyncHelpers(AsyncWaiters):
    """The helpers of `AsyncDataStream`."""

    _setup: Setup

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
            credentials = await self._setup.auth.async_credentials(deadline)
        return kafka_config(topic, credentials, style, extra)
