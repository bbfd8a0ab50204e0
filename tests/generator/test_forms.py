"""Rejected content of a document: the place, the reason and the remedy."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from documents import Document
from generator.conftest import small
from generator.hostile import DOCUMENT, filled
from refusals import refusals

Node = dict[str, Any]

OPERATION = "paths./topics/{topicId}.get"
SCHEMA = "components.schemas.Thing"


def with_schema(schema: Any, **others: Any) -> Node:
    return small() | {"components": {"schemas": {"Thing": schema, **others}}}


def with_components(**sections: Any) -> Node:
    return small() | {"components": sections}


def field(**schema: Any) -> Node:
    return with_schema({"type": "object", "properties": {"a": schema}})


TABLE: list[tuple[Node, str, str]] = [
    # names
    (small(operationId=5), f"{OPERATION}.operationId", "5 is not a valid operationId"),
    (small(operationId="topics/get"), f"{OPERATION}.operationId", "is not a valid operationId"),
    (small(operationId=""), f"{OPERATION}.operationId", "'' is not a valid operationId"),
    (small(operationId="1st"), f"{OPERATION}.operationId", "'1st' is not a valid operationId"),
    (small(tags="Topic"), f"{OPERATION}.tags", "'Topic' is not a list"),
    (small(tags=["A;B"]), f"{OPERATION}.tags[0]", "'A;B' is not a valid tag"),
    (
        with_components(schemas={"a b": {}}),
        "components.schemas.'a b'",
        "not a valid component name",
    ),
    (with_components(schemas={"a": 1}), "components.schemas.a", "1 is not a mapping"),
    (with_components(schemas={"...": {}}), "components.schemas....", "not a valid component name"),
    (
        with_schema({"properties": {'a"b': {}}}),
        f"{SCHEMA}.properties.'a\"b'",
        "is not a valid property name",
    ),
    (
        small(parameters=[{"name": "a b", "in": "query"}]),
        f"{OPERATION}.parameters[0].name",
        "'a b' is not a valid parameter name",
    ),
    (
        with_components(parameters={"P": {"in": "query", "name": "'"}}),
        "components.parameters.P.name",
        "is not a valid parameter name",
    ),
    (with_schema({"title": "A\nB"}), f"{SCHEMA}.title", "is not a valid class title"),
    (
        small()
        | {
            "paths": {
                "/a": small(operationId="get_topic")["paths"]["/topics/{topicId}"],
                "/b": small(operationId="getTopic")["paths"]["/topics/{topicId}"],
            }
        },
        "paths./b.get.operationId",
        "two operations are named get_topic",
    ),
    # servers
    (small(servers=[{"url": "https://a.invalid"}]), f"{OPERATION}.servers[0]", "no x-server-name"),
    (small(servers=["a"]), f"{OPERATION}.servers[0]", "'a' is not a mapping"),
    (
        small(servers=[{"url": "https://{host}", "x-server-name": "b"}]),
        f"{OPERATION}.servers[0].url",
        "is not a valid server URL",
    ),
    (
        small(servers=[{"url": "https://b.invalid", "x-server-name": 5}]),
        f"{OPERATION}.servers[0].x-server-name",
        "5 is not a valid server name",
    ),
    (
        small(servers=[{"url": "https://b.invalid", "x-server-name": "a"}]),
        f"{OPERATION}.servers[0].x-server-name",
        "two servers are named a",
    ),
    # paths, statuses, media types
    (small() | {"paths": {"/a/{b.c}": {}}}, "paths./a/{b.c}", "is not a valid path"),
    (small() | {"paths": {"/a": 5}}, "paths./a", "5 is not a mapping"),
    (
        small() | {"paths": {"/a": {"$ref": "#/components/pathItems/a"}}},
        "paths./a.$ref",
        "does not exist",
    ),
    (
        small() | {"paths": {"/a": {"get": []}}},
        "paths./a.get",
        "[] is not a mapping",
    ),
    (
        small(responses={"200": {}, "2'": {}}),
        f'{OPERATION}.responses."2\'"',
        "not a valid status code",
    ),
    (small(responses={"404": {}}), f"{OPERATION}.responses", "no 2xx response is documented"),
    (
        small(requestBody={"content": {"json": {}}}),
        f"{OPERATION}.requestBody.content.json",
        "'json' is not a valid media type",
    ),
    (small(parameters=[{"name": "q"}]), "the document", "the structure is not valid OpenAPI"),
    # references
    (
        small(responses={"200": {"$ref": "other.yaml#/a"}}),
        f"{OPERATION}.responses.200.$ref",
        "is not a valid reference within the document",
    ),
    (
        small(responses={"200": {"$ref": "#/components/responses/A"}}),
        f"{OPERATION}.responses.200.$ref",
        "#/components/responses/A does not exist",
    ),
    (
        with_components(responses={"A": {"$ref": "#/components/responses/A"}}),
        "components.responses.A.$ref",
        "is circular",
    ),
    (
        with_schema({"allOf": [{"$ref": "#/components/schemas/Thing"}]}),
        SCHEMA,
        "the schema is composed of itself",
    ),
    # what neither JSON nor UTF-8 can carry
    (small(summary="a\ud800"), f"{OPERATION}.summary", "contains a lone surrogate"),
    (small(**{"x-\ud800": 1}), f"{OPERATION}.'x-\\ud800'", "contains a lone surrogate"),
    (field(example=float("nan")), f"{SCHEMA}.properties.a.example", "nan is not a JSON number"),
    # enums
    (field(enum="a"), f"{SCHEMA}.properties.a.enum", "'a' is not a list"),
    (field(enum=["a\x00"]), f"{SCHEMA}.properties.a.enum[0]", "contains control characters"),
    (
        field(enum=["a"], **{"x-enum-varnames": ["1A"]}),
        f"{SCHEMA}.properties.a.x-enum-varnames[0]",
        "'1A' is not a valid enum member name",
    ),
    (
        field(enum=["a"], **{"x-enum-varnames": ["A", "B"]}),
        f"{SCHEMA}.properties.a.x-enum-varnames",
        "its length differs",
    ),
    (
        field(**{"x-enum-descriptions": ["A"]}),
        f"{SCHEMA}.properties.a.x-enum-descriptions",
        "its length differs",
    ),
    (field(enum=["a"], default="b"), f"{SCHEMA}.properties.a.default", "'b' is not in the enum"),
    # defaults and constants
    *(
        (field(**schema), f"{SCHEMA}.properties.a.{key}", f"is not a valid {key}")
        for key, schema in (
            ("default", {"type": "string", "default": 'a"b'}),
            ("default", {"type": "string", "default": 5}),
            ("default", {"type": "integer", "default": "5"}),
            ("default", {"type": "integer", "default": True}),
            ("default", {"type": "integer", "default": 1.5}),
            ("default", {"type": "number", "default": "nan"}),
            ("default", {"type": "boolean", "default": "true"}),
            ("default", {"type": "string", "format": "date", "default": "soon"}),
            ("default", {"type": "string", "format": "date-time", "default": "soon"}),
            ("default", {"type": "string", "format": "uuid", "default": "urn:uuid:1"}),
            ("default", {"default": {}}),
            ("default", {"oneOf": [{"type": "number"}, {"type": "string"}], "default": "inf"}),
            ("const", {"const": ["a"]}),
            ("const", {"const": "a\\b"}),
        )
    ),
    # lists
    *(
        (
            with_schema({"type": "object", "x-list": name, "properties": properties}),
            f"{SCHEMA}.x-list",
            "is not an array property",
        )
        for name, properties in (
            ("b", {"a": {"type": "array", "items": {"type": "string"}}}),
            ("a", {"a": {"type": "string"}}),
            ("a", {"a": {"type": "array", "nullable": True, "items": {"type": "string"}}}),
            (5, {"a": {"type": "array", "items": {"type": "string"}}}),
            ("a", {}),
        )
    ),
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
