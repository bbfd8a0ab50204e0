"""The OpenAPI document, compiled: every operation with its route and its validators."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema_rs import Draft4Validator

from .draft4 import resolve, to_draft4

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


@dataclass(frozen=True, slots=True)
class Value:
    """A place that holds a value from the caller: a parameter or a request body."""

    name: str
    required: bool
    schema: dict[str, Any]
    validator: Draft4Validator


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
    body: Value | None


@dataclass(slots=True)
class _Node:
    """A place in the tree of paths: where the next segment leads, and what ends here."""

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
    """All operations, and the way from a raw path to one of them.

    Args:
        content: The OpenAPI 3.0 document, as read from JSON.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.operations = {operation.id: operation for operation in _operations(content)}
        self.hosts = frozenset(operation.host for operation in self.operations.values())
        self._root = _Node()
        for operation in self.operations.values():
            node = self._root
            for segment in operation.path.split("/"):
                node = node.grow(segment)
            node.operations[operation.method] = operation

    @classmethod
    def load(cls) -> Document:
        """Read the copy that lies in the generated package, without importing that package."""
        spec = importlib.util.find_spec("ncloud_datastream_api")
        if spec is None or spec.origin is None:
            raise FileNotFoundError("The package ncloud_datastream_api is not installed.")
        return cls(json.loads(Path(spec.origin).with_name("openapi.json").read_bytes()))

    def route(self, raw_path: str) -> tuple[Mapping[str, Operation], list[str]]:
        """Find what a path leads to: operations by method, and the raw path parameters.

        The path is taken as it was sent, so that an encoded slash stays part of a parameter.
        """
        node = self._root
        values: list[str] = []
        for segment in raw_path.split("/"):
            step = node.literals.get(segment)
            if step is None:
                step = node.parameter
                if step is None or not segment:
                    return {}, []
                values.append(segment)
            node = step
        return node.operations, values


def _operations(content: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in content["paths"].items():
        for method, entry in item.items():
            if method not in _METHODS:
                continue
            servers = entry.get("servers") or item.get("servers") or content["servers"]
            url = urlsplit(servers[0]["url"])
            parameters = [
                resolve(parameter, content)
                for parameter in [*item.get("parameters", ()), *entry.get("parameters", ())]
            ]
            by_name = {
                parameter["name"]: _value(parameter["name"], parameter, content)
                for parameter in parameters
            }
            yield Operation(
                id=entry["operationId"],
                method=method.upper(),
                path=url.path.rstrip("/") + path,
                server=servers[0].get("x-server-name", ""),
                host=url.hostname or "",
                status=min(int(status) for status in entry["responses"] if status[0] == "2"),
                path_parameters=tuple(
                    by_name[segment[1:-1]] for segment in path.split("/") if segment[:1] == "{"
                ),
                query_parameters={
                    parameter["name"]: by_name[parameter["name"]]
                    for parameter in parameters
                    if parameter["in"] == "query"
                },
                body=_body(entry, content),
            )


def _body(entry: Mapping[str, Any], content: Mapping[str, Any]) -> Value | None:
    if "requestBody" not in entry:
        return None
    body = resolve(entry["requestBody"], content)
    media = body["content"]["application/json"]
    return _value("The body", {"required": body.get("required", False), **media}, content)


def _value(name: str, holder: Mapping[str, Any], content: Mapping[str, Any]) -> Value:
    schema = to_draft4(holder["schema"], content)
    return Value(name, holder.get("required", False), schema, Draft4Validator(schema))
