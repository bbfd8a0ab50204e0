"""`curl`, `sign` and `explain`, each as a process whose output is read by the tool it is for."""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.conftest import Shell
from ncloud_datastream_emulator import Emulator

PROGRAM = [sys.executable, "-m", "ncloud_datastream"]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

TOPICS = "/api/v1/topics?sortBy=topicName"


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Run the command as a process; `pasted` runs what it printed in a shell."""

    def ran(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            [*PROGRAM, *words], capture_output=True, text=True, timeout=60, **options
        )

    return ran


def pasted(line: str, where: Path) -> str:
    done = subprocess.run(
        ["sh", "-e"], input=line, capture_output=True, text=True, timeout=60, cwd=where, check=True
    )
    assert done.stderr == ""
    return done.stdout


def jq(document: str, program: str) -> str:
    done = subprocess.run(
        ["jq", "-r", program], input=document, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


# --- curl -----------------------------------------------------------------------------------------


def test_what_curl_prints_works_when_pasted(
    run: Run, emulator: Emulator, topic: str, tmp_path: Path
) -> None:
    done = run("curl", "GET", TOPICS)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert emulator.credentials.secret_key not in done.stdout
    assert jq(pasted(done.stdout, tmp_path), ".list[].topicName") == topic
    assert emulator.calls[-1].signature_valid


@pytest.mark.parametrize(
    "value",
    ["plain", 'it\'s "quoted" $HOME `id` \\ !', "두 줄\n둘", "@", "-", "", "{a,b} [1-2] %41 *"],
)
@pytest.mark.parametrize("way", ["text", "file", "stdin"])
def test_a_body_arrives_byte_for_byte(
    run: Run, emulator: Emulator, topic: str, tmp_path: Path, way: str, value: str
) -> None:
    body = json.dumps({"topic": topic, "key": "k", "value": value}, ensure_ascii=False)
    (tmp_path / "it's.json").write_text(body)
    words = {"text": body, "file": "@it's.json", "stdin": "@-"}
    done = run("curl", "POST", "/api/produce", "--data", words[way], input=body)
    assert (done.returncode, done.stderr) == (0, "")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert jq(pasted(done.stdout, elsewhere), ".status") == "200"
    assert [message.value for message in emulator.messages(topic)] == [value]
    assert emulator.calls[-1].body == body.encode()


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/topics?searchText=%EC%A3%BC%EB%AC%B8&descending=false",
        "/api/v1/topics?searchText=주문",
        "/api/v1/topics?searchText=a b+c'd\"e",
        "/api/v1/topics?searchText={a,b}[1-3]",
        "/api/v1/topics?searchText=%2f../%2E",
        "/api/v1/topics?",
    ],
)
def test_any_path_is_signed_as_curl_sends_it(
    run: Run, emulator: Emulator, tmp_path: Path, path: str
) -> None:
    pasted(run("curl", "get", path).stdout, tmp_path)
    assert emulator.calls[-1].signature_valid
    assert emulator.calls[-1].status == 200


def test_a_path_with_dots_is_sent_as_it_stands(
    run: Run, emulator: Emulator, tmp_path: Path
) -> None:
    pasted(run("curl", "DELETE", "/api/v1/topics/x/../y").stdout, tmp_path)
    assert (emulator.calls[-1].target, emulator.calls[-1].signature_valid) == (
        "/api/v1/topics/x/../y",
        True,
    )


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/api/produce", "https://message.example.com/api/produce"),
        ("/api/produce?x=1", "https://message.example.com/api/produce?x=1"),
        ("/api/v1/topics/a/schemas", "https://management.example.com/api/v1/topics/a/schemas"),
        ("/new", "https://management.example.com/new"),
    ],
)
def test_the_host_follows_from_the_path(shell: Shell, path: str, host: str) -> None:
    urls = ["--management-url", "https://management.example.com"]
    urls += ["--message-url", "https://message.example.com"]
    words = shlex.split(shell("curl", "GET", path, *urls).out)
    assert host in words
    assert "--noproxy" not in words


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["GET", "api/v1/topics"], "begins with one slash"),
        (["GET", "//other.example/x"], "begins with one slash"),
        (["GET", "/a#b"], "%23"),
        (["GET", "/\udcff"], "percent-encode"),
        (["FETCH", "/a"], "FETCH"),
        (["POST", "/api/produce", "--data", "@nowhere.json"], "no such file"),
    ],
)
def test_what_cannot_be_signed_is_a_wrong_command(
    shell: Shell, words: list[str], says: str
) -> None:
    ran = shell("curl", *words)
    assert (ran.code, ran.out, says in ran.err) == (2, "", True)


def test_without_keys_there_is_no_command(run: Run) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "NCLOUD_SECRET_ACCESS_KEY"}
    done = run("curl", "GET", TOPICS, env=environment)
    assert (done.returncode, done.stdout) == (4, "")


# --- sign -----------------------------------------------------------------------------------------


def test_the_headers_are_read_by_curl(
    run: Run, emulator: Emulator, topic: str, tmp_path: Path
) -> None:
    done = run("sign", "GET", TOPICS)
    lines = done.stdout.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        "x-ncp-apigw-timestamp",
        "x-ncp-iam-access-key",
        "x-ncp-apigw-signature-v2",
    ]
    (tmp_path / "headers").write_text(done.stdout)
    answer = pasted(f"curl -sS -H @headers '{emulator.url}{TOPICS}'", tmp_path)
    assert jq(answer, ".list[0].topicName") == topic


# --- explain --------------------------------------------------------------------------------------


def signed(run: Run, path: str = TOPICS, method: str = "GET") -> list[str]:
    return run("sign", method, path).stdout.splitlines()


def options(lines: list[str]) -> list[str]:
    return [word for line in lines for word in ("-H", line)]


def test_a_right_signature(run: Run) -> None:
    done = run("explain", "GET", TOPICS, *options(signed(run)))
    assert (done.returncode, done.stdout) == (0, "The signature is right.\n")


@pytest.mark.parametrize(
    ("method", "path", "says"),
    [
        ("GET", "/api/v1/topics", "the query is left out"),
        ("POST", TOPICS, "the method is POST"),
        ("GET", "/v1/topics?sortBy=topicName", "without its beginning /api"),
    ],
)
def test_a_mistake_is_named(
    run: Run, emulator: Emulator, method: str, path: str, says: str
) -> None:
    lines = signed(run, path, method)
    for target in (TOPICS, f"https://datastream.apigw.ntruss.com{TOPICS}"):
        done = run("explain", "GET", target, *options(lines), "--output", "json")
        assert done.returncode == 1
        assert says in jq(done.stdout, ".verdict")
        assert jq(done.stdout, ".valid") == "false"
    told = run("explain", "GET", TOPICS, *options(lines)).stdout
    assert says in told
    secret = emulator.credentials.secret_key
    right = signed(run)[2].partition(": ")[2]
    assert secret not in told
    assert right not in told
    assert list(emulator.calls) == []


def test_it_asks_nobody(run: Run) -> None:
    nowhere = {"NCLOUD_DATASTREAM_MANAGEMENT_URL": "https://nowhere.invalid"}
    done = run("explain", "GET", TOPICS, *options(signed(run)), env=os.environ | nowhere)
    assert done.returncode == 0


def test_headers_from_a_file_and_another_key(run: Run, tmp_path: Path) -> None:
    lines = signed(run)
    lines[1] = "X-NCP-IAM-ACCESS-KEY: another"
    (tmp_path / "headers").write_text("\n".join([*lines, "", "Host: emulator"]))
    done = run("explain", "GET", TOPICS, "-H", "@headers")
    assert done.returncode == 1
    assert "the access key is unknown" in done.stdout
    assert run("explain", "GET", TOPICS, "-H", "@-", input="\n".join(lines)).stdout == done.stdout


def test_a_signature_in_hexadecimal(run: Run) -> None:
    *lines, last = signed(run)
    digits = base64.b64decode(last.partition(": ")[2]).hex()
    lines.append(f"x-ncp-apigw-signature-v2: {digits}")
    assert "it is hexadecimal" in run("explain", "GET", TOPICS, *options(lines)).stdout


def test_a_header_that_is_missing(run: Run) -> None:
    done = run("explain", "GET", TOPICS, *options(signed(run)[1:]))
    assert done.returncode == 1
    assert "x-ncp-apigw-timestamp" in done.stdout


def test_an_old_signature_may_have_been_right(run: Run) -> None:
    """An explanation comes when the five minutes are over."""
    program = (
        "import sys, time; now, shift = time.time, float(sys.argv.pop(1));"
        "time.time = lambda: now() + shift;"
        "from ncloud_datastream_cli.__main__ import main; sys.exit(main())"
    )
    lines = signed(run)
    for shift, says in (("3600", "60.0 minutes ago"), ("-3600", "minutes in the future")):
        words = [sys.executable, "-c", program, shift, "explain", "GET", TOPICS, *options(lines)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0
        first, second = done.stdout.splitlines()
        assert first == "The signature is right."
        assert says in second


@pytest.mark.parametrize(
    "words", [["-H", "no colon"], ["-H", "@nowhere"], ["--query", "a..", "-o", "json"]]
)
def test_what_cannot_be_read(shell: Shell, words: list[str]) -> None:
    assert shell("explain", "GET", "/", *words).code == 2


def test_the_knowledge_needs_no_extra(run: Run, tmp_path: Path) -> None:
    for name in ("jsonschema_rs", "uvicorn", "avro"):
        (tmp_path / f"{name}.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = run(
        "explain", "GET", TOPICS, *options(signed(run)), env={**os.environ, "PYTHONPATH": path}
    )
    assert (done.returncode, done.stderr) == (0, "")
