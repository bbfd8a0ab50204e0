"""The tools: one for each operation of the document, implemented by a method of the client."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from mcp.types import Tool, ToolAnnotations
from ncloud_datastream_api.api import Operations

from ncloud_datastream_cli.documented import Documented, method_of, operations_of
from ncloud_datastream_cli.output import plain

from .arguments import CONFIRM, Argument, arguments
from .contents import content_of
from .schemas import Schema, Schemas

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
    arguments: Sequence[Argument]
    """Its arguments, except `confirm`."""
    tool: Tool
    """The tool's description for MCP clients."""
    shape: Schema
    """The schema that arguments are validated against: names and types, without ranges."""
    is_wrapped: bool
    """Whether its result is an object with the client's result as `result`."""

    @property
    def names(self) -> Mapping[str, str]:
        """The method's argument names by the names for MCP clients."""
        return {each.key: each.name for each in self.arguments}

    @property
    def read_only(self) -> bool:
        """Return whether the operation changes nothing."""
        return bool(self.tool.annotations and self.tool.annotations.read_only_hint)

    @property
    def destructive(self) -> bool:
        """Return whether the operation deletes something and must be confirmed."""
        return bool(self.tool.annotations and self.tool.annotations.destructive_hint)

    def given(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments without null where it means absent, as in the client."""
        kept = {each.key for each in self.arguments if each.required and _allows_null(each.shape)}
        return {key: each for key, each in arguments.items() if each is not None or key in kept}

    def keywords(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the method's arguments.

        Raises:
            ValueError: A value cannot be converted to what the method takes.
        """
        return {
            each.name: each.value(given[each.key]) for each in self.arguments if each.key in given
        }

    def content(self, result: object) -> dict[str, Any]:
        """Return the client's result as the tool's result."""
        found = plain(result)
        return {"result": found} if self.is_wrapped else found

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

    Raises:
        ValueError: The client was not generated from this document.
    """
    schemas = Schemas(document)
    functions = {
        name: function
        for name, function in inspect.getmembers(operations, inspect.isfunction)
        if not name.startswith("_")
    }
    return [
        _tool(schemas, operation, functions[method_of(operation, functions)])
        for operation in operations_of(document)
    ]


def _tool(
    schemas: Schemas, operation: Documented, function: Callable[..., object]
) -> OperationTool:
    name, http, facts = operation.id, operation.http, operation.facts
    read_only, destructive = http in ("get", "head") or name in _CHECKS, http == "delete"
    found = arguments(schemas, operation, function)
    wanted, shape = (
        _object(
            {each.key: schema for each, schema in zip(found, made, strict=True)},
            found,
            confirm=destructive,
        )
        for made in ([each.wanted for each in found], [each.shape for each in found])
    )
    output, is_wrapped = _output(schemas, facts)
    tool = Tool(
        name=name,
        title=facts.get("summary"),
        description=facts.get("description") or facts.get("summary"),
        input_schema=wanted,
        output_schema=output,
        annotations=ToolAnnotations(
            title=facts.get("summary"),
            read_only_hint=read_only,
            destructive_hint=destructive,
            idempotent_hint=read_only or http in ("put", "delete"),
        ),
    )
    return OperationTool(name, function.__name__, found, tool, shape, is_wrapped)


def _object(properties: dict[str, Schema], found: Sequence[Argument], *, confirm: bool) -> Schema:
    """Return the schema of a tool's arguments."""
    required = [each.key for each in found if each.required]
    if confirm:
        properties[CONFIRM] = _CONFIRM
        required.append(CONFIRM)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _output(schemas: Schemas, facts: Mapping[str, Any]) -> tuple[Schema | None, bool]:
    """Return the schema of a tool's result, and whether it wraps the client's result.

    It is None if no success response has a body.
    """
    successes = [
        content_of(schemas.resolve(each))
        for status, each in facts["responses"].items()
        if status.startswith("2")
    ]
    content = next(filter(None, successes), None)
    if content is None:
        return None, False
    made = content.json_schema(schemas, limits=False)
    if None in successes:
        made = {"anyOf": [made, {"type": "null"}]}
    # A tool's result must be an object, so anything else is wrapped in one.
    if made.get("type") == "object":
        return made, False
    return {"type": "object", "properties": {"result": made}, "required": ["result"]}, True


def _allows_null(schema: Schema) -> bool:
    return bool(Draft202012Validator(schema).is_valid(None))  # untyped without its stubs


def _first(validator: Draft202012Validator, value: Any) -> str | None:
    error = best_match(validator.iter_errors(value))
    if error is None:
        return None
    place = ".".join(str(each) for each in error.absolute_path)
    return f"{place}: {error.message}" if place else error.message
