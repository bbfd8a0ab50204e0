"""Kafka topics, with the mock broker of librdkafka."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import confluent_kafka
import pytest
from ncloud_datastream_emulator import Message
from ncloud_datastream_emulator.kafka import BrokerError, topics


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of librdkafka's mock broker, which creates topics with 4 partitions."""
    keeper = confluent_kafka.Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (broker,) = keeper.list_topics(timeout=30).brokers.values()
    yield f"{broker.host}:{broker.port}"
    del keeper


@pytest.fixture
def there(address: str) -> Iterator[topics.Topics]:
    broker: Any = SimpleNamespace(client_config=lambda: {"bootstrap.servers": address})
    made = topics.Topics(broker)
    yield made
    made.close()


def test_written_messages_are_read_by_partition_and_offset(there: topics.Topics) -> None:
    assert there.ends("a") == {0: 0, 1: 0, 2: 0, 3: 0}
    for value in ("one", "two", "three"):
        there.produce("a", "키", value, 1)
    there.produce("a", "", "", 3)
    assert there.ends("a") == {0: 0, 1: 3, 2: 0, 3: 1}
    found = there.read("a", {1: (1, 3), 3: (0, 1)})
    assert sorted(found, key=lambda m: (m.partition, m.offset)) == [
        Message("a", "키", "two", 1, 1),
        Message("a", "키", "three", 1, 2),
        Message("a", "", "", 3, 0),
    ]
    # The end offset may follow a transaction marker, which cannot be read.
    assert [m.offset for m in there.read("a", {1: (2, 3)})] == [2]
    assert there.read("a", {0: (0, 0)}) == []


def test_messages_are_read_in_the_order_of_arrival(there: topics.Topics) -> None:
    for second, partition in enumerate((2, 0, 2, 1), 1):
        there._producer.produce("g", f"{second}", None, partition, timestamp=second * 1000)
    there._producer.flush(30)
    spans = {0: (0, 1), 1: (0, 1), 2: (0, 2)}
    for order in (spans, dict(reversed(spans.items()))):
        assert [m.value for m in there.read("g", order)] == ["1", "2", "3", "4"]


def test_bytes_are_decoded_and_partitions_checked(there: topics.Topics) -> None:
    there._producer.produce("b", b"\xff", None, 0)
    there._producer.flush(30)
    assert there.read("b", {0: (0, 1)}) == [Message("b", "", "\ufffd", 0, 0)]
    with pytest.raises(BrokerError, match="Unknown partition"):
        there.produce("b", "k", "v", 9)


