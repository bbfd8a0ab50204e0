# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""Serialize arguments for a request, and parse the JSON of a response."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

import httpx

__all__ = ("ArgumentError", "cookie", "header", "joined", "members", "read", "text", "texts")


class ArgumentError(TypeError, ValueError):
    """An argument of another type than documented, or one that cannot be encoded.

    No request was sent.
    """


def text(operation: str, name: str, value: object) -> str:
    """Return one value as a string: dates by RFC 3339, booleans as ``true`` and ``false``.

    Raises:
        ArgumentError: The value is not a single value, or not a finite number.
    """
    if isinstance(value, Enum):
        value = value.value
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case float() if not math.isfinite(value):
            raise ArgumentError(f"{operation}: {name} must be a finite number, not {value}")
        case int() | float() | UUID():
            return str(value)
        case date():
            return value.isoformat()
    raise ArgumentError(f"{operation}: {name} must be a single value, not {type(value).__name__}")


def texts(operation: str, name: str, values: Iterable[object]) -> list[str]:
    """Return each of several values as a string.

    Raises:
        ArgumentError: The argument is a string, or an item is not a single value.
    """
    if isinstance(values, str):
        raise ArgumentError(f"{operation}: {name} must be a list, not a string")
    return [text(operation, name, value) for value in values]


def joined(operation: str, name: str, values: Iterable[object], separator: str) -> str:
    """Return several values as one string.

    Raises:
        ArgumentError: A value contains the separator, and would be parsed as two.
    """
    written = texts(operation, name, values)
    if any(separator in value for value in written):
        raise ArgumentError(
            f"{operation}: a value of {name} must not contain the separator {separator!r}"
        )
    return separator.join(written)


def members(
    operation: str, name: str, value: Mapping[str, object], pattern: str
) -> dict[str, str | list[str]]:
    """Return an object as one parameter for each of its fields.

    Args:
        operation: The name of the call in errors.
        name: The parameter.
        value: The object.
        pattern: The name of each parameter, with ``{}`` for the field.

    Raises:
        ArgumentError: A field contains an object.
    """
    return {
        pattern.replace("{}", field): texts(operation, name, each)
        if isinstance(each, list | tuple)
        else text(operation, name, each)
        for field, each in value.items()
        if each is not None
    }


def header(operation: str, name: str, value: object) -> str:
    """Return one value as a header value.

    Raises:
        ArgumentError: The value is not a single value, or not allowed in a header.
    """
    written = text(operation, name, value)
    # RFC 9110, section 5.5.
    if any(each > "\xff" or (each < " " and each != "\t") or each == "\x7f" for each in written):
        raise ArgumentError(
            f"{operation}: {name} contains a character that is not allowed in a header"
        )
    return written


def cookie(operation: str, values: Mapping[str, object]) -> str:
    """Return the ``Cookie`` header.

    Raises:
        ArgumentError: A value is not allowed in a cookie.
    """
    written = {name: text(operation, name, value) for name, value in values.items()}
    for name, value in written.items():
        # RFC 6265, section 4.1.1.
        if not all("!" <= each <= "~" and each not in '",;\\' for each in value):
            raise ArgumentError(
                f"{operation}: {name} contains a character that is not allowed in a cookie"
            )
    return "; ".join(f"{name}={value}" for name, value in written.items())


def read(response: httpx.Response, *kinds: type) -> Any:
    """Return the JSON of a response, which must have one of these types.

    Raises:
        TypeError: It is not of the documented JSON type.
        ValueError: It is not JSON.
    """
    value = response.json()
    # For isinstance() a bool is an int.
    if object not in kinds and type(value) not in kinds:
        raise TypeError("the body is not of the documented JSON type")
    return value
