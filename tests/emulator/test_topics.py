"""The topic operations."""

from __future__ import annotations

import re
from typing import Any

import pytest

TOPICS = "/api/v1/topics"


CONNECTOR = {
    "consumerSpec": "SMALL",
    "exportType": "OBJECT_STORAGE",
    "location": "s3a://bucket",
    "includeTopicInPath": False,
    "dateFormat": "NONE",
    "roleNrn": "nrn:PUB:IAM::1:Role/a",
}
UPDATE = {"description": "", "partitions": 3, "retentionMs": 3_600_000}


def created(call: Any, name: str = "a") -> str:
    """Create a topic and return its path."""
    topic = call("POST", TOPICS, {"name": call.emulator_prefix + name}).json()
    return f"{TOPICS}/{topic['topicId']}"


def error(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_the_prefix_is_five_characters_and_a_hyphen(call: Any) -> None:
    assert re.fullmatch("[a-z0-9]{5}-", call.emulator_prefix)


def test_a_new_topic_has_the_defaults_and_is_creating(call: Any) -> None:
    name = call.emulator_prefix + "orders"
    response = call("POST", TOPICS, {"name": name})
    assert response.status_code == 200
    topic = response.json()
    assert len(topic.pop("topicId")) == 10
    assert topic == {
        "topicName": name,
        "description": "",
        "partitions": 1,
        "retentionMs": 86_400_000,
        "status": "CREATING",
        "tcpEndpoint": "cluster-1.datastream.invalid:30010",
        "createdDate": "2026-09-21T14:13:20Z",
        "updatedDate": "2026-09-21T14:13:20Z",
    }


def test_a_topic_is_created_on_the_second_read(call: Any) -> None:
    path = created(call)
    assert call("GET", TOPICS).json()["list"][0]["status"] == "CREATING"
    assert [call("GET", path).json()["status"] for _ in range(2)] == ["CREATED"] * 2


def test_a_topic_is_created_after_half_a_second(call: Any) -> None:
    for seconds, status in ((0.499, "CREATING"), (0.5, "CREATED")):
        path = created(call, f"a{status.lower()}")
        call.clock.now += seconds
        assert call("GET", path).json()["status"] == status
    call.clock.now -= 100
    assert call("GET", path).json()["status"] == "CREATED", "a clock set back does not undo it"


def test_a_creating_topic_can_only_be_read_and_deleted(call: Any) -> None:
    name = call.emulator_prefix + "a"
    path = created(call)
    rejected = [
        call("PUT", path, UPDATE),
        call("POST", f"{path}/connectors", CONNECTOR),
        call("POST", f"{path}/schemas", {"schemaType": "AVRO", "schema": '"string"'}),
    ]
    for response in rejected:
        assert error(response) == (400, "InvalidState")
        assert name in response.json()["detail"]
    message = call("POST", "/api/produce", {"topic": name, "key": "k", "value": "v"})
    assert message.json() == {"status": 400, "detail": rejected[0].json()["detail"]}
    assert call("GET", f"{path}/registry-config").status_code == 200
    assert call("DELETE", path).json() is True


def test_a_name_needs_the_prefix_and_more(call: Any) -> None:
    prefix = call.emulator_prefix
    for name in ("orders", "h4j6-orders", "", prefix):
        response = call("POST", TOPICS, {"name": name})
        assert error(response) == (400, "InvalidName")
    assert response.json()["detail"] == (
        f"name must be '{prefix}' followed by at least one character, not '{prefix}'."
    )


def test_a_name_is_unique_until_its_topic_is_deleted(call: Any) -> None:
    topic = call.topic("a")
    again = call("POST", TOPICS, {"name": topic["topicName"]})
    assert error(again) == (409, "DuplicateName")
    call("DELETE", f"{TOPICS}/{topic['topicId']}")
    assert call("POST", TOPICS, {"name": topic["topicName"]}).status_code == 200


def test_a_fourth_topic_exceeds_the_limit(call: Any) -> None:
    for name in "abc":
        call.topic(name)
    fourth = call("POST", TOPICS, {"name": call.emulator_prefix + "d"})
    assert fourth.status_code == 429
    assert fourth.json() == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "instance": "/stream/api/topics",
        "detail": "The limit is 3 topics, and 3 exist already; delete one first.",
        "code": "LimitExceeded",
    }
    assert len(call("GET", TOPICS).json()["list"]) == 3


