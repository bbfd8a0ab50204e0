"""Output at a terminal: tables that fit, confirmation prompts, the progress bar."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from cli.conftest import Shell
from cli.terminal import COLUMNS, at_a_terminal
from ncloud_datastream_emulator import Emulator

pytestmark = [
    pytest.mark.usefixtures("environment"),
    # The child process calls exec immediately.
    pytest.mark.filterwarnings("ignore:.*use of forkpty.*:DeprecationWarning"),
]


def test_a_list_is_a_table_if_it_fits_and_printed_item_by_item_otherwise(
    shell: Shell, topic: str
) -> None:
    shell("schemas", "create", topic, "JSON", '{"type": "object"}')
    code, seen = at_a_terminal("schemas", "list", topic)
    assert (code, len(seen.splitlines())) == (0, 2)
    assert seen.split()[:2] == ["resourceId", "schemaId"]
    shell("topics", "create", "h4j6l-second")
    code, seen = at_a_terminal("topics", "list")
    assert code == 0
    assert max(len(line) for line in seen.splitlines()) <= COLUMNS
    for name, item in zip((topic, "h4j6l-second"), seen.strip().split("\n\n"), strict=True):
        fields = dict(line.split(maxsplit=1) for line in item.splitlines() if len(line.split()) > 1)
        assert fields["topicName"] == name
        assert fields["tcpEndpoint"].endswith(":30010")
        assert fields["createdDate"].endswith("+00:00")


def test_deleting_is_confirmed_with_the_topic_named(topic: str, emulator: Emulator) -> None:
    code, seen = at_a_terminal(
        "topics", "delete", topic, answer="n\n", at=lambda seen: "[y/N]" in seen
    )
    assert (code, seen.splitlines()) == (
        130,
        [f"Run 'topics delete {topic}'? [y/N]: n", "Nothing was changed."],
    )
    assert "deleteTopic" not in [call.operation for call in emulator.calls]
    code, seen = at_a_terminal(
        "topics", "delete", topic, answer="y\n", at=lambda seen: "[y/N]" in seen
    )
    assert (code, seen.splitlines()[-1]) == (0, "done")


def test_ctrl_c_leaves_a_correct_summary_and_the_rest_can_be_resent_with_a_progress_bar(
    topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "lines").write_text("".join(f"{number}\n" for number in range(400)))
    code, seen = at_a_terminal(
        "send", "--topic", topic, "lines", "--rate", "100", "--failed", "failed.jsonl",
        answer="\x03", at=lambda _: len(emulator.messages(topic)) >= 10,
    )  # fmt: skip
    summary, details = seen.splitlines()[-2:]
    assert code == 128 + signal.SIGINT
    counts = {
        outcome: int(count.replace(",", ""))
        for count, outcome in (each.split() for each in summary.partition(" in ")[0].split(", "))
    }
    assert sum(counts.values()) == 400
    assert counts["delivered"] <= len(emulator.messages(topic))
    undelivered = (tmp_path / "failed.jsonl").read_text().splitlines()
    assert len(undelivered) == 400 - counts["delivered"]
    assert details == f"{len(undelivered)} written to failed.jsonl; resend them with --json"

    code, seen = at_a_terminal("send", "--topic", topic, "failed.jsonl", "--json")
    bar, summary = seen.splitlines()[-2:]
    assert code == 0
    for part in (f"{len(undelivered)}/{len(undelivered)}", "/s", "0:00:00"):
        assert part in bar
    assert summary.startswith(f"{len(undelivered)} delivered, 0 rejected, 0 unsent, 0 unknown in ")
    assert {message.value for message in emulator.messages(topic)} == {
        str(number) for number in range(400)
    }


def test_the_emulator_prints_where_to_watch() -> None:
    code, seen = at_a_terminal(
        "emulator", "--port", "0", answer="\x03", at=lambda seen: "Ctrl-C" in seen
    )
    assert code == 0
    assert "in a browser" in seen