def test_an_unreadable_partition_is_a_broker_error(
    there: topics.Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = confluent_kafka.KafkaError(confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED)
    record = SimpleNamespace(partition=lambda: 0, offset=lambda: -1001, error=lambda: error)
    consumer = SimpleNamespace(
        list_topics=lambda *_: None,
        assign=len,
        unassign=list,
        poll=lambda _: record,
        close=list,
    )
    monkeypatch.setattr(there, "_consumer", consumer)
    with pytest.raises(BrokerError, match="Kafka: Broker: Topic authorization failed"):
        there.read("a", {0: (0, 1)})


class Admin:
    """Records requests, which the mock broker does not support."""

    def __init__(self, real: Any) -> None:
        self.list_topics = real.list_topics
        self.list_offsets = real.list_offsets
        self.orders: list[tuple[Any, ...]] = []
        self.failure: Exception | None = None

    def _done(self, key: Any, *order: Any) -> dict[Any, Future[None]]:
        self.orders.append(order)
        future: Future[None] = Future()
        if self.failure is None:
            future.set_result(None)
        else:
            future.set_exception(self.failure)
        return {key: future}

    def create_topics(self, new: list[Any]) -> Any:
        (each,) = new
        return self._done(each.topic, each.topic, each.num_partitions, each.replication_factor)

    def create_partitions(self, new: list[Any]) -> Any:
        (each,) = new
        return self._done(each.topic, each.topic, each.new_total_count)

    def delete_topics(self, names: list[str]) -> Any:
        return self._done(names[0], names)

    def incremental_alter_configs(self, resources: list[Any]) -> Any:
        (each,) = resources
        (entry,) = each.incremental_configs
        return self._done(each, each.name, entry.name, entry.value)


@pytest.fixture
def admin(there: topics.Topics) -> Admin:
    admin = there._admin = Admin(there._admin)
    return admin


def test_topics_are_created_changed_and_deleted(there: topics.Topics, admin: Admin) -> None:
    there.create("c", 4, 3_600_000)
    there.grow("c", 4)
    there.retain("c", 7_200_000)
    there.produce("c", "k", "v", 0)
    assert len(there.read("c", {0: (0, 1)})) == 1
    assert there._consumer.assignment() == [], "nothing is fetched until the next time"
    before = there._consumer
    there.delete("c")
    assert there._consumer is not before
    assert admin.orders == [
        ("c", 4, 1),
        ("c", 4),
        ("c", "retention.ms", "7200000"),
        (["c"],),
    ]
    assert len(there.read("c", {0: (0, 1)})) == 1, "by a new consumer"


def test_a_rejected_request_is_a_broker_error(there: topics.Topics, admin: Admin) -> None:
    no = confluent_kafka.KafkaError(confluent_kafka.KafkaError.POLICY_VIOLATION, "not today")
    for failure, reason in (
        (confluent_kafka.KafkaException(no), "^Kafka: not today$"),
        (TimeoutError(), "^Kafka: the request timed out$"),
    ):
        admin.failure = failure
        orders: Any = (
            (there.create, (4, 1)),
            (there.grow, (4,)),
            (there.retain, (1,)),
            (there.delete, ()),
        )
        for order, arguments in orders:
            with pytest.raises(BrokerError, match=reason):
                order("d", *arguments)


def test_create_waits_for_all_partitions_until_the_deadline(
    there: topics.Topics, admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = confluent_kafka.KafkaError
    looks: list[Any] = [error.UNKNOWN_TOPIC_OR_PART, error.NOT_LEADER_FOR_PARTITION, {0: 0}]
    looks.append(dict.fromkeys(range(4), 0))

    def ends(*_: Any) -> Any:
        look = looks.pop(0)
        if isinstance(look, int):
            raise confluent_kafka.KafkaException(error(look))
        return look

    monkeypatch.setattr(there, "_ends", ends)
    there.create("e", 4, 1)
    assert looks == []

    looks.append(error.TOPIC_AUTHORIZATION_FAILED)
    with pytest.raises(BrokerError, match="Kafka: "):
        there.create("e", 4, 1)
    monkeypatch.undo()
    monkeypatch.setattr(topics, "TIMEOUT", 0.2)
    with pytest.raises(BrokerError, match="Topic 'f' does not have its 5 partitions yet"):
        there.create("f", 5, 1)


def test_a_broker_that_does_not_respond_is_a_broker_error(
    there: topics.Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent:
        def produce(self, *_: Any, **__: Any) -> None: ...
        def poll(self, _: float) -> None: ...

    monkeypatch.setattr(there, "_producer", Silent())
    monkeypatch.setattr(topics, "TIMEOUT", -0.9)  # a tenth of a second for a message
    with pytest.raises(BrokerError, match="the request timed out"):
        there.produce("a", "k", "v", 0)
    with pytest.raises(BrokerError, match=r"Topic 'a' could not be read within 0 s\."):
        there.read("a", {0: (0, 99)}, timeout=0.1)


def test_a_failed_delivery_is_a_broker_error(
    there: topics.Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_large = confluent_kafka.KafkaError(confluent_kafka.KafkaError.MSG_SIZE_TOO_LARGE)

    class Rejecting:
        def produce(self, *_: Any, on_delivery: Any) -> None:
            on_delivery(too_large, None)

        def poll(self, _: float) -> None: ...

    monkeypatch.setattr(there, "_producer", Rejecting())
    with pytest.raises(BrokerError, match="Message size too large"):
        there.produce("a", "k", "v", 0)
