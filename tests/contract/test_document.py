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
    assert all(re.fullmatch(r"\d{3}|default", status) for status in statuses)
    assert statuses[-1] == "default"


@every_operation
def test_all_successes_are_the_same(operation: Operation) -> None:
    answers = [content(a) for s, a in operation.raw["responses"].items() if s.startswith("2")]
    assert all(answer == answers[0] for answer in answers)


@every_operation
def test_statuses_that_follow_from_the_request(operation: Operation) -> None:
    statuses, name = operation.raw["responses"], operation.raw["operationId"]
    assert {"400", "401", "403", "404", "429", "500", "503", "504"} <= set(statuses)
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
    chapters = [tag["name"] for tag in DOCUMENT["tags"] if tag.get("x-traitTag")]
    assert [tag["name"] for tag in DOCUMENT["tags"]] == [*dict.fromkeys(used), *chapters]
    assert used == sorted(used, key=list(dict.fromkeys(used)).index), "tags are not scattered"


# ---- examples
MEDIA = {
    place: node
    for place, node in walk(DOCUMENT)
    if place.endswith(("/application/json", "/application/problem+json"))
}
every_body_and_answer = pytest.mark.parametrize("media", MEDIA.values(), ids=MEDIA.keys())


@every_body_and_answer
def test_every_body_and_answer_has_a_valid_example(media: dict[str, Any]) -> None:
    validator = OAS30Validator(expand(media["schema"]), format_checker=oas30_format_checker)
    assert examples(media)
    for example in examples(media):
        assert [error.message for error in validator.iter_errors(example)] == []


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

    for example in examples(media):
        known(expand(media["schema"]), example)


def values() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Every place that holds one value: with its schema and its example."""
    for name, operation in OPERATIONS.items():
        for parameter in map(resolve, operation.raw.get("parameters", [])):
            yield f"{name}.{parameter['name']}", parameter["schema"], parameter.get("example")
    for name, header in COMPONENTS["headers"].items():
        yield name, header["schema"], header.get("example")
    for name, schema in SCHEMAS.items():
        for key, value in schema.get("properties", {}).items():
            described = resolve(value)
            if described.get("type") != "object":
                yield f"{name}.{key}", described, described.get("example")


@pytest.mark.parametrize(("schema", "example"), [pytest.param(*v, id=k) for k, *v in values()])
def test_every_property_parameter_and_header_has_a_valid_example(
    schema: dict[str, Any], example: Any
) -> None:
    assert example is not None
    validator = OAS30Validator(expand(schema), format_checker=oas30_format_checker)
    assert [error.message for error in validator.iter_errors(example)] == []


# ---- extensions
def test_components_of_different_kinds_share_no_name() -> None:
    names = [name for components in COMPONENTS.values() for name in components]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_what_ncp_takes_for_a_value_that_is_omitted() -> None:
    found = {place: node["x-default"] for place, node in mappings(DOCUMENT) if "x-default" in node}
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


def test_enumerations_in_answers_are_open() -> None:
    answers = set()
    for response in (answer for o in OPERATIONS.values() for answer in o.raw["responses"].values()):
        for _, node in walk(expand(response)):
            if isinstance(node, dict) and isinstance(node.get("enum"), list):
                answers.add(tuple(node["enum"]))
    for name, enum in ENUMS.items():
        assert enum.get("x-open-enum", False) == (tuple(enum["enum"]) in answers), name


def test_what_wraps_a_list_names_it() -> None:
    for name, schema in SCHEMAS.items():
        arrays = [key for key, value in schema.get("properties", {}).items() if "items" in value]
        assert [schema[key] for key in ("x-list",) if key in schema] == arrays, name


def test_every_answer_lists_its_headers() -> None:
    for operation in OPERATIONS.values():
        for status, answer in operation.raw["responses"].items():
            headers = set(resolve(answer)["headers"])
            assert "x-ncp-request-id" in headers
            assert ("Date" in headers) == (status == "401")
            assert ("Retry-After" in headers) == (status in {"429", "503"})


def test_every_extension_is_explained() -> None:
    used = {key for _, node in mappings(DOCUMENT) for key in node if key.startswith("x-")}
    used -= {name for name in used if name.startswith("x-ncp-")}
    [said] = [tag["description"] for tag in DOCUMENT["tags"] if tag["name"] == "Extensions"]
    explained = set(re.findall("`(x-(?!ncp-)[A-Za-z-]+)`", said))
    assert used == explained


# ---- schemas
def test_nothing_that_generators_trip_over() -> None:
    for place, node in mappings(DOCUMENT):
        if "$ref" in node:
            assert list(node) == ["$ref"], place
        if not place.endswith("/responses"):  # where `default` is an answer
            bad = {"oneOf", "anyOf", "not", "additionalProperties", "default"}
            assert not bad & set(node), place
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
    used = {node["$ref"] for _, node in walk(DOCUMENT) if isinstance(node, dict) and "$ref" in node}
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
