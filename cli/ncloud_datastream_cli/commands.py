"""The commands of the operations, one for each method of the generated client."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from . import failure, output, session, terminal
from .examples import EXAMPLES
from .parameters import (
    Parameter,
    as_click,
    given,
    is_topic,
    metavar,
    own_name,
    parameters,
    summary,
)
from .places import Operation
from .topics import TOPIC_HELP, TopicName, topic_id


def command_for(operation: Operation) -> click.Command:
    """Return the command for an operation."""
    found = parameters(operation.function)
    makes = operation.method.partition("_")[0] in ("create", "check")
    of_topic = any(map(is_topic, found))

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
            output.show(result, style, query, is_done=operation.destroys)

    callback: Callable[..., None] = session.connection_options(session.output_option(run))
    if operation.destroys:
        callback = click.option("--yes", "-y", is_flag=True, help="Skip the confirmation prompt.")(
            callback
        )
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
    """Return the summary of the operation's method and the meaning of each argument."""
    arguments = [
        f"{metavar(each)}: {TOPIC_HELP if is_topic(each) else each.help}"
        for each in found
        if each.in_path or (positional and each.required and not each.repeated)
    ]
    return "\n\n".join([summary(operation.function), *arguments])


def confirm(what: str) -> None:
    """Prompt before a destructive command; without a terminal, require ``--yes``."""
    if not terminal.is_terminal(sys.stdin):
        raise click.UsageError(
            f"'{what}' deletes data and there is no terminal to confirm it: add --yes."
        )
    if not click.confirm(f"Run '{what}'?", err=True):
        terminal.err("Nothing was changed.")
        raise click.exceptions.Exit(failure.INTERRUPTED)


def example(words: tuple[str, ...]) -> str | None:
    """Return the example shown in a command's help, on one unwrapped line for copying."""
    line = EXAMPLES.get(" ".join(words))
    return None if line is None else f"\b\nExample:\n  ncloud-datastream {line}"
