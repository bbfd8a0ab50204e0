"""Validates requests against the document, and describes what is invalid."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, unquote_plus

from . import json_text
from .document import Operation, Value
from .forms import parts
from .problems import ServiceError, invalid

_INTEGER = re.compile(r"-?[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
_LONGEST_QUOTE = 60
_LONGEST_MESSAGE = 200

Headers = Sequence[tuple[bytes, bytes]]


class Arguments(NamedTuple):
    """The validated values of a request."""

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Any
    headers: Mapping[str, Any] = {}
    cookies: Mapping[str, Any] = {}


def read(
    operation: Operation, segments: list[str], query: str, body: bytes, headers: Headers = ()
) -> Arguments:
    """Validate path, query, body, headers and cookies of a request.

    Raises:
        ServiceError: A value is missing or invalid.
    """
    return Arguments(
        _read_path(operation, segments),
        _read_query(operation, query),
        _read_body(operation, body, headers),
        _read_headers(operation.headers, headers),
        _read_cookies(operation.cookies, headers),
    )


def _read_path(operation: Operation, segments: list[str]) -> dict[str, Any]:
    values = {}
    for parameter, segment in zip(operation.path_parameters, segments, strict=True):
        text = unquote(segment, errors="replace") if "%" in segment else segment
        values[parameter.name] = value = _from_text(parameter.schema, text)
        _check(parameter, value)
    return values


def _read_query(operation: Operation, query: str) -> dict[str, Any]:
    texts: dict[str, list[str]] = {}
    for pair in query.split("&") if query else ():
        name, _, text = pair.partition("=")
        name = unquote_plus(name, errors="replace")
        # NCP does not document that other query parameters are rejected.
        texts.setdefault(name, []).append(unquote_plus(text, errors="replace"))
    values: dict[str, Any] = {}
    for name, given in texts.items():
        if (parameter := operation.query_parameters.get(name)) is not None:
            values[name] = _several(parameter, given)
        elif (field := operation.query_fields.get(name)) is not None:
            schema = field.value.schema["properties"][field.name]
            values.setdefault(field.value.name, {})[field.name] = _from_text(schema, given[-1])
    for name, parameter in operation.query_parameters.items():
        if name in values:
            _check(parameter, values[name])
        elif parameter.required:
            raise _missing(parameter)
    return values


def _several(parameter: Value, texts: list[str]) -> Any:
    """Read the values of one parameter: an array, or a single value."""
    if "array" in _kinds(parameter.schema):
        items = parameter.schema.get("items", {})
        if parameter.separator:
            texts = [each for text in texts for each in text.split(parameter.separator)]
        return [_from_text(items, text) for text in texts]
    if len(texts) > 1:
        raise invalid(parameter.name, f"{parameter.name} must be given only once.")
    return _from_text(parameter.schema, texts[0])


def _read_headers(parameters: Mapping[str, Value], headers: Headers) -> dict[str, Any]:
    given = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    return _read_texts(parameters, given)


def _read_cookies(parameters: Mapping[str, Value], headers: Headers) -> dict[str, Any]:
    if not parameters:
        return {}
    line = next((value for name, value in headers if name == b"cookie"), b"").decode("latin-1")
    pairs = (pair.strip().partition("=") for pair in line.split(";"))
    return _read_texts(parameters, {name: value for name, _, value in pairs})


def _read_texts(parameters: Mapping[str, Value], given: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for name, parameter in parameters.items():
        if name in given:
            values[parameter.name] = value = _from_text(parameter.schema, given[name])
            _check(parameter, value)
        elif parameter.required:
            raise _missing(parameter)
    return values


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    """Return the types in a schema, including those in its combinations."""
    given = schema.get("type", [])
    found = set(given if isinstance(given, list) else [given])
    for key in ("allOf", "anyOf", "oneOf"):
        found.update(*map(_kinds, schema.get(key, ())))
    return found


def _from_text(schema: Mapping[str, Any], text: str) -> Any:
    """Convert a text to the type of the schema; return it unchanged if that fails."""
    kinds = _kinds(schema)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    if kinds & {"integer", "number"} and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in kinds and _NUMBER.fullmatch(text):
        return float(text)
    return text


def _missing(parameter: Value) -> ServiceError:
    what = _allowed(parameter.schema)
    return invalid(parameter.name, f"{parameter.name} is missing; it must be {what}.")


def _check(parameter: Value, value: Any) -> None:
    if not parameter.validator.is_valid(value):
        raise invalid(parameter.name, _sentence(parameter.name, parameter.schema, value))


def _read_body(operation: Operation, raw: bytes, headers: Headers) -> Any:
    if operation.body is None:
        return {}
    given = next((value for name, value in headers if name == b"content-type"), b"")
    line = given.decode("latin-1")
    essence = line.partition(";")[0].strip().lower()
    if essence not in operation.bodies:
        essence = line = next(iter(operation.bodies))
    body = operation.bodies[essence]
    if not (raw or body.required):
        return {}
    try:
        value = _reader(essence)(raw, line, body.schema)
        if body.validator.is_valid(value):
            return value
        raise _first_problem(body, value)
    except (RecursionError, ValueError):  # ValueError is what jsonschema-rs raises
        raise invalid("", "The body is nested too deeply.") from None


def _reader(essence: str) -> Callable[[bytes, str, Mapping[str, Any]], Any]:
    if essence == "application/json" or essence.endswith("+json"):
        return _read_json
    if essence == "application/x-www-form-urlencoded":
        return _read_form
    if essence == "multipart/form-data":
        return _read_parts
    return _read_text if essence.startswith("text/") else _read_bytes


def _read_json(raw: bytes, line: str, schema: Mapping[str, Any]) -> Any:
    if not raw:
        what = "object" if "object" in _kinds(schema) else "value"
        raise invalid("", f"The body must be a JSON {what}, but the request has no body.")
    try:
        return json_text.parse(raw)
    except ValueError as error:
        raise invalid("", f"The body is not JSON in UTF-8: {error}.") from None


def _read_form(raw: bytes, line: str, schema: Mapping[str, Any]) -> Any:
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    return _fields(pairs, schema)


def _read_parts(raw: bytes, line: str, schema: Mapping[str, Any]) -> Any:
    found = parts(raw, line)
    if found is None:
        raise invalid("", "The body is not multipart/form-data.")
    return _fields(found, schema)


def _read_text(raw: bytes, line: str, schema: Mapping[str, Any]) -> Any:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise invalid("", "The body is not text in UTF-8.") from None


def _read_bytes(raw: bytes, line: str, schema: Mapping[str, Any]) -> Any:
    return raw.decode("latin-1")


def _fields(pairs: Sequence[tuple[str, str]], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the fields of a form to the types of their schemas."""
    properties = schema.get("properties", {})
    values: dict[str, Any] = {}
    for name, text in pairs:
        part = properties.get(name, {})
        if "array" in _kinds(part):
            values.setdefault(name, []).append(_from_text(part.get("items", {}), text))
        else:
            values[name] = _from_text(part, text)
    return values


