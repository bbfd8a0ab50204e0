"""Example responses: from the document, or generated from the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .draft4 import resolve

_FORMATS = {
    "date": "2025-05-22",
    "date-time": "2025-05-22T10:25:19Z",
    "uuid": "6f1f3a52-7f0e-4f4e-9a58-0d5c3f3f8c11",
}
_PLAIN = {"integer": 0, "number": 0.0, "boolean": False}


class Example(NamedTuple):
    """The content of a response."""

    media_type: str
    """Empty if the response has no content."""
    value: Any


def example_of(answer: Mapping[str, Any], document: Mapping[str, Any]) -> Example:
    """Return the example of a response, in JSON if that is documented."""
    content = answer.get("content") or {}
    if not content:
        return Example("", None)
    media_type = min(content, key=lambda each: "json" not in each)
    media = content[media_type]
    return Example(media_type, _of_media(media, document))


def _of_media(media: Mapping[str, Any], document: Mapping[str, Any]) -> Any:
    if "example" in media:
        return media["example"]
    for each in media.get("examples", {}).values():
        example = resolve(each, document)
        if "value" in example:
            return example["value"]
    return _of_schema(media.get("schema", {}), document, ())


def _of_schema(
    schema: Mapping[str, Any], document: Mapping[str, Any], within: tuple[str, ...]
) -> Any:
    """Return a value that fits a schema; optional parts that would recurse are omitted."""
    reference = schema.get("$ref", "")
    within = (*within, reference) if reference else within
    schema = resolve(schema, document)
    for key in ("example", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    if parts := schema.get("oneOf") or schema.get("anyOf"):
        return _of_schema(parts[0], document, within)
    found: Any = {}
    for part in schema.get("allOf", ()):
        value = _of_schema(part, document, within)
        if not isinstance(value, dict):
            return value
        found |= value
    kind = schema.get("type")
    if kind == "array":
        items = schema.get("items", {})
        if not schema.get("minItems") and items.get("$ref") in within:
            return []
        return [_of_schema(items, document, within)] * max(1, schema.get("minItems", 0))
    if kind == "string":
        text = _FORMATS.get(schema.get("format", ""), "string")
        return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]
    if kind in _PLAIN:
        return max(_PLAIN[kind], schema.get("minimum", _PLAIN[kind]))
    for name, part in schema.get("properties", {}).items():
        if part.get("$ref") not in within:
            found[name] = _of_schema(part, document, within)
    return found
