"""What makes the document good to generate from, and no linter checks."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from contract.document import (
    COMPONENTS,
    DOCUMENT,
    ROOT,
    SCHEMAS,
    Operation,
    content,
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

every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())


def described() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every parameter and every property that is not a mere reference."""
    for name, operation in OPERATIONS.items():
        for parameter in map(resolve, operation.raw.get("parameters", [])):
            yield f"{name}.{parameter['name']}", {**parameter["schema"], **parameter}
    for name, schema in SCHEMAS.items():
        for key, value in schema.get("properties", {}).items():
            if "$ref" not in value:
                yield f"{name}.{key}", value


DESCRIBED = dict(described())


# ---- enumerations
@pytest.mark.parametrize("name", ENUMS)
def test_every_enumeration_value_has_a_name_and_a_meaning(name: str) -> None:
    enum = ENUMS[name]
    names, meanings = enum["x-enum-varnames"], enum["x-enum-descriptions"]
    assert enum["type"] == "string"
    assert all(isinstance(value, str) for value in enum["enum"])
    assert len(set(enum["enum"])) == len(set(names)) == len(meanings) == len(enum["enum"])
    for varname in names:
        assert re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", varname)
    for meaning in meanings:
        assert meaning.endswith(".")


@pytest.mark.parametrize("name", ENUMS)
def test_the_names_are_the_values_in_capitals(name: str) -> None:
    for value, varname in zip(ENUMS[name]["enum"], ENUMS[name]["x-enum-varnames"], strict=True):
        if not value.isdigit():
            assert varname.replace("_", "") == value.replace("_", "").upper()


def test_enumerations_are_components_only() -> None:
    for place, node in mappings(DOCUMENT):
        if "enum" in node:
            assert re.fullmatch(r"#/components/schemas/\w+", place), place


# ---- operations
@every_operation
def test_the_verb_fits_the_method(operation: Operation) -> None:
    verb = re.match("[a-z]+", operation.raw["operationId"])
    assert verb is not None
    assert verb[0] in VERBS[operation.method]


@every_operation
def test_a_success_comes_first_and_statuses_ascend(operation: Operation) -> None:
    statuses = list(operation.raw["responses"])
    assert statuses[0] == "200"
    assert statuses == sorted(statuses)
    assert all(re.fullmatch(r"\d{3}", status) for status in statuses)


@every_operation
def test_all_successes_are_the_same(operation: Operation) -> None:
    answers = [content(a) for s, a in operation.raw["responses"].items() if s.startswith("2")]
    assert all(answer == answers[0] for answer in answers)


@every_operation
def test_statuses_that_follow_from_the_request(operation: Operation) -> None:
    statuses, name = operation.raw["responses"], operation.raw["operationId"]
    assert {"400", "401", "403", "429", "500", "503", "504"} <= set(statuses)
    assert ("404" in statuses) == ("{" in operation.path or name == "sendMessage")
    assert ("409" in statuses) == name.startswith("create")
    body = expand(operation.raw.get("requestBody", {}))
    properties = content(body)["schema"]["properties"] if body else {}
    assert ("413" in statuses) == bool({"schema", "value"} & set(properties))


@every_operation
def test_errors_are_shared(operation: Operation) -> None:
    for status, answer in operation.raw["responses"].items():
        if not status.startswith("2"):
            assert list(answer) == ["$ref"]


def test_tags_stand_in_the_order_of_their_operations() -> None:
    used = [operation.raw["tags"][0] for operation in OPERATIONS.values()]
    assert [tag["name"] for tag in DOCUMENT["tags"]] == list(dict.fromkeys(used))
    assert used == sorted(used, key=list(dict.fromkeys(used)).index), "tags are not scattered"


# ---- examples
MEDIA = {place: node for place, node in walk(DOCUMENT) if place.endswith("/application/json")}
every_body_and_answer = pytest.mark.parametrize("media", MEDIA.values(), ids=MEDIA.keys())


@every_body_and_answer
def test_every_body_and_answer_has_a_valid_example(media: dict[str, Any]) -> None:
    validator = OAS30Validator(expand(media["schema"]), format_checker=oas30_format_checker)
    assert [error.message for error in validator.iter_errors(media["example"])] == []


@every_body_and_answer
def test_examples_name_no_field_that_is_not_described(media: dict[str, Any]) -> None:
    def known(schema: dict[str, Any], value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                known(schema["items"], item)
        elif isinstance(value, dict):
            assert set(value) <= set(schema["properties"])
            for key, item in value.items():
                known(schema["properties"][key], item)

    known(expand(media["schema"]), media["example"])


# ---- schemas
def test_nothing_that_generators_trip_over() -> None:
    for place, node in mappings(DOCUMENT):
        if "$ref" in node:
            assert list(node) == ["$ref"], place
        assert not {"oneOf", "anyOf", "not", "additionalProperties", "default"} & set(node), place
        if node.get("type") == "object":
            assert re.fullmatch(r"#/components/schemas/\w+", place), "an inline object"


def test_null_is_known_of_one_field_only() -> None:
    nullable = [place for place, node in walk(DOCUMENT) if place.endswith("/nullable")]
    assert nullable == ["#/components/schemas/Connector/properties/description/nullable"]


def test_numbers_have_a_format() -> None:
    for place, node in mappings(DOCUMENT):
        if node.get("type") in ("integer", "number"):
            assert node["type"] == "integer", place
            assert node["format"] in {"int32", "int64"}, place


def test_every_component_is_used() -> None:
    used = {node["$ref"] for _, node in mappings(DOCUMENT) if "$ref" in node}
    for kind, components in COMPONENTS.items():
        if kind == "securitySchemes":
            [requirement] = DOCUMENT["security"]
            assert list(requirement) == list(components)
        else:
            assert {f"#/components/{kind}/{name}" for name in components} <= used


# ---- texts
@pytest.mark.parametrize("name", DESCRIBED)
def test_a_description_is_one_to_three_sentences_on_one_line(name: str) -> None:
    text = DESCRIBED[name]["description"]
    assert text.endswith(".")
    assert "\n" not in text
    assert 1 <= len(re.split(r"(?<=[.])\s+", text)) <= 3


@pytest.mark.parametrize("name", DESCRIBED)
def test_constraints_are_said_in_words_too(name: str) -> None:
    schema = DESCRIBED[name]
    numbers = re.findall(r"\d+", schema["description"])
    # minLength only ever says that a name or an id is not empty.
    for keyword in ("minimum", "maximum", "maxLength"):
        if keyword in schema:
            assert str(schema[keyword]) in numbers, keyword
    if "pattern" in schema:
        assert re.search("letters, digits and hyphens|`s3a://|`nrn:`", schema["description"])


def test_schemas_enumerations_and_successes_are_described() -> None:
    for name, schema in SCHEMAS.items():
        assert schema["description"].endswith("."), name
    for name, answer in COMPONENTS["responses"].items():
        assert answer["description"].endswith("."), name


@pytest.mark.parametrize(
    "word", [r"(?i:python)", r"(?i:snake_case)", r"\bNone\b", r"(?i:\bdict\b)"]
)
def test_the_words_are_those_of_every_language(word: str) -> None:
    assert re.search(word, (ROOT / "openapi.yaml").read_text("utf-8")) is None
