"""Closed outputs, consoles with other encodings, and systems without some signals."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from cli.conftest import TOPIC, Send, Shell
from cli.terminal import PROGRAM
from ncloud_datastream_cli import emulator as emulator_module
from ncloud_datastream_cli import terminal
from ncloud_datastream_cli.__main__ import main
from ncloud_datastream_cli.app import run
from ncloud_datastream_cli.stop import Stop
from ncloud_datastream_emulator import Emulator

KOREAN = "주문 🙂 é"


class Pipe(io.StringIO):
    """A pipe whose reader has exited."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise self.error


def closed_early(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command whose output is not read, as with `| head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return subprocess.run(
            [*PROGRAM, *words],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            env=os.environ | environment,
        )
    finally:
        os.close(writer)


# --- a closed output


@pytest.mark.parametrize("words", [["topics", "list", "-o", "json"], ["--help"]])
def test_a_closed_pipe_ends_a_command_silently_with_141(
    words: list[str], environment: dict[str, str]
) -> None:
    done = closed_early(*words, environment=environment)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_closed_pipe_loses_no_message_and_stderr_has_the_details(
    topic: str, emulator: Emulator, environment: dict[str, str], tmp_path: Path
) -> None:
    emulator.answer_next("sendMessage", 400, {"status": 400, "detail": "no"}, times=1)
    (tmp_path / "lines").write_text("a\nb\nc\n")
    words = ["send", "--topic", topic, "lines", "--failed", "failed", "--concurrency", "1"]
    done = closed_early(*words, environment=environment)
    assert done.returncode == 141
    assert "Traceback" not in done.stderr
    assert "first rejected: BadRequestError" in done.stderr
    assert "1 written to failed" in done.stderr
    assert len(emulator.messages(topic)) == 2
    assert len((tmp_path / "failed").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("prefix >&-", 2, "OSError: [Errno 9] standard output is closed\n"),
        ("prefix 2>&-", 0, ""),
        ("send --topic h4j6l-orders lines >&- 2>&-", 2, ""),
    ],
)
@pytest.mark.usefixtures("topic")
def test_streams_closed_at_the_start_cause_no_traceback(
    words: str, code: int, message: str, emulator: Emulator, environment: dict[str, str]
) -> None:
    Path("lines").write_text("a\n")
    command = f"{sys.executable} -m ncloud_datastream_cli {words}"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env=os.environ | environment
    )
    assert (done.returncode, done.stderr) == (code, message)
    assert len(emulator.messages(TOPIC)) == words.startswith("send")


@pytest.mark.usefixtures("environment")
def test_closed_streams_are_recognised_on_windows_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Pipe(BrokenPipeError(32, "Broken pipe")))
    assert run(["topics", "get", "nowhere"]) == 1
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "stdout", Pipe(OSError(22, "Invalid argument")))
    assert run(["prefix"]) == 141


def test_any_other_system_exit_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(*words: object, **options: object) -> None:
        sys.exit(7)

    monkeypatch.setattr(click.Group, "main", leave)
    with pytest.raises(SystemExit) as caught:
        run(["prefix"])
    assert caught.value.code == 7


def test_ctrl_c_during_startup_exits_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("ncloud_datastream_cli.app.run", interrupted)
    assert main() == 130


# --- consoles with other encodings


@pytest.mark.parametrize("encoding", ["ascii", "cp949", "cp1252"])
def test_characters_that_the_encoding_lacks_are_escaped(
    encoding: str, shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ran(*words: str) -> tuple[int, str, str]:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2)]
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            code = run(words)
        for stream in streams:
            stream.flush()
        out, err = (stream.buffer.getvalue().decode(encoding) for stream in streams)  # type: ignore[attr-defined]
        return code, out, err

    for style in ("table", "json", "jsonl"):
        emulator.answer_next("getTopicPrefix", 200, {"prefix": KOREAN, KOREAN: KOREAN})
        code, out, err = ran("prefix", "-o", style)
        assert (code, err) == (0, "")
        if style == "table":
            assert ("주문" in out) == (encoding == "cp949")
        else:
            assert json.loads(out) == {"prefix": KOREAN, KOREAN: KOREAN}
    problem = json.dumps({"detail": KOREAN, "status": 400}, ensure_ascii=False)
    emulator.answer_next("getTopicPrefix", 400, problem)
    code, _, err = ran("prefix", "--debug")
    assert code == 1
    assert "\\ud83d\\ude42" in err
    code, out, err = ran("connectors", "create", "--help")
    assert (code, err) == (0, "")


def test_a_stream_without_encoding_or_file_descriptor_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    terminal.accept_any_text()
    terminal.out(KOREAN)
    terminal.discard_output()  # it has no file descriptor
    assert stream.getvalue() == f"{KOREAN}\n"


# --- systems that lack signals or file descriptors


def test_send_works_without_posix_signals(
    send: Send, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SIGHUP", "SIGTERM", "SIGPIPE"):
        monkeypatch.delattr(signal, name)
    assert send("a\n").code == 0
    assert len(emulator.messages(TOPIC)) == 1


def test_sigbreak_of_windows_stops_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    with Stop() as stop:
        signal.raise_signal(signal.SIGUSR1)
    assert stop.exit_code == 128 + signal.SIGUSR1
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL


def test_outside_the_main_thread_no_signal_is_handled() -> None:
    stops: list[Stop] = []

    def enter() -> None:
        with Stop() as stop:
            stops.append(stop)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join(10)
    assert [stop.signal for stop in stops] == [None]


def test_the_emulator_works_without_sigterm(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.delattr(signal, "SIGTERM")
    monkeypatch.setattr(emulator_module, "time", SimpleNamespace(sleep=sleep))
    ran = shell("emulator", "--port", "0")
    assert (ran.code, ran.err, ran.out.count("export ")) == (0, "", 4)
