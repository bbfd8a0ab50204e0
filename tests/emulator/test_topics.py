from __future__ import annotations

from typing import Any

import pytest

TOPICS = "/api/v1/topics"


def test_the_prefix_is_five_characters_and_a_hyphen(call: Any) -> None:
    prefix = call.emulator_prefix
    assert len(prefix) == 6
    assert prefix[-1] == "-"
    assert prefix[:-1].isalnum()
    assert prefix == prefix.lower()


def test_a_topic_takes_the_defaults_and_is_creating(call: Any) -> None:
    name = call.emulator_prefix + "orders"
    answer = call("POST", TOPICS, {"name": name})
    assert answer.status_code == 200
    topic = answer.json()
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


def test_a_topic_is_created_from_the_second_read_on(call: Any) -> None:
    answer = call("POST", TOPICS, {"name": call.emulator_prefix + "a"}).json()
    path = f"{TOPICS}/{answer['topicId']}"
    assert call("GET", TOPICS).json()["list"][0]["status"] == "CREATING"
    assert call("GET", path).json()["status"] == "CREATED"
    assert call("GET", path).json()["status"] == "CREATED"


def test_a_topic_is_created_after_half_a_second(call: Any) -> None:
    path = (
        f"{TOPICS}/{call('POST', TOPICS, {'name': call.emulator_prefix + 'a'}).json()['topicId']}"
    )
    call.clock.now += 0.5
    assert call("GET", path).json()["status"] == "CREATED"
    call.clock.now -= 100
    assert call("GET", path).json()["status"] == "CREATED"


def test_a_topic_is_creating_a_moment_before_that(call: Any) -> None:
    path = (
        f"{TOPICS}/{call('POST', TOPICS, {'name': call.emulator_prefix + 'a'}).json()['topicId']}"
    )
    call.clock.now += 0.499
    assert call("GET", path).json()["status"] == "CREATING"


def test_a_creating_topic_refuses_work_but_can_be_read_and_deleted(call: Any) -> None:
    name = call.emulator_prefix + "a"
    path = f"{TOPICS}/{call('POST', TOPICS, {'name': name}).json()['topicId']}"
    schema = {"schemaType": "AVRO", "schema": '"string"'}
    connector = {
        "consumerSpec": "SMALL",
        "exportType": "OBJECT_STORAGE",
        "location": "s3a://bucket",
        "includeTopicInPath": False,
        "dateFormat": "NONE",
        "roleNrn": "nrn:PUB:IAM::1:Role/a",
    }
    update = {"description": "", "partitions": 1, "retentionMs": 3_600_000}
    refused = [
        call("PUT", path, update),
        call("POST", f"{path}/connectors", connector),
        call("POST", f"{path}/schemas", schema),
    ]
    for answer in refused:
        assert answer.status_code == 400
        assert answer.json()["code"] == "InvalidState"
        assert name in answer.json()["detail"]
    message = call("POST", "/api/produce", {"topic": name, "key": "k", "value": "v"})
    assert message.json() == {"status": 400, "detail": refused[0].json()["detail"]}
    assert call("GET", f"{path}/registry-config").status_code == 200
    assert call("DELETE", path).json() is True


@pytest.mark.parametrize("name", ["orders", "h4j6-orders", ""])
def test_a_name_needs_the_prefix(call: Any, name: str) -> None:
    answer = call("POST", TOPICS, {"name": name})
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidName")


def test_a_name_is_more_than_the_prefix(call: Any) -> None:
    answer = call("POST", TOPICS, {"name": call.emulator_prefix})
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidName")
    assert answer.json()["detail"] == (
        f"name must be '{call.emulator_prefix}' and something after it, "
        f"but '{call.emulator_prefix}' was given."
    )


def test_a_name_is_taken_once(call: Any) -> None:
    topic = call.topic("a")
    again = call("POST", TOPICS, {"name": topic["topicName"]})
    assert (again.status_code, again.json()["code"]) == (409, "DuplicateName")
    call("DELETE", f"{TOPICS}/{topic['topicId']}")
    assert call("POST", TOPICS, {"name": topic["topicName"]}).status_code == 200


def test_the_fourth_topic_is_one_too_many(call: Any) -> None:
    for name in "abc":
        call.topic(name)
    fourth = call("POST", TOPICS, {"name": call.emulator_prefix + "d"})
    assert fourth.status_code == 429
    assert fourth.json() == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "instance": "/stream/api/topics",
        "detail": "There can be 3 topics, and there are 3 already; delete one first.",
        "code": "LimitExceeded",
    }
    assert len(call("GET", TOPICS).json()["list"]) == 3


