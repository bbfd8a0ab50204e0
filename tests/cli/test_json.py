"""Output for programs: errors, checks and results as JSON, and `--query`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from cli.conftest import Shell
from click.shell_completion import get_completion_class
from ncloud_datastream_cli.app import build
from ncloud_datastream_emulator import Emulator


def test_an_error_is_one_line_of_json(shell: Shell, emulator: Emulator) -> None:
    body = {"status": 404, "code": "InvalidTopicNotFound", "detail": "gone"}
    headers = {"content-type": "application/problem+json", "x-ncp-request-id": "r-1"}
    for style in (["-o", "json"], ["-ojson"], ["--output=json"], ["-o", "jsonl"]):
        emulator.answer_next("getTopicPrefix", 404, body, headers=headers)
        ran = shell("prefix", *style)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
        found = json.loads(ran.err)
        assert "gone" in found.pop("message")
        assert found == {
            "error": "NotFoundError",
            "status": 404,
            "code": "InvalidTopicNotFound",
            "requestId": "r-1",
            "maybeDelivered": False,
            "next": "ncloud-datastream topics list",
        }


def test_a_usage_error_is_json_too(shell: Shell) -> None:
    for words in ("topics get -o json", "--output json prefix", "no -ojson"):
        ran = shell(*words.split())
        assert (ran.code, ran.out) == (2, "")
        assert json.loads(ran.err)["error"] == "UsageError"
    assert shell("topics", "get", "--", "-o", "json").err.startswith("UsageError: ")


def test_missing_keys_are_reported_as_json(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NCLOUD_SECRET_ACCESS_KEY")
    ran = shell("prefix", "-o", "json")
    assert (ran.code, json.loads(ran.err)["error"]) == (4, "ConfigurationError")


def test_doctor_prints_its_checks_as_json(shell: Shell) -> None:
    ran = shell("doctor", "-o", "json")
    assert (ran.code, ran.err) == (0, "")
    found = json.loads(ran.out)
    assert {each["check"] for each in found} >= {"credentials", "management", "message", "keys"}
    assert all(each["ok"] and each["says"] and each["next"] is None for each in found)
    assert [json.loads(line) for line in shell("doctor", "-o", "jsonl").out.splitlines()] == found


def test_a_failed_check_is_not_ok_and_sets_the_exit_code(shell: Shell) -> None:
    ran = shell("doctor", "-o", "json", "--message-url", "http://127.0.0.1:9")
    assert (ran.code, json.loads(ran.out)[-1]["ok"]) == (3, False)
    ran = shell("doctor", "-o", "json", "--query", "[?!ok].check | [0]")
    assert ran.code == 0


def test_query_selects_a_part_of_the_result(shell: Shell, topic: str) -> None:
    for style, query, out in (
        ("json", "list[].topicName", f'[\n  "{topic}"\n]\n'),
        ("jsonl", "list[].[topicName, partitions]", f'["{topic}", 3]\n'),
        ("table", "list[].topicName", f"{topic}\n"),
        ("table", "list[0].topicName", f"{topic}\n"),
        ("table", "list[0].nothing", "-\n"),
        ("table", "list[].{n: topicName}", f"n\n{topic}\n"),
        ("table", "list[0].{n: topicName}", f"n  {topic}\n"),
        ("table", "list[?partitions > `9`]", ""),
    ):
        ran = shell("topics", "list", "-o", style, "--query", query)
        assert (ran.code, ran.err) == (0, "")
        assert "\n".join(line.rstrip() for line in ran.out.split("\n")).lstrip() == out
    for query in ("list[", "length(@.nothing)"):
        ran = shell("topics", "list", "--query", query)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("UsageError: ")


def test_timeout_limits_each_attempt(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it accepts and sends nothing
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        options = ["--timeout", "0.2", "--management-url", url]
        ran = shell("topics", "create", "h4j6l-a", *options)
        assert (ran.code, "TransportError" in ran.err) == (3, True)
        assert shell("doctor", *options).code == 3


def test_plain_http_needs_an_insecure_host(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    url = ["--management-url", "http://emulator.invalid", "--timeout", "2"]
    ran = shell("topics", "create", "h4j6l-a", *url)
    assert (ran.code, "ConfigurationError" in ran.err) == (2, True)
    ran = shell("topics", "create", "h4j6l-a", *url, "--insecure-host", "emulator.invalid")
    assert (ran.code, "TransportError" in ran.err) == (3, True)
    monkeypatch.setenv("NCLOUD_DATASTREAM_INSECURE_HOSTS", "emulator.invalid")
    assert "plain http, allowed by" in shell("doctor", *url).out


@pytest.mark.usefixtures("environment")
def test_topic_names_are_completed(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bash = get_completion_class("bash")
    assert bash is not None
    shell = bash(build(), {}, "ncloud-datastream", "_NCLOUD_DATASTREAM_COMPLETE")

    def complete(*typed: str) -> list[str]:
        return [each.value for each in shell.get_completions(list(typed[:-1]), typed[-1])]

    for words in (["topics", "get"], ["topics", "wait"], ["send", "--topic"]):
        assert complete(*words, "h4") == [topic]
    assert complete("topics", "get", "x") == []
    monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", "x")
    assert complete("topics", "get", "h4") == []


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
def test_jq_and_curl_read_what_the_commands_print(
    environment: dict[str, str], topic: str, tmp_path: Path
) -> None:
    """Processes over a socket, joined by the pipes of a shell."""
    script = """
        set -euo pipefail
        $PROGRAM topics list -o json | jq -r '.list[].topicName'
        $PROGRAM curl GET /api/v1/topics > signed && bash signed | jq -r '.list[].topicName'
        printf 'a\\nb\\n' | $PROGRAM send --topic "$TOPIC" -o json | jq .delivered
        $PROGRAM sign GET /api/v1/topics > headers
        $PROGRAM explain GET /api/v1/topics --header @headers -o json | jq .valid
        $PROGRAM doctor -o json | jq 'all(.ok)'
    """
    more = {"PROGRAM": f"{sys.executable} -m ncloud_datastream_cli", "TOPIC": topic}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=os.environ | environment | more,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout.split()) == (0, [topic, topic, "2", "true", "true"]), done
