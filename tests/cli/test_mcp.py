"""`ncloud-datastream mcp`, as the official client of the Model Context Protocol uses it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from cli.conftest import Shell
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, Tool
from ncloud_datastream import DataStream, openapi_document
from ncloud_datastream_api.api import Operations
from ncloud_datastream_cli.mcp.schemas import Schemas
from ncloud_datastream_cli.mcp.secrets import Secrets
from ncloud_datastream_cli.mcp.server import Tools, server_of
from ncloud_datastream_cli.mcp.tools import tools_of
from ncloud_datastream_emulator import Emulator

# A shell that stores what the server writes to stdout and stderr in files.
TEE = '"${@:2}" 2> "$1/stderr" | tee "$1/stdout"'
PROGRAM = [sys.executable, "-m", "ncloud_datastream_cli", "mcp"]
OPERATIONS = {
    operation["operationId"]: method
    for item in openapi_document()["paths"].values()
    for method, operation in item.items()
    if method in ("get", "put", "post", "delete")
}
READ_ONLY = {name for name, method in OPERATIONS.items() if method == "get"} | {
    "checkSchemaCompatibility"
}
DELETES = {"deleteTopic", "deleteConnector", "deleteSchema"}

AVRO = {"schemaType": "AVRO", "schema": '{"type":"record","name":"Order","fields":[]}'}
CONNECTOR = {
    "consumerSpec": "SMALL",
    "exportType": "OBJECT_STORAGE",
    "location": "s3a://a-bucket/orders",
    "includeTopicInPath": True,
    "dateFormat": "DAY",
    "roleNrn": "nrn:PUB:IAM::0000000:Role/0",
}


class Agent:
    """A client that validates each result against the tool's output schema."""

    def __init__(self, client: Client, tools: list[Tool]) -> None:
        self._client = client
        self.tools = {tool.name: tool for tool in tools}

    async def call(self, tool: str, /, **arguments: Any) -> Any:
        """Return the result of a successful call."""
        result = await self._client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        schema = self.tools[tool].output_schema
        if schema is None:
            assert result.structured_content is None
        else:
            Draft202012Validator(schema).validate(result.structured_content)
            assert json.loads(text_of(result)) == result.structured_content
        return result.structured_content

    async def error(self, tool: str, /, **arguments: Any) -> Any:
        """Return the error object of a failed call."""
        result = await self._client.call_tool(tool, arguments)
        assert result.is_error
        assert result.structured_content is None
        return json.loads(text_of(result))


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert content.type == "text"
    return content.text


@asynccontextmanager
async def connected(server: Any) -> AsyncIterator[Agent]:
    with anyio.fail_after(120):
        async with Client(server) as client:
            yield Agent(client, (await client.list_tools()).tools)


@asynccontextmanager
async def in_process(emulator: Emulator, *, read_only: bool = False) -> AsyncIterator[Agent]:
    """Connect to a server in this process."""
    urls = {"management_url": emulator.url, "message_url": emulator.url}
    with DataStream(emulator.credentials, **urls) as ds:
        async with connected(server_of(Tools(ds, Secrets(), read_only=read_only))) as agent:
            yield agent


async def call_all(agent: Agent) -> None:
    """Call each of the 19 tools, from the creation of a topic to its deletion."""
    name = (await agent.call("getTopicPrefix"))["prefix"] + "orders"
    topic = (await agent.call("createTopic", name=name, description=None))["topicId"]

    async def call(tool: str, **arguments: Any) -> Any:
        return await agent.call(tool, topicId=topic, **arguments)

    assert [(await call("getTopic"))["status"] for _ in range(2)] == ["CREATING", "CREATED"]
    await call("updateTopic", description="주문", partitions=3, retentionMs=7_200_000)
    (listed,) = (await agent.call("listTopics", sortBy="topicName", descending=False))["list"]
    assert (listed["topicId"], listed["description"]) == (topic, "주문")
    await agent.call("sendMessage", topic=name, key="42", value="shipped")

    connector = (await call("createConnector", **CONNECTOR))["id"]
    assert (await call("getConnector"))["id"] == connector
    await call("updateConnector", connectorId=connector, **CONNECTOR)
    await call("deleteConnector", connectorId=connector, confirm=True)

    await call("createSchema", **AVRO)
    (schema,) = (await call("listSchemas"))["schemas"]
    found = await call("getSchema", resourceId=schema["resourceId"])
    assert found["schema"] == AVRO["schema"]
    assert await call("checkSchemaCompatibility", **AVRO) == {"is_compatible": True}
    await call("getRegistryConfig")
    await call("updateRegistryConfig", compatibility=False)
    await call("getRegistryInfo")
    await call("deleteSchema", resourceId=schema["resourceId"], confirm=True)
    assert await call("deleteTopic", confirm=True) == {"result": True}


