"""`curl`, `sign` and `explain`; a real curl sends what the first two print."""

from __future__ import annotations

import base64
import io
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli.conftest import Shell
from ncloud_datastream_emulator import Emulator

TOPICS = "/api/v1/topics?sortBy=topicName"


def pasted(line: str, where: Path) -> str:
    """Run a command in a shell, as if pasted, and return its output."""
    done = subprocess.run(
        ["sh", "-e"], input=line, capture_output=True, text=True, timeout=60, cwd=where, check=True
    )
    assert done.stderr == ""
    return done.stdout


# --- curl -----------------------------------------------------------------------------------------


def test_a_pasted_curl_command_is_accepted(
    shell: Shell, emulator: Emulator, topic: str, tmp_path: Path
) -> None:
    ran = shell("curl", "GET", TOPICS)
    assert (ran.code, ran.err, ran.out.count("\n")) == (0, "", 1)
    assert emulator.credentials.secret_key not in ran.out
    found = json.loads(pasted(ran.out, tmp_path))
    assert [each["topicName"] for each in found["list"]] == [topic]
    assert emulator.calls[-1].signature_valid


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("text", 'it\'s "quoted" $HOME `id` \\ ! {a,b} [1-2] %41 *'),
        ("text", "두 줄\n둘"),
        ("@it's.json", "@"),
        ("@-", "-"),
    ],
)
def test_a_body_arrives_byte_for_byte(
    shell: Shell,
    emulator: Emulator,
    topic: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    data: str,
    value: str,
) -> None:
    body = json.dumps({"topic": topic, "key": "k", "value": value}, ensure_ascii=False)
    (tmp_path / "it's.json").write_text(body)
    monkeypatch.setattr("sys.stdin", io.StringIO(body))
    ran = shell("curl", "POST", "/api/produce", "--data", body if data == "text" else data)
    assert (ran.code, ran.err) == (0, "")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert json.loads(pasted(ran.out, elsewhere))["status"] == 200
    assert [message.value for message in emulator.messages(topic)] == [value]
    assert emulator.calls[-1].body == body.encode()


def test_any_path_is_signed_as_curl_sends_it(
    shell: Shell, emulator: Emulator, tmp_path: Path
) -> None:
    for query in (
        "?searchText=%EC%A3%BC%EB%AC%B8&descending=false",
        "?searchText=주문",
        "?searchText=a b+c'd\"e",
        "?searchText={a,b}[1-3]",
        "?searchText=%2f../%2E",
        "?",
    ):
        pasted(shell("curl", "get", f"/api/v1/topics{query}").out, tmp_path)
        assert emulator.calls[-1].signature_valid, query
        assert emulator.calls[-1].status == 200, query
    pasted(shell("curl", "DELETE", "/api/v1/topics/x/../y").out, tmp_path)
    assert emulator.calls[-1].target == "/api/v1/topics/x/../y"
    assert emulator.calls[-1].signature_valid


def test_the_path_determines_the_host(shell: Shell) -> None:
    urls = ["--management-url", "https://management.example.com"]
    urls += ["--message-url", "https://message.example.com"]
    for path, host in (
        ("/api/produce", "message"),
        ("/api/produce?x=1", "message"),
        ("/api/v1/topics/a/schemas", "management"),
        ("/new", "management"),
    ):
        words = shlex.split(shell("curl", "GET", path, *urls).out)
        assert f"https://{host}.example.com{path}" in words
        assert "--noproxy" not in words


def test_a_request_that_cannot_be_signed_is_a_usage_error(shell: Shell) -> None:
    for words, reason in (
        (["GET", "api/v1/topics"], "exactly one slash"),
        (["GET", "//other.example/x"], "exactly one slash"),
        (["GET", "/a#b"], "%23"),
        (["GET", "/\udcff"], "percent-encode"),
        (["FETCH", "/a"], "FETCH"),
        (["POST", "/api/produce", "--data", "@nowhere.json"], "No such file"),
    ):
        ran = shell("curl", *words)
        assert (ran.code, ran.out, reason in ran.err) == (2, "", True), words
    for words in (["-H", "no colon"], ["-H", "@nowhere"], ["--query", "a..", "-o", "json"]):
        assert shell("explain", "GET", "/", *words).code == 2


