"""Messages of Kafka clients in the emulator, and rejected logins."""

from __future__ import annotations

import time
from typing import Any

import aiokafka
import aiokafka.errors
import confluent_kafka
import pytest
from broker.conftest import Place
from ncloud_datastream_api.models import Topic
from ncloud_datastream_emulator import Message

pytestmark = pytest.mark.kafka


def write(config: dict[str, Any], topic: Topic, *records: tuple[Any, Any, int]) -> None:
    """Write key, value and partition, each acknowledged."""
    producer = confluent_kafka.Producer(config)
    outcomes: list[Any] = []
    for key, value, partition in records:
        producer.produce(
            topic.topic_name,
            value,
            key,
            partition,
            on_delivery=lambda error, _: outcomes.append(error),
        )
    assert producer.flush(30) == 0
    assert [str(each) for each in outcomes] == ["None"] * len(records)


def test_messages_of_confluent_kafka_are_included(place: Place) -> None:
    topic = place.topic(partitions=2)
    name = topic.topic_name
    config = place.ds.kafka_config(topic, extra=place.trust)
    write(config, topic, (b"k", "안녕".encode(), 1), (None, None, 1), (b"\xff", b"v" * 9, 0))
    assert place.messages(topic) == [
        Message(name, "\ufffd", "v" * 9, 0, 0),
        Message(name, "k", "안녕", 1, 0),
        Message(name, "", "", 1, 1),
    ]
    place.ds.send_message(topic=name, key="by", value="rest", partition=1)
    write(config | {"compression.type": "zstd"}, topic, (b"z", b"packed", 0))
    kept = [(m.partition, m.offset, m.key) for m in place.messages(topic)]
    assert kept == [(0, 0, "\ufffd"), (0, 1, "z"), (1, 0, "k"), (1, 1, ""), (1, 2, "by")]


def test_rest_messages_of_one_key_have_random_partitions_unless_named(place: Place) -> None:
    topic = place.topic(partitions=16)
    for _ in range(60):
        place.send(topic, "k", "anywhere")
    for _ in range(3):
        place.ds.send_message(topic=topic.topic_name, key="k", value="named", partition=11)
    by = {
        way: [m.partition for m in place.messages(topic) if m.value == way]
        for way in ("anywhere", "named")
    }
    assert len(by["anywhere"]) == 60
    assert len(set(by["anywhere"])) > 1
    assert by["named"] == [11] * 3


def test_messages_of_kafka_python_are_included(place: Place, kafka_python: Any) -> None:
    topic = place.topic(partitions=1)
    config = place.ds.kafka_config(
        topic, style="kafka-python", extra={"ssl_cafile": place.emulator.kafka_ca}
    )
    producer = kafka_python.KafkaProducer(**config)
    try:
        for number in range(3):
            producer.send(topic.topic_name, b"%d" % number, b"k").get(30)
    finally:
        producer.close(30)
    assert [m.value for m in place.messages(topic)] == ["0", "1", "2"]


def test_only_committed_transactions_are_included(place: Place) -> None:
    topic = place.topic(partitions=1)
    name = topic.topic_name
    config = place.ds.kafka_config(topic, extra=place.trust | {"transactional.id": name})
    producer = confluent_kafka.Producer(config)
    producer.init_transactions(30)
    for value, end in (
        (b"taken back", producer.abort_transaction),
        (b"meant", producer.commit_transaction),
    ):
        producer.begin_transaction()
        producer.produce(name, value)
        assert producer.flush(30) == 0
        end(30)
    # A committed message can be read shortly after the commit returns.
    deadline = time.monotonic() + 30
    while not place.messages(topic):
        assert time.monotonic() < deadline
    assert place.messages(topic) == [Message(name, "", "meant", 0, 2)]
    place.send(topic, "k", "after")
    assert [(m.value, m.offset) for m in place.messages(topic)] == [("meant", 2), ("after", 4)]


def test_a_message_of_one_mebibyte_is_accepted(place: Place) -> None:
    topic = place.topic(partitions=1)
    value = "x" * (1024 * 1024 - 1)
    place.send(topic, "k", value)
    assert [m.value for m in place.messages(topic)] == [value]


# --- rejected -------------------------------------------------------------------------------------


def login_errors(config: dict[str, Any], topic: Topic) -> str:
    """Return the errors of a client that cannot log in."""
    told: list[confluent_kafka.KafkaError] = []
    consumer = confluent_kafka.Consumer(
        config | {"group.id": "g", "error_cb": told.append, "log_level": 0}
    )
    try:
        with pytest.raises(confluent_kafka.KafkaException):
            consumer.list_topics(topic.topic_name, timeout=3)
        consumer.poll(1)
    finally:
        consumer.close()
    return " ".join(error.str() for error in told)


def test_main_account_keys_and_a_wrong_secret_are_rejected(place: Place) -> None:
    topic = place.topic(partitions=1)
    keys = place.emulator.main_credentials
    for user, password in ((keys.access_key, keys.secret_key), (None, "wrong")):
        login = {"sasl.password": password} | ({"sasl.username": user} if user else {})
        config = place.ds.kafka_config(topic, extra=place.trust | login)
        assert "Invalid username or password" in login_errors(config, topic)


def test_the_certificate_is_not_trusted_by_default(place: Place) -> None:
    topic = place.topic(partitions=1)
    assert "certificate" in login_errors(place.ds.kafka_config(topic), topic)


async def test_aiokafka_does_not_trust_the_certificate_either(place: Place) -> None:
    topic = place.topic(partitions=1)
    config = place.ds.kafka_config(topic, style="aiokafka")
    consumer = aiokafka.AIOKafkaConsumer(topic.topic_name, **config)
    try:
        with pytest.raises(aiokafka.errors.KafkaConnectionError):
            await consumer.start()
    finally:
        await consumer.stop()
