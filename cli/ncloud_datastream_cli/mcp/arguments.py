"""The arguments of a tool, and the arguments of the method that it calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ncloud_datastream_cli import values
from ncloud_datastream_cli.documented import Documented, Named, arguments_of
from ncloud_datastream_cli.parameters import parameters

from .contents import Content, content_of
from .schemas import Schema, Schemas

CONFIRM = "confirm"
_WHOLE = Named("body", "whole")


@dataclass(frozen=True)
class Argument:
    """An argument of a tool."""

    key: str
    """Its name for MCP clients: the document's name, if that is unique in the operation."""
    name: str
    """The name of the method's argument."""
    kinds: tuple[str, ...]
    """The types that the method accepts."""
    required: bool
    wanted: Schema
    """Its schema for MCP clients, with ranges."""
    shape: Schema
    """The schema that it is validated against, without ranges."""

    def value(self, given: Any) -> Any:
        """Return the method's argument for a JSON value.

        Raises:
            ValueError: It is not a value of the argument's type.
        """
        try:
            return values.from_json(self.kinds, given)
        except ValueError as error:
            raise ValueError(f"{self.key}: {error}") from error


@dataclass(frozen=True)
class _Part:
    required: bool
    wanted: Schema
    shape: Schema


def arguments(
    schemas: Schemas, operation: Documented, function: Callable[..., object]
) -> list[Argument]:
    """Return the arguments of an operation's tool: its parameters, and its body or its fields.

    Args:
        schemas: The schemas of the document.
        operation: The operation.
        function: Its method.

    Raises:
        ValueError: The method has no such argument.
    """
    parts = _parts(schemas, operation)
    found = {each.name: each for each in parameters(function)}
    names = {_WHOLE: "body"} if _WHOLE in parts else {}
    names |= arguments_of(
        [each for each in parts if each != _WHOLE], found.keys() - {*names.values()}
    )
    for each in parts:
        if names.get(each) not in found:
            raise ValueError(
                f"{operation.id}: the method {function.__name__} has no argument for {each.name!r}"
            )
    keys = _keys(names, {CONFIRM} if operation.http == "delete" else set())
    return [
        Argument(
            keys[each],
            names[each],
            found[names[each]].kinds,
            part.required,
            part.wanted,
            part.shape,
        )
        for each, part in parts.items()
    ]


def _keys(names: Mapping[Named, str], reserved: set[str]) -> dict[Named, str]:
    """Return the key of each argument: its name in the document, or else the method's."""
    count = Counter(each.name for each in names)
    keys = {
        each: each.name for each in names if count[each.name] == 1 and each.name not in reserved
    }
    for each, name in names.items():
        if each not in keys:
            while name in reserved or name in keys.values():
                name += "_value"
            keys[each] = name
    return keys


def _parts(schemas: Schemas, operation: Documented) -> dict[Named, _Part]:
    found = {}
    nodes = [*operation.item.get("parameters", ()), *operation.facts.get("parameters", ())]
    for node in map(schemas.resolve, nodes):
        wanted, shape = (
            schemas.json_schema(node["schema"], limits=limits) for limits in (True, False)
        )
        for made in (wanted, shape):
            texts = [node.get("description"), made.get("description")]
            made["description"] = " ".join(filter(None, texts))
        required = bool(node.get("required"))
        found[Named(node["name"], node["in"])] = _Part(required, wanted, shape)
    body = schemas.resolve(operation.facts.get("requestBody"))
    content = None if body is None else content_of(body)
    return found if content is None else found | _body(schemas, body, content)


def _body(schemas: Schemas, body: Mapping[str, Any], content: Content) -> dict[Named, _Part]:
    fields, names = (
        schemas.fields(content.node) if content.kind in ("json", "form") else ({}, set())
    )
    required = bool(body.get("required"))
    # An optional body is one argument, unless all of its fields are optional.
    if fields and (required or not names):
        return {
            Named(name, "body"): _Part(
                name in names,
                schemas.json_schema(node, limits=True),
                schemas.json_schema(node, limits=False),
            )
            for name, node in fields.items()
        }
    wanted, shape = (content.json_schema(schemas, limits=limits) for limits in (True, False))
    texts = [body.get("description"), wanted.get("description")]
    if text := " ".join(filter(None, texts)):
        wanted["description"] = text
    return {_WHOLE: _Part(required, wanted, shape)}
