"""Backward compatibility of JSON Schemas, by simple rules.

A new schema is compatible with an old one if it accepts everything the old one accepts:

- a property may not become required;
- ``type`` may only gain types (``number`` includes ``integer``), ``enum`` only values;
- lower bounds may only decrease, upper bounds only increase; bounds may be removed but not added;
- ``properties``, ``additionalProperties`` and ``items`` follow the same rules; a property that one
  schema does not name is compared with its ``additionalProperties``;
- annotations (``title``, ``description``, ...) are ignored;
- every other keyword (``pattern``, ``$ref``, ``allOf``, ...) may be removed, but neither added nor
  changed.

An optional property may be added even if the old schema, by allowing any other property, accepted
values of another type under that name. Otherwise the rules are stricter than a full comparison.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_DRAFTS = {
    "http://json-schema.org/draft-04/schema",
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-07/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
}
_USUAL_DRAFT = "http://json-schema.org/draft-07/schema"

_DESCRIBING = {
    "$comment", "$id", "$schema", "default", "deprecated", "description", "examples", "id",
    "readOnly", "title", "writeOnly",
}  # fmt: skip
_LOWER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
_UPPER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
_OWN_RULE = {"type", "enum", "required", "properties", "additionalProperties", "items"}


def parse(text: str) -> Any:
    """Parse a JSON Schema.

    Raises:
        ValueError: The text is not JSON, or not valid in its draft (draft 7 if it names none).
    """
    from jsonschema_rs import ValidationError, meta

    schema = json.loads(text)
    if isinstance(schema, dict):
        draft = schema.get("$schema", _USUAL_DRAFT)
        if isinstance(draft, str) and draft.rstrip("#") not in _DRAFTS:
            draft = _USUAL_DRAFT  # a meta-schema would be requested over the network
        judged: Any = {**schema, "$schema": draft}
    elif isinstance(schema, bool):
        judged = schema
    else:
        raise ValueError("it must be an object or a boolean")
    try:
        meta.validate(judged)
    except ValidationError as error:
        place = "/".join(map(str, error.instance_path))
        raise ValueError(f"the value at /{place} is not allowed there") from None
    return schema


def difference(old: Any, new: Any, place: str = "") -> str | None:
    """Return what the new schema rejects that the old one accepts, or None if there is nothing."""
    where = place or "/"
    if old is False or new is True:
        return None
    if new is False:
        return f"nothing is allowed any more at {where}"
    old = {} if old is True else old
    return (
        _type_difference(old, new, where)
        or _bound_difference(old, new, where)
        or _property_difference(old, new, place)
        or _item_difference(old, new, place)
        or _other_difference(old, new, where)
    )


def _type_difference(old: Mapping[str, Any], new: Mapping[str, Any], where: str) -> str | None:
    if "type" in new:
        allowed = _types(new)
        if "number" in allowed:
            allowed.add("integer")
        if "type" not in old or not _types(old) <= allowed:
            return f"type allows less at {where}"
    if "enum" in new and ("enum" not in old or any(e not in new["enum"] for e in old["enum"])):
        return f"enum allows less at {where}"
    return None


def _types(schema: Mapping[str, Any]) -> set[str]:
    kind = schema["type"]
    return {kind} if isinstance(kind, str) else set(kind)


def _bound_difference(old: Mapping[str, Any], new: Mapping[str, Any], where: str) -> str | None:
    for name in sorted(_LOWER | _UPPER):
        if name not in new or (name in old and old[name] == new[name]):
            continue
        sign = 1 if name in _LOWER else -1
        # In draft 4 the exclusive bounds are booleans, which may only be removed.
        if name not in old or isinstance(new[name], bool) or sign * new[name] > sign * old[name]:
            return f"{name} allows less at {where}"
    return None


def _property_difference(old: Mapping[str, Any], new: Mapping[str, Any], place: str) -> str | None:
    added = set(new.get("required", ())) - set(old.get("required", ()))
    if added:
        return f"{min(added)} becomes required at {place or '/'}"
    old_properties, new_properties = old.get("properties", {}), new.get("properties", {})
    old_rest, new_rest = (
        old.get("additionalProperties", True),
        new.get("additionalProperties", True),
    )
    for name in [*old_properties, *(name for name in new_properties if name not in old_properties)]:
        found = difference(
            old_properties.get(name, old_rest),
            new_properties.get(name, new_rest),
            f"{place}/{name}",
        )
        if found is not None and (name in old_properties or old_rest is not True):
            return found
    return difference(old_rest, new_rest, f"{place}/*")


def _item_difference(old: Mapping[str, Any], new: Mapping[str, Any], place: str) -> str | None:
    if "items" not in new or old.get("items") == new["items"]:
        return None
    if isinstance(new["items"], list) or isinstance(old.get("items", True), list):
        return f"items changes at {place or '/'}"
    return difference(old.get("items", True), new["items"], f"{place}/[]")


def _other_difference(old: Mapping[str, Any], new: Mapping[str, Any], where: str) -> str | None:
    for name in sorted(new.keys() - _DESCRIBING - _LOWER - _UPPER - _OWN_RULE):
        if name not in old or old[name] != new[name]:
            return f"{name} changes at {where}"
    return None
