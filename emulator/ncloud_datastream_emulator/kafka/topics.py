"""Kafka topics: create, change, delete, write and read."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka import admin as _admin

from ncloud_datastream_emulator.log import Message

from .broker import Broker
from .errors import BrokerError

admin: Any = _admin
"""Untyped, because its type stubs lack public names."""

TIMEOUT = 20.0
"""The timeout of a request to the broker, in seconds."""

_TURN = 0.01
"""Seconds between checks whether another thread has received the delivery report."""

_NOT_YET = (
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
)


class Topics:
    """The emulator's requests to a broker.

    Args:
        broker: A started broker.

    Raises:
        BrokerError: The broker does not respond.
    """

    def __init__(self, broker: Broker) -> None:
        # Errors are raised; librdkafka's own log output adds nothing.
        config = broker.client_config() | {"log_level": 0}
        self._admin = admin.AdminClient(config)
        self._producer = Producer(
            config
            | {
                "linger.ms": 0,
                "enable.idempotence": True,
                "message.max.bytes": 1_100_000,
                "delivery.timeout.ms": int(TIMEOUT * 1000),
            }
        )
        self._consuming = config | {
            "group.id": "ncloud-datastream-emulator",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 10,
        }
        self._consumer = Consumer(self._consuming)
        with _requesting():
            self._producer.list_topics(timeout=TIMEOUT)

    def close(self) -> None:
        """Close the consumer; the other connections are closed with this object."""
        self._consumer.close()

    def create(self, name: str, partitions: int, retention_ms: int) -> None:
        """Create a topic.

        Raises:
            BrokerError: The broker rejects the request or does not respond, here and below.
        """
        new = admin.NewTopic(name, partitions, 1, config={"retention.ms": str(retention_ms)})
        with _requesting():
            self._admin.create_topics([new])[name].result(TIMEOUT)
            self._settle(name, partitions)

    def grow(self, name: str, partitions: int) -> None:
        """Add partitions to a topic."""
        with _requesting():
            new = admin.NewPartitions(name, partitions)
            self._admin.create_partitions([new])[name].result(TIMEOUT)
            self._settle(name, partitions)

    def retain(self, name: str, retention_ms: int) -> None:
        """Change the retention of a topic."""
        entry = admin.ConfigEntry(
            "retention.ms", str(retention_ms), incremental_operation=admin.AlterConfigOpType.SET
        )
        resource = admin.ConfigResource(admin.ResourceType.TOPIC, name, incremental_configs=[entry])
        with _requesting():
            self._admin.incremental_alter_configs([resource])[resource].result(TIMEOUT)

    def delete(self, name: str) -> None:
        """Delete a topic with its messages."""
        with _requesting():
            self._admin.delete_topics([name])[name].result(TIMEOUT)
        # The old consumer would not find a new topic of the same name.
        self._consumer.close()
        self._consumer = Consumer(self._consuming)

    def produce(self, name: str, key: str, value: str, partition: int) -> None:
        """Write a message, and return when the broker has acknowledged it."""
        failures: list[KafkaError | None] = []
        with _requesting():
            self._producer.produce(
                name,
                value.encode(),
                key.encode(),
                partition,
                on_delivery=lambda error, _: failures.append(error),
            )
            # Not `flush`, which would also wait for messages of other threads.
            deadline = time.monotonic() + TIMEOUT + 1
            while not failures and time.monotonic() < deadline:
                self._producer.poll(_TURN)
            if not failures:
                raise TimeoutError
            if (failure := failures[0]) is not None:
                raise KafkaException(failure)

    def ends(self, name: str, timeout: float = TIMEOUT) -> dict[int, int]:
        """Return the next offset of each partition of a topic."""
        with _requesting():
            return self._ends(name, timeout)

    def read(
        self, name: str, spans: dict[int, tuple[int, int]], timeout: float = TIMEOUT
    ) -> list[Message]:
        """Return messages of a topic in the order of arrival.

        Args:
            name: The topic.
            spans: The first offset and the end offset of each partition to read.
            timeout: Seconds to wait for each message.
        """
        pending = {number: end for number, (_, end) in spans.items()}
        found: list[tuple[int, Message]] = []
        with _requesting():
            # Otherwise the consumer discovers new partitions only once a second.
            self._consumer.list_topics(name, timeout)
            self._consumer.assign(
                [TopicPartition(name, number, start) for number, (start, _) in spans.items()]
            )
            try:
                while pending:
                    record = self._consumer.poll(timeout)
                    if record is None:
                        raise BrokerError(
                            f"Topic {name!r} could not be read within {timeout:.0f} s."
                        )
                    number, offset = record.partition(), record.offset()
                    assert number is not None
                    assert offset is not None
                    error = record.error()
                    if error is None:
                        key, value = _text(record.key()), _text(record.value())
                        message = Message(name, key, value, number, offset)
                        found.append((record.timestamp()[1], message))
                        offset += 1
                    # The end may be a transaction marker, which consumers never receive.
                    elif error.code() != KafkaError._PARTITION_EOF:
                        raise KafkaException(error)
                    if offset >= pending.get(number, 0):
                        pending.pop(number, None)
            finally:
                self._consumer.unassign()
        found.sort(key=itemgetter(0))
        return [message for _, message in found]

    def _ends(self, name: str, timeout: float) -> dict[int, int]:
        partitions = self._admin.list_topics(name, timeout).topics[name].partitions
        asked = {TopicPartition(name, number): admin.OffsetSpec.latest() for number in partitions}
        committed = IsolationLevel.READ_COMMITTED
        results = self._admin.list_offsets(asked, isolation_level=committed)
        return {each.partition: result.result(timeout).offset for each, result in results.items()}

    def _settle(self, name: str, partitions: int) -> None:
        """Wait until the broker serves all partitions and the producer knows them."""
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            try:
                known = self._producer.list_topics(name, TIMEOUT).topics[name].partitions
                if len(known) == len(self._ends(name, TIMEOUT)) == partitions:
                    return
            except KafkaException as error:
                if error.args[0].code() not in _NOT_YET:
                    raise
        raise BrokerError(f"Topic {name!r} does not have its {partitions} partitions yet.")


@contextlib.contextmanager
def _requesting() -> Iterator[None]:
    try:
        yield
    except (KafkaException, TimeoutError) as error:
        reason = error.args[0].str() if error.args else "the request timed out"
        raise BrokerError(f"Kafka: {reason}") from error


def _text(data: bytes | str | None) -> str:
    return data if isinstance(data, str) else (data or b"").decode(errors="replace")
