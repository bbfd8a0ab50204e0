"""Converts schemas of OpenAPI 3.0 to JSON Schema draft 4, which they are based on.

Draft 4 also rejects ``3.0`` for an integer, which later drafts accept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from jsonschema_rs import Draft4Validator

_logger = logging.getLogger(__name__)

# Keywords that are copied unchanged. The others are converted below or only describe.
_PLAIN = (
    "type", "enum", "required",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "pattern",
    "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
)  # fmt: skip


def _reads(read: Callable[[str], object]) -> Callable[[str], bool]:
    def is_read(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return is_read


_FORMATS = {
    "date": _reads(date.fromisoformat),
    "date-time": _reads(datetime.fromisoformat),
    "uuid": _reads(UUID),
}

_BOUNDS = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
}


def validator(name: str, schema: dict[str, Any]) -> Draft4Validator:
    """Compile a schema; one that does not compile accepts everything and logs a warning."""
    try:
        return Draft4Validator(schema, validate_formats=True, formats=_FORMATS)
    except ValueError as error:
        _logger.warning("%s is not validated: %s", name, error)
        return Draft4Validator({})


def to_draft4(schema: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a schema with its references inlined.

    Recursive schemas cannot be inlined and go to ``definitions``.
    """
    definitions: dict[str, Any] = {}
    result: dict[str, Any] = _converted(schema, document, (), definitions)
    return result | {"definitions": definitions} if definitions else result


def _converted(
    schema: Any,
    document: Mapping[str, Any],
    within: tuple[str, ...],
    definitions: dict[str, Any],
) -> Any:
    if isinstance(schema, list):
        return [_converted(each, document, within, definitions) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    reference = schema.get("$ref")
    if reference is not None:
        target = resolve(schema, document)
        if reference not in within:
            return _converted(target, document, (*within, reference), definitions)
        name = reference.rpartition("/")[2]
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = _converted(target, document, (reference,), definitions)
        return {"$ref": f"#/definitions/{name}"}
    result = {name: schema[name] for name in _PLAIN if name in schema}
    for name in ("items", "additionalProperties", "not", "allOf", "anyOf", "oneOf"):
        if name in schema:
            result[name] = _converted(schema[name], document, within, definitions)
    if "properties" in schema:
        result["properties"] = {
            name: _converted(value, document, within, definitions)
            for name, value in schema["properties"].items()
        }
    format_ = schema.get("format", "")
    if format_ in _FORMATS:
        result["format"] = format_
    for name, bound in _BOUNDS.get(format_, {}).items():
        result.setdefault(name, bound)
    return _or_null(result) if schema.get("nullable") else result


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if "type" not in schema:
        return {"anyOf": [{"type": "null"}, schema]}
    schema["type"] = [schema["type"], "null"]
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    return schema


def resolve(node: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Resolve a node that is a ``$ref``; return any other unchanged."""
    while "$ref" in node:
        target: Any = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = target
    return node
