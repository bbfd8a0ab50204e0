"""Every example that a help text shows works, and every command shows one."""

import json
import shlex
from pathlib import Path

import click
import pytest
from cli.conftest import Shell
from ncloud_datastream_cli.app import build
from ncloud_datastream_cli.examples import CONNECTOR_ID, EXAMPLES, RESOURCE_ID

ORDER = '{"type": "object", "properties": {"id": {"type": "string"}}}'


def leaves(group: click.Group, words: tuple[str, ...] = ()) -> list[tuple[str, click.Command]]:
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += leaves(command, (*words, name))
        else:
            found.append((" ".join((*words, name)), command))
    return found


COMMANDS = leaves(build())


def test_all_examples_in_order(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text(ORDER)
    (tmp_path / "orders.txt").write_text("one\ntwo\n")
    (tmp_path / "message.json").write_text('{"topic": "h4j6l-orders", "key": "1", "value": "v"}')
    ids: dict[str, str] = {}  # the examples' own, to those that were really given
    for words, line in EXAMPLES.items():
        if words in ("emulator", "mcp"):
            continue  # they serve until they are ended; test_process and test_mcp run them
        ran = shell(*(ids.get(word, word) for word in shlex.split(line)))
        assert ran.code == 0, (line, ran)
        assert ran.out, line
        if words == "sign":
            (tmp_path / "headers.txt").write_text(ran.out)
        if words == "connectors get":
            ids[CONNECTOR_ID] = json.loads(ran.out)["id"]
        if words == "schemas list":
            ids[RESOURCE_ID] = json.loads(ran.out)["resourceId"]


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_help_shows_the_example(words: str, command: click.Command) -> None:
    assert command.epilog == f"\b\nExample:\n  ncloud-datastream {EXAMPLES[words]}"


def test_examples_have_commands() -> None:
    assert set(EXAMPLES) == {words for words, _ in COMMANDS}


@pytest.mark.parametrize("words", [words for words, _ in COMMANDS] + ["", "topics", "schemas"])
def test_help(words: str, shell: Shell) -> None:
    ran = shell(*words.split(), "--help")
    assert (ran.code, ran.err) == (0, "")
    assert "Usage: ncloud-datastream" in ran.out
    if words in EXAMPLES:  # on a line of its own, whole, to be copied
        assert ran.out.splitlines()[-1].strip() == f"ncloud-datastream {EXAMPLES[words]}"
