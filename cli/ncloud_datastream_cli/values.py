"""Conversion of command-line text to the values that a method takes."""

from __future__ import annotations

import contextlib
import json
import sys
from datetime import date, datetime
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
            return as_model(self._kinds, json.loads(text))
        except ValueError as error:
            if "str" in self._kinds:
                return text.decode("utf-8", "replace")
            self.fail(f"{value!r} is not the JSON expected here: {error}", param, ctx)


def as_model(kinds: tuple[str, ...], value: Any) -> Any:
    """Return a JSON value as a model, or a list of models, where one of the types is a model.

    Raises:
        ValueError: The value fits none of the models.
    """
    for kind in kinds:
        item = item_of(kind)
        if item and isinstance(value, list):
            return [as_model(tuple(alternatives(item)), each) for each in value]
        model: Any = getattr(models, kind, None)
        if isinstance(value, dict) and hasattr(model, "from_dict"):
            with contextlib.suppress(KeyError, TypeError, ValueError):
                return model.from_dict(value)
    if isinstance(value, dict) and not {"Any", "Mapping[str, Any]"} & set(kinds):
        raise ValueError(f"it is not a {' or '.join(kinds)}")
    return value


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
