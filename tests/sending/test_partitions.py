"""Keys and partitions: the client names the partition, as Kafka's own producers choose it."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    DataStream,
    Message,
    Outcome,
    partition_for,
)
from ncloud_datastream_emulator import Emulator
from sending.sendings import KEYS, every_form, options, send
from sending.server import Server

TOPIC = "h4j6l-orders"


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        # From the tests of Kafka's own `Utils.murmur2`.
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
@pytest.mark.parametrize("partitions", [1, 2, 3, 16, 1000])
def test_kafkas_own_vectors(key: str, hashed: int, partitions: int) -> None:
    assert partition_for(key, partitions) == (hashed & 0x7FFFFFFF) % partitions


def test_it_is_what_a_kafka_client_chooses() -> None:
    draw = random.Random(5)
    keys = ["", "k", "키", "주문-7", "🙂", "\0", "\n"]
    keys += ["".join(chr(draw.randrange(1, 0xD7FF)) for _ in range(n % 23)) for n in range(500)]
    partitioner = pytest.importorskip(
        "aiokafka.partitioner", reason="has no wheels for this CPython"
    )
    for key in keys:
        count = draw.randrange(1, 17)
        assert (
            partition_for(key, count) == (partitioner.murmur2(key.encode()) & 0x7FFFFFFF) % count
        ), key


@pytest.mark.parametrize("partitions", [0, -1, True, 2.0, "3", None])
def test_a_number_that_is_none(partitions: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=r"partition_for: partitions must be an integer, 1 or more"
    ):
        partition_for("k", partitions)


@pytest.mark.parametrize(
    ("key", "says"),
    [(7, "not int"), (None, "not NoneType"), ("\ud800", "cannot be encoded as UTF-8")],
)
def test_a_key_that_is_none(key: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        partition_for(key, 3)


@every_form
@pytest.mark.parametrize("partitions", [3, {TOPIC: 3, "another": 1}])
def test_messages_that_name_none_get_their_keys(form: str, server: Server, partitions: Any) -> None:
    sent = [Message(TOPIC, f"k{n}", f"{n}") for n in range(20)]
    sent += [Message(TOPIC, "k1", "20", 2), Message(TOPIC, "k1", "21", 0)]
    result = send(form, server, sent, partitions=partitions)
    result.check(sent)  # the deliveries have the messages as they were given
    assert result.outcomes == {Outcome.DELIVERED: 22}
    for request in server.received:
        message = sent[int(request.value)]
        given = message.partition
        expected = partition_for(message.key, 3) if given is None else given
        assert request.message["partition"] == expected


@every_form
def test_without_it_the_service_chooses(form: str, server: Server) -> None:
    send(form, server, [Message(TOPIC, "k", "v")])
    assert "partition" not in server.received[0].message


@every_form
def test_a_topic_that_the_mapping_lacks(form: str, server: Server) -> None:
    """Its messages are not sent, since order would be lost silently; the others are."""
    sent = [Message("other", "k", "0"), Message(TOPIC, "k", "1"), Message("other", "k", "2", 1)]
    result = send(form, server, sent, partitions={TOPIC: 2})
    result.check(sent)
    assert result.failure is None
    by_index = {delivery.index: delivery for delivery in result.deliveries}
    assert by_index[0].outcome is Outcome.UNSENT
    assert isinstance(by_index[0].error, ConfigurationError)
    assert "no entry for the topic 'other'" in str(by_index[0].error)
    assert sorted(server.values) == ["1", "2"]


@every_form
def test_a_topic_that_is_no_text(form: str, server: Server) -> None:
    bad: Any = Message([TOPIC], "k", "v")  # type: ignore[arg-type]
    result = send(form, server, [bad, Message(TOPIC, "k", "v")], partitions={TOPIC: 2})
    outcomes = {delivery.index: delivery.outcome for delivery in result.deliveries}
    assert (outcomes, result.failure) == ({0: Outcome.UNSENT, 1: Outcome.DELIVERED}, None)


@every_form
@pytest.mark.parametrize("bad", [Message(TOPIC, 7, "v"), Message(TOPIC, "\ud800", "v")])  # type: ignore[arg-type]
def test_what_cannot_be_sent_ends_nothing(form: str, server: Server, bad: Any) -> None:
    result = send(form, server, [bad, Message(TOPIC, "k", "v")], partitions=2)
    outcomes = {delivery.index: delivery.outcome for delivery in result.deliveries}
    assert outcomes == {0: Outcome.UNSENT, 1: Outcome.DELIVERED}


@pytest.mark.parametrize("client", [DataStream, AsyncDataStream])
@pytest.mark.parametrize(
    "partitions", [0, -3, True, 1.5, "3", [3], {TOPIC: 0}, {TOPIC: None}, {7: 3}]
)
def test_bad_values_are_refused_at_the_call(client: Any, partitions: Any) -> None:
    ds = client(KEYS)
    with pytest.raises(ConfigurationError, match="send_messages: partitions"):
        ds.send_messages([], partitions=partitions)


def test_the_mapping_is_read_at_the_call(server: Server) -> None:
    partitions = {TOPIC: 1}
    with DataStream(**options(server)) as ds:
        sending = ds.send_messages([Message(TOPIC, "k", "v")], partitions=partitions)
        partitions.clear()
        assert [delivery.outcome for delivery in sending] == [Outcome.DELIVERED]


def test_a_key_lies_in_one_partition_in_order(served: Emulator) -> None:
    """All of it together, against a service that keeps what it gets."""
    made = options(served.url, credentials=served.credentials)
    with DataStream(**made) as ds:
        topic = ds.create_topic(name=f"{ds.get_topic_prefix().prefix}keyed", partitions=3)
        name = ds.wait_for_topic(topic.topic_id).topic_name
        sent = [Message(name, f"k{n % 7}", f"{n}") for n in range(420)]
        for delivery in ds.send_messages(sent, partitions=3, ordered="key"):
            assert delivery.outcome is Outcome.DELIVERED
        ds.delete_topic(topic.topic_id)
    kept: dict[str, list[Any]] = defaultdict(list)
    for message in served.messages(name):
        kept[message.key].append(message)
    for number, key in enumerate(f"k{n}" for n in range(7)):
        assert {message.partition for message in kept[key]} == {partition_for(key, 3)}
        in_order = sorted(kept[key], key=lambda message: message.offset)
        assert [message.value for message in in_order] == [f"{n}" for n in range(number, 420, 7)]
    named = [call for call in served.calls if call.operation == "sendMessage"][-420:]
    assert all(b'"partition":' in call.body for call in named)
