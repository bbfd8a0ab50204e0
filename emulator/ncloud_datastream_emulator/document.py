"""The OpenAPI document, compiled into routes and validators for every operation."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema_rs import Draft4Validator

from .draft4 import resolve, to_draft4, validator
from .examples import Example, example_of

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter or a request body."""

    name: str
    required: bool
    schema: dict[str, Any]
    validator: Draft4Validator
    separator: str = ""
    """The separator of an array's values; empty if each value is a separate query parameter."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object parameter that the query spreads over several names."""

    value: Value
    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document."""

    id: str
    method: str
    path: str
    server: str
    """The server's name in the document, ``management`` or ``message``."""
    host: str
    """The host name of that server."""
    status: int
    """The first 2xx status that the document gives the operation."""
    path_parameters: tuple[Value, ...]
    query_parameters: Mapping[str, Value]
    query_fields: Mapping[str, Field]
    headers: Mapping[str, Value]
    """By name in lower case."""
    cookies: Mapping[str, Value]
    bodies: Mapping[str, Value]
    """By media type; the first is the default of requests that name none of them."""
    example: Example
    """The example of a successful response."""

    @property
    def body(self) -> Value | None:
        """The default body; None if the operation has none."""
        return next(iter(self.bodies.values()), None)


@dataclass(slots=True)
class _Node:
    """A node of the path tree: its children by segment, and the operations of its own path."""

    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    operations: dict[str, Operation] = field(default_factory=dict)

    def grow(self, segment: str) -> _Node:
        if not segment.startswith("{"):
            return self.literals.setdefault(segment, _Node())
        if self.parameter is None:
            self.parameter = _Node()
        return self.parameter


class Document:
    """All operations, and routing from a raw path to them.

    Args:
        content: The OpenAPI 3.0 document, parsed from JSON.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.operations = {operation.id: operation for operation in _operations(content)}
        self.servers = tuple(dict.fromkeys(each.server for each in self.operations.values()))
        """The names of the servers."""
        self.hosts = frozenset(operation.host for operation in self.operations.values())
        self._root = _Node()
        for operation in self.operations.values():
            node = self._root
            for segment in operation.path.split("/"):
                node = node.grow(segment)
            node.operations[operation.method] = operation

    @classmethod
    def load(cls) -> Document:
        """Read the copy in the generated package, without importing that package."""
        spec = importlib.util.find_spec("ncloud_datastream_api")
        if spec is None or spec.origin is None:
            raise FileNotFoundError("The package ncloud_datastream_api is not installed.")
        return cls(json.loads(Path(spec.origin).with_name("openapi.json").read_bytes()))

    def route(self, raw_path: str) -> tuple[Mapping[str, Operation], list[str]]:
        """Return the operations of a path by method, and the raw path parameters.

        The path is matched as sent, so that an encoded slash remains part of a parameter.
        """
        segments = raw_path.split("/")
        node, position, values = self._root, 0, list[str]()
        # Where a literal segment leads nowhere, a parameter in its place can.
        others: list[tuple[_Node, int, list[str]]] = []
        while position < len(segments) or not node.operations:
            step = None
            if position < len(segments):
                segment = segments[position]
                step, other = node.literals.get(segment), node.parameter
                if other is not None and segment:
                    if step is None:
                        step = other
                        values.append(segment)
                    else:
                        others.append((other, position + 1, [*values, segment]))
            if step is not None:
                node, position = step, position + 1
            elif others:
                node, position, values = others.pop()
            else:
                return {}, []
        return node.operations, values


def _operations(content: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in content["paths"].items():
        for method, entry in item.items():
            if method not in _METHODS:
                continue
            servers = entry.get("servers") or item.get("servers") or content["servers"]
            url = urlsplit(servers[0]["url"])
            nodes = {}
            for node in [*item.get("parameters", ()), *entry.get("parameters", ())]:
                parameter = resolve(node, content)
                nodes[parameter["in"], parameter["name"]] = parameter
            values = {key: _parameter(node, content) for key, node in nodes.items()}
            status, answer = _success(entry, content)
            yield Operation(
                id=entry["operationId"],
                method=method.upper(),
                path=url.path.rstrip("/") + path,
                server=servers[0].get("x-server-name", ""),
                host=url.hostname or "",
                status=status,
                path_parameters=tuple(
                    values["path", segment[1:-1]]
                    for segment in path.split("/")
                    if segment[:1] == "{"
                ),
                query_parameters={name: values[at, name] for at, name in nodes if at == "query"},
                query_fields=_fields(nodes, values),
                headers={name.lower(): values[at, name] for at, name in nodes if at == "header"},
                cookies={name: values[at, name] for at, name in nodes if at == "cookie"},
                bodies=_bodies(entry, content),
                example=example_of(answer, content),
            )


def _success(entry: Mapping[str, Any], content: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
    """Return the first 2xx status and its response; responses with content come first."""
    found = [
        (int(status.upper().replace("XX", "00")), resolve(answer, content))
        for status, answer in entry["responses"].items()
        if status[0] == "2"
    ]
    return min(found, key=lambda each: (not each[1].get("content"), each[0]))


_SEPARATORS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}


def _parameter(node: Mapping[str, Any], content: Mapping[str, Any]) -> Value:
    value = _value(node["name"], node, content)
    style = node.get("style", "form")
    if node["in"] == "query" and not node.get("explode", style == "form"):
        return replace(value, separator=_SEPARATORS.get(style, ""))
    return value


def _fields(
    nodes: Mapping[tuple[str, str], Mapping[str, Any]], values: Mapping[tuple[str, str], Value]
) -> dict[str, Field]:
    """Return the fields of object parameters, by their names in the query."""
    found = {}
    for (at, name), node in nodes.items():
        value = values[at, name]
        for field_name in value.schema.get("properties", ()) if at == "query" else ():
            is_deep = node.get("style") == "deepObject"
            found[f"{name}[{field_name}]" if is_deep else field_name] = Field(value, field_name)
    return found


def _bodies(entry: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Value]:
    body = resolve(entry.get("requestBody", {}), content)
    required = body.get("required", False)
    found = {
        media_type.partition(";")[0].strip().lower(): _value(
            "The body", {"required": required, **media}, content
        )
        for media_type, media in body.get("content", {}).items()
    }
    # The sort is stable: JSON first, then document order.
    return dict(sorted(found.items(), key=lambda each: "json" not in each[0]))


def _value(name: str, holder: Mapping[str, Any], content: Mapping[str, Any]) -> Value:
    schema = to_draft4(holder.get("schema", {}), content)
    return Value(name, holder.get("required", False), schema, validator(name, schema))
