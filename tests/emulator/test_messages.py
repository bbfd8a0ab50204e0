"""Sending messages, and reading them from Python."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import httpx
import pytest
from ncloud_datastream_emulator import Emulator, Message

PRODUCE = "/api/produce"


def test_messages_are_stored_in_order(call: Any) -> None:
    name = call.topic(partitions=2)["topicName"]
    for partition, value in [(0, "a"), (1, "b"), (0, "다")]:
        body = {"topic": name, "key": "k", "value": value, "partition": partition}
        response = call("POST", PRODUCE, body)
        assert response.status_code == 200
        assert response.json() == {"status": 200, "detail": "OK"}
    assert call.emulator.messages(name) == [
        Message(name, "k", "a", 0, 0),
        Message(name, "k", "b", 1, 0),
        Message(name, "k", "다", 0, 1),
    ]


def test_messages_are_immutable_and_lists_are_copies(call: Any) -> None:
    name = call.topic()["topicName"]
    call("POST", PRODUCE, {"topic": name, "key": "", "value": ""})
    with pytest.raises(FrozenInstanceError):
        call.emulator.messages(name)[0].value = "other"
    call.emulator.messages(name).clear()
    call.emulator.calls.clear()
    assert len(call.emulator.messages(name)) == 1
    assert call.emulator.calls


def test_an_unknown_topic_has_no_messages_and_is_a_404(call: Any) -> None:
    assert call.emulator.messages("nope") == []
    response = call("POST", PRODUCE, {"topic": "nope", "key": "k", "value": "v"})
    assert response.status_code == 404
    assert response.json() == {
        "status": 404,
        "detail": "There is no topic with the name 'nope'.",
    }


def test_messages_survive_their_topic_and_offsets_restart_with_a_new_one(call: Any) -> None:
    for value in ("first", "second"):
        topic = call.topic(partitions=1)
        call("POST", PRODUCE, {"topic": topic["topicName"], "key": "k", "value": value})
        call("DELETE", f"/api/v1/topics/{topic['topicId']}")
    stored = call.emulator.messages(topic["topicName"])
    assert [(message.value, message.offset) for message in stored] == [("first", 0), ("second", 0)]


def test_added_partitions_can_be_written_to(call: Any) -> None:
    topic = call.topic(partitions=1)
    body = {"topic": topic["topicName"], "key": "k", "value": "v", "partition": 1}
    refused = call("POST", PRODUCE, body)
    assert refused.status_code == 400
    assert refused.json()["detail"] == (
        f"partition must be from 0 to 0 for {topic['topicName']!r}, but is 1."
    )
    update = {"description": "", "partitions": 2, "retentionMs": 3_600_000}
    call("PUT", f"/api/v1/topics/{topic['topicId']}", update)
    assert call("POST", PRODUCE, body).status_code == 200


def partitions_of_one_key(call: Any, count: int, **named: int) -> list[int]:
    name = call.topic(f"orders{len(named)}", partitions=16)["topicName"]
    for number in range(count):
        body = {"topic": name, "key": "k", "value": str(number), **named}
        assert call("POST", PRODUCE, body).status_code == 200
    stored = call.emulator.messages(name)
    assert [message.value for message in stored] == [str(number) for number in range(count)]
    return [message.partition for message in stored]


def test_only_a_named_partition_is_fixed(call: Any) -> None:
    drawn = partitions_of_one_key(call, 60)
    assert len(set(drawn)) > 1, "the key does not decide"
    assert set(drawn) <= set(range(16))
    assert partitions_of_one_key(call, 20, partition=11) == [11] * 20


def test_a_seed_repeats_partitions_without_influence_on_ids(call: Any) -> None:
    def run(seed: int | str | None, count: int) -> tuple[list[int], str]:
        emulator = Emulator(clock=call.clock, seed=seed)
        with httpx.Client(transport=emulator.transport()) as client:
            other = type(call)(emulator, client, call.document, call.clock)
            found = partitions_of_one_key(other, count)
            return found, str(other.topic("next")["topicId"])

    first, topic_id = run(1, 20)
    assert run(1, 20) == (first, topic_id)
    assert run(1, 5) == (first[:5], topic_id)
    assert run("1", 20)[0] != first
    assert run(None, 20)[0] != run(None, 20)[0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"partition": -1}, "partition must be an integer from 0 to 2147483647, but -1 was given."),
        ({"value": 5}, "value must be a string, but 5 was given."),
        ({"key": None}, "key must be a string, but null was given."),
    ],
)
def test_an_invalid_or_missing_field_is_named(
    call: Any, change: dict[str, Any], sentence: str
) -> None:
    body = {"topic": call.topic()["topicName"], "key": "k", "value": "v"}
    response = call("POST", PRODUCE, body | change)
    assert response.json() == {"status": response.status_code, "detail": sentence}
    assert response.status_code == 400
    missing = call("POST", PRODUCE, {"topic": "t", "value": "v"})
    assert missing.json() == {"status": 400, "detail": "key is missing; it must be a string."}


def test_key_and_value_may_have_one_mebibyte_together(call: Any) -> None:
    name = call.topic()["topicName"]
    # Korean text: the limit counts bytes of UTF-8, without JSON escapes.
    body = {"topic": name, "key": "k", "value": "가" * 349_525}
    assert call("POST", PRODUCE, body).status_code == 200
    response = call("POST", PRODUCE, body | {"key": "kk"})
    assert response.status_code == 413
    assert response.json() == {
        "error": {
            "errorCode": "430",
            "message": "Request Entity Too Large",
            "details": "key and value may have 1048576 bytes together, but have 1048577.",
        }
    }
    assert len(call.emulator.messages(name)) == 1


def test_the_main_account_can_do_everything_but_send(call: Any) -> None:
    name = call.topic()["topicName"]
    body = {"topic": name, "key": "k", "value": "v"}
    response = call("POST", PRODUCE, body, credentials=call.emulator.main_credentials)
    assert response.status_code == 401
    error = response.json()["error"]
    assert (error["errorCode"], error["message"]) == ("210", "Permission Denied")
    assert "sub account" in error["details"]
    assert call.emulator.messages(name) == []
    main = call.emulator.main_credentials
    assert call("GET", "/api/v1/topics", credentials=main).status_code == 200
