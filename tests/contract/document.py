"""Access to the document for the tests of the contract."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = yaml.load((ROOT / "openapi.yaml").read_bytes(), yaml.CSafeLoader)
COMPONENTS: dict[str, dict[str, Any]] = DOCUMENT["components"]
SCHEMAS: dict[str, Any] = COMPONENTS["schemas"]
JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Operation:
    """An operation with its place in the document."""

    path: str
    method: str
    path_item: dict[str, Any]
    raw: dict[str, Any]


def operations() -> dict[str, Operation]:
    """Return all operations by operationId, in the order of the document."""
    return {
        raw["operationId"]: Operation(path, method, item, raw)
        for path, item in DOCUMENT["paths"].items()
        for method, raw in item.items()
        if method in {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
    }


def resolve(node: Any) -> Any:
    """Resolve a reference; return anything else unchanged."""
    while isinstance(node, dict) and "$ref" in node:
        _, *names = node["$ref"].split("/")
        node = DOCUMENT
        for name in names:
            node = node[name]
    return node


def expand(node: Any) -> Any:
    """Return the node with all references resolved (the document has no cycles)."""
    node = resolve(node)
    if isinstance(node, dict):
        return {key: expand(value) for key, value in node.items()}
    if isinstance(node, list):
        return [expand(value) for value in node]
    return node


def bare(schema: Any) -> Any:
    """Return a schema without references and texts, with `required` sorted."""
    schema = resolve(schema)
    demands = {
        key: value
        for key, value in schema.items()
        if key not in {"description", "example"} and not key.startswith("x-")
    }
    if "properties" in demands:
        demands["properties"] = {k: bare(v) for k, v in demands["properties"].items()}
    if "items" in demands:
        demands["items"] = bare(demands["items"])
    if "required" in demands:
        demands["required"] = sorted(demands["required"])
    return demands


def content(message: dict[str, Any]) -> Any:
    """Return the JSON media type of a request or response, None if it has no body."""
    message = resolve(message)
    if "content" not in message:
        return None
    assert set(message["content"]) <= {JSON, PROBLEM}
    return message["content"][JSON]


def examples(media: dict[str, Any]) -> list[Any]:
    """Return the values of all examples of a media type."""
    if "example" in media:
        return [media["example"]]
    return [resolve(example)["value"] for example in media["examples"].values()]


def walk(node: Any, place: str = "#") -> Iterator[tuple[str, Any]]:
    """Yield a node and every node below it, with its place."""
    yield place, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, f"{place}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f"{place}/{index}")


def mappings(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping with keys of the specification: no examples, no maps of properties."""
    inside = "/example(/|$)|/examples/[^/]+/value(/|$)|/properties$|/x-"
    for place, value in walk(node):
        if isinstance(value, dict) and not re.search(inside, place):
            yield place, value
