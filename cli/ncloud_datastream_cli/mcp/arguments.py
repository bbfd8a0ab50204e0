"""The arguments of a tool, and the arguments of the method that it calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ncloud_datastream_cli import values
from ncloud_datastream_cli.documented import (
    Documented,
    Named,
    field_argument,
    parameter_arguments,
)
from ncloud_datastream_cli.parameters import parameters

from .contents import content_of
from .schemas import Schema, Schemas

CONFIRM = "confirm"
_BODY = "body"


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
    wanted: Schema
    shape: Schema
    is_own: bool = True
    """Whether the operation, and not its path, has it."""


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
    parts = _parameters(schemas, operation) | _body(schemas, operation)
    found = {each.name: each for each in parameters(function)}
    names: dict[Named, str] = {}
    for each in parts:
        if each.place == _BODY:
            name = field_argument(each.name, found)
            if name is None:
                raise ValueError(f"{operation.id}: the method has no argument for {each.name!r}")
            names[each] = name
    others = [each for name, each in found.items() if name not in names.values()]
    # The generator reads the operation's own parameters before those of its path.
    own = [each for each in parts if each.place != _BODY]
    own.sort(key=lambda each: not parts[each].is_own)
    names |= parameter_arguments(operation, own, others)
    keys = _keys(names, {CONFIRM} if operation.http == "delete" else set())
    return [
        Argument(
            keys[each],
            names[each],
            found[names[each]].kinds,
            each.required,
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


def _parameters(schemas: Schemas, operation: Documented) -> dict[Named, _Part]:
    nodes: dict[tuple[str, str], tuple[Any, bool]] = {}
    for holder in (operation.item, operation.facts):
        for node in map(schemas.resolve, holder.get("parameters", ())):
            nodes[node["in"], node["name"]] = node, holder is operation.facts
    found = {}
    for node, is_own in nodes.values():
        wanted, shape = (
            schemas.json_schema(node["schema"], limits=limits) for limits in (True, False)
        )
        for made in (wanted, shape):
            texts = [node.get("description"), made.get("description")]
            made["description"] = " ".join(filter(None, texts))
        each = Named(node["name"], node["in"], bool(node.get("required")))
        found[each] = _Part(wanted, shape, is_own)
    return found


def _body(schemas: Schemas, operation: Documented) -> dict[Named, _Part]:
    """Return the fields of the body, or the whole body if the method takes it as one argument."""
    body = schemas.resolve(operation.facts.get("requestBody"))
    if body is None:
        return {}
    content = content_of(body)
    if content is None:
        return {}
    fields: dict[str, Any] = {}
    names: set[str] = set()
    if content.kind in ("json", "form"):
        fields, names = schemas.fields(content.node)
    required = bool(body.get("required"))
    # An optional body is one argument, unless all of its fields are optional.
    if fields and (required or not names):
        return {
            Named(name, _BODY, name in names): _Part(
                schemas.json_schema(node, limits=True), schemas.json_schema(node, limits=False)
            )
            for name, node in fields.items()
        }
    wanted, shape = (content.json_schema(schemas, limits=limits) for limits in (True, False))
    if text := " ".join(filter(None, [body.get("description"), wanted.get("description")])):
        wanted["description"] = text
    return {Named("body", _BODY, required): _Part(wanted, shape)}
