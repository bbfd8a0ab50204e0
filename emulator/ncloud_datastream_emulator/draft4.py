"""Schemas of OpenAPI 3.0 as JSON Schema draft 4, which is what they are nearly.

Draft 4 is also the draft that refuses ``3.0`` where an integer is due; later ones take it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What is taken over as it is. Everything else in a schema only describes.
_PLAIN = (
    "type", "enum", "required",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "pattern",
    "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
)  # fmt: skip

_BOUNDS = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
}


def to_draft4(
    schema: Mapping[str, Any], document: Mapping[str, Any], _within: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Convert a schema, with everything it refers to written out in place.

    Raises:
        ValueError: The schema contains itself, which cannot be written out.
    """
    reference = schema.get("$ref")
    if reference is not None:
        if reference in _within:
            raise ValueError(f"{reference} contains itself")
        return to_draft4(resolve(schema, document), document, (*_within, reference))

    def convert(part: Any) -> Any:
        if isinstance(part, list):
            return [convert(each) for each in part]
        return to_draft4(part, document, _within) if isinstance(part, Mapping) else part

    result = {name: schema[name] for name in _PLAIN if name in schema}
    for name in ("items", "additionalProperties", "not", "allOf", "anyOf", "oneOf"):
        if name in schema:
            result[name] = convert(schema[name])
    if "properties" in schema:
        result["properties"] = {
            name: convert(value) for name, value in schema["properties"].items()
        }
    for name, bound in _BOUNDS.get(schema.get("format", ""), {}).items():
        result.setdefault(name, bound)
    if schema.get("nullable"):
        result["type"] = [result["type"], "null"]
        if "enum" in result:
            result["enum"] = [*result["enum"], None]
    return result


def resolve(node: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a ``$ref`` into the document, if the node is one."""
    while "$ref" in node:
        target: Any = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = target
    return node
