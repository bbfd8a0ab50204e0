"""The document says what NCP documents: no more, no less, operation by operation."""

import pytest
from contract import facts, shapes
from contract.document import (
    COMPONENTS,
    DOCUMENT,
    PROBLEM,
    SCHEMAS,
    Operation,
    bare,
    content,
    operations,
    resolve,
)
from contract.facts import FACTS, Fact

OPERATIONS = operations()

every_operation = pytest.mark.parametrize(
    ("operation", "fact"),
    [pytest.param(OPERATIONS.get(name), fact, id=name) for name, fact in FACTS.items()],
)


def test_operations_are_the_documented_ones_in_their_order() -> None:
    assert list(OPERATIONS) == list(FACTS)


@every_operation
def test_method_path_and_tag(operation: Operation, fact: Fact) -> None:
    assert (operation.method, operation.path) == (fact.method, fact.path)
    assert operation.raw["tags"] == [fact.tag]


@every_operation
def test_server(operation: Operation, fact: Fact) -> None:
    [server] = operation.path_item.get("servers", DOCUMENT["servers"])
    assert (server["x-server-name"], server["url"]) == fact.server
    assert "servers" not in operation.raw


@every_operation
def test_links_to_its_page(operation: Operation, fact: Fact) -> None:
    page = f"https://api.ncloud-docs.com/docs/en/datastream-{fact.page}"
    assert operation.raw["externalDocs"]["url"] == page


@every_operation
def test_parameters(operation: Operation, fact: Fact) -> None:
    assert "parameters" not in operation.path_item
    found = {
        parameter["name"]: (parameter["in"], parameter.get("required", False), parameter["schema"])
        for parameter in map(resolve, operation.raw.get("parameters", []))
    }
    assert list(found) == list(fact.parameters)
    for name, (place, required, schema) in found.items():
        expected = fact.parameters[name]
        assert (place, required) == (expected.place, expected.required)
        assert bare(schema) == expected.schema


@every_operation
def test_body(operation: Operation, fact: Fact) -> None:
    if fact.body is None:
        assert "requestBody" not in operation.raw
        return
    body = resolve(operation.raw["requestBody"])
    assert body["required"] is True
    assert bare(content(body)["schema"]) == fact.body


@every_operation
def test_statuses(operation: Operation, fact: Fact) -> None:
    statuses = list(operation.raw["responses"])
    assert statuses == [*map(str, (*fact.success, *sorted(fact.errors))), "default"]


@every_operation
def test_answers(operation: Operation, fact: Fact) -> None:
    answers = operation.raw["responses"]
    for status in fact.success:
        answer = content(answers[str(status)])
        if fact.reply is None:
            assert answer is None
        else:
            assert bare(answer["schema"]) == fact.reply
    for status in (*map(str, fact.errors), "default"):
        for media in resolve(answers[status])["content"].values():
            assert media["schema"]["$ref"] == f"#/components/schemas/{fact.error}"


@every_operation
def test_a_problem_document_may_come_as_one(operation: Operation, fact: Fact) -> None:
    for status, answer in operation.raw["responses"].items():
        media = resolve(answer).get("content", {})
        # Only the service sends them; 413, 503 and 504 are the gateway's.
        problem = fact.error == "ErrorResponse" and status not in {"413", "503", "504"}
        assert (PROBLEM in media) == (problem and not status.startswith("2")), status


def test_errors_hold_every_shape() -> None:
    assert bare(SCHEMAS["ErrorResponse"]) == shapes.ERROR
    assert bare(SCHEMAS["MessageErrorResponse"]) == shapes.MESSAGE_ERROR


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TopicStatus", shapes.TOPIC_STATUS),
        ("TopicSortKey", shapes.TOPIC_SORT_KEY),
        ("ConnectorStatus", shapes.CONNECTOR_STATUS),
        ("ConsumerSpec", shapes.CONSUMER_SPEC),
        ("ExportType", shapes.EXPORT_TYPE),
        ("DateFormat", shapes.DATE_FORMAT),
        ("MessageFormat", shapes.MESSAGE_FORMAT),
        ("SchemaType", shapes.SCHEMA_TYPE),
        ("ErrorCode", shapes.ERROR_CODE),
    ],
)
def test_enumeration(name: str, expected: shapes.Schema) -> None:
    assert bare(SCHEMAS[name]) == expected


def test_three_headers_sign_every_request() -> None:
    [requirement] = DOCUMENT["security"]
    schemes = COMPONENTS["securitySchemes"]
    assert set(requirement) == set(schemes)
    assert {scheme["name"] for scheme in schemes.values()} == facts.SIGNED_HEADERS
    assert {(scheme["type"], scheme["in"]) for scheme in schemes.values()} == {("apiKey", "header")}
    assert not any("security" in operation.raw for operation in OPERATIONS.values())


def test_component_names_are_the_public_ones() -> None:
    assert set(SCHEMAS) == {
        "TopicPrefix",
        "Topic",
        "TopicSummary",
        "TopicList",
        "TopicStatus",
        "TopicSortKey",
        "CreateTopicRequest",
        "UpdateTopicRequest",
        "Connector",
        "ConnectorRequest",
        "ConnectorStatus",
        "ConsumerSpec",
        "ExportType",
        "DateFormat",
        "MessageFormat",
        "SchemaType",
        "SchemaRequest",
        "SchemaSummary",
        "SchemaPage",
        "SchemaDefinition",
        "SchemaCompatibility",
        "RegistryConfig",
        "RegistryCompatibility",
        "UpdateRegistryConfigRequest",
        "RegistryInfo",
        "SendMessageRequest",
        "SendMessageResult",
        "ErrorResponse",
        "MessageErrorResponse",
        "GatewayError",
        "ErrorCode",
        "GatewayErrorCode",
    }
