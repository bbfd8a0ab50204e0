"""Topics and lifetime of a real broker follow the emulator."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import confluent_kafka
import confluent_kafka.admin
import pytest
from broker.conftest import Place
from ncloud_datastream import Credentials, DataStream, GatewayErrorCode, Retry, ServerError
from ncloud_datastream_emulator import Emulator
from ncloud_datastream_emulator.kafka import BrokerError

pytestmark = pytest.mark.kafka

Kafka: Any = confluent_kafka.admin  # its types do not export what it offers


# --- topics --------------------------------------------------------------------------------------


def partitions_and_retention(place: Place, name: str) -> tuple[int, str]:
    """Return partitions and retention of a topic in the broker."""
    admin = Kafka.AdminClient(place.ds.kafka_config(place.topic(), extra=place.trust))
    found = admin.list_topics(name, timeout=30).topics[name]
    if found.error is not None:
        raise LookupError(found.error.str())
    resource = Kafka.ConfigResource(Kafka.ResourceType.TOPIC, name)
    entries = admin.describe_configs([resource])[resource].result(30)
    return len(found.partitions), entries["retention.ms"].value


def test_topics_of_the_rest_api_exist_in_the_broker(place: Place) -> None:
    topic = place.ds.create_topic(name="h4j6l-made", partitions=5, retention_ms=7_200_000)
    assert partitions_and_retention(place, topic.topic_name) == (5, "7200000")
    assert topic.tcp_endpoint == place.emulator.kafka_address
    assert place.ds.get_topic(topic.topic_id).tcp_endpoint == place.emulator.kafka_address

    place.ds.wait_for_topic(topic.topic_id)
    place.send(topic, "k", "before")
    place.ds.update_topic(topic.topic_id, description="", partitions=16, retention_ms=3_600_000)
    assert partitions_and_retention(place, topic.topic_name) == (16, "3600000")
    place.ds.send_message(topic=topic.topic_name, key="k", value="after", partition=15)
    place.ds.update_topic(topic.topic_id, description="d", partitions=16, retention_ms=3_600_000)
    assert partitions_and_retention(place, topic.topic_name) == (16, "3600000")

    place.ds.delete_topic(topic.topic_id)
    with pytest.raises(LookupError, match="Unknown topic"):
        partitions_and_retention(place, topic.topic_name)
    assert sorted(m.value for m in place.messages(topic)) == ["after", "before"]


def test_a_topic_can_be_created_again_under_its_name(place: Place) -> None:
    first = place.topic(partitions=2)
    name = first.topic_name
    place.ds.send_message(topic=name, key="k", value="first", partition=1)
    assert [m.value for m in place.messages(first)] == ["first"]
    place.ds.send_message(topic=name, key="k", value="first too", partition=1)
    place.ds.delete_topic(first.topic_id)
    again = place.ds.create_topic(name=name, partitions=1)
    place.ds.wait_for_topic(again.topic_id)
    place.send(again, "k", "second")
    kept = [(m.value, m.offset) for m in place.messages(again)]
    assert kept == [("first", 0), ("first too", 1), ("second", 0)]


def test_a_topic_that_the_broker_rejects_is_not_created(place: Place) -> None:
    admin = Kafka.AdminClient(place.ds.kafka_config(place.topic(), extra=place.trust))
    admin.create_topics([Kafka.NewTopic("h4j6l-theirs", 1, 1)])["h4j6l-theirs"].result(30)
    with pytest.raises(ServerError, match="already exists") as caught:
        place.ds.with_options(retry=Retry(max_attempts=1)).create_topic(name="h4j6l-theirs")
    assert caught.value.gateway_code is GatewayErrorCode.ENDPOINT_ERROR
    assert "h4j6l-theirs" not in [topic.topic_name for topic in place.ds.list_topics()]


# --- the process ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("tools")
def test_messages_survive_a_restart_and_a_crash_of_the_broker() -> None:
    emulator = Emulator(kafka="127.0.0.1:0", prefix="")
    emulator.start()
    try:
        with DataStream(
            emulator.credentials, management_url=emulator.url, message_url=emulator.url
        ) as ds:
            topic = ds.wait_for_topic(ds.create_topic(name="t").topic_id)
            ds.send_message(topic="t", key="k", value="before")
        address, ca = emulator.kafka_address, Path(emulator.kafka_ca).read_text()
        assert re.fullmatch(r"127\.0\.0\.1:\d+", address)
        emulator.stop()
        assert not listens(address)
        assert [m.value for m in emulator.messages("t")] == ["before"]
        emulator.stop()

        emulator.start()
        assert (emulator.kafka_address, Path(emulator.kafka_ca).read_text()) == (address, ca)
        with DataStream(
            emulator.credentials,
            management_url=emulator.url,
            message_url=emulator.url,
            retry=Retry(max_attempts=1),
        ) as ds:
            assert ds.get_topic(topic.topic_id).tcp_endpoint == address
            ds.send_message(topic="t", key="k", value="after")
            kept = [(m.value, m.offset) for m in emulator.messages("t")]
            assert kept == [("before", 0), ("after", 1)]

            os.kill(broker_of(os.getpid()), signal.SIGKILL)
            log = emulator._kafka
            assert log is not None
            broker = log._broker
            wait_until(lambda: fails(broker.check))
            with pytest.raises(ServerError, match="The broker has exited") as caught:
                ds.send_message(topic="t", key="k", value="lost")
            assert caught.value.status_code == 503
            assert caught.value.gateway_code is GatewayErrorCode.ENDPOINT_ERROR
            with pytest.raises(BrokerError, match="The broker has exited"):
                emulator.messages("t")
    finally:
        emulator.stop()
    assert [m.value for m in emulator.messages("t")] == ["before", "after"]


@contextlib.contextmanager
def shell(*words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_exports(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    found = {}
    for line in process.stdout:
        name, _, value = line.strip().removeprefix("export ").partition("=")
        found[name] = value
        if name == "NCLOUD_DATASTREAM_MESSAGE_URL":
            return found
    raise AssertionError(process.communicate())


def send_one(variables: dict[str, str]) -> str:
    url = variables["NCLOUD_DATASTREAM_MESSAGE_URL"]
    keys = Credentials(variables["NCLOUD_ACCESS_KEY_ID"], variables["NCLOUD_SECRET_ACCESS_KEY"])
    with DataStream(keys, management_url=url, message_url=url) as ds:
        name = ds.get_topic_prefix().prefix + "t"
        topic = ds.wait_for_topic(ds.create_topic(name=name).topic_id)
        ds.send_message(topic=name, key="k", value="v")
    assert topic.tcp_endpoint is not None
    return topic.tcp_endpoint


@pytest.mark.usefixtures("tools")
def test_the_shell_command_starts_and_stops_a_broker() -> None:
    with shell("ncloud_datastream_emulator", "--kafka", "127.0.0.1:0") as process:
        assert process.stdout is not None
        first, second = process.stdout.readline(), process.stdout.readline()
        address = send_one(read_exports(process))
        assert first == f"# Kafka listens on {address}; its clients must trust the CA certificate\n"
        ca = Path(second.removeprefix("# ").strip())
        assert ca.read_text().startswith("-----BEGIN CERTIFICATE-----\n")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert not listens(address)
    assert not ca.parent.exists()


@pytest.mark.usefixtures("tools")
def test_neither_a_broker_nor_its_folder_outlives_a_killed_emulator() -> None:
    command = "ncloud_datastream_cli", "emulator", "--port", "0", "--kafka", "127.0.0.1:0"
    with shell(*command) as process:
        address = send_one(read_exports(process))
        process.kill()
        output, errors = process.communicate(timeout=60)
    assert output == ""
    told = re.fullmatch(
        rf"Kafka listens on {address}; its clients [a-zA-Z ]+ (/\S+)/ca\.pem\n", errors
    )
    assert told
    wait_until(lambda: not listens(address))
    wait_until(lambda: not Path(told[1]).exists())


def listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError:
        return False
    return True


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def fails(check: Callable[[], None]) -> bool:
    try:
        check()
    except BrokerError:
        return True
    return False


def broker_of(process: int) -> int:
    """The Java process that is a grandchild of a process; the youngest of several."""
    keepers = children(process)
    return max(java for keeper in keepers for java in children(keeper))


def children(process: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, path.read_text().split())
    return found