async def test_a_process_serves_all_operations_and_writes_no_secret(
    emulator: Emulator, environment: dict[str, str], tmp_path: Path
) -> None:
    secret = emulator.credentials.secret_key
    words = ["-c", TEE, "tee", str(tmp_path), *PROGRAM, "--debug"]
    server = StdioServerParameters(command="bash", args=words, env=environment)
    async with connected(server) as agent:
        assert set(agent.tools) == set(OPERATIONS)
        await call_all(agent)
        # A new operation is a tool without a line here.
        assert len({call.operation for call in emulator.calls}) >= 19
        emulator.answer_next("getTopicPrefix", 200, {"prefix": secret, secret: [secret]})
        assert (await agent.call("getTopicPrefix"))["prefix"] == "***"
        emulator.answer_next("getTopicPrefix", 400, {"detail": f"not {secret}"})
        assert "not ***" in (await agent.error("getTopicPrefix"))["message"]
        emulator.answer_next("getTopicPrefix", 200, {"prefix": [secret]})
        await agent.error("getTopicPrefix")
        await agent.error(f"no tool {secret}")
    stdout, stderr = ((tmp_path / name).read_text("utf-8") for name in ("stdout", "stderr"))
    assert secret not in stdout + stderr
    assert set(re.findall(r"'x-ncp-apigw-signature-v2': '([^']*)'", stderr)) == {"***"}


async def test_tools_are_described_and_annotated(emulator: Emulator) -> None:
    async with in_process(emulator) as agent:
        tools = agent.tools
    assert len(tools) >= 19
    for name, tool in tools.items():
        notes = tool.annotations
        assert notes is not None
        assert notes.read_only_hint == (name in READ_ONLY)
        assert notes.destructive_hint == (name in DELETES)
        assert tool.description
        assert tool.title
        Draft202012Validator.check_schema(tool.input_schema)
        assert tool.input_schema["type"] == "object"
        assert "x-" not in json.dumps(tool.input_schema).replace("x-ncp", "")
        assert (tool.output_schema or {"type": "object"})["type"] == "object"
        if name in DELETES:
            assert "confirm" in tool.input_schema["required"]
            assert tool.input_schema["properties"]["confirm"]["const"] is True
    without_result = {name for name, tool in tools.items() if tool.output_schema is None}
    assert without_result == (DELETES - {"deleteTopic"}) | {"createSchema", "updateRegistryConfig"}
    create = tools["createTopic"].input_schema
    assert create["required"] == ["name"]
    assert create["properties"]["partitions"]["maximum"] == 16


async def test_read_only_offers_no_tool_that_changes_something(emulator: Emulator) -> None:
    async with in_process(emulator, read_only=True) as agent:
        assert set(agent.tools) == READ_ONLY
        error = await agent.error("deleteTopic", topicId="1", confirm=True)
        assert error["error"] == "UnknownTool"


async def test_arguments_are_checked_before_a_request_is_sent(emulator: Emulator) -> None:
    async with in_process(emulator) as agent:
        for confirm in ({}, {"confirm": False}, {"confirm": "true"}, {"confirm": None}):
            error = await agent.error("deleteTopic", topicId="a", **confirm)
            assert error["error"] == "NotConfirmed"
            assert "confirm: true" in error["next"]
        for name, arguments, where in (
            ("getTopic", {}, "topicId"),
            ("getTopic", {"topicId": 1}, "topicId"),
            ("getTopic", {"topicId": "1", "topic_id": "1"}, "topic_id"),
            ("createTopic", {"name": "h4j6l-a", "partitions": "3"}, "partitions"),
        ):
            error = await agent.error(name, **arguments)
            assert error["error"] == "InvalidArguments"
            assert where in error["message"]
    assert not emulator.calls


