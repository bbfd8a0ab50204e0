"""What a person sees at a terminal: tables that fit, questions, the bar."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from cli.conftest import Shell
from cli.terminal import COLUMNS, at_a_terminal
from ncloud_datastream_emulator import Emulator

pytestmark = [
    pytest.mark.usefixtures("environment"),
    # The child becomes another program at once.
    pytest.mark.filterwarnings("ignore:.*use of forkpty.*:DeprecationWarning"),
]


def test_narrow_list_is_a_table(shell: Shell, topic: str) -> None:
    shell("schemas", "create", topic, "JSON", '{"type": "object"}')
    code, seen = at_a_terminal("schemas", "list", topic)
    assert (code, len(seen.splitlines())) == (0, 2)
    assert seen.split()[:2] == ["resourceId", "schemaId"]


def test_wide_list_is_broken_into_items_and_not_within_them(shell: Shell, topic: str) -> None:
    shell("topics", "create", "h4j6l-second")
    code, seen = at_a_terminal("topics", "list")
    assert code == 0
    assert max(len(line) for line in seen.splitlines()) <= COLUMNS
    first, second = seen.strip().split("\n\n")
    for name, item in ((topic, first), ("h4j6l-second", second)):
        fields = dict(line.split(maxsplit=1) for line in item.splitlines() if len(line.split()) > 1)
        assert fields["topicName"] == name
        assert fields["tcpEndpoint"].endswith(":30010")
        assert fields["createdDate"].endswith("+00:00")


def test_deleting_asks_by_name(topic: str, emulator: Emulator) -> None:
    code, seen = at_a_terminal(
        "topics", "delete", topic, answer="n\n", at=lambda seen: "[y/N]" in seen
    )
    assert (code, seen.splitlines()) == (
        130,
        [f"Really 'topics delete {topic}'? [y/N]: n", "Nothing was done."],
    )
    assert "deleteTopic" not in [call.operation for call in emulator.calls]
    code, seen = at_a_terminal(
        "topics", "delete", topic, answer="y\n", at=lambda seen: "[y/N]" in seen
    )
    assert (code, seen.splitlines()[-1]) == (0, "done")


def test_bar(topic: str, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("x\n" * 2000)
    code, seen = at_a_terminal("send", "--topic", topic, "lines")
    bar, summary = seen.splitlines()[-2:]
    assert code == 0
    assert "2000/2000" in bar
    assert "/s" in bar
    assert "0:00:00" in bar
    assert summary.startswith("2,000 delivered, 0 rejected, 0 unsent, 0 unknown in ")


def test_ctrl_c_leaves_a_true_account(topic: str, emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("".join(f"{number}\n" for number in range(2000)))
    code, seen = at_a_terminal(
        "send", "--topic", topic, "lines", "--rate", "200", "--failed", "failed.jsonl",
        answer="\x03", at=lambda _: len(emulator.messages(topic)) >= 10,
    )  # fmt: skip
    summary, told = seen.splitlines()[-2:]
    assert code == 128 + signal.SIGINT
    counts = {
        outcome: int(count.replace(",", ""))
        for count, outcome in (each.split() for each in summary.partition(" in ")[0].split(", "))
    }
    assert sum(counts.values()) == 2000
    assert counts["delivered"] <= len(emulator.messages(topic))
    put_aside = (tmp_path / "failed.jsonl").read_text().splitlines()
    assert len(put_aside) == 2000 - counts["delivered"]
    assert told == f"{len(put_aside):,} put aside in failed.jsonl; send them again with --json"

    assert at_a_terminal("send", "--topic", topic, "failed.jsonl", "--json")[0] == 0
    assert {message.value for message in emulator.messages(topic)} == {
        str(number) for number in range(2000)
    }


def test_emulator_says_where_to_look() -> None:
    code, seen = at_a_terminal(
        "emulator", "--port", "0", answer="\x03", at=lambda seen: "Ctrl-C" in seen
    )
    assert code == 0
    assert "in a browser" in seen