def test_topics_are_listed_newest_first_and_without_updated_date(call: Any) -> None:
    made = [call.topic(name) for name in "bca"]
    listed = call("GET", TOPICS).json()["list"]
    assert [each["topicId"] for each in listed] == [each["topicId"] for each in reversed(made)]
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
            update = {"description": "주문 + more", "partitions": 3, "retentionMs": 3_600_000}
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
def test_a_wrong_query_is_refused(call: Any, query: str, sentence: str) -> None:
    answer = call("GET", f"{TOPICS}?{query}")
    assert answer.status_code == 400
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "instance": "/stream/api/topics",
        "detail": sentence,
        "code": "InvalidParameter",
    }


def test_a_topic_is_updated(call: Any) -> None:
    topic = call.topic(partitions=2)
    path = f"{TOPICS}/{topic['topicId']}"
    call.clock.now += 3600
    update = {"description": "설명", "partitions": 16, "retentionMs": 1_296_000_000}
    updated = call("PUT", path, update)
    assert updated.status_code == 200
    assert updated.json() == {**topic, **update, "updatedDate": "2026-09-21T15:13:20Z"}
    assert call("GET", path).json() == updated.json()


def test_partitions_are_not_lowered(call: Any) -> None:
    topic = call.topic(partitions=2)
    path = f"{TOPICS}/{topic['topicId']}"
    update = {"description": "", "partitions": 1, "retentionMs": 3_600_000}
    answer = call("PUT", path, update)
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidPartition")
    assert "2" in answer.json()["detail"]
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
            {"partitions": 17},
            "InvalidPartition",
            "partitions must be an integer from 1 to 16, but 17 was given.",
        ),
        (
            {"partitions": 3.0},
            "InvalidPartition",
            "partitions must be an integer from 1 to 16, but 3.0 was given.",
        ),
        (
            {"partitions": True},
            "InvalidPartition",
            "partitions must be an integer from 1 to 16, but true was given.",
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
def test_the_wrong_field_decides_the_code(
    call: Any, change: dict[str, Any], code: str, sentence: str
) -> None:
    path = f"{TOPICS}/{call.topic()['topicId']}"
    update = {"description": "", "partitions": 3, "retentionMs": 3_600_000}
    answer = call("PUT", path, update | change)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["detail"] == sentence
    assert answer.json()["instance"] == path.replace("/api/v1", "/stream/api")


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("description", "InvalidDescription"),
        ("partitions", "InvalidPartition"),
        ("retentionMs", "InvalidRetention"),
    ],
)
def test_a_missing_field_counts_as_that_field(call: Any, field: str, code: str) -> None:
    update = {"description": "", "partitions": 3, "retentionMs": 3_600_000}
    del update[field]
    answer = call("PUT", f"{TOPICS}/{call.topic()['topicId']}", update)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["detail"].startswith(f"{field} is missing; it must be ")


@pytest.mark.parametrize("name", ["UPPER", "a_b", "a\n", "가", "a" * 200, 5, None])
def test_names_have_a_form(call: Any, name: Any) -> None:
    name = call.emulator_prefix + name if isinstance(name, str) else name
    answer = call("POST", TOPICS, {"name": name})
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidName")


def test_the_longest_name_is_fine(call: Any) -> None:
    name = (call.emulator_prefix + "a" * 200)[:200]
    assert call("POST", TOPICS, {"name": name}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_topic_that_is_not_there(call: Any, method: str) -> None:
    update = {"description": "", "partitions": 3, "retentionMs": 3_600_000}
    answer = call(method, f"{TOPICS}/a%2Fb%20c", update if method == "PUT" else None)
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "instance": "/stream/api/topics/a%2Fb%20c",
        "detail": "There is no topic 'a/b c'.",
        "code": "InvalidTopicNotFound",
    }


def test_a_deleted_topic_is_gone(call: Any) -> None:
    path = f"{TOPICS}/{call.topic()['topicId']}"
    answer = call("DELETE", path)
    assert (answer.status_code, answer.content) == (200, b"true")
    assert call("DELETE", path).status_code == 404
    assert call("GET", TOPICS).json() == {"list": []}
