# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""Arguments as the texts of a request, and the JSON of an answer as values."""

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
    """An argument that a request cannot hold: another type than documented, or no text.

    Nothing was sent.
    """


def text(operation: str, name: str, value: object) -> str:
    """Write one value as text: dates by RFC 3339, booleans as ``true`` and ``false``.

    Raises:
        ArgumentError: It is no single value, or a number that is not finite.
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
    """Write each of several values as text.

    Raises:
        ArgumentError: It is one text, or one of them is no single value.
    """
    if isinstance(values, str):
        raise ArgumentError(f"{operation}: {name} must be a list, not a text")
    return [text(operation, name, value) for value in values]


def joined(operation: str, name: str, values: Iterable[object], separator: str) -> str:
    """Write several values as one text.

    Raises:
        ArgumentError: A value holds the separator, and would be read as two.
    """
    written = texts(operation, name, values)
    if any(separator in value for value in written):
        raise ArgumentError(
            f"{operation}: no value of {name} may hold {separator!r}, which separates them"
        )
    return separator.join(written)


def members(
    operation: str, name: str, value: Mapping[str, object], pattern: str
) -> dict[str, str | list[str]]:
    """Write an object as one parameter for each of its fields.

    Args:
        operation: What the call is named in errors.
        name: The parameter.
        value: The object.
        pattern: What each parameter is called, with ``{}`` for the field.

    Raises:
        ArgumentError: A field holds an object.
    """
    return {
        pattern.replace("{}", field): texts(operation, name, each)
        if isinstance(each, list | tuple)
        else text(operation, name, each)
        for field, each in value.items()
        if each is not None
    }


def header(operation: str, name: str, value: object) -> str:
    """Write one value as the text of a header.

    Raises:
        ArgumentError: It is no single value, or holds what a header cannot.
    """
    written = text(operation, name, value)
    # RFC 9110, section 5.5.
    if any(each > "\xff" or (each < " " and each != "\t") or each == "\x7f" for each in written):
        raise ArgumentError(f"{operation}: {name} holds a character that no header can carry")
    return written


def cookie(operation: str, values: Mapping[str, object]) -> str:
    """Write the header that sends cookies.

    Raises:
        ArgumentError: A value holds what a cookie cannot.
    """
    written = {name: text(operation, name, value) for name, value in values.items()}
    for name, value in written.items():
        # RFC 6265, section 4.1.1.
        if not all("!" <= each <= "~" and each not in '",;\\' for each in value):
            raise ArgumentError(f"{operation}: {name} holds a character that no cookie can carry")
    return "; ".join(f"{name}={value}" for name, value in written.items())


def read(response: httpx.Response, *kinds: type) -> Any:
    """Return the JSON of an answer, which has to be of one of these types.

    Raises:
        TypeError: It is of another JSON type than documented.
        ValueError: It is no JSON.
    """
    value = response.json()
    # A bool is an int to isinstance().
    if object not in kinds and type(value) not in kinds:
        raise TypeError("the body has another JSON type than documented")
    return value
