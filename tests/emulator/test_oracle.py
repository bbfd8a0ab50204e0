"""The compiled validators agree with openapi-core, which is too slow to serve requests."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ncloud_datastream_emulator.document import Document, Operation
from ncloud_datastream_emulator.problems import ServiceError
from ncloud_datastream_emulator.validation import read
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest
from openapi_core.validation.request.validators import V30RequestBodyValidator

WITH_BODY = [
    "createTopic", "updateTopic", "createConnector", "updateConnector", "createSchema",
    "checkSchemaCompatibility", "updateRegistryConfig", "sendMessage",
]  # fmt: skip


@pytest.fixture(scope="module")
def compiled(document: dict[str, Any]) -> Document:
    return Document(document)


@pytest.fixture(scope="module")
def oracle(document: dict[str, Any]) -> V30RequestBodyValidator:
    return V30RequestBodyValidator(OpenAPI.from_dict(document).spec)


def test_all_operations_with_a_body_are_compared(compiled: Document) -> None:
    with_body = {name for name, each in compiled.operations.items() if each.body is not None}
    assert with_body == set(WITH_BODY)


def we_accept(operation: Operation, body: Any) -> bool:
    segments = ["id"] * len(operation.path_parameters)
    try:
        read(operation, segments, "", json.dumps(body).encode())
    except ServiceError:
        return False
    return True


def it_accepts(oracle: V30RequestBodyValidator, operation: Operation, body: Any) -> bool:
    request = MockRequest(
        f"https://{operation.host}",
        operation.method.lower(),
        operation.path.replace("{", "").replace("}", ""),
        data=json.dumps(body).encode(),
        content_type="application/json",
    )
    try:
        oracle.validate(request)
    except OpenAPIError:
        return False
    return True


JUNK: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=2), st.integers(), max_size=2)
)


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that are valid, nearly valid or invalid for a property."""
    if "enum" in schema:
        names: list[str] = schema["enum"]
        fitting: st.SearchStrategy[Any] = st.sampled_from([*names, names[0].lower()])
    elif schema["type"] == "integer":
        low, high = schema["minimum"], schema["maximum"]
        edges = [low - 1, low, low + 1, high - 1, high, high + 1, float(low)]
        fitting = st.sampled_from(edges) | st.integers(low, high)
    elif schema["type"] == "boolean":
        fitting = st.booleans()
    else:
        longest = schema.get("maxLength", 5)
        edge = st.integers(longest - 1, longest + 1).map(lambda length: "a" * length)
        samples = ["", "s3a://b", "s3a://b/p", "s3a:///", "nrn:", "nrn:x", "h4j6l-a", "가", "a\nb"]
        fitting = edge | st.sampled_from(samples) | st.text("abc-", max_size=9) | st.text()
    return st.one_of(fitting, fitting, fitting, JUNK)


def bodies(schema: dict[str, Any], example: dict[str, Any]) -> st.SearchStrategy[Any]:
    properties = {name: values(each) for name, each in schema["properties"].items()}
    properties["unknown"] = JUNK
    few = st.lists(st.sampled_from(sorted(properties)), max_size=2, unique=True)
    changes = few.flatmap(
        lambda names: st.fixed_dictionaries({name: properties[name] for name in names})
    )
    return st.one_of(
        changes.map(lambda changed: example | changed),
        few.map(lambda names: {name: example[name] for name in example if name not in names}),
        st.fixed_dictionaries({}, optional=properties),
        JUNK,
    )


def example_of(document: dict[str, Any], operation: Operation) -> dict[str, Any]:
    body = document["paths"][operation.path][operation.method.lower()]["requestBody"]
    if "$ref" in body:
        body = document["components"]["requestBodies"][body["$ref"].rpartition("/")[2]]
    example: dict[str, Any] = body["content"]["application/json"]["example"]
    return example


@pytest.mark.parametrize("name", WITH_BODY)
def test_bodies_are_accepted_exactly_when_openapi_core_accepts_them(
    document: dict[str, Any], compiled: Document, oracle: V30RequestBodyValidator, name: str
) -> None:
    operation = compiled.operations[name]
    assert operation.body is not None
    example = example_of(document, operation)
    seen = set()

    @settings(
        max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(bodies(operation.body.schema, example))
    def judge(body: Any) -> None:
        if isinstance(body, dict) and any(
            isinstance(value, str) and value.endswith("\n") for value in body.values()
        ):
            return  # see the next test
        ours = we_accept(operation, body)
        assert ours is it_accepts(oracle, operation, body)
        seen.add(ours)

    judge()
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("name", "field"), [("createTopic", "name"), ("createConnector", "roleNrn")]
)
def test_only_a_trailing_line_feed_is_judged_differently(
    compiled: Document, oracle: V30RequestBodyValidator, name: str, field: str
) -> None:
    """Python's `$` matches before it, unlike that of other languages."""
    body = {
        "name": "h4j6l-a",
        "consumerSpec": "SMALL",
        "exportType": "OBJECT_STORAGE",
        "location": "s3a://b",
        "includeTopicInPath": True,
        "dateFormat": "NONE",
        "roleNrn": "nrn:a",
    }
    operation = compiled.operations[name]
    assert we_accept(operation, body)
    body[field] = f"{body[field]}\n"
    assert it_accepts(oracle, operation, body)
    assert not we_accept(operation, body)


def test_only_integers_are_accepted_as_integers(
    compiled: Document, oracle: V30RequestBodyValidator
) -> None:
    for partition in (3.0, math.pi, True, 10**30):
        body = {"topic": "t", "key": "k", "value": "v", "partition": partition}
        operation = compiled.operations["sendMessage"]
        assert not we_accept(operation, body)
        assert not it_accepts(oracle, operation, body)
