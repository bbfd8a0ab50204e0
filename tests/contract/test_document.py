"""Rules of the document for all generators, which no linter checks."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from contract.document import (
    COMPONENTS,
    DOCUMENT,
    ROOT,
    SCHEMAS,
    content,
    examples,
    expand,
    mappings,
    operations,
    resolve,
    walk,
)
from openapi_schema_validator import OAS30Validator, oas30_format_checker

OPERATIONS = operations()
ENUMS = {name: schema for name, schema in SCHEMAS.items() if "enum" in schema}
VERBS = {
    "get": {"get", "list"},
    "post": {"create", "check", "send"},
    "put": {"update"},
    "delete": {"delete"},
}
PLACES = list(mappings(DOCUMENT))


def described() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every parameter, and every property that is not just a reference."""
    for name, operation in OPERATIONS.items():
        for parameter in map(resolve, operation.raw.get("parameters", [])):
            yield f"{name}.{parameter['name']}", {**parameter["schema"], **parameter}
    for name, schema in SCHEMAS.items():
        for key, value in schema.get("properties", {}).items():
            if "$ref" not in value:
                yield f"{name}.{key}", value


# ---- enumerations
@pytest.mark.parametrize("name", ENUMS)
def test_every_enumeration_value_has_a_name_and_a_meaning(name: str) -> None:
    enum = ENUMS[name]
    values, names = enum["enum"], enum["x-enum-varnames"]
    meanings = enum["x-enum-descriptions"]
    assert enum["type"] == "string"
    assert len(set(values)) == len(set(names)) == len(meanings) == len(values)
    assert all(meaning.endswith(".") for meaning in meanings)
    for value, varname in zip(values, names, strict=True):
        assert re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", varname)
        if not value.isdigit():
            assert varname.replace("_", "") == value.replace("_", "").upper()


def test_enumerations_in_responses_are_open() -> None:
    returned = set()
    for operation in OPERATIONS.values():
        for response in operation.raw["responses"].values():
            for _, node in walk(expand(response)):
                if isinstance(node, dict) and isinstance(node.get("enum"), list):
                    returned.add(tuple(node["enum"]))
    for name, enum in ENUMS.items():
        assert enum.get("x-open-enum", False) == (tuple(enum["enum"]) in returned), name


# ---- operations
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_name_and_the_responses_of_an_operation_follow_the_rules(name: str) -> None:
    operation = OPERATIONS[name]
    verb = re.match("[a-z]+", name)
    assert verb is not None
    assert verb[0] in VERBS[operation.method]

    responses = operation.raw["responses"]
    statuses = list(responses)
    assert statuses[0] == "200"
    assert statuses[-1] == "default"
    assert statuses == sorted(statuses)
    assert {"400", "401", "403", "404", "429", "500", "503", "504"} <= set(statuses)
    assert ("409" in statuses) == name.startswith("create")
    body = expand(operation.raw.get("requestBody", {}))
    properties = content(body)["schema"]["properties"] if body else {}
    assert ("413" in statuses) == bool({"schema", "value"} & set(properties))

    success = content(responses["200"])
    for status, response in responses.items():
        if status.startswith("2"):
            assert content(response) == success
        else:
            assert list(response) == ["$ref"]
        headers = set(resolve(response)["headers"])
        assert "x-ncp-request-id" in headers
        assert ("Date" in headers) == (status == "401")
        assert ("Retry-After" in headers) == (status in {"429", "503"})


def test_tags_are_in_the_order_of_their_operations() -> None:
    used = [operation.raw["tags"][0] for operation in OPERATIONS.values()]
    chapters = [tag["name"] for tag in DOCUMENT["tags"] if tag.get("x-traitTag")]
    assert [tag["name"] for tag in DOCUMENT["tags"]] == [*dict.fromkeys(used), *chapters]
    assert used == sorted(used, key=list(dict.fromkeys(used)).index), "tags are not scattered"


# ---- examples
def errors(schema: dict[str, Any], example: Any) -> list[str]:
    validator = OAS30Validator(expand(schema), format_checker=oas30_format_checker)
    return [error.message for error in validator.iter_errors(example)]


def undescribed(schema: dict[str, Any], value: Any) -> set[str]:
    """Return the fields of an example that the schema does not describe."""
    if isinstance(value, list):
        return {name for item in value for name in undescribed(schema["items"], item)}
    if not isinstance(value, dict):
        return set()
    found = set(value) - set(schema["properties"])
    for key in value.keys() - found:
        found |= undescribed(schema["properties"][key], value[key])
    return found


def test_every_body_has_a_valid_example_with_described_fields_only() -> None:
    for place, media in walk(DOCUMENT):
        if place.endswith(("/application/json", "/application/problem+json")):
            assert examples(media), place
            for example in examples(media):
                assert errors(media["schema"], example) == [], place
                assert undescribed(expand(media["schema"]), example) == set(), place


