"""Checks of keywords: the type and the range of their values, before anything else uses them."""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeGuard

from documents import METHODS, Document, Node, Refuse
from forms import at, shown
from schemas import schemas

_NUMBERS = ("minimum", "maximum", "multipleOf")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_TRUTHS = ("nullable", "deprecated", "uniqueItems", "readOnly", "writeOnly", "exclusiveMinimum",
           "exclusiveMaximum")  # fmt: skip
_TEXTS = ("title", "description", "format", "pattern")
# The emulator generates an example of this many items and characters.
_MOST = {"minItems": 100, "minLength": 10_000}
_LENGTHS = {"date": 10, "date-time": 20, "uuid": 36}


def check_structure(document: Document, refuse: Refuse) -> None:
    """Reject keywords whose values have a wrong type or an impossible range."""
    whole = document.whole
    info = whole.get("info")
    if not isinstance(info, dict):
        refuse("info", "it is missing, or not a mapping", "add info with title and version")
    else:
        for key in ("title", "version"):
            if key not in info:
                refuse(at("info", key), "it is missing", "add it")
        _texts(info, "info", ("title", "version", "description"), refuse)
    for place, node in _operations(whole):
        _texts(node, place, ("summary", "description", "operationId"), refuse)
        _truths(node, place, ("deprecated",), refuse)
        parameters = node.get("parameters")
        for number, parameter in enumerate(parameters if isinstance(parameters, list) else []):
            _parameter(parameter, at(at(place, "parameters"), number), refuse)
        _truths(node.get("requestBody"), at(place, "requestBody"), ("required",), refuse)
    components = whole.get("components")
    parts = components.get("parameters") if isinstance(components, dict) else None
    for name, parameter in parts.items() if isinstance(parts, dict) else ():
        _parameter(parameter, at("components.parameters", name), refuse)
    for place, schema in schemas(whole):
        _schema(schema, place, refuse)


def _operations(whole: Node) -> Iterator[tuple[str, Node]]:
    for path, item in whole["paths"].items():
        for method in METHODS if isinstance(item, dict) else ():
            if isinstance(item.get(method), dict):
                yield at(at("paths", path), method), item[method]
        if isinstance(item, dict):
            yield at("paths", path), item


def _parameter(parameter: Any, place: str, refuse: Refuse) -> None:
    _texts(parameter, place, ("description", "in", "style"), refuse)
    _truths(parameter, place, ("required", "deprecated", "explode", "allowEmptyValue"), refuse)


def _schema(schema: Node, place: str, refuse: Refuse) -> None:
    _texts(schema, place, _TEXTS, refuse)
    _truths(schema, place, _TRUTHS, refuse)
    _each(schema, place, _NUMBERS, _is_number, "a number", refuse)
    _each(schema, place, _COUNTS, _is_count, "a whole number, 0 or more", refuse)
    required = schema.get("required", [])
    if not (isinstance(required, list) and all(isinstance(each, str) for each in required)):
        refuse(at(place, "required"), f"{shown(required)} is not a list of names", "list names")
    for key, most in _MOST.items():
        value = schema.get(key)
        if _is_count(value) and value > most:
            refuse(at(place, key), f"{value} is too many for an example", f"use {most} or fewer")
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError):
            refuse(at(place, "pattern"), "it is not a regular expression", "correct the pattern")
    _limits(schema, place, refuse)


def _limits(schema: Node, place: str, refuse: Refuse) -> None:
    least = schema.get("minimum")
    if schema.get("type") == "integer" and isinstance(least, float) and not least.is_integer():
        refuse(at(place, "minimum"), f"{least} is not an integer", "use a whole number")
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        first, last = schema.get(low), schema.get(high)
        if _is_number(first) and _is_number(last) and first > last:
            refuse(at(place, high), f"{shown(last)} is less than {low}", "exchange them")
    size = _LENGTHS.get(str(schema.get("format")))
    least, most = schema.get("minLength"), schema.get("maxLength")
    if size and ((_is_count(least) and least > size) or (_is_count(most) and most < size)):
        reason = f"a {schema['format']} has another length"
        refuse(place, reason, "remove minLength and maxLength")


def _texts(node: Any, place: str, keys: tuple[str, ...], refuse: Refuse) -> None:
    _each(node, place, keys, lambda value: isinstance(value, str), "a text", refuse)


def _truths(node: Any, place: str, keys: tuple[str, ...], refuse: Refuse) -> None:
    _each(node, place, keys, lambda value: isinstance(value, bool), "true or false", refuse)


def _each(
    node: Any,
    place: str,
    keys: tuple[str, ...],
    is_valid: Callable[[Any], bool],
    what: str,
    refuse: Refuse,
) -> None:
    for key in keys if isinstance(node, dict) else ():
        if key in node and not is_valid(node[key]):
            refuse(at(place, key), f"{shown(node[key])} is not {what}", f"use {what}")


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
