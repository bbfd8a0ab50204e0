"""The OpenAPI document: reading it, and access to what upstream does not preserve.

Callers check for refusals first: references resolve, and operations have servers.
"""

import contextlib
import json
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.strings import in_double_quote_literal

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Node = dict[str, Any]
# Called with a place, the reason and the remedy.
Refuse = Callable[[str, str, str], None]


class RegenerationError(Exception):
    """The reason why nothing was regenerated, in one line."""

    def __str__(self) -> str:
        line = " ".join(super().__str__().split())
        # It can contain texts of the document, and a terminal interprets control characters.
        line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
        return line if len(line) <= 300 else f"{line[:297]}..."


class _Loader(yaml.CSafeLoader):
    """YAML as OpenAPI tools read it: dates, `no` and `on` are strings, keys are unique."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="a key is not a single value: use a text as key",
                    problem_mark=key_node.start_mark,
                )
            if key_node.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"duplicate key {key_node.value!r}",
                    problem_mark=key_node.start_mark,
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if not tag.endswith(":timestamp") and (first in "tTfF" or not tag.endswith(":bool"))
    ]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _loaded(content: bytes) -> Any:
    """Parse JSON as JSON: YAML has no surrogate pairs."""
    if content.lstrip()[:1] == b"{":
        # Otherwise it can be YAML in flow style.
        with contextlib.suppress(ValueError):
            return json.loads(content, object_pairs_hook=_without_repeats)
    return yaml.load(content, _Loader)  # noqa: S506


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise RegenerationError(f"duplicate key {key!r}")
        seen.add(key)
    return dict(pairs)


@dataclass(frozen=True)
class Document:
    """An OpenAPI document."""

    whole: Node
    name: str = "openapi.yaml"

    @classmethod
    def read(cls, path: Path) -> "Document":
        """Read a YAML or JSON file."""
        try:
            # Through JSON, because the package contains it as JSON: `200:` becomes "200".
            whole = json.loads(json.dumps(_loaded(path.read_bytes())))
        except yaml.MarkedYAMLError as problem:
            line = problem.problem_mark.line + 1 if problem.problem_mark else 1
            raise RegenerationError(f"{path.name}, line {line}: {problem.problem}") from problem
        except RecursionError as problem:
            reason = "it is nested too deeply: use components for the inner parts"
            raise RegenerationError(f"{path.name}: {reason}") from problem
        except (OSError, yaml.YAMLError, TypeError, ValueError) as problem:
            if "integer string conversion" in str(problem):
                reason = "a number has more than 4,300 digits: use a smaller one"
                raise RegenerationError(f"{path.name}: {reason}") from problem
            raise RegenerationError(f"{path.name}: {problem}") from problem
        if not isinstance(whole, dict) or not isinstance(whole.get("paths"), dict):
            raise RegenerationError(f"{path.name}: not an OpenAPI document, it has no paths")
        return cls(whole, path.name)

    def text(self) -> str:
        """Return the document as it is stored in the package."""
        return json.dumps(self.whole, ensure_ascii=False, indent=1) + "\n"

    def resolve(self, node: Node) -> Node:
        """Resolve a local `$ref`; a dangling or circular one is empty."""
        found: Any = node
        seen: set[str] = set()
        while isinstance(found, dict) and "$ref" in found:
            reference = found["$ref"]
            if not isinstance(reference, str) or reference in seen or reference.count("/") != 3:
                return {}
            seen.add(reference)
            found = self.whole
            for step in reference.split("/")[1:]:
                found = found.get(step) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    def operations(self) -> Iterator[tuple[str, str, Node, Node]]:
        """Yield method, path, path item and operation of every operation."""
        for path, item in self.whole["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method, path, item, item[method]

    def parameters(self, item: Node, operation: Node) -> list[Node]:
        """Return the parameters of an operation; its own override those of its path."""
        found: dict[tuple[str, str], Node] = {}
        for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
            parameter = self.resolve(parameter)
            found[parameter["in"], parameter["name"]] = parameter
        return list(found.values())

    def servers(self) -> dict[str, str]:
        """Return the URL of each server by name, from every level."""
        nodes = [self.whole]
        for _, _, item, operation in self.operations():
            nodes += [item, operation]
        servers = [server for node in nodes for server in node.get("servers", [])]
        return {server["x-server-name"]: server["url"] for server in servers}

    def server_of(self, item: Node, operation: Node) -> str:
        """Return the server name of an operation, from the nearest level that has one."""
        nearest = next(node for node in (operation, item, self.whole) if node.get("servers"))
        return str(nearest["servers"][0]["x-server-name"])

    def properties(self, schema: Node) -> dict[str, Node]:
        """Return the properties of a schema, including those from `allOf`."""
        schema = self.resolve(schema)
        found: dict[str, Node] = {}
        for part in schema.get("allOf", []):
            found |= self.properties(part)
        found.update(schema.get("properties", {}))
        return found

    def description(self, node: Node) -> str:
        """Return the description of the node, or else of the schema that it refers to."""
        if "description" in node:
            return str(node["description"])
        if "$ref" in node:
            return self.description(self.resolve(node))
        parts = [*node.get("allOf", []), *([node["schema"]] if "schema" in node else [])]
        return next(filter(None, map(self.description, parts)), "")

    def meanings(self, enum: EnumProperty) -> list[str]:
        """Return the meaning of each enum value (`x-enum-descriptions`); empty if not documented.

        The enum is identified by its values, and by its name if several have the same values.
        """
        values = list(enum.values.values())
        found: list[str] = []
        for name, schema in _enums(self.whole):
            if [in_double_quote_literal(str(value)) for value in schema["enum"]] == values:
                texts = [str(text) for text in schema.get("x-enum-descriptions", values)]
                if "x-enum-descriptions" in schema and (not found or name == enum.class_info.name):
                    found = texts
        return found


def _enums(node: Any, name: str = "") -> Iterator[tuple[str, Node]]:
    """Yield every schema with an `enum`, with its key."""
    if isinstance(node, dict):
        if isinstance(node.get("enum"), list):
            yield name, node
        for key, value in node.items():
            yield from _enums(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _enums(value, name)
