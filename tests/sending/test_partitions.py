"""Keys and partitions: the client sets the partition as Kafka's own producers do."""

from __future__ import annotations

import random
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
def test_the_vectors_of_kafka_itself(key: str, hashed: int, partitions: int) -> None:
    assert partition_for(key, partitions) == (hashed & 0x7FFFFFFF) % partitions


def test_the_partition_is_that_of_a_kafka_client() -> None:
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
def test_an_invalid_number_of_partitions_is_rejected(partitions: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=r"partition_for: partitions must be an integer, 1 or more"
    ):
        partition_for("k", partitions)


@pytest.mark.parametrize(
    ("key", "says"),
    [(7, "not int"), (None, "not NoneType"), ("\ud800", "cannot be encoded as UTF-8")],
)
def test_an_invalid_key_is_rejected(key: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        partition_for(key, 3)


@every_form
@pytest.mark.parametrize("partitions", [3, {TOPIC: 3, "another": 1}])
def test_messages_without_a_partition_get_that_of_their_key(
    form: str, server: Server, partitions: Any
) -> None:
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
def test_messages_of_a_topic_without_an_entry_are_not_sent(form: str, server: Server) -> None:
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
@pytest.mark.parametrize(
    ("bad", "partitions"),
    [
        (Message(TOPIC, 7, "v"), 2),  # type: ignore[arg-type]
        (Message(TOPIC, "\ud800", "v"), 2),
        (Message([TOPIC], "k", "v"), {TOPIC: 2}),  # type: ignore[arg-type]
    ],
)
def test_a_message_with_an_invalid_key_or_topic_fails_alone(
    form: str, server: Server, bad: Message, partitions: Any
) -> None:
    result = send(form, server, [bad, Message(TOPIC, "k", "v")], partitions=partitions)
    outcomes = {delivery.index: delivery.outcome for delivery in result.deliveries}
    assert outcomes == {0: Outcome.UNSENT, 1: Outcome.DELIVERED}


@pytest.mark.parametrize("client", [DataStream, AsyncDataStream])
@pytest.mark.parametrize(
    "partitions", [0, -3, True, 1.5, "3", [3], {TOPIC: 0}, {TOPIC: None}, {7: 3}]
)
def test_invalid_partitions_are_rejected_at_the_call(client: Any, partitions: Any) -> None:
    ds = client(KEYS)
    with pytest.raises(ConfigurationError, match="send_messages: partitions"):
        ds.send_messages([], partitions=partitions)


def test_the_mapping_is_read_at_the_call(server: Server) -> None:
    partitions = {TOPIC: 1}
    with DataStream(**options(server)) as ds:
        sending = ds.send_messages([Message(TOPIC, "k", "v")], partitions=partitions)
        partitions.clear()
        assert [delivery.outcome for delivery in sending] == [Outcome.DELIVERED]
