"""``python -m ncloud_datastream_emulator``."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from ncloud_datastream_emulator import Emulator
from ncloud_datastream_emulator.__main__ import main


@pytest.fixture
def command() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command; whatever a test leaves running is ended."""
    with ExitStack() as stack:

        def start(*arguments: str) -> subprocess.Popen[str]:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "ncloud_datastream_emulator", *arguments],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            # What never says its lines must not be waited for without end.
            patience = threading.Timer(60, process.kill)
            patience.start()
            stack.callback(patience.cancel)
            return process

        yield start


def lines_of(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith("# Serving"):
            break
    return lines


def exports(lines: list[str]) -> dict[str, str]:
    found = [re.fullmatch(r"export (\w+)=(\S+)", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


@pytest.fixture
def handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(
    command: Callable[..., subprocess.Popen[str]], sign: Any, end: signal.Signals
) -> None:
    process = command("--prefix", "", "--topic-limit", "9")
    lines = lines_of(process)
    values = exports(lines)
    assert list(values) == [
        "NCLOUD_ACCESS_KEY_ID",
        "NCLOUD_SECRET_ACCESS_KEY",
        "NCLOUD_DATASTREAM_MANAGEMENT_URL",
        "NCLOUD_DATASTREAM_MESSAGE_URL",
    ]
    url = values["NCLOUD_DATASTREAM_MANAGEMENT_URL"]
    assert values["NCLOUD_DATASTREAM_MESSAGE_URL"] == url
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
    main_values = exports([line.removeprefix("# ") for line in lines[5:]])
    # The connection may be refused for the moment between the lines and the listening.
    with httpx.Client(base_url=url, transport=httpx.HTTPTransport(retries=8)) as client:
        path = "/api/v1/topic-prefix"
        answer = client.get(path, headers=sign("GET", path, keys(values), time.time()))
        assert answer.json() == {"prefix": ""}
        path = "/api/produce"
        answer = client.post(path, headers=sign("POST", path, keys(main_values), time.time()))
        assert answer.json()["error"]["errorCode"] == "210"
    process.send_signal(end)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (0, "", "")


def keys(values: dict[str, str]) -> SimpleNamespace:
    return SimpleNamespace(
        access_key=values["NCLOUD_ACCESS_KEY_ID"], secret_key=values["NCLOUD_SECRET_ACCESS_KEY"]
    )


def test_a_taken_port_is_one_line(command: Callable[..., subprocess.Popen[str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = command("--port", str(port))
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (1, "")
    assert errors == f"Cannot serve on 127.0.0.1:{port}: Address already in use.\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--port", "70000"], "A port is a number from 0 to 65535, not 70000."),
        (["--prefix", "A"], "A prefix has lower-case letters, digits and hyphens, not 'A'."),
        (["--host", "a.invalid"], "Cannot serve on a.invalid:0: Name or service not known."),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str],
    reason: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_such_name(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    if "--host" in arguments:
        monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    assert main(arguments) == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors == f"{reason}\n"


@pytest.mark.usefixtures("handler")
def test_the_lines_are_out_before_a_connection_is_taken(
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
    assert main(["--seed", "1"]) == 0
    assert main(["--seed", "1"]) == 0
    first, second = seen
    assert first["NCLOUD_SECRET_ACCESS_KEY"] == second["NCLOUD_SECRET_ACCESS_KEY"]
