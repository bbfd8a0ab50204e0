"""The command line as a whole: its groups, and what becomes of failures."""

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
    "topics": "Topics: the named logs that messages are sent to.",
    "connectors": "Connectors: the export of a topic to Object Storage.",
    "schemas": "Schemas of a topic's messages.",
    "registry": "The schema registry of a topic.",
}


def build() -> click.Group:
    """Return the command line, with one command for each operation of the generated client."""
    root = click.Group(
        "ncloud-datastream",
        help="Data Stream of NAVER Cloud Platform.",
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
        with terminal.told_when_closed():
            code = root.main(list(arguments), prog_name="ncloud-datastream", standalone_mode=False)
            terminal.flush()
    except terminal.ClosedOutputError:
        terminal.let_go()
        return failure.CLOSED_OUTPUT
    except SystemExit:
        if sys.stdout is streams[0]:
            raise
        # Where nobody reads what click itself prints, it wraps both streams and exits.
        sys.stdout, sys.stderr = streams
        terminal.let_go()
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
    except OSError as error:  # what is written to is full, or gone
        with contextlib.suppress(OSError, terminal.ClosedOutputError):
            terminal.flush()
        terminal.let_go()
        terminal.err(terminal.one_line(f"OSError: {error}"))
        return failure.USAGE
    except DataStreamError as error:
        failure.report(error, _typed(root, arguments), as_json=as_json)
        return failure.exit_code(error)
    return code if isinstance(code, int) else 0


def _typed(root: click.Group, arguments: Sequence[str]) -> str:
    """Return the command that the arguments name, as it is typed."""
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
