"""Checks of individual schemas."""

import re
from collections.abc import Iterator
from typing import Any

from documents import Document, Node, Refuse
from forms import VALUE_TYPES, at, shown
from openapi_python_client.strings import PythonIdentifier
from recursion import leads_back

SCALARS = frozenset(VALUE_TYPES)
GIVE_A_TYPE = "add a type"
_WRAP = "wrap the $ref in allOf"
_TYPES = SCALARS | {"array", "object"}


def schemas(node: Any, place: str = "", *, is_schema: bool = False) -> Iterator[tuple[str, Node]]:
    """Yield every schema of a document, with its place."""
    if isinstance(node, list):
        for position, each in enumerate(node):
            yield from schemas(each, at(place, position), is_schema=is_schema)
    if not isinstance(node, dict):
        return
    if is_schema:
        yield place, node
    for key, value in node.items():
        where = at(place, key)
        if is_schema and key == "properties" and isinstance(value, dict):
            for name, part in value.items():
                yield from schemas(part, at(where, name), is_schema=True)
        elif is_schema:
            if key in ("allOf", "anyOf", "oneOf", "items", "additionalProperties", "not"):
                yield from schemas(value, where, is_schema=True)
        elif where == "components.schemas" and isinstance(value, dict):
            for name, part in value.items():
                yield from schemas(part, at(where, name), is_schema=True)
        elif key not in ("example", "examples"):
            yield from schemas(value, where, is_schema=key == "schema")


def kinds_of(document: Document, schema: Node, within: tuple[int, ...] = ()) -> set[str]:
    """Return the types that a schema allows; empty for any."""
    schema = document.resolve(schema)
    if id(schema) in within:
        return set()
    parts = [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, [])]
    found = set[str]().union(*(kinds_of(document, part, (*within, id(schema))) for part in parts))
    given = schema.get("type")
    if isinstance(given, str):
        found.add(given)
    elif "properties" in schema or isinstance(schema.get("additionalProperties"), dict):
        found.add("object")
    return found


def check_schema(document: Document, schema: Node, place: str, refuse: Refuse) -> None:
    """Reject what is not supported in one schema; its parts are checked separately."""
    if "$ref" in schema:
        if "nullable" in schema:
            # Within allOf, a recursive reference would have no end.
            is_recursive = leads_back(document, place, schema["$ref"])
            remedy = "remove nullable, and do not require it" if is_recursive else _WRAP
            refuse(place, "nullable beside $ref is ignored", remedy)
        return
    if not schema:
        refuse(place, "the schema is empty", f"{GIVE_A_TYPE}, or a description of the values")
    given = schema.get("type")
    if given is not None and not (isinstance(given, str) and given in _TYPES):
        refuse(
            f"{place}.type", f"{shown(given)} is not an OpenAPI 3.0 type", "use one of its types"
        )
    if given == "array" and "items" not in schema:
        refuse(place, "the array has no items", "add items")
    _names(document, schema, place, refuse)
    _members(schema, place, refuse)
    _alternatives(document, schema, place, refuse)
    found: dict[str, str] = {}
    for name in schema.get("properties", {}):
        identifier = str(PythonIdentifier(name, "field_"))
        if identifier in found:
            reason = f"{shown(found[identifier])} would also be named {identifier}"
            refuse(at(f"{place}.properties", name), reason, "rename one of them")
        found.setdefault(identifier, name)


def _names(document: Document, schema: Node, place: str, refuse: Refuse) -> None:
    """Reject required names without a property; within allOf, another part can have it."""
    if any(part.get("additionalProperties") for part in _of_all(document, schema)):
        return
    missing = _all_required(document, schema) - {*document.properties(schema)}
    if not missing or re.search(r"\.allOf\[\d+\]$", place) or place in _parts_of_all(document):
        return
    for name in sorted(missing):
        remedy = "add it to properties, or remove it from required"
        refuse(f"{place}.required", f"no property is named {shown(name)}", remedy)


def _of_all(document: Document, schema: Node) -> list[Node]:
    schema = document.resolve(schema)
    parts = [_of_all(document, part) for part in schema.get("allOf", [])]
    return [schema, *(each for part in parts for each in part)]


def _parts_of_all(document: Document) -> set[str]:
    """Return the places of the components that are a part of another schema."""
    parts = [part for _, schema in schemas(document.whole) for part in schema.get("allOf", [])]
    references = [part["$ref"].split("/")[-1] for part in parts if "$ref" in part]
    return {at("components.schemas", name) for name in references}


def _members(schema: Node, place: str, refuse: Refuse) -> None:
    values = [value for value in schema.get("enum", []) if value is not None]
    kinds = {type(value) for value in values}
    if not values and "enum" in schema:
        refuse(f"{place}.enum", "the enum is empty", "add values")
    elif kinds and kinds not in ({str}, {int}):
        refuse(
            f"{place}.enum", "its values are neither all strings nor all integers", "use one type"
        )
    names = schema.get("x-enum-varnames") or [_member(value) for value in values]
    if len({*map(str, names)}) < len(names):
        refuse(f"{place}.enum", "two members have the same name", "add x-enum-varnames")


def _member(value: object) -> str:
    # The names that upstream generates.
    if isinstance(value, int):
        return f"VALUE_{'NEGATIVE_' * (value < 0)}{abs(value)}"
    text = str(value)
    return text if not text[:1].isalpha() else re.sub("[^A-Z0-9]+", "_", text.upper())


def _alternatives(document: Document, schema: Node, place: str, refuse: Refuse) -> None:
    """Reject alternatives where an object could be parsed as an earlier one."""
    for key in ("oneOf", "anyOf"):
        parts = schema.get(key, [])
        for number, part in enumerate(parts):
            if kinds_of(document, part) != {"object"}:
                continue
            required = _all_required(document, part)
            for later in parts[number + 1 :]:
                if kinds_of(document, later) == {"object"} and required <= {
                    *document.properties(later)
                }:
                    reason = "an object could match two alternatives"
                    remedy = "require a property in the first that the second lacks"
                    refuse(f"{place}.{key}[{number}]", reason, remedy)
                    break


def _all_required(document: Document, schema: Node) -> set[str]:
    schema = document.resolve(schema)
    parts = [_all_required(document, part) for part in schema.get("allOf", [])]
    return set(schema.get("required", [])).union(*parts)
