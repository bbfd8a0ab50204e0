"""The document as the contract's tests read it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
COMPONENTS: dict[str, dict[str, Any]] = DOCUMENT["components"]
SCHEMAS: dict[str, Any] = COMPONENTS["schemas"]
JSON = "application/json"
ANNOTATIONS = {"description", "example", "x-enum-varnames", "x-enum-descriptions", "x-list"}


@dataclass(frozen=True)
class Operation:
    """An operation with the place it has in the document."""

    path: str
    method: str
    path_item: dict[str, Any]
    raw: dict[str, Any]


def operations() -> dict[str, Operation]:
    """All operations by operationId, in the order of the document."""
    return {
        raw["operationId"]: Operation(path, method, item, raw)
        for path, item in DOCUMENT["paths"].items()
        for method, raw in item.items()
        if method in {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
    }


def resolve(node: Any) -> Any:
    """What a reference leads to; anything else as it is."""
    while isinstance(node, dict) and "$ref" in node:
        _, *names = node["$ref"].split("/")
        node = DOCUMENT
        for name in names:
            node = node[name]
    return node


def expand(node: Any) -> Any:
    """The node with every reference in it resolved (the document has no cycles)."""
    node = resolve(node)
    if isinstance(node, dict):
        return {key: expand(value) for key, value in node.items()}
    if isinstance(node, list):
        return [expand(value) for value in node]
    return node


def bare(schema: Any) -> Any:
    """A schema reduced to what it demands: no references, no texts, `required` in order."""
    schema = resolve(schema)
    demands = {key: value for key, value in schema.items() if key not in ANNOTATIONS}
    if "properties" in demands:
        demands["properties"] = {k: bare(v) for k, v in demands["properties"].items()}
    if "items" in demands:
        demands["items"] = bare(demands["items"])
    if "required" in demands:
        demands["required"] = sorted(demands["required"])
    return demands


def content(message: dict[str, Any]) -> Any:
    """The one JSON media type of a request body or an answer, None when it has no body."""
    message = resolve(message)
    if "content" not in message:
        return None
    assert list(message["content"]) == [JSON]
    return message["content"][JSON]


def walk(node: Any, place: str = "#") -> Iterator[tuple[str, Any]]:
    """Every node below, with its place."""
    yield place, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, f"{place}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f"{place}/{index}")


def mappings(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping whose keys are the specification's: no examples, no maps of properties."""
    for place, value in walk(node):
        if isinstance(value, dict) and not re.search("/example(/|$)|/properties$", place):
            yield place, value
