"""The topics of a broker: made, grown, deleted, written to and read back."""

from __future__ import annotations

from typing import Any

from .broker import Broker, BrokerError

TIMEOUT = 20.0
"""Seconds for one request to the broker."""


class Topics:
    """What the emulator asks of a broker.

    Args:
        broker: A started broker.

    Raises:
        BrokerError: The extra is missing.
    """

    def __init__(self, broker: Broker) -> None:
        try:
            import confluent_kafka
            from confluent_kafka import admin
        except ImportError:
            raise BrokerError(
                "The broker needs the extra: pip install 'ncloud-datastream[kafka]'."
            ) from None
        self._kafka: Any = confluent_kafka
        self._forms: Any = admin
        self._config = broker.client_config()
        self._admin: Any = admin.AdminClient(self._config)
        self._producer: Any = confluent_kafka.Producer(self._config | {"linger.ms": 0})

    def create(self, name: str, partitions: int, retention_ms: int) -> None:
        """Make a topic."""
        config = {"retention.ms": str(retention_ms)}
        new = self._forms.NewTopic(name, partitions, 1, config=config)
        self._admin.create_topics([new])[name].result(TIMEOUT)

    def grow(self, name: str, partitions: int) -> None:
        """Give a topic more partitions."""
        new = self._forms.NewPartitions(name, partitions)
        self._admin.create_partitions([new])[name].result(TIMEOUT)

    def delete(self, name: str) -> None:
        """Delete a topic with its messages."""
        self._admin.delete_topics([name])[name].result(TIMEOUT)

    def produce(self, name: str, key: str, value: str, partition: int) -> int:
        """Write a message and return its offset."""
        told: list[tuple[object, Any]] = []
        self._producer.produce(
            name,
            value.encode(),
            key.encode(),
            partition,
            on_delivery=lambda error, message: told.append((error, message)),
        )
        self._producer.flush(TIMEOUT)
        if not told or told[0][0] is not None:
            raise BrokerError(f"The broker did not take the message: {told[0][0] if told else ''}")
        return int(told[0][1].offset())

    def read(self, name: str) -> list[tuple[str, str, int, int]]:
        """Return all messages of a topic: key, value, partition and offset, by partition."""
        settings = {"group.id": "ncloud-datastream-emulator", "enable.auto.commit": False}
        consumer = self._kafka.Consumer(self._config | settings)
        try:
            found = []
            partitions = consumer.list_topics(name, TIMEOUT).topics[name].partitions
            for number in sorted(partitions):
                place = self._kafka.TopicPartition(name, number, 0)
                low, high = consumer.get_watermark_offsets(place, TIMEOUT)
                place.offset = low
                consumer.assign([place])
                seen = low
                while seen < high:
                    message = consumer.poll(TIMEOUT)
                    if message is None or message.error():
                        raise BrokerError(f"{name} cannot be read to its end.")
                    seen = message.offset() + 1
                    found.append((_text(message.key()), _text(message.value()), number, seen - 1))
            return found
        finally:
            consumer.close()


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", errors="replace")