def _first_problem(body: Value, value: Any) -> ServiceError:
    """Return the error of the first invalid field, in the order of the document."""
    properties: dict[str, Any] = body.schema.get("properties", {})
    if not isinstance(value, dict) or not properties:
        return invalid("", _sentence(body.name, body.schema, value))
    for name, schema in properties.items():
        if name not in value:
            if name in body.schema.get("required", ()):
                return invalid(name, f"{name} is missing; it must be {_allowed(schema)}.")
        elif not _fits(body, name, value[name]):
            return invalid(name, _sentence(name, schema, value[name]))
    error = next(iter(body.validator.iter_errors(value)))
    return invalid("", f"The body is not as documented: {error.message[:_LONGEST_MESSAGE]}.")


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
    """Return a description of the values that a schema allows."""
    if "enum" in schema:
        *others, last = [
            each if isinstance(each, str) else json.dumps(each) for each in schema["enum"]
        ]
        return f"one of {', '.join(others)} or {last}" if others else f"{last}"
    kind = schema.get("type")
    if isinstance(kind, list):
        return f"{_allowed({**schema, 'type': kind[0]})} or null"
    if kind in ("integer", "number"):
        return f"{_NUMBERS[kind]}{_range(schema)}"
    if kind == "array" and schema.get("items"):
        return f"a JSON array{_range(schema, 'Items', ' items')}, each {_allowed(schema['items'])}"
    if kind in _WORDS:
        return _WORDS[kind]
    if kind != "string":
        return "as documented"
    text = "a string"
    if "maxLength" in schema:
        text += f" of {schema.get('minLength', 0)} to {schema['maxLength']} characters"
    elif schema.get("minLength"):
        text += f" of at least {schema['minLength']} characters"
    if "pattern" in schema:
        text += f" that matches {schema['pattern']}"
    if "format" in schema:
        text += f" that is a {schema['format']}"
    return text


_WORDS = {"boolean": "true or false", "object": "a JSON object", "array": "a JSON array"}
_NUMBERS = {"integer": "an integer", "number": "a number"}


def _range(schema: Mapping[str, Any], what: str = "imum", unit: str = "") -> str:
    least, most = schema.get(f"min{what}"), schema.get(f"max{what}")
    if least is not None and most is not None:
        return f" from {least} to {most}{unit}"
    if least is not None:
        return f" of at least {least}{unit}"
    return "" if most is None else f" of at most {most}{unit}"
