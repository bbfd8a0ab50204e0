"""Checks of schemas that contain themselves.

A recursive schema works where a property, or the items of an array, refer to it directly: the
emulator ends its example there. Anything else, such as a reference within `allOf`, has no end.
"""

from collections.abc import Iterator
from typing import Any

from documents import Document, Refuse
from forms import at

_LISTS = ("allOf", "anyOf", "oneOf")
_DIRECT = "use the $ref alone, as an optional property or as the items of an array"


def check_recursion(document: Document, refuse: Refuse) -> None:
    """Reject references by which a schema contains itself without an end."""
    whole = document.whole
    named = whole.get("components", {}).get("schemas", {})
    edges = {name: list(_references(schema, at("components.schemas", name)))
             for name, schema in named.items()}  # fmt: skip
    # A direct reference anywhere on the circle ends it.
    endless = {name: [edge for edge in found if not edge[2]] for name, found in edges.items()}
    for name, found in edges.items():
        for place, target, is_direct, is_required in found:
            if not is_direct and name in _reached(endless, target):
                refuse(place, "a recursive schema within another keyword", _DIRECT)
            elif is_required and name in _reached(edges, target):
                refuse(place, "the schema requires itself", "make this property optional")


def leads_back(document: Document, place: str, reference: Any) -> bool:
    """Return whether a reference within a component leads to that component again."""
    named = document.whole.get("components", {}).get("schemas", {})
    name = next((name for name in named if f"{place}.".startswith(
        f"{at('components.schemas', name)}.")), None)  # fmt: skip
    edges = {each: list(_references(schema, "")) for each, schema in named.items()}
    return name in _reached(edges, str(reference).rpartition("/")[2])


def _reached(edges: dict[str, list[tuple[str, str, bool, bool]]], start: str) -> set[str]:
    waiting, seen = [start], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [target for _, target, _, _ in edges.get(name, [])]
    return seen


def _references(
    schema: Any, place: str, *, is_direct: bool = False, is_required: bool = False
) -> Iterator[tuple[str, str, bool, bool]]:
    """Yield place and target of each reference, and whether it is direct, and is required."""
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield place, str(schema["$ref"]).rpartition("/")[2], is_direct, is_required
        return
    for key in _LISTS:
        for number, part in enumerate(schema.get(key, [])):
            yield from _references(part, at(at(place, key), number))
    for name, part in schema.get("properties", {}).items():
        where = at(at(place, "properties"), name)
        needed = name in schema.get("required", [])
        yield from _references(part, where, is_direct=True, is_required=needed)
    is_optional = not schema.get("minItems")
    yield from _references(schema.get("items"), at(place, "items"), is_direct=is_optional)
    yield from _references(
        schema.get("additionalProperties"), at(place, "additionalProperties"), is_direct=True
    )
