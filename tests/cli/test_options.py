"""The common options, and the options of operations beside them."""

from __future__ import annotations

import json
from collections import Counter

import click
import pytest
from cli.conftest import Shell
from ncloud_datastream_cli import output
from ncloud_datastream_cli.commands import command_for
from ncloud_datastream_cli.places import Operation
from ncloud_datastream_emulator import Emulator


def flags(command: click.Command) -> list[str]:
    return [flag for each in command.get_params(click.Context(command)) for flag in each.opts]


def test_an_argument_of_an_operation_never_hides_a_common_option() -> None:
    def nothing(self: object) -> None:
        """Do nothing."""

    common = flags(command_for(Operation("delete_it", ("it", "delete"), nothing, True)))
    words = [flag[2:].replace("-", "_") for flag in common if flag.startswith("--")]
    assert {"insecure_host", "query", "timeout", "url", "yes"} <= set(words)
    made: dict[str, object] = {}
    arguments = ", ".join(f"{word}: str" for word in words)
    exec(f"def everything(self, *, {arguments}) -> None: 'Do it.'", made)
    everything = made["everything"]
    assert callable(everything)
    found = flags(command_for(Operation("delete_it", ("it", "delete"), everything, True)))
    assert [flag for flag, count in Counter(found).items() if count > 1] == []


def test_url_sets_the_url_of_a_named_server(
    shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NCLOUD_DATASTREAM_MANAGEMENT_URL", "https://nowhere.invalid")
    url = f"management={emulator.url}"
    ran = shell("prefix", "--url", url, "-o", "json", "--query", "prefix")
    assert (ran.code, ran.out) == (0, '"h4j6l-"\n')
    assert (
        f" {emulator.url}/api/v1/topics "
        in shell("curl", "GET", "/api/v1/topics", "--url", url).out
    )
    checks = json.loads(shell("doctor", "--url", url, "-o", "json").out)
    assert {each["check"]: each["ok"] for each in checks}["management"] is True


def test_bytes_cannot_be_queried() -> None:
    query = output.Query().convert("a", None, None)
    with pytest.raises(click.UsageError, match="the response is bytes"):
        output.show(b"a", "json", query)