async def test_errors_have_their_codes_and_the_next_step(emulator: Emulator) -> None:
    name, topic = {"name": "h4j6l-a"}, {"topicId": "1", "topicName": "a", "partitions": {}}
    async with in_process(emulator) as agent:
        for response, tool, arguments, expected, step in (
            (None, "getTopic", {"topicId": "none"}, ("NotFoundError", 404), "listTopics"),
            (None, "createTopic", {"name": "No!"}, ("BadRequestError", "InvalidName"), "schema"),
            # Ranges are the service's to enforce.
            (None, "createTopic", name | {"partitions": 17}, ("InvalidPartition",), "schema"),
            ((401, {"error": {"errorCode": "210"}}), "getTopicPrefix", {}, ("210",), "keys"),
            ((503, {}), "createTopic", name, (True,), "look"),
            ((429, {"code": "LimitExceeded"}), "createTopic", name, (429,), "waiting"),
            ((200, topic), "createTopic", name, ("UnexpectedAnswerError",), "look"),
        ):
            if response is not None:
                emulator.answer_next(tool, *response)
            error = await agent.error(tool, **arguments)
            assert set(expected) <= set(error.values()), error
            assert step in error["next"]


async def test_an_unexpected_exception_is_an_error_of_the_tool_without_secrets(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = emulator.credentials.secret_key

    def broken(_: object) -> None:
        raise RuntimeError(f"a bug with {secret}")

    monkeypatch.setattr(DataStream, "get_topic_prefix", broken)
    secrets = Secrets()
    secrets.add(emulator.credentials)
    with DataStream(emulator.credentials, transport=emulator.transport()) as ds:
        async with connected(server_of(Tools(ds, secrets, read_only=False))) as agent:
            error = await agent.error("getTopicPrefix")
            assert (error["error"], error["maybeDone"]) == ("RuntimeError", True)
            assert "a bug with ***" in error["message"]
            await agent.call("listTopics")


def test_a_new_operation_becomes_a_tool() -> None:
    class Grown(Operations):
        def purge_topic(self, topic_id: str, *, keep_ms: int) -> int:
            return keep_ms

    keep = {"type": "integer", "minimum": 0}
    body = {"type": "object", "required": ["keepMs"], "properties": {"keepMs": keep}}
    document = openapi_document()
    document["paths"]["/api/v1/topics/{topicId}/purge"] = {
        "parameters": [{"$ref": "#/components/parameters/TopicId"}],
        "post": {
            "operationId": "purgeTopic",
            "summary": "Purge a topic",
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {
                "200": {"content": {"application/json": {"schema": {"type": "integer"}}}}
            },
        },
    }
    tools = {each.name: each for each in tools_of(document, Grown)}
    assert set(tools) == set(OPERATIONS) | {"purgeTopic"}
    purge = tools["purgeTopic"]
    assert purge.method == "purge_topic"
    assert purge.names == {"topicId": "topic_id", "keepMs": "keep_ms"}
    assert purge.tool.input_schema["required"] == ["topicId", "keepMs"]
    assert purge.tool.output_schema == {
        "type": "object",
        "properties": {"result": {"type": "integer"}},
        "required": ["result"],
    }
    assert (purge.read_only, purge.destructive) == (False, False)
    assert purge.problem({"topicId": "1", "keepMs": -1}) is None
    assert purge.problem({"topicId": "1", "keepMs": "1"}) == "keepMs: '1' is not of type 'integer'"


def test_openapi_keywords_are_converted_to_json_schema() -> None:
    tree = {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Tree"}}
    schemas = Schemas({"components": {"schemas": {"Tree": tree}}})
    made = schemas.json_schema({"$ref": "#/components/schemas/Tree"}, limits=True)
    assert made == {"type": "object", "additionalProperties": {}}
    node = {
        "anyOf": [
            {"type": "string", "nullable": True, "maxLength": 3, "x-our-reading": "It is short."},
            {"type": "string", "enum": ["a", "b"], "x-enum-descriptions": ["The first.", ""]},
            {"type": "array", "items": {"type": "integer", "format": "int32"}},
            {"type": "object", "additionalProperties": False},
        ]
    }
    made = schemas.json_schema(node, limits=False)
    Draft202012Validator.check_schema(made)
    assert made["anyOf"] == [
        {"type": ["string", "null"]},
        {"type": "string", "examples": ["a", "b"], "description": "a: The first. b."},
        {"type": "array", "items": {"type": "integer"}},
        {"type": "object", "additionalProperties": False},
    ]


def test_without_its_extra_or_keys_it_does_not_start(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = shell("mcp", "--profile", "nobody")
    assert (ran.code, ran.out) == (4, "")
    monkeypatch.setitem(sys.modules, "ncloud_datastream_cli.mcp.server", None)
    ran = shell("mcp")
    assert (ran.code, "pip install '.[mcp]'" in ran.err) == (2, True)