def test_topics_are_listed_newest_first(call: Any) -> None:
    created = [call.topic(name) for name in "bca"]
    listed = call("GET", TOPICS).json()["list"]
    assert [each["topicId"] for each in listed] == [each["topicId"] for each in reversed(created)]
    assert listed[0]["pinned"] is False
    assert "updatedDate" not in listed[0]


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("descending=false", "bca"),
        ("sortBy=createdDate&descending=true", "acb"),
        ("sortBy=topicName", "cba"),
        ("sortBy=topicName&descending=false", "abc"),
        ("searchText=-c", "c"),
        ("searchText=", "acb"),
        ("searchText=%EC%A3%BC%EB%AC%B8+%2B", "b"),
        ("searchText=%ff", ""),
        ("unknown=1&&sortBy=topicName", "cba"),
    ],
)
def test_topics_are_sorted_and_searched(call: Any, query: str, order: str) -> None:
    for name in "bca":
        topic = call.topic(name)
        if name == "b":
            update = UPDATE | {"description": "주문 + more"}
            call("PUT", f"{TOPICS}/{topic['topicId']}", update)
    listed = call("GET", f"{TOPICS}?{query}")
    assert listed.status_code == 200
    assert "".join(each["topicName"][-1] for each in listed.json()["list"]) == order


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("sortBy=name", 'sortBy must be one of createdDate or topicName, but "name" was given.'),
        ("descending=True", 'descending must be true or false, but "True" was given.'),
        ("descending=", 'descending must be true or false, but "" was given.'),
        ("descending=true&descending=true", "descending must be given only once."),
    ],
)
def test_an_invalid_query_is_a_400(call: Any, query: str, sentence: str) -> None:
    response = call("GET", f"{TOPICS}?{query}")
    assert response.status_code == 400
    assert response.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "instance": "/stream/api/topics",
        "detail": sentence,
        "code": "InvalidParameter",
    }


def test_an_update_changes_description_partitions_and_retention(call: Any) -> None:
    topic = call.topic(partitions=2)
    path = f"{TOPICS}/{topic['topicId']}"
    call.clock.now += 3600
    update = {"description": "설명", "partitions": 16, "retentionMs": 1_296_000_000}
    updated = call("PUT", path, update)
    assert updated.status_code == 200
    assert updated.json() == {**topic, **update, "updatedDate": "2026-09-21T15:13:20Z"}
    assert call("GET", path).json() == updated.json()


def test_partitions_cannot_be_reduced(call: Any) -> None:
    topic = call.topic(partitions=2)
    path = f"{TOPICS}/{topic['topicId']}"
    response = call("PUT", path, UPDATE | {"partitions": 1})
    assert error(response) == (400, "InvalidPartition")
    assert "2" in response.json()["detail"]
    assert call("GET", path).json() == topic


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (
            {"partition": 3, "partitions": None},
            "InvalidPartition",
            "partitions must be an integer from 1 to 16, but null was given.",
        ),
        (
            {"partitions": 3.0},
            "InvalidPartition",
            "partitions must be an integer from 1 to 16, but 3.0 was given.",
        ),
        (
            {"retentionMs": 1},
            "InvalidRetention",
            "retentionMs must be an integer from 3600000 to 1296000000, but 1 was given.",
        ),
        (
            {"description": "가" * 201, "partitions": 99},
            "InvalidDescription",
            "description must be a string of 0 to 200 characters, "
            'but a string of 201 characters ("가가가가가가가가가가가가가가가가가가가…) was given.',
        ),
        (
            {"description": {"a": "b" * 100}},
            "InvalidDescription",
            "description must be a string of 0 to 200 characters, "
            'but {"a": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb… was given.',
        ),
    ],
)
def test_the_first_invalid_field_decides_the_code(
    call: Any, change: dict[str, Any], code: str, sentence: str
) -> None:
    path = f"{TOPICS}/{call.topic()['topicId']}"
    response = call("PUT", path, UPDATE | change)
    assert error(response) == (400, code)
    assert response.json()["detail"] == sentence
    assert response.json()["instance"] == path.replace("/api/v1", "/stream/api")


def test_a_missing_field_has_the_code_of_the_field(call: Any) -> None:
    path = f"{TOPICS}/{call.topic()['topicId']}"
    for field, code in [
        ("description", "InvalidDescription"),
        ("partitions", "InvalidPartition"),
        ("retentionMs", "InvalidRetention"),
    ]:
        update = {name: value for name, value in UPDATE.items() if name != field}
        response = call("PUT", path, update)
        assert error(response) == (400, code)
        assert response.json()["detail"].startswith(f"{field} is missing; it must be ")


def test_a_name_has_up_to_200_characters_of_the_allowed_ones(call: Any) -> None:
    prefix = call.emulator_prefix
    assert call("POST", TOPICS, {"name": (prefix + "a" * 200)[:200]}).status_code == 200
    for name in ("UPPER", "a_b", "a\n", "가", "a" * 200):
        assert error(call("POST", TOPICS, {"name": prefix + name})) == (400, "InvalidName")
    for value in (5, None):
        assert error(call("POST", TOPICS, {"name": value})) == (400, "InvalidName")


def test_an_unknown_topic_is_a_404(call: Any) -> None:
    for method in ("GET", "PUT", "DELETE"):
        response = call(method, f"{TOPICS}/a%2Fb%20c", UPDATE if method == "PUT" else None)
        assert response.status_code == 404
        assert response.json() == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "instance": "/stream/api/topics/a%2Fb%20c",
            "detail": "There is no topic 'a/b c'.",
            "code": "InvalidTopicNotFound",
        }


def test_a_deleted_topic_is_gone(call: Any) -> None:
    path = f"{TOPICS}/{call.topic()['topicId']}"
    response = call("DELETE", path)
    assert (response.status_code, response.content) == (200, b"true")
    assert call("DELETE", path).status_code == 404
    assert call("GET", TOPICS).json() == {"list": []}
