"""The root command: its groups, and how failures become messages and exit codes."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

import click
from ncloud_datastream import DataStreamError, __version__

from . import failure, terminal
from .commands import command_for
from .completion import completion
from .doctor import doctor
from .emulator import emulator
from .explain import explain_command
from .mcp.command import mcp
from .places import operations
from .send import send
from .signed import curl, sign_command
from .wait import wait

_GROUP_HELP = {
    "topics": "Manage topics, the named logs that messages are sent to.",
    "connectors": "Manage connectors, which export a topic to Object Storage.",
    "schemas": "Manage the schemas of a topic's messages.",
    "registry": "Manage the schema registry of a topic.",
}


def build() -> click.Group:
    """Return the root command, with one subcommand for each operation of the generated client."""
    root = click.Group(
        "ncloud-datastream",
        help="Use Data Stream, the streaming service of NAVER Cloud Platform (NCP).",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    click.version_option(__version__, prog_name="ncloud-datastream")(root)
    for operation in operations():
        parent = root
        for word in operation.words[:-1]:
            parent = _group(parent, word)
        parent.add_command(command_for(operation))
    _group(root, "topics").add_command(wait)
    for command in (send, emulator, doctor, curl, sign_command, explain_command, completion, mcp):
        root.add_command(command)
    return root


def _group(parent: click.Group, name: str) -> click.Group:
    found = parent.commands.get(name)
    if not isinstance(found, click.Group):
        found = click.Group(name, help=_GROUP_HELP.get(name, f"{name.capitalize()}."))
        parent.add_command(found)
    return found


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code."""
    terminal.accept_any_text()
    root = build()
    streams = sys.stdout, sys.stderr
    as_json = failure.wants_json(arguments)
    try:
        with terminal.detect_closed_output():
            code = root.main(list(arguments), prog_name="ncloud-datastream", standalone_mode=False)
            terminal.flush()
    except terminal.ClosedOutputError:
        terminal.discard_output()
        return failure.CLOSED_OUTPUT
    except SystemExit:
        if sys.stdout is streams[0]:
            raise
        # On a closed pipe, click replaces both streams and exits by itself.
        sys.stdout, sys.stderr = streams
        terminal.discard_output()
        return failure.CLOSED_OUTPUT
    except click.exceptions.Abort:
        terminal.err("interrupted")
        return failure.INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return failure.USAGE
    except click.ClickException as error:
        failure.report_usage(error, _typed(root, arguments), as_json=as_json)
        return failure.USAGE
    except OSError as error:  # standard output is full or closed
        with contextlib.suppress(OSError, terminal.ClosedOutputError):
            terminal.flush()
        terminal.discard_output()
        terminal.err(terminal.one_line(f"OSError: {error}"))
        return failure.USAGE
    except DataStreamError as error:
        failure.report(error, _typed(root, arguments), as_json=as_json)
        return failure.exit_code(error)
    return code if isinstance(code, int) else 0


def _typed(root: click.Group, arguments: Sequence[str]) -> str:
    """Return the command that the arguments name, without its options and values."""
    words, place = ["ncloud-datastream"], root
    for word in arguments:
        found = place.commands.get(word)
        if found is None:
            break
        words.append(word)
        if not isinstance(found, click.Group):
            break
        place = found
    return " ".join(words)
