"""``completion``: what a shell needs to complete commands, options and their values."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from .commands import example

_HOW = {
    "bash": 'eval "$(ncloud-datastream completion bash)"',
    "zsh": 'eval "$(ncloud-datastream completion zsh)"',
    "fish": "ncloud-datastream completion fish | source",
}


@click.command(epilog=example(("completion",)))
@click.argument("shell", type=click.Choice(list(_HOW)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    r"""Print the completion script of a shell.

    One of these lines in the shell's start file makes it complete commands, options and values:

    \b
      bash  eval "$(ncloud-datastream completion bash)"
      zsh   eval "$(ncloud-datastream completion zsh)"
      fish  ncloud-datastream completion fish | source
    """
    found = get_completion_class(shell)
    assert found is not None
    root = context.find_root()
    script = found(root.command, {}, "ncloud-datastream", "_NCLOUD_DATASTREAM_COMPLETE").source()
    click.echo(f"# {_HOW[shell]}")
    click.echo(script)
