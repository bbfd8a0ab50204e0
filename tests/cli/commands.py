"""The commands of the command line."""

from __future__ import annotations

import click
from ncloud_datastream_cli.app import build


def leaves(group: click.Group, words: tuple[str, ...] = ()) -> dict[str, click.Command]:
    """Return every command that is not a group, by its words."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= leaves(command, (*words, name))
        else:
            found[" ".join((*words, name))] = command
    return found


COMMANDS = leaves(build())
