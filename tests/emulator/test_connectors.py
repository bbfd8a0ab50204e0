"""The connector operations."""

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


def error(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.fixture
def topic(call: Any) -> Any:
    return call.topic()


@pytest.fixture
def path(topic: Any) -> str:
    return f"/api/v1/topics/{topic['topicId']}/connectors"


def test_a_connector_is_created_and_read(call: Any, topic: Any, path: str) -> None:
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


def test_settings_left_out_of_an_update_return_to_their_defaults(call: Any, path: str) -> None:
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


def test_a_topic_has_one_connector_until_it_is_deleted(call: Any, path: str) -> None:
    first = call("POST", path, SETTINGS).json()
    assert error(call("POST", path, SETTINGS)) == (409, "ResourceAlreadyExists")
    deleted = call("DELETE", f"{path}/{first['id']}")
    assert (deleted.status_code, deleted.content) == (200, b"")
    bucket = SETTINGS | {"location": "s3a://bucket"}
    assert call("POST", path, bucket).json()["id"] != first["id"]


def test_an_unknown_connector_or_topic_is_a_404(call: Any, path: str) -> None:
    unknown = [("PUT", f"{path}/nope", SETTINGS), ("DELETE", f"{path}/nope", None)]
    for arguments in (("GET", path), *unknown):
        assert error(call(*arguments)) == (404, "InvalidConnectorNotFound")
    call("POST", path, SETTINGS)
    for arguments in unknown:
        assert error(call(*arguments)) == (404, "InvalidConnectorNotFound")
    elsewhere = "/api/v1/topics/nope/connectors"
    for arguments in (("GET", elsewhere), ("POST", elsewhere, SETTINGS)):
        assert error(call(*arguments)) == (404, "InvalidTopicNotFound")


@pytest.mark.parametrize(("field", "code"), REQUIRED.items())
def test_an_invalid_or_missing_setting_has_its_code(
    call: Any, path: str, field: str, code: str
) -> None:
    for value in ("nope", 5):
        response = call("POST", path, SETTINGS | {field: value})
        assert error(response) == (400, code)
        assert response.json()["detail"].startswith(f"{field} must be ")
    missing = {name: SETTINGS[name] for name in SETTINGS if name != field}
    assert error(call("POST", path, missing)) == (400, code)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("flushInterval", 0, "flushInterval must be an integer from 1 to 10, but 0 was given."),
        ("flushInterval", 11, None),
        (
            "flushCount",
            4999,
            "flushCount must be an integer from 5000 to 50000, but 4999 was given.",
        ),
        ("flushCount", 50_001, None),
        ("exportType", "FTP", 'exportType must be OBJECT_STORAGE, but "FTP" was given.'),
    ],
)
def test_an_invalid_setting_is_described(
    call: Any, path: str, field: str, value: Any, sentence: str | None
) -> None:
    response = call("POST", path, SETTINGS | {field: value})
    assert response.status_code == 400
    assert sentence in (response.json()["detail"], None)
