"""The topics of a broker: made, changed, deleted, written to and read back."""

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
"""Without its types, which do not export what the module offers."""

TIMEOUT = 20.0
"""Seconds for one request to the broker."""

_TURN = 0.01
"""Seconds after which somebody who writes looks whether another one was told of it."""

_NOT_YET = (
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
)


class Topics:
    """What the emulator asks of a broker.

    Args:
        broker: A started broker.

    Raises:
        BrokerError: It does not answer.
    """

    def __init__(self, broker: Broker) -> None:
        # Errors are raised; what librdkafka would write to the terminal says nothing more.
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
        with _asking():
            self._producer.list_topics(timeout=TIMEOUT)

    def close(self) -> None:
        """Leave the broker; the other connections end with this object."""
        self._consumer.close()

    def create(self, name: str, partitions: int, retention_ms: int) -> None:
        """Make a topic.

        Raises:
            BrokerError: The broker refuses or does not answer; as for all of these.
        """
        new = admin.NewTopic(name, partitions, 1, config={"retention.ms": str(retention_ms)})
        with _asking():
            self._admin.create_topics([new])[name].result(TIMEOUT)
            self._settle(name, partitions)

    def grow(self, name: str, partitions: int) -> None:
        """Give a topic more partitions."""
        with _asking():
            new = admin.NewPartitions(name, partitions)
            self._admin.create_partitions([new])[name].result(TIMEOUT)
            self._settle(name, partitions)

    def retain(self, name: str, retention_ms: int) -> None:
        """Change how long a topic's messages are kept."""
        entry = admin.ConfigEntry(
            "retention.ms", str(retention_ms), incremental_operation=admin.AlterConfigOpType.SET
        )
        resource = admin.ConfigResource(admin.ResourceType.TOPIC, name, incremental_configs=[entry])
        with _asking():
            self._admin.incremental_alter_configs([resource])[resource].result(TIMEOUT)

    def delete(self, name: str) -> None:
        """Delete a topic with its messages."""
        with _asking():
            self._admin.delete_topics([name])[name].result(TIMEOUT)
        # This one would not find its way to a new topic of the same name.
        self._consumer.close()
        self._consumer = Consumer(self._consuming)

    def produce(self, name: str, key: str, value: str, partition: int) -> None:
        """Write a message, and return when the broker has it."""
        failures: list[KafkaError | None] = []
        with _asking():
            self._producer.produce(
                name,
                value.encode(),
                key.encode(),
                partition,
                on_delivery=lambda error, _: failures.append(error),
            )
            # Not `flush`, which would wait for what others write at the same time.
            deadline = time.monotonic() + TIMEOUT + 1
            while not failures and time.monotonic() < deadline:
                self._producer.poll(_TURN)
            if not failures:
                raise TimeoutError
            if (failure := failures[0]) is not None:
                raise KafkaException(failure)

    def ends(self, name: str, timeout: float = TIMEOUT) -> dict[int, int]:
        """Return the next offset of each partition of a topic."""
        with _asking():
            return self._ends(name, timeout)

    def read(
        self, name: str, spans: dict[int, tuple[int, int]], timeout: float = TIMEOUT
    ) -> list[Message]:
        """Return messages of a topic, in the order of their coming.

        Args:
            name: The topic.
            spans: The first offset and the one after the last, for each partition to be read.
            timeout: Seconds that the next message may take.
        """
        pending = {number: end for number, (_, end) in spans.items()}
        found: list[tuple[int, Message]] = []
        with _asking():
            # By itself it looks for the places of partitions that are new to it once a second.
            self._consumer.list_topics(name, timeout)
            self._consumer.assign(
                [TopicPartition(name, number, start) for number, (start, _) in spans.items()]
            )
            try:
                while pending:
                    record = self._consumer.poll(timeout)
                    if record is None:
                        raise BrokerError(f"Topic {name} could not be read in {timeout:.0f} s.")
                    number, offset = record.partition(), record.offset()
                    assert number is not None
                    assert offset is not None
                    error = record.error()
                    if error is None:
                        key, value = _text(record.key()), _text(record.value())
                        message = Message(name, key, value, number, offset)
                        found.append((record.timestamp()[1], message))
                        offset += 1
                    # At the end there may be the mark of a transaction, which nobody gets to see.
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
        answers = self._admin.list_offsets(asked, isolation_level=committed)
        return {each.partition: answer.result(timeout).offset for each, answer in answers.items()}

    def _settle(self, name: str, partitions: int) -> None:
        """Wait until the broker serves all partitions, and the producer knows of them."""
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            try:
                known = self._producer.list_topics(name, TIMEOUT).topics[name].partitions
                if len(known) == len(self._ends(name, TIMEOUT)) == partitions:
                    return
            except KafkaException as error:
                if error.args[0].code() not in _NOT_YET:
                    raise
        raise BrokerError(f"Topic {name} has not got its {partitions} partitions.")


@contextlib.contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except (KafkaException, TimeoutError) as error:
        said = error.args[0].str() if error.args else "it does not answer in time"
        raise BrokerError(f"Kafka: {said}") from error


def _text(data: bytes | str | None) -> str:
    return data if isinstance(data, str) else (data or b"").decode(errors="replace")
