"""Conversion of command-line text to the values that a method takes."""

from __future__ import annotations

import contextlib
import json
import sys
from base64 import b64decode
from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import ncloud_datastream_api.models as models
from ncloud_datastream_api.types import File


def alternatives(annotation: str) -> list[str]:
    """Return the members of a union annotation, such as ``list[int | str]`` and ``None``."""
    found, depth = [""], 0
    for part in annotation.split(" | "):
        found[-1] += f" | {part}" if depth else part
        depth += part.count("[") - part.count("]")
        if not depth:
            found.append("")
    return found[:-1]


def item_of(kind: str) -> str:
    """Return a list type's item type, or an empty string for any other type."""
    return kind[len("list[") : -1] if kind.startswith("list[") else ""


class _Read(click.ParamType[Any]):
    """Text that a function parses."""

    def __init__(self, name: str, read: Any) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return self._read(value) if isinstance(value, str) else value
        except ValueError:
            self.fail(f"{value!r} is not a {self.name}.", param, ctx)


class Content(click.ParamType[bytes]):
    """Literal text, ``@FILE`` for the bytes of a file, or ``@-`` for standard input."""

    name = "text|@file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        if not isinstance(value, str):
            return bytes(value)
        if not value.startswith("@"):
            return value.encode("utf-8", "surrogateescape")
        try:
            return sys.stdin.buffer.read() if value == "@-" else Path(value[1:]).read_bytes()
        except OSError as error:
            self.fail(f"{value[1:]}: {error}", param, ctx)


class Upload(click.ParamType[File]):
    """A file, uploaded under its name."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> File:
        if isinstance(value, File):
            return value
        path = Path(value)
        try:
            return File(payload=path.open("rb"), file_name=path.name)
        except OSError as error:
            self.fail(f"{value}: {error}", param, ctx)


class Json(click.ParamType[Any]):
    """JSON, or ``@FILE`` for a file of it; where a string is allowed, text that is not JSON too.

    Args:
        kinds: The types that the method accepts.
    """

    name = "json|@file"

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self._kinds = kinds

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        text = Content().convert(value, param, ctx)
        try:
            return from_json(self._kinds, json.loads(text))
        except ValueError as error:
            if "str" in self._kinds:
                return text.decode("utf-8", "replace")
            self.fail(f"{value!r} is not the JSON expected here: {error}", param, ctx)


def from_json(kinds: tuple[str, ...], value: Any) -> Any:
    """Return a JSON value as one of the types that a method accepts, also within lists.

    Bytes and files are base64 in JSON.

    Raises:
        ValueError: The value fits none of the types.
    """
    if isinstance(value, list):
        item = next(filter(None, map(item_of, kinds)), "")
        return [from_json(tuple(alternatives(item)), each) for each in value] if item else value
    for kind in kinds:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            if (found := _read(kind, value)) is not None:
                return found
    if isinstance(value, dict) and not {"Any", "Mapping[str, Any]"} & set(kinds):
        raise ValueError(f"it is not a {' or '.join(kinds)}")
    wanted = [_TEXTS[kind][0] for kind in kinds if kind in _TEXTS]
    if isinstance(value, str) and wanted and not {"Any", "str"} & set(kinds):
        raise ValueError(f"{value!r} is not {' or '.join(wanted)}")
    return value


def _read(kind: str, value: Any) -> Any:
    """Return a JSON value as a type; None if the type is not one that is read."""
    if isinstance(value, str) and kind in _TEXTS:
        return _TEXTS[kind][1](value)
    model: Any = getattr(models, kind, None)
    if isinstance(value, dict) and hasattr(model, "from_dict"):
        return model.from_dict(value)
    if isinstance(model, type) and issubclass(model, Enum) and not isinstance(value, bool):
        return model(value)
    return None


_TEXTS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "datetime.date": ("a date (YYYY-MM-DD)", date.fromisoformat),
    "datetime.datetime": ("a date and time (RFC 3339)", datetime.fromisoformat),
    "UUID": ("a UUID", UUID),
    "bytes": ("base64 text", partial(b64decode, validate=True)),
    "File": ("base64 text", lambda text: File(BytesIO(b64decode(text, validate=True)), "file")),
}
"""How to read a JSON string, and what it must be, by type."""

SIMPLE: dict[str, click.ParamType[Any]] = {
    "str": click.STRING,
    "int": click.INT,
    "float": click.FLOAT,
    "bool": click.BOOL,
    "datetime.date": _Read("date", date.fromisoformat),
    "datetime.datetime": _Read("datetime", datetime.fromisoformat),
    "UUID": _Read("uuid", UUID),
    "bytes": Content(),
    "File": Upload(),
}
