"""The options and arguments of a command, from the signature and docstring of its method."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import ncloud_datastream_api.models as models
from click.shell_completion import CompletionItem
from ncloud_datastream_api.enums import OpenEnum

from . import values

# Options that every command, or every destructive one, already has.
_TAKEN = frozenset(
    (
        *("debug", "help", "insecure-host", "management-url", "message-url", "output", "profile"),
        *("query", "timeout", "url", "yes"),
    )
)
_WHOLE = "body"


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation's method."""

    name: str
    kinds: tuple[str, ...]
    """The types in its annotation, except None."""
    required: bool
    in_path: bool
    help: str

    @property
    def kind(self) -> str:
        """The first of its types."""
        return self.kinds[0]

    @property
    def word(self) -> str:
        """Its name on the command line."""
        word = self.name.strip("_").replace("_", "-")
        return f"{word}-value" if word in _TAKEN else word

    @property
    def enum(self) -> type[OpenEnum] | None:
        """The enum of its values, or None."""
        return _enum(self.kind)

    @property
    def repeated(self) -> str:
        """The item type of a repeatable option; empty for any other parameter."""
        item = values.item_of(self.kind)
        is_simple = item in values.SIMPLE or _enum(item) is not None
        return item if is_simple and self.name != _WHOLE else ""


def _enum(kind: str) -> type[OpenEnum] | None:
    found = getattr(models, kind, None) if kind[:1].isupper() else None
    return found if isinstance(found, type) and issubclass(found, OpenEnum) else None


class EnumText(click.ParamType[str]):
    """Text with known values, shown and completed; other values are sent to the service too."""

    name = "text"

    def __init__(self, enum: type[OpenEnum]) -> None:
        self.enum = enum

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return f"[{'|'.join(self.enum)}]"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [
            CompletionItem(member.value, help=member.meaning)
            for member in self.enum
            if member.startswith(incomplete)
        ]


class TextOrFile(click.ParamType[str]):
    """Literal text, ``@FILE`` for the contents of a file, or ``@-`` for standard input."""

    name = "text|@file"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not value.startswith("@"):
            return value
        try:
            if value == "@-":
                return sys.stdin.read()
            return Path(value[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.fail(f"{value[1:]}: {error}", param, ctx)


def parameters(method: Callable[..., Any]) -> list[Parameter]:
    """Return a method's parameters, in the order of its signature."""
    texts = _argument_texts(inspect.getdoc(method) or "")
    found = []
    for name, parameter in inspect.signature(method).parameters.items():
        if name == "self":
            continue
        kinds = [kind for kind in values.alternatives(str(parameter.annotation)) if kind != "None"]
        found.append(
            Parameter(
                name=name,
                kinds=tuple(kinds),
                required=parameter.default is inspect.Parameter.empty,
                in_path=parameter.kind is not inspect.Parameter.KEYWORD_ONLY,
                help=texts.get(name, ""),
            )
        )
    return found


def summary(method: Callable[..., Any]) -> str:
    """Return the part of a method's docstring before its sections."""
    return re.split(r"\n\n(?:Args|Returns|Raises):", inspect.getdoc(method) or "")[0]


def as_click(
    parameter: Parameter, *, positional: bool, topic: click.ParamType[str]
) -> click.Parameter:
    """Return the click argument or option for a parameter; `topic` is the type for topic ids."""
    kind = topic if is_topic(parameter) else _click_type(parameter)
    # A distinct name, so that it cannot collide with the options that every command has.
    inside = own_name(parameter)
    if parameter.in_path or (positional and parameter.required and not parameter.repeated):
        return click.Argument([inside], type=kind, metavar=metavar(parameter))
    flag = f"--{parameter.word}"
    if parameter.kind == "bool":
        flag = f"{flag}/--no-{parameter.word}"
    option = click.Option(
        [flag, inside], type=kind, help=parameter.help, multiple=bool(parameter.repeated)
    )
    # Set afterwards, since an explicit default, even None, satisfies a required option.
    option.required = parameter.required
    return option


def is_topic(parameter: Parameter) -> bool:
    """Return whether a parameter is the topic of a request's path."""
    return parameter.name == "topic_id" and parameter.in_path


def metavar(parameter: Parameter) -> str:
    """Return the placeholder of a positional argument."""
    return "TOPIC" if parameter.name == "topic_id" else parameter.name.upper()


def own_name(parameter: Parameter) -> str:
    """Return the name under which click passes a parameter's value."""
    return f"given_{parameter.name}"


def given(parameter: Parameter, typed: Any) -> Any:
    """Return the method's argument for the value that was typed."""
    if parameter.repeated:
        return list(typed) if typed or parameter.required else None
    return typed


def _click_type(parameter: Parameter) -> click.ParamType[Any]:
    kind = parameter.repeated or parameter.kind
    if (enum := _enum(kind)) is not None:
        return EnumText(enum)
    if parameter.name == "schema":
        return TextOrFile()
    simple = len(set(parameter.kinds) - {f"list[{kind}]", "list[str]", "str"}) <= 1
    if kind in values.SIMPLE and (simple or parameter.repeated):
        return values.SIMPLE[kind]
    return values.Json(parameter.kinds)


def _argument_texts(docstring: str) -> dict[str, str]:
    """Return the descriptions in a docstring's ``Args`` section, by name."""
    section = re.search(r"^Args:\n((?: +.*\n?|\n)+)", docstring, re.MULTILINE)
    texts: dict[str, str] = {}
    name = ""
    for line in (section[1] if section else "").splitlines():
        head = re.match(r" {4}(\w+): (.*)", line)
        if head:
            name = head[1]
            texts[name] = head[2]
        elif name and line.strip():
            texts[name] += " " + line.strip()
    return texts
