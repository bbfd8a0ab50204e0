"""What is typed on the command line, as the values that a method takes."""

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
    """Return the types that an annotation allows, such as ``list[int | str]`` and ``None``."""
    found, depth = [""], 0
    for part in annotation.split(" | "):
        found[-1] += f" | {part}" if depth else part
        depth += part.count("[") - part.count("]")
        if not depth:
            found.append("")
    return found[:-1]


def item_of(kind: str) -> str:
    """Return the type of what a list holds, or nothing for what is no list."""
    return kind[len("list[") : -1] if kind.startswith("list[") else ""


class _Read(click.ParamType[Any]):
    """A text that some function reads."""

    def __init__(self, name: str, read: Any) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return self._read(value) if isinstance(value, str) else value
        except ValueError:
            self.fail(f"{value!r} is no {self.name}.", param, ctx)


class Content(click.ParamType[bytes]):
    """Text as it stands, or ``@FILE`` for a file's bytes, ``@-`` for standard input."""

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
    """A file that is sent under its name."""

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
    """JSON, or ``@FILE`` for a file's; a text that is no JSON where a text may stand.

    Args:
        kinds: The types that may come out.
    """

    name = "json|@file"

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self._kinds = kinds

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        text = Content().convert(value, param, ctx)
        try:
            return made(self._kinds, json.loads(text))
        except ValueError as error:
            if "str" in self._kinds:
                return text.decode("utf-8", "replace")
            self.fail(f"{value!r} is no JSON that fits: {error}", param, ctx)


def made(kinds: tuple[str, ...], value: Any) -> Any:
    """Return the models that JSON stands for, where one of the types is a model.

    Raises:
        ValueError: A model cannot be made of it.
    """
    for kind in kinds:
        item = item_of(kind)
        if item and isinstance(value, list):
            return [made(tuple(alternatives(item)), each) for each in value]
        model: Any = getattr(models, kind, None)
        if isinstance(value, dict) and hasattr(model, "from_dict"):
            with contextlib.suppress(KeyError, TypeError, ValueError):
                return model.from_dict(value)
    if isinstance(value, dict) and not {"Any", "Mapping[str, Any]"} & set(kinds):
        raise ValueError(f"it is no {' or '.join(kinds)}")
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
