"""The command reference of the documentation: Markdown for every command and option."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator

import click

from . import session
from .app import build

PROGRAM = "ncloud-datastream"


def markdown() -> str:
    """Return the reference: the common options, then every group and command."""
    holder = click.command()(session.connection_options(session.output_option(lambda: None)))
    context = click.Context(holder)
    common = {
        record: option.opts[0]
        for option in holder.params
        if (record := option.get_help_record(context)) is not None
    }
    lines = [
        "## Common options",
        "",
        "Most commands accept these options. Each command lists the ones that it accepts.",
        "",
        *map(_item, common),
    ]
    for name, command in build().commands.items():
        lines += ["", *_section(command, name, 2, common)]
    return "\n".join(lines)


def _section(
    command: click.Command, words: str, level: int, common: dict[tuple[str, str], str]
) -> Iterator[str]:
    """Yield the lines of a command, or of a group and its commands."""
    yield f"{'#' * level} {words}"
    yield ""
    yield from _paragraphs(command.help or "")
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield ""
            yield from _section(inner, f"{words} {name}", level + 1, common)
        return
    context = click.Context(command, info_name=f"{PROGRAM} {words}")
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from ("", "```text", usage, "```")
    # The help text describes the arguments, so only options are listed.
    records = [
        record
        for parameter in command.params
        if isinstance(parameter, click.Option)
        and (record := parameter.get_help_record(context)) is not None
    ]
    own = [_item(record) for record in records if record not in common]
    if own:
        yield ""
        yield from own
    accepted = [f"`{common[record]}`" for record in records if record in common]
    if accepted:
        yield from ("", f"Common options: {', '.join(accepted)}.")
    if command.epilog:
        example = command.epilog.partition("Example:\n")[2]
        yield from ("", "Example:", "", "```sh", textwrap.dedent(example), "```")


def _item(record: tuple[str, str]) -> str:
    """Return an option and its help as an item of a list."""
    names, text = record
    return f"- `{names}`: {' '.join(text.split())}"


def _paragraphs(text: str) -> Iterator[str]:
    """Yield a help text; paragraphs that click does not wrap become blocks of text."""
    for number, paragraph in enumerate(inspect.cleandoc(text).split("\n\n")):
        if number:
            yield ""
        if paragraph.startswith("\b\n"):
            yield from ("```text", textwrap.dedent(paragraph[2:]), "```")
        else:
            yield paragraph
