"""The document remade once, and a changed document made into a client of its own once."""

import importlib.util
import json
import sys
from collections.abc import Iterator
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
    """The package, made from the real document in another place."""
    output = tmp_path_factory.mktemp("remade") / "ncloud_datastream_api"
    assert regenerate(DOCUMENT, output)
    return output


def answer(schema: Node | None = None, description: str = "It went well.") -> Node:
    """A documented answer."""
    content = {"content": {"application/json": {"schema": schema}}} if schema else {}
    return {"description": description, **content}


def body(schema: Node) -> Node:
    """A documented request body."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def extended(whole: Node) -> Node:
    """The real document with what a maintainer might add to it."""
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
                    "description": "Only tell.",
                    "schema": {"type": "boolean"},
                },
            ],
            "requestBody": body({"$ref": "#/components/schemas/PurgeRequest"}),
            "responses": {
                "202": answer({"$ref": "#/components/schemas/PurgeList"}, "What is purged."),
                "400": {"$ref": "#/components/responses/BadRequest"},
                "418": answer(description="A teapot."),
                "502": answer(description="Bad weather."),
            },
        },
    }
    whole["paths"]["/alarms"] = {
        "servers": [{"url": "https://alarms.invalid", "x-server-name": "alarms"}],
        "put": {
            "operationId": "setAlarms",
            "tags": ["Alarm Clock"],
            "requestBody": body({"type": "array", "items": {"type": "string"}}),
            "responses": {"200": answer()},
        },
        "get": {
            "operationId": "countAlarms",
            "tags": ["Alarm Clock"],
            "summary": "How many are there?",
            "responses": {"200": answer({"type": "integer"})},
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
