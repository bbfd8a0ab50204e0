"""The emulator as a process: ``python -m ncloud_datastream_emulator`` and ``ncloud-datastream``."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from ncloud_datastream import Credentials, DataStream, PermissionDeniedError
from ncloud_datastream_emulator import Emulator
from ncloud_datastream_emulator.__main__ import main

INITIAL = {
    "topics": [{"name": "orders", "partitions": 3}, {"name": "h4j6l-b"}],
    "messages": [
        {"topic": "orders", "key": "1", "value": "주문", "partition": 2},
        {"topic": "orders", "key": "2", "value": "b"},
    ],
}
MODULE, COMMAND = "ncloud_datastream_emulator", "ncloud_datastream emulator --port 0"
Start = Callable[..., tuple[subprocess.Popen[str], list[str]]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the emulator as a process; return it and its first output."""
    with ExitStack() as stack:

        def started(module: str, *arguments: str, **variables: str) -> Any:
            process = subprocess.Popen(
                [sys.executable, "-m", *module.split(), *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=os.environ | variables,
            )
            # A process that neither prints nor exits must not block the test forever.
            timer = threading.Timer(60, process.kill)
            timer.start()
            stack.callback(timer.cancel)
            stack.enter_context(process)
            stack.callback(process.terminate)
            assert process.stdout is not None
            lines: list[str] = []
            last = "Serving on" if module == MODULE else "NCLOUD_DATASTREAM_MESSAGE_URL"
            while not any(last in line for line in lines):
                line = process.stdout.readline()
                assert line, "the process has exited"
                lines.append(line.rstrip("\n"))
            return process, lines

        yield started


def exports(lines: list[str]) -> dict[str, str]:
    found = [re.fullmatch(r"export (\w+)=(\S+)", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_exports_and_serves_until_a_signal(
    start: Start, monkeypatch: pytest.MonkeyPatch, end: signal.Signals
) -> None:
    process, lines = start(MODULE, "--prefix", "", "--topic-limit", "9")
    values = exports(lines)
    assert list(values) == [
        "NCLOUD_ACCESS_KEY_ID",
        "NCLOUD_SECRET_ACCESS_KEY",
        "NCLOUD_DATASTREAM_MANAGEMENT_URL",
        "NCLOUD_DATASTREAM_MESSAGE_URL",
    ]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", values["NCLOUD_DATASTREAM_MESSAGE_URL"])
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    with DataStream() as ds:
        assert ds.get_topic_prefix().prefix == ""
    main_account = exports([line.removeprefix("# ") for line in lines[5:]])
    for name, value in main_account.items():
        monkeypatch.setenv(name, value)
    with DataStream() as ds, pytest.raises(PermissionDeniedError):
        ds.send_message(topic="orders", key="k", value="v")
    process.send_signal(end)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, "", "")


@pytest.mark.parametrize("module", [MODULE, COMMAND])
def test_a_container_has_fixed_keys_initial_content_and_allowed_hosts(
    start: Start, module: str, tmp_path: Path
) -> None:
    path = tmp_path / "init.json"
    path.write_text(json.dumps(INITIAL))
    _, lines = start(
        *[module, "--host", "0.0.0.0", "--allowed-host", "emulator", "--init", str(path)],
        NCLOUD_DATASTREAM_EMULATOR_ACCESS_KEY="AKIDENV",
        NCLOUD_DATASTREAM_EMULATOR_SECRET_KEY="SECRETENV",
        NCLOUD_ACCESS_KEY_ID="real",
        NCLOUD_SECRET_ACCESS_KEY="not to be shown",
    )
    assert not any("not to be shown" in line for line in lines)
    values = exports(lines)
    url = values["NCLOUD_DATASTREAM_MANAGEMENT_URL"]
    assert url.startswith("http://127.0.0.1:")
    # The port accepts connections shortly after the output.
    with httpx.Client(base_url=url, transport=httpx.HTTPTransport(retries=8)) as client:
        assert client.get("/_emulator/ready").json() == {"ready": True}
        calls = client.get("/_emulator/calls", headers={"host": "emulator:8765"})
        assert calls.json() == []
        keys = Credentials("AKIDENV", "SECRETENV")
        with DataStream(keys, management_url=url, message_url=url) as ds:
            assert ds.find_topic("orders").status == "CREATED"
            ds.send_message(topic="orders", key="3", value="c")
        stored = client.get("/_emulator/messages", params={"topic": "orders"}).json()
    assert [each["value"] for each in stored] == ["주문", "b", "c"]


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command, which must fail with one line; return that line."""
    assert main(arguments) == 1
    output, errors = capsys.readouterr()
    assert (output, errors.count("\n"), errors[-1]) == ("", 1, "\n")
    return errors.rstrip("\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        ("{", "is not JSON"),
        ("[]", "an object with topics and messages"),
        ('{"topic": []}', "unknown properties: topic"),
        ('{"topics": "orders"}', "topics must be a list"),
        ('{"topics": [{"name": "a", "keys": []}]}', "topics[0] has unknown properties: keys"),
        ('{"topics": [{"name": "A B"}]}', "topics[0]: "),
        ('{"topics": [{"name": "a"}, {"name": "a"}]}', "topics[1]: Topic 'a' already exists"),
        ('{"messages": [{"topic": "a", "key": "", "value": ""}]}', "messages[0]: "),
    ],
)
def test_invalid_initial_content_is_one_line(
    content: str | None, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "init.json"
    if content is not None:
        path.write_text(content)
    assert reason in failed(capsys, "--init", str(path))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--access-key", "A"], "Fixed keys need an access key and a secret key: "),
        (["--secret-key", "A"], "Fixed keys need an access key and a secret key: "),
        (["--allowed-host", "http://x"], "An allowed host must be a name or an address, but "),
        (["--port", "70000"], "port must be from 0 to 65535, but is 70000."),
        (["--prefix", "A"], "prefix must consist of lower-case letters, digits and hyphens, but "),
        (["--host", "a.invalid"], "Cannot serve on a.invalid:0: Name or service not known."),
    ],
)
def test_an_invalid_argument_is_one_line(
    arguments: list[str],
    reason: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_such_name(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    if "--host" in arguments:
        monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    assert failed(capsys, *arguments).startswith(reason)


def test_a_port_in_use_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        reason = failed(capsys, "--port", str(port))
    assert reason == f"Cannot serve on 127.0.0.1:{port}: Address already in use."


def test_the_output_precedes_the_first_connection_and_a_seed_repeats_keys(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []

    def start(_: Emulator) -> None:
        values = exports(capsys.readouterr().out.splitlines())
        with pytest.raises(httpx.ConnectError):
            httpx.get(values["NCLOUD_DATASTREAM_MESSAGE_URL"])
        seen.append(values)
        raise KeyboardInterrupt

    monkeypatch.setattr(Emulator, "start", start)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert [main(["--seed", "1"]) for _ in range(2)] == [0, 0]
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen[0]["NCLOUD_SECRET_ACCESS_KEY"] == seen[1]["NCLOUD_SECRET_ACCESS_KEY"]
