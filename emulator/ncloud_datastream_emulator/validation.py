"""What the caller sent, checked against the document and put into words where it is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import unquote, unquote_plus

from . import json_text
from .document import Operation, Value
from .problems import ServiceError, invalid

_INTEGER = re.compile(r"-?[0-9]{1,20}")
_LONGEST_QUOTE = 60


class Arguments(NamedTuple):
    """The checked values of one request."""

    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Mapping[str, Any]


def read(operation: Operation, segments: list[str], query: str, body: bytes) -> Arguments:
    """Check all that a request carries.

    Raises:
        ServiceError: Something is missing or not allowed.
    """
    return Arguments(
        _read_path(operation, segments),
        _read_query(operation, query),
        _read_body(operation.body, body),
    )


def _read_path(operation: Operation, segments: list[str]) -> dict[str, str]:
    values = {}
    for parameter, segment in zip(operation.path_parameters, segments, strict=True):
        value = unquote(segment, errors="replace") if "%" in segment else segment
        _check(parameter, value)
        values[parameter.name] = value
    return values


def _read_query(operation: Operation, query: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for pair in query.split("&") if query else ():
        name, _, text = pair.partition("=")
        parameter = operation.query_parameters.get(unquote_plus(name, errors="replace"))
        if parameter is None:
            continue  # NCP names no limit to what a query may carry besides
        if parameter.name in values:
            raise invalid(parameter.name, f"{parameter.name} must be given once only.")
        value = _from_text(parameter.schema.get("type"), unquote_plus(text, errors="replace"))
        _check(parameter, value)
        values[parameter.name] = value
    return values


def _from_text(kind: Any, text: str) -> Any:
    """Read a query value as its type, or leave it the text that the check then refuses."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    return text


def _check(parameter: Value, value: Any) -> None:
    if not parameter.validator.is_valid(value):
        raise invalid(parameter.name, _sentence(parameter.name, parameter.schema, value))


def _read_body(body: Value | None, raw: bytes) -> Mapping[str, Any]:
    if body is None or not (raw or body.required):
        return {}
    try:
        value = _parse(raw)
        if body.validator.is_valid(value):
            return cast("dict[str, Any]", value)
        raise _first_problem(body, value)
    except (RecursionError, ValueError):  # jsonschema-rs says ValueError where it is too deep
        raise invalid("", "The body is nested too deeply.") from None


def _parse(raw: bytes) -> Any:
    if not raw:
        raise invalid("", "The body must be a JSON object, but the request has none.")
    try:
        return json_text.parse(raw)
    except ValueError as error:
        raise invalid("", f"The body is not JSON in UTF-8: {error}.") from None


def _first_problem(body: Value, value: Any) -> ServiceError:
    """Of all that is wrong with a body, the field that the document names first."""
    if not isinstance(value, dict):
        return invalid("", _sentence(body.name, body.schema, value))
    properties: dict[str, Any] = body.schema["properties"]
    for name, schema in properties.items():
        if name not in value:
            if name in body.schema.get("required", ()):
                return invalid(name, f"{name} is missing; it must be {_allowed(schema)}.")
        elif not _fits(body, name, value[name]):
            return invalid(name, _sentence(name, schema, value[name]))
    raise AssertionError(f"nothing is wrong with {value!r}")


def _fits(body: Value, name: str, value: Any) -> bool:
    return all(
        list(error.instance_path)[:1] != [name]
        for error in body.validator.iter_errors({name: value})
    )


def _sentence(name: str, schema: Mapping[str, Any], value: Any) -> str:
    return f"{name} must be {_allowed(schema)}, but {_quote(value)} was given."


def _quote(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= _LONGEST_QUOTE:
        return text
    if isinstance(value, str):
        return f"a string of {len(value)} characters ({text[:20]}…)"
    return f"{text[:_LONGEST_QUOTE]}…"


def _allowed(schema: Mapping[str, Any]) -> str:
    """Say what a schema allows."""
    if "enum" in schema:
        *others, last = schema["enum"]
        return f"one of {', '.join(others)} or {last}" if others else f"{last}"
    kind = schema["type"]
    if kind == "integer":
        return f"an integer from {schema['minimum']} to {schema['maximum']}"
    if kind == "boolean":
        return "true or false"
    if kind == "object":
        return "a JSON object"
    text = "a string"
    if "maxLength" in schema:
        text += f" of {schema.get('minLength', 0)} to {schema['maxLength']} characters"
    elif schema.get("minLength"):
        text += f" of at least {schema['minLength']} characters"
    if "pattern" in schema:
        text += f" that matches {schema['pattern']}"
    return text
