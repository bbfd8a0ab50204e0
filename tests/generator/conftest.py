"""The package regenerated once, and a client generated once from a changed document."""

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from documents import Document
from regenerate import DOCUMENT, regenerate

Node = dict[str, Any]


@pytest.fixture(scope="session")
def document() -> Document:
    """The real document."""
    return Document.read(DOCUMENT)


@pytest.fixture(scope="session")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, generated from the real document in another folder."""
    output = tmp_path_factory.mktemp("remade") / "ncloud_datastream_api"
    assert regenerate(DOCUMENT, output)
    return output


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Any], Path]:
    """Write a document, or a text, to a file."""

    def saved(whole: Any) -> Path:
        path = tmp_path / "api.yaml"
        path.write_text(whole if isinstance(whole, str) else json.dumps(whole), "utf-8")
        return path

    return saved


def small(**changes: Any) -> Node:
    """Return a small document with one operation."""
    operation: Node = {
        "operationId": "getTopic",
        "tags": ["Topic"],
        "responses": {"200": {"description": "Done."}},
    }
    key = {"name": "topicId", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Small", "version": "1"},
        "servers": [{"url": "https://a.invalid", "x-server-name": "a"}],
        "paths": {"/topics/{topicId}": {"parameters": [key], "get": operation | changes}},
    }


def response(schema: Node | None = None, description: str = "It went well.") -> Node:
    """Return a documented response."""
    content = {"content": {"application/json": {"schema": schema}}} if schema else {}
    return {"description": description, **content}


def body(schema: Node) -> Node:
    """Return a documented request body."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def extended(whole: Node) -> Node:
    """Return the real document with additions that a maintainer could make."""
    whole = json.loads(json.dumps(whole))
    whole["paths"]["/api/v1/topics/{topicId}/purge"] = {
        "parameters": [
            {"name": "topicId", "in": "path", "required": True, "schema": {"type": "integer"}}
        ],
        "post": {
            "operationId": "purgeTopic",
            "tags": ["Topic"],
            "summary": "Purge a topic",
            "description": "First paragraph.\n\n- one item\n- " + "long item " * 12,
            "externalDocs": {"url": "https://docs.invalid/purge"},
            "parameters": [
                {
                    "name": "topicId",
                    "in": "path",
                    "required": True,
                    "description": "The id.",
                    "schema": {"type": "string"},
                },
                {
                    "name": "reason",
                    "in": "query",
                    "required": True,
                    "schema": {"$ref": "#/components/schemas/PurgeReason"},
                },
                {
                    "name": "dryRun",
                    "in": "query",
                    "description": "Report only.",
                    "schema": {"type": "boolean"},
                },
            ],
            "requestBody": body({"$ref": "#/components/schemas/PurgeRequest"}),
            "responses": {
                "202": response({"$ref": "#/components/schemas/PurgeList"}, "What is purged."),
                "400": {"$ref": "#/components/responses/BadRequest"},
                "418": response(description="A teapot."),
                "502": response(description="Bad weather."),
            },
        },
    }
    whole["paths"]["/alarms"] = {
        "servers": [{"url": "https://alarms.invalid", "x-server-name": "alarms"}],
        "put": {
            "operationId": "setAlarms",
            "tags": ["Alarm Clock"],
            "requestBody": body({"type": "array", "items": {"type": "string"}}),
            "responses": {"200": response()},
        },
        "get": {
            "operationId": "countAlarms",
            "tags": ["Alarm Clock"],
            "summary": "How many are there?",
            "responses": {"200": response({"type": "integer"})},
        },
    }
    whole["components"]["schemas"] |= {
        "PurgeMode": {
            "type": "string",
            "description": "How to purge.",
            "enum": ["soft", "1-hard"],
            "x-enum-varnames": ["SOFT", "HARD"],
        },
        "PurgeReason": {"type": "string", "description": "Why."},
        "PurgeBase": {
            "type": "object",
            "required": ["mode"],
            "properties": {
                "note": {"type": "string", "nullable": True, "description": "A note."},
                "mode": {"$ref": "#/components/schemas/PurgeMode"},
            },
        },
        "PurgeRequest": {
            "allOf": [
                {"$ref": "#/components/schemas/PurgeBase"},
                {
                    "type": "object",
                    "required": ["lastMode"],
                    "properties": {
                        "nextMode": {"allOf": [{"$ref": "#/components/schemas/PurgeMode"}]},
                        "lastMode": {
                            "nullable": True,
                            "allOf": [{"$ref": "#/components/schemas/PurgeMode"}],
                            "description": "The mode before.",
                        },
                        "until": {"type": "string", "format": "date-time"},
                    },
                },
            ]
        },
        "PurgeList": {
            "type": "object",
            "required": ["names"],
            "x-list": "names",
            "properties": {
                "names": {"type": "array", "items": {"type": "string"}},
                "warnings": {"type": "array", "items": {"type": "string"}},
                "total": {"type": "integer"},
            },
        },
        "ClosedList": {
            "type": "object",
            "additionalProperties": False,
            "x-list": "numbers",
            "properties": {"numbers": {"type": "array", "items": {"type": "integer"}}},
        },
        "OneArray": {
            "type": "object",
            "properties": {"numbers": {"type": "array", "items": {"type": "integer"}}},
        },
    }
    return whole


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory, document: Document) -> Iterator[ModuleType]:
    """The client of the extended document, imported."""
    folder = tmp_path_factory.mktemp("scratch")
    (folder / "openapi.json").write_text(json.dumps(extended(document.whole)), "utf-8")
    assert regenerate(folder / "openapi.json", folder / "scratch_client")
    spec = importlib.util.spec_from_file_location(
        "scratch_client", folder / "scratch_client" / "__init__.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["scratch_client"] = module
    spec.loader.exec_module(module)
    yield importlib.import_module("scratch_client.api")
    for name in [name for name in sys.modules if name.split(".")[0] == "scratch_client"]:
        del sys.modules[name]
