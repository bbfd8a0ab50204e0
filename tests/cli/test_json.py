"""What programs read: errors, `doctor` and results in JSON, and `--query`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from cli.conftest import Shell
from ncloud_datastream_emulator import Emulator


@pytest.mark.parametrize("style", [["-o", "json"], ["-ojson"], ["--output=json"], ["-o", "jsonl"]])
def test_an_error_is_one_line_of_json(shell: Shell, emulator: Emulator, style: list[str]) -> None:
    answer = {"status": 404, "code": "InvalidTopicNotFound", "detail": "gone"}
    headers = {"content-type": "application/problem+json", "x-ncp-request-id": "r-1"}
    emulator.answer_next("getTopicPrefix", 404, answer, headers=headers)
    ran = shell("prefix", *style)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    said = json.loads(ran.err)
    assert "gone" in said.pop("message")
    assert said == {
        "error": "NotFoundError",
        "status": 404,
        "code": "InvalidTopicNotFound",
        "requestId": "r-1",
        "maybeDelivered": False,
        "next": "ncloud-datastream topics list",
    }


@pytest.mark.parametrize(
    "words", [["topics", "get", "-o", "json"], ["--output", "json", "prefix"], ["no", "-ojson"]]
)
def test_a_wrong_command_too(shell: Shell, words: list[str]) -> None:
    ran = shell(*words)
    assert (ran.code, ran.out) == (2, "")
    assert json.loads(ran.err)["error"] == "UsageError"


def test_what_follows_two_dashes_is_no_option(shell: Shell) -> None:
    assert shell("topics", "get", "--", "-o", "json").err.startswith("UsageError: ")


def test_missing_keys_in_json(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NCLOUD_SECRET_ACCESS_KEY")
    ran = shell("prefix", "-o", "json")
    assert (ran.code, json.loads(ran.err)["error"]) == (4, "ConfigurationError")


def test_doctor(shell: Shell) -> None:
    ran = shell("doctor", "-o", "json")
    assert (ran.code, ran.err) == (0, "")
    said = json.loads(ran.out)
    assert {each["check"] for each in said} >= {"credentials", "management", "message", "keys"}
    assert all(each["ok"] and each["says"] and each["next"] is None for each in said)
    assert [json.loads(line) for line in shell("doctor", "-o", "jsonl").out.splitlines()] == said


def test_a_sick_doctor(shell: Shell) -> None:
    ran = shell("doctor", "-o", "json", "--message-url", "http://127.0.0.1:9")
    assert (ran.code, json.loads(ran.out)[-1]["ok"]) == (3, False)
    ran = shell("doctor", "-o", "json", "--query", "[?!ok].check | [0]")
    assert ran.code == 0


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["-o", "json", "--query", "list[].topicName"], '[\n  "h4j6l-orders"\n]\n'),
        (["-o", "jsonl", "--query", "list[].[topicName, partitions]"], '["h4j6l-orders", 3]\n'),
        (["--query", "list[].topicName"], "h4j6l-orders\n"),
        (["--query", "list[0].topicName"], "h4j6l-orders\n"),
        (["--query", "list[0].nothing"], "-\n"),
        (["--query", "list[].{n: topicName}"], "n\nh4j6l-orders\n"),
        (["--query", "list[0].{n: topicName}"], "n  h4j6l-orders\n"),
        (["--query", "list[?partitions > `9`]"], ""),
    ],
)
def test_query(shell: Shell, topic: str, words: list[str], out: str) -> None:
    ran = shell("topics", "list", *words)
    assert (ran.code, ran.err) == (0, "")
    assert "\n".join(line.rstrip() for line in ran.out.split("\n")).lstrip() == out


@pytest.mark.parametrize("query", ["list[", "length(@.nothing)"])
def test_a_query_that_cannot_be(shell: Shell, query: str) -> None:
    ran = shell("topics", "list", "--query", query)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("UsageError: ")


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        done.set()


def test_timeout(shell: Shell, silent: str) -> None:
    ran = shell("topics", "create", "h4j6l-a", "--timeout", "0.2", "--management-url", silent)
    assert (ran.code, "TransportError" in ran.err) == (3, True)
    ran = shell("doctor", "--timeout", "0.2", "--management-url", silent)
    assert ran.code == 3


def test_a_host_over_plain_http_only_where_it_is_allowed(shell: Shell) -> None:
    url = ["--management-url", "http://emulator.invalid", "--timeout", "2"]
    ran = shell("topics", "create", "h4j6l-a", *url)
    assert (ran.code, "ConfigurationError" in ran.err) == (2, True)
    ran = shell("topics", "create", "h4j6l-a", *url, "--insecure-host", "emulator.invalid")
    assert (ran.code, "TransportError" in ran.err) == (3, True)


def test_doctor_of_a_host_over_plain_http(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCLOUD_DATASTREAM_INSECURE_HOSTS", "emulator.invalid")
    words = ["doctor", "--management-url", "http://emulator.invalid", "--timeout", "2"]
    assert "plain http, as you allow it" in shell(*words).out


@pytest.mark.parametrize(
    ("no_proxy", "direct"),
    [("example.invalid", True), ("example.invalid:443", True), ("example.invalid:80", False)],
)
def test_doctor_reads_no_proxy_as_the_client_does(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, no_proxy: str, direct: bool
) -> None:
    from ncloud_datastream_cli import doctor

    def refuse(*arguments: object, **options: object) -> None:
        raise doctor.socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(doctor.socket, "getaddrinfo", refuse)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    ran = shell("doctor", "--message-url", "https://api.example.invalid")
    assert ("DNS: api.example.invalid" in ran.out) == direct
    assert ("through a proxy" in ran.out) != direct


def complete(*typed: str, **variables: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "ncloud_datastream"],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ
        | {
            "_NCLOUD_DATASTREAM_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(typed),
            "COMP_CWORD": str(len(typed) - 1),
        }
        | variables,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_topic_names_are_completed(topic: str) -> None:
    offered = ["plain," + topic]
    assert complete("ncloud-datastream", "topics", "get", "h4") == offered
    assert complete("ncloud-datastream", "topics", "wait", "h4") == offered
    assert complete("ncloud-datastream", "send", "--topic", "h4") == offered
    assert complete("ncloud-datastream", "topics", "get", "x") == []
    assert complete("ncloud-datastream", "topics", "get", "h4", NCLOUD_ACCESS_KEY_ID="x") == []
