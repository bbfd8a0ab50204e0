"""The tools: one for each operation of the document, implemented by a method of the client."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from mcp.types import Tool, ToolAnnotations
from ncloud_datastream_api.api import Operations

from .schemas import Schema, Schemas

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_CHECKS = {"checkSchemaCompatibility"}
"""Operations that are read-only although they are not GET requests."""

_CONFIRM: Schema = {
    "type": "boolean",
    "const": True,
    "description": "Set to true once the user has agreed to this deletion. It cannot be undone.",
}


@dataclass(frozen=True)
class OperationTool:
    """An operation as a tool."""

    name: str
    """The operationId."""
    method: str
    """The name of the client's method."""
    names: Mapping[str, str]
    """The method's argument names by the document's names."""
    tool: Tool
    """The tool's description for MCP clients."""
    shape: Schema
    """The schema that arguments are validated against: names and types, without ranges."""

    @property
    def read_only(self) -> bool:
        """Return whether the operation changes nothing."""
        return bool(self.tool.annotations and self.tool.annotations.read_only_hint)

    @property
    def destructive(self) -> bool:
        """Return whether the operation deletes something and must be confirmed."""
        return bool(self.tool.annotations and self.tool.annotations.destructive_hint)

    def problem(self, arguments: Mapping[str, Any]) -> str | None:
        """Return why arguments do not match the tool's schema, or None."""
        return _first(self._arguments, arguments)

    def result_problem(self, content: Any) -> str | None:
        """Return why a result does not match the tool's output schema, or None."""
        return None if self._results is None else _first(self._results, content)

    @cached_property
    def _arguments(self) -> Draft202012Validator:
        return Draft202012Validator(self.shape)

    @cached_property
    def _results(self) -> Draft202012Validator | None:
        schema = self.tool.output_schema
        return None if schema is None else Draft202012Validator(schema)


def tools_of(
    document: Mapping[str, Any], operations: type[Operations] = Operations
) -> list[OperationTool]:
    """Return a tool for each operation of a document, in document order.

    Args:
        document: The OpenAPI document.
        operations: The client generated from it.
    """
    schemas = Schemas(document)
    functions = {
        _plain(name): (name, function)
        for name, function in inspect.getmembers(operations, inspect.isfunction)
        if not name.startswith("_")
    }
    return [
        _tool(schemas, item, method, operation, *functions[_plain(operation["operationId"])])
        for item in document["paths"].values()
        for method, operation in item.items()
        if method in _METHODS
    ]


def _tool(
    schemas: Schemas,
    item: Mapping[str, Any],
    http: str,
    operation: Mapping[str, Any],
    method: str,
    function: Callable[..., object],
) -> OperationTool:
    name = operation["operationId"]
    read_only, destructive = http == "get" or name in _CHECKS, http == "delete"
    wanted, shape = (
        _input(schemas, item, operation, limits=limits, confirm=destructive)
        for limits in (True, False)
    )
    parameters = {_plain(each): each for each in inspect.signature(function).parameters}
    names = {each: parameters[_plain(each)] for each in shape["properties"] if each != "confirm"}
    tool = Tool(
        name=name,
        title=operation.get("summary"),
        description=operation.get("description") or operation.get("summary"),
        input_schema=wanted,
        output_schema=_output(schemas, operation),
        annotations=ToolAnnotations(
            title=operation.get("summary"),
            read_only_hint=read_only,
            destructive_hint=destructive,
            idempotent_hint=read_only or http in ("put", "delete"),
        ),
    )
    return OperationTool(name, method, names, tool, shape)


def _input(
    schemas: Schemas,
    item: Mapping[str, Any],
    operation: Mapping[str, Any],
    *,
    limits: bool,
    confirm: bool,
) -> Schema:
    """Return the schema of a tool's arguments: the parameters and the fields of the body."""
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for each in [*item.get("parameters", ()), *operation.get("parameters", ())]:
        parameter = schemas.resolve(each)
        made = schemas.json_schema(parameter["schema"], limits=limits)
        texts = [parameter.get("description"), made.get("description")]
        made["description"] = " ".join(filter(None, texts))
        properties[parameter["name"]] = made
        required += [parameter["name"]] if parameter.get("required") else []
    if (body := schemas.resolve(operation.get("requestBody"))) is not None:
        made = schemas.json_schema(_content(body), limits=limits)
        properties |= made.get("properties", {})
        required += made.get("required", [])
    if confirm:
        properties["confirm"] = _CONFIRM
        required.append("confirm")
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _output(schemas: Schemas, operation: Mapping[str, Any]) -> Schema | None:
    """Return the schema of a tool's result, or None if no success response has a body."""
    for status, each in operation["responses"].items():
        content = _content(schemas.resolve(each)) if status.startswith("2") else None
        if content is not None:
            made = schemas.json_schema(content, limits=False)
            # A tool's result must be an object, so anything else is wrapped in one.
            return made if made.get("type") == "object" else _wrapped(made)
    return None


def _wrapped(schema: Schema) -> Schema:
    return {"type": "object", "properties": {"result": schema}, "required": ["result"]}


def _content(described: Mapping[str, Any]) -> Any:
    """Return the schema of a request body or response, or None."""
    for media in described.get("content", {}).values():
        return media.get("schema")
    return None


def _first(validator: Draft202012Validator, value: Any) -> str | None:
    error = best_match(validator.iter_errors(value))
    if error is None:
        return None
    place = ".".join(str(each) for each in error.absolute_path)
    return f"{place}: {error.message}" if place else error.message


def _plain(name: str) -> str:
    """Return a name in a form that is equal for camelCase and snake_case."""
    return "".join(each for each in name if each.isalnum()).lower()
