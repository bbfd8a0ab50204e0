"""Messages of the REST API, read by Kafka clients configured with `kafka_config`."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

import aiokafka
import confluent_kafka
import pytest
from broker.conftest import Place
from ncloud_datastream import AsyncDataStream
from ncloud_datastream_api.models import Topic
from ncloud_datastream_emulator.kafka.jars import fetch

pytestmark = pytest.mark.kafka

Record = tuple[int, int, str, str]

TEXTS = [(f"k{n}", f"value {n}") for n in range(20)] + [("", "키 없음"), ("빈", "")]


def fill(place: Place) -> Topic:
    topic = place.topic(partitions=3)
    for key, value in TEXTS:
        place.send(topic, key, value)
    return topic


def sent(place: Place, topic: Topic) -> list[Record]:
    found = [(m.partition, m.offset, m.key, m.value) for m in place.messages(topic)]
    assert sorted((key, value) for _, _, key, value in found) == sorted(TEXTS)
    assert {partition for partition, *_ in found} == {0, 1, 2}
    assert found == sorted(found)
    return found


def test_confluent_kafka_reads_messages_of_the_rest_api(place: Place) -> None:
    topic = fill(place)
    extra = {"group.id": "g", "auto.offset.reset": "earliest"}
    consumer = confluent_kafka.Consumer(place.ds.kafka_config(topic, extra=place.trust | extra))
    found: list[Record] = []
    try:
        consumer.subscribe([topic.topic_name])
        while len(found) < len(TEXTS):
            message: Any = consumer.poll(30)
            assert message is not None, found
            assert message.error() is None, message.error()
            key, value = message.key().decode(), message.value().decode()
            found.append((message.partition(), message.offset(), key, value))
    finally:
        consumer.close()
    assert sorted(found) == sent(place, topic)


async def test_aiokafka_reads_messages_of_the_rest_api(place: Place) -> None:
    topic = fill(place)
    emulator = place.emulator
    async with AsyncDataStream(
        emulator.credentials, management_url=emulator.url, message_url=emulator.url
    ) as ds:
        config = await ds.kafka_config(
            topic.topic_id,
            style="aiokafka",
            extra={"ssl_context": ssl.create_default_context(cafile=emulator.kafka_ca)},
        )
    consumer = aiokafka.AIOKafkaConsumer(
        topic.topic_name, group_id="g-aio", auto_offset_reset="earliest", **config
    )
    found: list[Record] = []
    async with consumer:
        while len(found) < len(TEXTS):
            message = await consumer.getone()
            found.append(
                (message.partition, message.offset, message.key.decode(), message.value.decode())
            )
    assert sorted(found) == sent(place, topic)


def test_kafka_python_reads_messages_of_the_rest_api(place: Place, kafka_python: Any) -> None:
    topic = fill(place)
    config = place.ds.kafka_config(
        topic, style="kafka-python", extra={"ssl_cafile": place.emulator.kafka_ca}
    )
    consumer = kafka_python.KafkaConsumer(
        topic.topic_name,
        group_id="g-python",
        auto_offset_reset="earliest",
        consumer_timeout_ms=30_000,
        **config,
    )
    found: list[Record] = []
    try:
        for message in consumer:
            found.append(
                (message.partition, message.offset, message.key.decode(), message.value.decode())
            )
            if len(found) == len(TEXTS):
                break
    finally:
        consumer.close()
    assert sorted(found) == sent(place, topic)


def test_the_java_client_reads_messages_of_the_rest_api(place: Place, tmp_path: Path) -> None:
    topic = fill(place)
    config = place.ds.kafka_config(
        topic,
        style="java-properties",
        extra={
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": place.emulator.kafka_ca,
            "group.id": "그룹: = \\ #",
            "auto.offset.reset": "earliest",
        },
    )
    file = tmp_path / "client.properties"
    file.write_text(config.properties())
    java = shutil.which("java")
    assert java is not None
    source = Path(__file__).with_name("Consume.java")
    done = subprocess.run(
        [java, "-cp", f"{fetch()}/*", source, file, topic.topic_name, str(len(TEXTS))],
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    group, *lines = done.stdout.decode().splitlines()
    assert group == "그룹: = \\ #"
    found = []
    for line in lines:
        partition, offset, key, value = line.split("\t")
        found.append((int(partition), int(offset), key, value))
    assert sorted(found) == sent(place, topic)
