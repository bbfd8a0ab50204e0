"""The schema operations."""

from __future__ import annotations

import json
from typing import Any

import pytest

FIRST = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long"}]}
FIELD = {"name": "note", "type": "string", "default": ""}
SECOND = FIRST | {"fields": [*FIRST["fields"], FIELD]}
BROKEN = FIRST | {"fields": [*FIRST["fields"], {"name": "note", "type": "string"}]}


@pytest.fixture
def path(call: Any) -> str:
    return f"/api/v1/topics/{call.topic()['topicId']}"


def error(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def avro(schema: Any) -> dict[str, str]:
    return {"schemaType": "AVRO", "schema": json.dumps(schema)}


def test_a_schema_is_registered_listed_read_and_deleted(call: Any, path: str) -> None:
    made = call("POST", f"{path}/schemas", avro(FIRST))
    assert (made.status_code, made.content) == (200, b"")
    page = call("GET", f"{path}/schemas").json()
    item = page["schemas"][0]
    assert len(item.pop("resourceId")) == 10
    assert page == {
        "schemas": [
            {
                "schemaId": 1,
                "schemaType": "AVRO",
                "version": 1,
                "createdDate": "2026-09-21T14:13:20Z",
            }
        ],
        "totalCount": 1,
        "pageNo": 0,
        "pageSize": 10,
    }
    listed = call("GET", f"{path}/schemas").json()["schemas"][0]
    one = f"{path}/schemas/{listed['resourceId']}"
    assert call("GET", one).json() == {"schema": json.dumps(FIRST)}
    deleted = call("DELETE", one)
    assert (deleted.status_code, deleted.content) == (200, b"")
    for method in ("GET", "DELETE"):
        gone = call(method, one)
        assert (gone.status_code, gone.json()["code"]) == (404, "InvalidResourceNotFound")


def test_schemas_are_listed_in_pages_and_filtered(call: Any, path: str) -> None:
    call("POST", f"{path}/schemas", avro(FIRST))
    call("PUT", f"{path}/registry-config", {"compatibility": False})
    for number in range(12):
        body = {"schemaType": "JSON", "schema": f'{{"title": "{number}"}}'}
        call("POST", f"{path}/schemas", body)

    def versions(query: str) -> tuple[list[int], int]:
        page = call("GET", f"{path}/schemas?{query}").json()
        return [each["version"] for each in page["schemas"]], page["totalCount"]

    assert versions("") == (list(range(1, 11)), 13)
    assert versions("page=1") == ([11, 12, 13], 13)
    assert versions("page=2&size=5") == ([11, 12, 13], 13)
    assert versions("page=9999&size=2147483647") == ([], 13)
    assert versions("schemaType=AVRO") == ([1], 1)
    assert versions("schemaId=3&schemaType=JSON") == ([3], 1)
    assert versions("schemaId=3&schemaType=AVRO") == ([], 0)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("page=-1", "page must be an integer from 0 to 2147483647, but -1 was given."),
        ("size=0", "size must be an integer from 1 to 2147483647, but 0 was given."),
        ("size=1_0", 'size must be an integer from 1 to 2147483647, but "1_0" was given.'),
        ("page=%D9%A1", 'page must be an integer from 0 to 2147483647, but "١" was given.'),
        ("page=" + "9" * 30, None),
        ("schemaType=avro", None),
    ],
)
def test_an_invalid_query_is_a_400(call: Any, path: str, query: str, sentence: str | None) -> None:
    answer = call("GET", f"{path}/schemas?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
    if sentence:
        assert answer.json()["detail"] == sentence


def test_versions_are_not_reused_and_schemas_are_unique(call: Any, path: str) -> None:
    for _ in range(2):
        call("POST", f"{path}/schemas", avro(FIRST))
        assert error(call("POST", f"{path}/schemas", avro(FIRST))) == (409, "ResourceAlreadyExists")
        listed = call("GET", f"{path}/schemas").json()["schemas"][-1]
        call("DELETE", f"{path}/schemas/{listed['resourceId']}")
    assert (listed["version"], listed["schemaId"]) == (2, 2)


def test_compatibility_with_the_latest_schema_is_checked_unless_disabled(
    call: Any, path: str
) -> None:
    def check(body: dict[str, str]) -> bool:
        response = call("POST", f"{path}/schemas/validate/compatibility/latest", body)
        return bool(response.json()["is_compatible"])

    assert check(avro(BROKEN)), "there is no schema yet"
    call("POST", f"{path}/schemas", avro(FIRST))
    assert check(avro(SECOND))
    assert not check(avro(BROKEN))
    assert not check({"schemaType": "JSON", "schema": "{}"})
    rejected = call("POST", f"{path}/schemas", avro(BROKEN))
    assert error(rejected) == (400, "InvalidParameter")
    assert "default" in rejected.json()["detail"]
    disabled = call("PUT", f"{path}/registry-config", {"compatibility": False})
    assert (disabled.status_code, disabled.content) == (200, b"")
    assert check(avro(BROKEN))
    call("PUT", f"{path}/registry-config", {"compatibility": True})
    call("POST", f"{path}/schemas", avro(SECOND))
    assert check(avro(BROKEN)), "the latest schema counts"


def test_settings_can_be_changed_once_there_is_a_schema(call: Any, path: str) -> None:
    config, info = f"{path}/registry-config", f"{path}/registry-info"
    assert call("GET", config).json() == {
        "compatibility": {"compatibilityLevel": True, "isSchemaExist": False}
    }
    assert call("GET", info).json()["isModifiable"] is False
    early = call("PUT", config, {"compatibility": False})
    assert (early.status_code, early.json()["code"]) == (400, "InvalidState")
    call("POST", f"{path}/schemas", avro(FIRST))
    call("PUT", config, {"compatibility": False})
    assert call("GET", config).json() == {
        "compatibility": {"compatibilityLevel": False, "isSchemaExist": True}
    }
    answer = call("GET", info).json()
    assert answer["isModifiable"] is True
    assert answer["endpoint"].startswith("https://schema-registry-")
    assert answer["endpoint"].endswith(".datastream.invalid")


@pytest.mark.parametrize(
    ("kind", "text"),
    [("AVRO", "{}"), ("JSON", '{"type": "nope"}'), ("PROTOBUF", "message {}"), ("AVRO", "")],
)
def test_an_invalid_schema_is_a_400(call: Any, path: str, kind: str, text: str) -> None:
    for tail in ("schemas", "schemas/validate/compatibility/latest"):
        response = call("POST", f"{path}/{tail}", {"schemaType": kind, "schema": text})
        assert error(response) == (400, "InvalidParameter")
        assert response.json()["detail"].startswith(f"schema must be a valid {kind} schema: ")


def test_a_schema_may_have_one_mebibyte(call: Any, path: str) -> None:
    text = "{}" + " " * (1024 * 1024 - 2)
    assert call("POST", f"{path}/schemas", {"schemaType": "JSON", "schema": text}).is_success
    response = call("POST", f"{path}/schemas", {"schemaType": "JSON", "schema": f"{text} "})
    assert (response.status_code, response.json()["error"]["errorCode"]) == (413, "430")
    assert "1048577" in response.json()["error"]["details"]


def test_an_unknown_topic_is_a_404(call: Any) -> None:
    for method, tail, body in [
        ("POST", "/schemas", avro(FIRST)),
        ("GET", "/schemas", None),
        ("GET", "/schemas/a", None),
        ("DELETE", "/schemas/a", None),
        ("POST", "/schemas/validate/compatibility/latest", avro(FIRST)),
        ("GET", "/registry-config", None),
        ("PUT", "/registry-config", {"compatibility": True}),
        ("GET", "/registry-info", None),
    ]:
        response = call(method, f"/api/v1/topics/nope{tail}", body)
        assert error(response) == (404, "InvalidTopicNotFound")
