"""The commands of the operations, one for each method of the generated client."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from . import failure, output, session, terminal
from .examples import EXAMPLES
from .parameters import Parameter, as_click, given, own_name, parameters, summary
from .places import Operation
from .topics import TopicName, topic_id


def command_for(operation: Operation) -> click.Command:
    """Return the command of an operation."""
    found = parameters(operation.function)
    makes = operation.method.partition("_")[0] in ("create", "check")
    destroys = operation.method.startswith("delete_")
    of_topic = any(each.name == "topic_id" and each.in_path for each in found)

    def run(**options: Any) -> None:
        style, query = options.pop("output"), options.pop("query")
        agreed = options.pop("yes", True)
        typed = {each.name: given(each, options.pop(own_name(each))) for each in found}
        if not agreed:
            named = [str(typed[each.name]) for each in found if each.in_path]
            confirm(" ".join([*operation.words, *named]))
        with session.client(options) as ds:
            if of_topic:
                typed["topic_id"] = topic_id(ds, typed["topic_id"])
            path = [typed.pop(each.name) for each in found if each.in_path]
            result = getattr(ds, operation.method)(*path, **typed)
            output.show(result, style, query, is_done=destroys)

    callback: Callable[..., None] = session.connection_options(session.output_option(run))
    if destroys:
        callback = click.option("--yes", "-y", is_flag=True, help="Do not ask.")(callback)
    command = click.command(
        operation.words[-1],
        help=_help(operation, found, positional=makes),
        epilog=example(operation.words),
    )(callback)
    command.params = [
        as_click(each, positional=makes, topic=TopicName()) for each in found
    ] + command.params
    return command


def _help(operation: Operation, found: list[Parameter], *, positional: bool) -> str:
    """Return what a command's method says, and what each argument without a dash means."""
    arguments = [
        f"{each.name.upper()}: {each.help}"
        for each in found
        if positional and each.required and not each.in_path
    ]
    return "\n\n".join([summary(operation.function), *arguments])


def confirm(what: str) -> None:
    """Ask before something is destroyed; away from a terminal, want ``--yes`` instead."""
    if not terminal.is_terminal(sys.stdin):
        raise click.UsageError(f"'{what}' destroys: say --yes, there is nobody to ask here.")
    if not click.confirm(f"Really '{what}'?", err=True):
        terminal.err("Nothing was done.")
        raise click.exceptions.Exit(failure.INTERRUPTED)


def example(words: tuple[str, ...]) -> str | None:
    """Return the line of help that shows a command in use; it is not broken, to be copied."""
    line = EXAMPLES.get(" ".join(words))
    return None if line is None else f"\b\nExample:\n  ncloud-datastream {line}"
