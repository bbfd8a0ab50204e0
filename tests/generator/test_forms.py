"""Rejected content of a document: the place, the reason and the remedy."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import spellings
from documents import Document
from generator.conftest import small
from generator.hostile import DOCUMENT, filled
from ncloud_datastream_cli import parameters
from refusals import refusals

Node = dict[str, Any]

OPERATION = "paths./topics/{topicId}.get"
SCHEMA = "components.schemas.Thing"
STRINGS = {"type": "array", "items": {"type": "string"}}


def with_schema(schema: Any, **others: Any) -> Node:
    return small() | {"components": {"schemas": {"Thing": schema, **others}}}


def field(**schema: Any) -> Node:
    return with_schema({"type": "object", "properties": {"a": schema}})


def server(url: str = "https://b.invalid", name: object = "b") -> Node:
    return {"servers": [{"url": url, "x-server-name": name}]}


def refers(reference: str) -> Node:
    return {"responses": {"200": {"$ref": reference}}}


def get(**changes: Any) -> Node:
    return small(**changes)["paths"]["/topics/{topicId}"]  # type: ignore[no-any-return]


# What is changed, and the refusal: its place, and a part of its reason.
OPERATIONS: list[tuple[Node, str, str]] = [
    ({"operationId": 5}, ".operationId", "5 is not a valid operationId"),
    ({"operationId": "topics/get"}, ".operationId", "is not a valid operationId"),
    ({"operationId": ""}, ".operationId", "'' is not a valid operationId"),
    ({"operationId": "1st"}, ".operationId", "'1st' is not a valid operationId"),
    ({"tags": "Topic"}, ".tags", "'Topic' is not a list"),
    ({"tags": ["A;B"]}, ".tags[0]", "'A;B' is not a valid tag"),
    ({"parameters": [{"name": "a b"}]}, ".parameters[0].name", "not a valid parameter name"),
    ({"servers": [{"url": "https://a.invalid"}]}, ".servers[0]", "no x-server-name"),
    ({"servers": ["a"]}, ".servers[0]", "'a' is not a mapping"),
    (server("https://{host}"), ".servers[0].url", "is not a valid server URL"),
    (server(name=5), ".servers[0].x-server-name", "5 is not a valid server name"),
    (server(name="a"), ".servers[0].x-server-name", "two servers are named a"),
    ({"responses": {"200": {}, "2'": {}}}, '.responses."2\'"', "not a valid status code"),
    ({"responses": {"404": {}}}, ".responses", "no 2xx response is documented"),
    ({"requestBody": {"content": {"a": {}}}}, ".requestBody.content.a", "not a valid media type"),
    (refers("other.yaml#/a"), ".responses.200.$ref", "not a valid reference within the document"),
    (refers("#/components/responses/A"), ".responses.200.$ref", "responses/A does not exist"),
    ({"summary": "a\ud800"}, ".summary", "contains a lone surrogate"),
    ({"x-\ud800": 1}, ".'x-\\ud800'", "contains a lone surrogate"),
]
FIELDS: list[tuple[Node, str, str]] = [
    ({"example": float("nan")}, ".example", "nan is not a JSON number"),
    ({"enum": "a"}, ".enum", "'a' is not a list"),
    ({"enum": ["a\x00"]}, ".enum[0]", "contains control characters"),
    ({"enum": ["a"], "x-enum-varnames": ["1A"]}, ".x-enum-varnames[0]", "enum member name"),
    ({"enum": ["a"], "x-enum-varnames": ["A", "B"]}, ".x-enum-varnames", "its length differs"),
    ({"x-enum-descriptions": ["A"]}, ".x-enum-descriptions", "its length differs"),
    ({"enum": ["a"], "default": "b"}, ".default", "'b' is not in the enum"),
    ({"const": ["a"]}, ".const", "is not a valid const"),
    ({"const": "a\\b"}, ".const", "is not a valid const"),
]
DEFAULTS: list[Node] = [
    {"type": "string", "default": 'a"b'},
    {"type": "string", "default": 5},
    {"type": "integer", "default": "5"},
    {"type": "integer", "default": True},
    {"type": "integer", "default": 1.5},
    {"type": "number", "default": "nan"},
    {"type": "boolean", "default": "true"},
    {"type": "string", "format": "date", "default": "soon"},
    {"type": "string", "format": "date-time", "default": "soon"},
    {"type": "string", "format": "uuid", "default": "urn:uuid:1"},
    {"default": {}},
    {"oneOf": [{"type": "number"}, {"type": "string"}], "default": "inf"},
]
SCHEMAS: list[tuple[Node, str, str]] = [
    ({"properties": {'a"b': {}}}, ".properties.'a\"b'", "is not a valid property name"),
    ({"title": "A\nB"}, ".title", "is not a valid class title"),
    ({"allOf": [{"$ref": "#/components/schemas/Thing"}]}, "", "the schema is composed of itself"),
    *(
        ({"x-list": name, "properties": properties}, ".x-list", "is not an array property")
        for name, properties in (
            ("b", {"a": STRINGS}),
            ("a", {"a": {"type": "string"}}),
            ("a", {"a": STRINGS | {"nullable": True}}),
            (5, {"a": STRINGS}),
            ("a", {}),
        )
    ),
]
PATHS: list[tuple[Node, str, str]] = [
    ({"/a/{b.c}": {}}, "/a/{b.c}", "is not a valid path"),
    ({"/a": 5}, "/a", "5 is not a mapping"),
    ({"/a": {"$ref": "#/components/pathItems/a"}}, "/a.$ref", "does not exist"),
    ({"/a": {"get": []}}, "/a.get", "[] is not a mapping"),
    (
        {"/a": get(operationId="get_topic"), "/b": get()},
        "/b.get.operationId",
        "two operations are named get_topic",
    ),
]
COMPONENTS: list[tuple[Node, str, str]] = [
    ({"schemas": {"a b": {}}}, "schemas.'a b'", "not a valid component name"),
    ({"schemas": {"a": 1}}, "schemas.a", "1 is not a mapping"),
    ({"schemas": {"...": {}}}, "schemas....", "is not a valid component name"),
    ({"parameters": {"P": {"name": "'"}}}, "parameters.P.name", "not a valid parameter name"),
    (
        {"responses": {"A": {"$ref": "#/components/responses/A"}}},
        "responses.A.$ref",
        "is circular",
    ),
]
TABLE: list[tuple[Node, str, str]] = [
    (small(parameters=[{"name": "q"}]), "the document", "the structure is not valid OpenAPI"),
    *((small(**changes), f"{OPERATION}{at}", reason) for changes, at, reason in OPERATIONS),
    *((field(**schema), f"{SCHEMA}.properties.a{at}", why) for schema, at, why in FIELDS),
    *((field(**schema), f"{SCHEMA}.properties.a.default", "not a valid") for schema in DEFAULTS),
    *((with_schema(schema), f"{SCHEMA}{at}", reason) for schema, at, reason in SCHEMAS),
    *((small() | {"paths": paths}, f"paths.{at}", reason) for paths, at, reason in PATHS),
    *((small() | {"components": c}, f"components.{at}", why) for c, at, why in COMPONENTS),
]


@pytest.mark.parametrize(("whole", "place", "reason"), TABLE)
def test_invalid_content_is_rejected_with_its_place(whole: Node, place: str, reason: str) -> None:
    found = refusals(Document(whole))
    refusal = next(each for each in found if each.place == place and reason in each.reason)
    assert refusal.remedy
    assert str(refusal) == f"{place}: {refusal.reason}: {refusal.remedy}"


FINE: list[Node] = [
    small(),
    small(operationId="topics.get-one_2"),
    field(type="string", default="한국어 'quoted' text"),
    field(type="string", format="date", default="2025-05-22"),
    field(type="string", format="uuid", default="6f1f3a52-7f0e-4f4e-9a58-0d5c3f3f8c11"),
    field(type="number", default=5),
    field(type="boolean", default=False),
    field(type="array", items={"type": "string"}, default=[]),
    field(oneOf=[{"type": "number"}, {"type": "string"}], default=5),
    field(description="Any.", default="any"),
    field(type="string", example='\x00\'"""'),
    field(type="object", additionalProperties=True),
    with_schema(
        {
            "allOf": [
                {"$ref": "#/components/schemas/Base"},
                {"type": "object", "properties": {"more": {"type": "integer"}}},
            ],
            "x-list": "a",
        },
        Base={"properties": {"a": {"$ref": "#/components/schemas/Array"}}},
        Array={"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
    ),
]


@pytest.mark.parametrize("whole", FINE)
def test_valid_content_is_accepted(whole: Node) -> None:
    assert refusals(Document(json.loads(json.dumps(whole)))) == []


def misshapen(node: Any) -> Iterator[Any]:
    """Yield the document with another value in one of its places."""
    yield from (5, None, [5], {"a": 5})
    match node:
        case dict():
            for key, value in node.items():
                yield {other: each for other, each in node.items() if other != key}
                yield from ({**node, key: wrong} for wrong in misshapen(value))
        case list():
            for position, value in enumerate(node):
                for wrong in misshapen(value):
                    yield [*node[:position], wrong, *node[position + 1 :]]


def test_no_structure_of_a_document_crashes_the_checks() -> None:
    count = 0
    # A sample, since all would take too long.
    for whole in islice(misshapen(filled(DOCUMENT, str)), None, None, 17):
        if isinstance(whole, dict) and isinstance(whole.get("paths"), dict):
            count += len(refusals(Document(whole)))
    assert count > 50


def test_the_options_of_every_command_are_those_of_the_command_line() -> None:
    assert parameters._TAKEN == spellings.TAKEN
