"""The document states what NCP documents, operation by operation."""

import pytest
from contract import facts, shapes
from contract.document import (
    COMPONENTS,
    DOCUMENT,
    PROBLEM,
    SCHEMAS,
    bare,
    content,
    operations,
    resolve,
)
from contract.facts import FACTS, Fact

OPERATIONS = operations()
WHERE = "FACTS in tests/contract/facts.py lists all operations, in the order of the document"


def test_operations_are_the_documented_ones_in_their_order() -> None:
    assert list(OPERATIONS) == list(FACTS), f"{WHERE}: {sorted({*OPERATIONS} ^ {*FACTS})}"


@pytest.mark.parametrize("name", FACTS)
def test_an_operation_is_as_documented(name: str) -> None:
    operation, fact = OPERATIONS[name], FACTS[name]
    raw = operation.raw
    assert f"{operation.method.upper()} {operation.path}" == fact.request
    assert raw["tags"] == [fact.tag]
    [server] = operation.path_item.get("servers", DOCUMENT["servers"])
    assert (server["x-server-name"], server["url"]) == fact.server
    assert not {"servers", "security"} & set(raw)
    assert raw["externalDocs"]["url"] == (
        f"https://api.ncloud-docs.com/docs/en/datastream-{fact.page}"
    )
    assert "parameters" not in operation.path_item
    found = {each["name"]: each for each in map(resolve, raw.get("parameters", []))}
    assert list(found) == list(fact.parameters)
    for key, node in found.items():
        required = node.get("required", False)
        assert (node["in"], required, bare(node["schema"])) == fact.parameters[key]
    assert ("requestBody" in raw) == (fact.body is not None)
    if fact.body is not None:
        body = resolve(raw["requestBody"])
        assert body["required"] is True
        assert bare(content(body)["schema"]) == fact.body


@pytest.mark.parametrize("name", FACTS)
def test_the_responses_of_an_operation_are_as_documented(name: str) -> None:
    fact, responses = FACTS[name], OPERATIONS[name].raw["responses"]
    assert list(responses) == [*map(str, (*fact.success, *fact.errors)), "default"]
    for status in map(str, fact.success):
        response = content(responses[status])
        assert (bare(response["schema"]) if response else None) == fact.reply
    for status in (*map(str, fact.errors), "default"):
        media = resolve(responses[status])["content"]
        assert {each["schema"]["$ref"] for each in media.values()} == {
            f"#/components/schemas/{fact.error}"
        }
        assert (PROBLEM in media) == _is_from_the_service(fact, status), status


def _is_from_the_service(fact: Fact, status: str) -> bool:
    # 413, 503 and 504 come from the gateway, which sends no problem documents.
    return fact.error == "ErrorResponse" and status not in {"413", "503", "504"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ErrorResponse", shapes.ERROR),
        ("MessageErrorResponse", shapes.MESSAGE_ERROR),
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
def test_a_shared_schema_is_as_documented(name: str, expected: shapes.Schema) -> None:
    assert bare(SCHEMAS[name]) == expected


def test_three_headers_sign_every_request() -> None:
    [requirement] = DOCUMENT["security"]
    schemes = COMPONENTS["securitySchemes"]
    assert set(requirement) == set(schemes)
    assert {scheme["name"] for scheme in schemes.values()} == facts.SIGNED_HEADERS
    assert {(scheme["type"], scheme["in"]) for scheme in schemes.values()} == {("apiKey", "header")}


def test_the_public_names_of_schemas_exist() -> None:
    assert set(SCHEMAS) >= {
        *("TopicPrefix", "Topic", "TopicSummary", "TopicList", "TopicStatus", "TopicSortKey"),
        *("CreateTopicRequest", "UpdateTopicRequest", "Connector", "ConnectorRequest"),
        *("ConnectorStatus", "ConsumerSpec", "ExportType", "DateFormat", "MessageFormat"),
        *("SchemaType", "SchemaRequest", "SchemaSummary", "SchemaPage", "SchemaDefinition"),
        *("SchemaCompatibility", "RegistryConfig", "RegistryCompatibility", "RegistryInfo"),
        *("UpdateRegistryConfigRequest", "SendMessageRequest", "SendMessageResult"),
        *("ErrorResponse", "MessageErrorResponse", "GatewayError", "ErrorCode"),
        "GatewayErrorCode",
    }