def values() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield the schema and the example of every parameter, header and property."""
    for name, operation in OPERATIONS.items():
        for parameter in map(resolve, operation.raw.get("parameters", [])):
            yield f"{name}.{parameter['name']}", parameter["schema"], parameter.get("example")
    for name, header in COMPONENTS["headers"].items():
        yield name, header["schema"], header.get("example")
    for name, schema in SCHEMAS.items():
        for key, value in schema.get("properties", {}).items():
            node = resolve(value)
            if node.get("type") != "object":
                yield f"{name}.{key}", node, node.get("example")


def test_every_property_parameter_and_header_has_a_valid_example() -> None:
    for name, schema, example in values():
        assert example is not None, name
        assert errors(schema, example) == [], name


# ---- extensions
def test_the_defaults_of_ncp_are_documented_but_not_applied() -> None:
    found = {place: node["x-default"] for place, node in PLACES if "x-default" in node}
    assert {place.removeprefix("#/"): value for place, value in found.items()} == {
        "paths//api/v1/topics/get/parameters/0": "createdDate",
        "paths//api/v1/topics/get/parameters/1": True,
        "paths//api/v1/topics/{topicId}/schemas/get/parameters/3": 0,
        "paths//api/v1/topics/{topicId}/schemas/get/parameters/4": 10,
        "components/schemas/CreateTopicRequest/properties/partitions": 1,
        "components/schemas/CreateTopicRequest/properties/retentionMs": 86_400_000,
        "components/schemas/ConnectorRequest/properties/flushInterval": 10,
        "components/schemas/ConnectorRequest/properties/flushCount": 5_000,
        "components/schemas/MessageFormat": "STRING",
    }


def test_a_schema_that_wraps_a_list_names_it() -> None:
    for name, schema in SCHEMAS.items():
        arrays = [key for key, value in schema.get("properties", {}).items() if "items" in value]
        assert [schema[key] for key in ("x-list",) if key in schema] == arrays, name


def test_every_extension_is_described() -> None:
    used = {key for _, node in PLACES for key in node if key.startswith("x-")}
    used -= {name for name in used if name.startswith("x-ncp-")}
    [text] = [tag["description"] for tag in DOCUMENT["tags"] if tag["name"] == "Extensions"]
    assert used == set(re.findall("`(x-(?!ncp-)[A-Za-z-]+)`", text))


# ---- schemas
def test_the_document_has_nothing_that_generators_fail_on() -> None:
    for place, node in PLACES:
        if "$ref" in node:
            assert list(node) == ["$ref"], place
        if not place.endswith("/responses"):  # where `default` is a response
            bad = {"oneOf", "anyOf", "not", "additionalProperties", "default"}
            assert not bad & set(node), place
        if node.get("type") == "object" or "enum" in node:
            assert re.fullmatch(r"#/components/schemas/\w+", place), place
        if node.get("type") in ("integer", "number"):
            assert node["type"] == "integer", place
            assert node["format"] in {"int32", "int64"}, place
    names = [name for components in COMPONENTS.values() for name in components]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_only_one_field_is_nullable() -> None:
    nullable = [place for place, node in walk(DOCUMENT) if place.endswith("/nullable")]
    assert nullable == ["#/components/schemas/Connector/properties/description/nullable"]


def test_every_component_is_used() -> None:
    used = {node["$ref"] for _, node in walk(DOCUMENT) if isinstance(node, dict) and "$ref" in node}
    for kind, components in COMPONENTS.items():
        if kind != "securitySchemes":
            assert {f"#/components/{kind}/{name}" for name in components} <= used


# ---- texts
def test_descriptions_are_short_sentences_that_include_the_constraints() -> None:
    for name, schema in described():
        text = schema["description"]
        assert text.endswith("."), name
        assert "\n" not in text, name
        assert 1 <= len(re.split(r"(?<=[.])\s+", text)) <= 3, name
        numbers = re.findall(r"\d+", text)
        # A minLength only ever excludes an empty name or id.
        for keyword in ("minimum", "maximum", "maxLength"):
            assert keyword not in schema or str(schema[keyword]) in numbers, name
        if "pattern" in schema:
            assert re.search("letters, digits and hyphens|`s3a://|`nrn:`", text), name
    for name, part in (*SCHEMAS.items(), *COMPONENTS["responses"].items()):
        assert part["description"].endswith("."), name


def test_the_texts_have_no_words_of_one_language() -> None:
    text = (ROOT / "openapi.yaml").read_text("utf-8")
    assert re.findall(r"(?i:python|snake_case|\bdict\b)|\bNone\b", text) == []


def test_an_operation_returns_and_does_not_answer() -> None:
    text = (ROOT / "openapi.yaml").read_text("utf-8")
    assert re.findall(r"(?i)\b(?:answer\w*|refus\w*|whoever|shall|is off)\b", text) == []
