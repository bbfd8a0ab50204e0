"""The compiled document: schemas, routes and servers."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import pytest
from ncloud_datastream_emulator.document import Document
from ncloud_datastream_emulator.draft4 import to_draft4, validator


def test_schemas_are_converted_to_draft_4() -> None:
    document = {
        "components": {
            "schemas": {
                "Kind": {"type": "string", "enum": ["A"], "description": "no rule"},
                "Point": {
                    "type": "object",
                    "required": ["x"],
                    "properties": {
                        "x": {"type": "integer", "format": "int32", "minimum": 0},
                        "y": {"type": "integer", "format": "int64"},
                        "z": {"type": "number", "nullable": True},
                        "kind": {"type": "string", "enum": ["A"], "nullable": True},
                        "kinds": {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/Kind"},
                            "maxItems": 3,
                        },
                    },
                    "additionalProperties": {"type": "string", "format": "date-time"},
                    "allOf": [{"$ref": "#/components/schemas/Kind"}],
                },
                "Open": {"type": "object", "additionalProperties": False},
            }
        }
    }
    assert to_draft4({"$ref": "#/components/schemas/Point"}, document) == {
        "type": "object",
        "required": ["x"],
        "properties": {
            "x": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
            "y": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
            "z": {"type": ["number", "null"]},
            "kind": {"type": ["string", "null"], "enum": ["A", None]},
            "kinds": {"type": "array", "items": {"type": "string", "enum": ["A"]}, "maxItems": 3},
        },
        "additionalProperties": {"type": "string", "format": "date-time"},
        "allOf": [{"type": "string", "enum": ["A"]}],
    }
    assert to_draft4({"$ref": "#/components/schemas/Open"}, document) == {
        "type": "object",
        "additionalProperties": False,
    }


def test_a_recursive_schema_goes_to_definitions() -> None:
    tree = {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}
    inner = {"$ref": "#/definitions/Tree"}
    assert to_draft4(tree, {"components": {"schemas": {"Tree": tree}}}) == {
        "type": "array",
        "items": {"type": "array", "items": inner},
        "definitions": {"Tree": {"type": "array", "items": inner}},
    }


def test_a_nullable_schema_without_a_type_allows_null() -> None:
    schema = {"nullable": True, "allOf": [{"type": "string"}]}
    assert to_draft4(schema, {}) == {"anyOf": [{"type": "null"}, {"allOf": [{"type": "string"}]}]}


def test_a_schema_that_does_not_compile_accepts_everything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert validator("name", {"type": "string", "pattern": "("}).is_valid(7)
    assert "name is not validated" in caplog.text


def test_operation_servers_and_parameters_take_precedence() -> None:
    answer: dict[str, Any] = {"responses": {"404": {}, "202": {}, "201": {}}}
    document = Document(
        {
            "servers": [{"url": "https://one.example/base/", "x-server-name": "one"}],
            "paths": {
                "/a/{id}": {
                    "description": "not an operation",
                    "parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}],
                    "get": {"operationId": "getA", **answer},
                    "post": {
                        "operationId": "postA",
                        "servers": [{"url": "https://two.example"}],
                        "requestBody": {"content": {"application/json": {"schema": {}}}},
                        **answer,
                    },
                },
                "/a/fixed": {"get": {"operationId": "getFixed", **answer}},
                "/a/{id}/b": {"get": {"operationId": "getB", "parameters": [
                    {"name": "id", "in": "path", "schema": {"type": "string"}}], **answer}},
            },
        }
    )  # fmt: skip
    get, post = document.operations["getA"], document.operations["postA"]
    assert (get.path, get.status) == ("/base/a/{id}", 201)
    assert (get.server, get.host) == ("one", "one.example")
    assert (post.path, post.server, post.host) == ("/a/{id}", "", "two.example")
    assert post.body is not None
    assert not post.body.required
    assert document.hosts == {"one.example", "two.example"}
    assert document.route("/base/a/x%2Fy") == ({"GET": get}, ["x%2Fy"])
    assert document.route("/base/a/fixed")[0]["GET"].id == "getFixed"
    assert document.route("/base/a/x/b")[0]["GET"].id == "getB"
    for path in ("/base/a/", "/base/a", "/base/a/x/", "base/a/x", ""):
        assert document.route(path)[0] == {}


def test_the_document_is_read_without_importing_the_client(
    monkeypatch: pytest.MonkeyPatch, document: dict[str, Any]
) -> None:
    for name in [name for name in sys.modules if name.startswith("ncloud_datastream_api")]:
        monkeypatch.delitem(sys.modules, name)
    assert len(Document.load().operations) == sum(
        "operationId" in entry
        for item in document["paths"].values()
        for entry in item.values()
        if isinstance(entry, dict)
    )
    assert "ncloud_datastream_api" not in sys.modules


def test_a_missing_client_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match="ncloud_datastream_api is not installed"):
        Document.load()
