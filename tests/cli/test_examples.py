"""Every command's help shows an example, and every example works."""

import json
import shlex
from pathlib import Path

from cli.commands import COMMANDS
from cli.conftest import Shell
from ncloud_datastream_cli.examples import CONNECTOR_ID, EXAMPLES, RESOURCE_ID

ORDER = '{"type": "object", "properties": {"id": {"type": "string"}}}'


def test_the_examples_work_one_after_the_other(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text(ORDER)
    (tmp_path / "orders.txt").write_text("one\ntwo\n")
    (tmp_path / "message.json").write_text('{"topic": "h4j6l-orders", "key": "1", "value": "v"}')
    ids: dict[str, str] = {}  # from the ids in the examples to the real ones
    for words, line in EXAMPLES.items():
        if words in ("emulator", "mcp"):
            continue  # servers: test_process and test_mcp run them
        ran = shell(*(ids.get(word, word) for word in shlex.split(line)))
        assert ran.code == 0, (line, ran)
        assert ran.out, line
        if words == "sign":
            (tmp_path / "headers.txt").write_text(ran.out)
        if words == "connectors get":
            ids[CONNECTOR_ID] = json.loads(ran.out)["id"]
        if words == "schemas list":
            ids[RESOURCE_ID] = json.loads(ran.out)["resourceId"]


def test_each_command_shows_its_example_whole_on_the_last_line_of_its_help(shell: Shell) -> None:
    assert set(EXAMPLES) == set(COMMANDS)
    for words in [*COMMANDS, "", "topics"]:
        ran = shell(*words.split(), "--help")
        assert (ran.code, ran.err) == (0, "")
        assert "Usage: ncloud-datastream" in ran.out
        if words in EXAMPLES:
            assert ran.out.splitlines()[-1].strip() == f"ncloud-datastream {EXAMPLES[words]}"
