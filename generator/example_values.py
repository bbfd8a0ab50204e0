"""Checks of examples: the emulator responds with them, and the client must be able to read them.

An enum's values are not checked, since the client accepts unknown ones.
"""

from collections.abc import Iterator
from typing import Any

from documents import Document, Node, Refuse
from forms import VALUE_TYPES, at, is_formatted, shown
from schemas import schemas
from upstream import kind_of

_TYPES = VALUE_TYPES | {"array": (list,), "object": (dict,)}
_NOT_RESPONSES = frozenset(
    ("example", "examples", "schema", "schemas", "requestBody", "requestBodies", "parameters")
)
_REMEDY = "correct the example, or the schema"


def check_examples(document: Document, refuse: Refuse) -> None:
    """Reject examples, and enum values, that are not of their schema's type."""
    for place, schema in schemas(document.whole):
        for key in ("example", "default"):
            # A text beside properties describes an example; operations have their own.
            is_text = isinstance(schema.get(key), str) and "properties" in schema
            if key in schema and not is_text:
                for where, reason in _problems(document, schema, schema[key], at(place, key)):
                    refuse(where, reason, _REMEDY)
        _enum(schema, place, refuse)
    for place, media_type, media in _media(document.whole, ""):
        if kind_of(media_type) == "bytes":
            continue
        schema = media.get("schema", {})
        given = [(at(place, "example"), media["example"])] if "example" in media else []
        for name, example in media.get("examples", {}).items():
            example = document.resolve(example)
            if "value" in example:
                given.append((at(at(at(place, "examples"), name), "value"), example["value"]))
        for where, value in given:
            for inner, reason in _problems(document, schema, value, where):
                refuse(inner, reason, _REMEDY)


def _enum(schema: Node, place: str, refuse: Refuse) -> None:
    given = schema.get("type")
    for number, value in enumerate(schema.get("enum", [])):
        if given in _TYPES and value is not None and type(value) not in _TYPES[given]:
            where = at(at(place, "enum"), number)
            refuse(where, f"{shown(value)} is not of type {given}", "change the value, or the type")


def _media(node: Any, place: str) -> Iterator[tuple[str, str, Node]]:
    """Yield place, media type and node of every response's body."""
    if isinstance(node, list):
        for position, each in enumerate(node):
            yield from _media(each, at(place, position))
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "content" and isinstance(value, dict):
                for media_type, media in value.items():
                    if "/" in media_type and isinstance(media, dict):
                        yield at(at(place, key), media_type), media_type, media
            elif key not in _NOT_RESPONSES:
                yield from _media(value, at(place, key))


def _problems(
    document: Document, schema: Node, value: Any, place: str
) -> Iterator[tuple[str, str]]:
    """Yield places of a value, and why it cannot be read as its schema."""
    schema = document.resolve(schema)
    if value is None and (schema.get("nullable") or None in schema.get("enum", [])):
        return
    for part in schema.get("allOf", []):
        yield from _problems(document, part, value, place)
    for key in ("oneOf", "anyOf"):
        parts = schema.get(key, [])
        if parts and all(any(_problems(document, part, value, place)) for part in parts):
            yield place, f"{shown(value)} fits no alternative of {key}"
    given = schema.get("type")
    is_whole = given == "integer" and type(value) is float and value.is_integer()
    if given in _TYPES and type(value) not in _TYPES[given] and not is_whole:
        yield place, f"{shown(value)} is not of type {given}"
    elif isinstance(value, str) and not is_formatted(value, str(schema.get("format"))):
        yield place, f"{shown(value)} is not a {schema['format']}"
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _problems(document, schema.get("items", {}), item, at(place, number))
    elif isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                yield place, f"it has no {shown(name)}, which is required"
        for name, part in schema.get("properties", {}).items():
            if name in value:
                yield from _problems(document, part, value[name], at(place, name))