# --- sign -----------------------------------------------------------------------------------------


def test_curl_reads_the_signed_headers_from_a_file(
    shell: Shell, emulator: Emulator, topic: str, tmp_path: Path
) -> None:
    ran = shell("sign", "GET", TOPICS)
    assert [line.partition(": ")[0] for line in ran.out.splitlines()] == [
        "x-ncp-apigw-timestamp",
        "x-ncp-iam-access-key",
        "x-ncp-apigw-signature-v2",
    ]
    (tmp_path / "headers").write_text(ran.out)
    found = json.loads(pasted(f"curl -sS -H @headers '{emulator.url}{TOPICS}'", tmp_path))
    assert found["list"][0]["topicName"] == topic


# --- explain --------------------------------------------------------------------------------------


def signed(shell: Shell, path: str = TOPICS, method: str = "GET") -> list[str]:
    return shell("sign", method, path).out.splitlines()


def options(lines: list[str]) -> list[str]:
    return [word for line in lines for word in ("-H", line)]


def test_a_valid_signature_is_recognised_without_a_request(
    shell: Shell, emulator: Emulator
) -> None:
    ran = shell("explain", "GET", TOPICS, *options(signed(shell)))
    assert (ran.code, ran.out) == (0, "The signature is valid.\n")
    assert list(emulator.calls) == []


@pytest.mark.parametrize(
    ("method", "path", "verdict"),
    [
        ("GET", "/api/v1/topics", "the query is left out"),
        ("POST", TOPICS, "the method is POST"),
        ("GET", "/v1/topics?sortBy=topicName", "without its prefix /api"),
    ],
)
def test_the_mistake_is_named_without_printing_secret_or_signature(
    shell: Shell, emulator: Emulator, method: str, path: str, verdict: str
) -> None:
    lines = signed(shell, path, method)
    for target in (TOPICS, f"https://datastream.apigw.ntruss.com{TOPICS}"):
        ran = shell("explain", "GET", target, *options(lines), "--output", "json")
        found = json.loads(ran.out)
        assert (ran.code, found["valid"]) == (1, False)
        assert verdict in found["verdict"]
    text = shell("explain", "GET", TOPICS, *options(lines)).out
    assert verdict in text
    assert emulator.credentials.secret_key not in text
    assert signed(shell)[2].partition(": ")[2] not in text


def test_headers_are_read_from_a_file_or_standard_input(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = signed(shell)
    lines[1] = "X-NCP-IAM-ACCESS-KEY: another"
    (tmp_path / "headers").write_text("\n".join([*lines, "", "Host: emulator"]))
    ran = shell("explain", "GET", TOPICS, "-H", "@headers")
    assert ran.code == 1
    assert "the access key is unknown" in ran.out
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
    assert shell("explain", "GET", TOPICS, "-H", "@-").out == ran.out


def test_a_hexadecimal_signature_and_a_missing_header_are_named(shell: Shell) -> None:
    *lines, last = signed(shell)
    digits = base64.b64decode(last.partition(": ")[2]).hex()
    hexadecimal = [*lines, f"x-ncp-apigw-signature-v2: {digits}"]
    assert "it is hexadecimal" in shell("explain", "GET", TOPICS, *options(hexadecimal)).out
    ran = shell("explain", "GET", TOPICS, *options([*lines[1:], last]))
    assert ran.code == 1
    assert "x-ncp-apigw-timestamp" in ran.out


def test_an_expired_signature_is_checked_as_of_its_own_time(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, now = signed(shell), time.time()
    for shift, age in ((3600, "60.0 minutes ago"), (-3600, "minutes in the future")):
        monkeypatch.setattr(time, "time", lambda shift=shift: now + shift)
        ran = shell("explain", "GET", TOPICS, *options(lines))
        first, second = ran.out.splitlines()
        assert (ran.code, first) == (0, "The signature is valid.")
        assert age in second


def test_explain_needs_no_extra_of_the_emulator(shell: Shell, tmp_path: Path) -> None:
    for name in ("jsonschema_rs", "uvicorn", "avro"):
        (tmp_path / f"{name}.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    words = ["-m", "ncloud_datastream", "explain", "GET", TOPICS, *options(signed(shell))]
    done = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert (done.returncode, done.stderr) == (0, "")
