"""``completion``: the script with which a shell completes commands, options and values."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from .commands import example

_HOW = {
    "bash": 'eval "$(ncloud-datastream completion bash)"',
    "zsh": 'eval "$(ncloud-datastream completion zsh)"',
    "fish": "ncloud-datastream completion fish | source",
}


_HELP = """Print the completion script for a shell.

To complete commands, options, their values and topic names, add one of these lines to the shell's
startup file:

\b
""" + "\n".join(f"  {shell:<5} {line}" for shell, line in _HOW.items())


@click.command(help=_HELP, epilog=example(("completion",)))
@click.argument("shell", type=click.Choice(list(_HOW)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for a shell."""
    found = get_completion_class(shell)
    assert found is not None
    root = context.find_root()
    script = found(root.command, {}, "ncloud-datastream", "_NCLOUD_DATASTREAM_COMPLETE").source()
    click.echo(f"# {_HOW[shell]}")
    click.echo(script)
