from __future__ import annotations

from typing import Any

import pytest

SETTINGS = {
    "description": "to storage",
    "consumerSpec": "MEDIUM",
    "exportType": "OBJECT_STORAGE",
    "location": "s3a://bucket/some/path/",
    "includeTopicInPath": True,
    "dateFormat": "HOUR",
    "roleNrn": "nrn:PUB:IAM::1:Role/7a1b2c3d",
    "flushInterval": 1,
    "flushCount": 50_000,
    "schemaType": "AVRO",
}
REQUIRED = {
    "consumerSpec": "InvalidConsumerSpec",
    "exportType": "InvalidExportType",
    "location": "InvalidLocation",
    "includeTopicInPath": "InvalidParameter",
    "dateFormat": "InvalidDateFormat",
    "roleNrn": "InvalidRoleNrn",
}


@pytest.fixture
def topic(call: Any) -> Any:
    return call.topic()


@pytest.fixture
def path(topic: Any) -> str:
    return f"/api/v1/topics/{topic['topicId']}/connectors"


def test_a_connector_is_made_and_read(call: Any, topic: Any, path: str) -> None:
    made = call("POST", path, SETTINGS)
    assert made.status_code == 200
    name = topic["topicName"]
    assert made.json() == {
        **SETTINGS,
        "id": made.json()["id"],
        "topicId": topic["topicId"],
        "status": "RUNNING",
        "connectorName": f"{name}-connector",
        "groupId": f"connect-{name}-connector",
        "locationWithTopicName": f"s3a://bucket/some/path/{name}",
        "objectStorageLocation": "bucket/some/path/",
        "createdDate": "2026-09-21T14:13:20Z",
    }
    assert call("GET", path).json() == made.json()


def test_defaults_are_filled_in_and_come_back_with_an_update(call: Any, path: str) -> None:
    defaults = {
        "description": None,
        "flushInterval": 10,
        "flushCount": 5000,
        "schemaType": "STRING",
    }
    short = {name: SETTINGS[name] for name in REQUIRED} | {
        "location": "s3a://b",
        "includeTopicInPath": False,
    }
    made = call("POST", path, SETTINGS).json()
    updated = call("PUT", f"{path}/{made['id']}", short)
    assert updated.status_code == 200
    assert updated.json() == made | short | defaults | {
        "locationWithTopicName": "s3a://b",
        "objectStorageLocation": "b",
    }
    assert call("GET", path).json() == updated.json()


def test_a_topic_has_one_connector(call: Any, path: str) -> None:
    call("POST", path, SETTINGS)
    second = call("POST", path, SETTINGS)
    assert (second.status_code, second.json()["code"]) == (409, "ResourceAlreadyExists")


def test_a_deleted_connector_is_gone(call: Any, path: str) -> None:
    made = call("POST", path, SETTINGS).json()
    deleted = call("DELETE", f"{path}/{made['id']}")
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert call("POST", path, SETTINGS).json()["id"] != made["id"]


def test_a_connector_that_is_not_there(call: Any, path: str) -> None:
    answers = [
        call("GET", path),
        call("PUT", f"{path}/nope", SETTINGS),
        call("DELETE", f"{path}/nope"),
    ]
    call("POST", path, SETTINGS)
    answers += [call("PUT", f"{path}/nope", SETTINGS), call("DELETE", f"{path}/nope")]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (404, "InvalidConnectorNotFound")


@pytest.mark.parametrize(("method", "tail"), [("GET", ""), ("POST", ""), ("PUT", "/c")])
def test_no_topic_no_connector(call: Any, method: str, tail: str) -> None:
    body = None if method == "GET" else SETTINGS
    answer = call(method, f"/api/v1/topics/nope/connectors{tail}", body)
    assert (answer.status_code, answer.json()["code"]) == (404, "InvalidTopicNotFound")


@pytest.mark.parametrize(("field", "code"), REQUIRED.items())
@pytest.mark.parametrize("value", ["nope", 5])
def test_a_wrong_setting_has_its_code(
    call: Any, path: str, field: str, code: str, value: Any
) -> None:
    answer = call("POST", path, SETTINGS | {field: value})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["detail"].startswith(f"{field} must be ")


@pytest.mark.parametrize(("field", "code"), REQUIRED.items())
def test_a_missing_setting_has_its_code(call: Any, path: str, field: str, code: str) -> None:
    answer = call("POST", path, {name: SETTINGS[name] for name in SETTINGS if name != field})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("field", "value"),
    [("flushInterval", 0), ("flushInterval", 11), ("flushCount", 4999), ("flushCount", 50_001)],
)
def test_flush_ranges(call: Any, path: str, field: str, value: int) -> None:
    answer = call("POST", path, SETTINGS | {field: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
    assert str(value) in answer.json()["detail"]


def test_the_only_value_of_an_enumeration_reads_well(call: Any, path: str) -> None:
    answer = call("POST", path, SETTINGS | {"exportType": "FTP"})
    assert answer.json()["detail"] == 'exportType must be OBJECT_STORAGE, but "FTP" was given.'


def test_a_bucket_without_a_path_is_fine(call: Any, path: str) -> None:
    assert call("POST", path, SETTINGS | {"location": "s3a://bucket"}).status_code == 200
