"""What other systems lack, and what a closed or foreign output does: never a traceback."""

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
from typing import Any

import click
import pytest
from cli.conftest import Shell
from ncloud_datastream_cli import emulator as emulator_module
from ncloud_datastream_cli import terminal
from ncloud_datastream_cli.__main__ import main
from ncloud_datastream_cli.app import run
from ncloud_datastream_cli.stop import Stop
from ncloud_datastream_emulator import Emulator

PROGRAM = [sys.executable, "-m", "ncloud_datastream_cli"]
KOREAN = "주문 🙂 é"


class Gone(io.StringIO):
    """A pipe that nobody reads any more."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def process(*words: str, environment: dict[str, str], **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, *words],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment | options.pop("env", {}),
        **options,
    )


# --- a closed output


@pytest.mark.parametrize(
    "words", [["topics", "list", "-o", "json"], ["doctor"], ["--help"], ["completion", "zsh"]]
)
def test_a_reader_that_left(words: list[str], topic: str, environment: dict[str, str]) -> None:
    """As with `| head -1`: no word on standard error, and the exit code that shells know."""
    del topic
    reader, writer = os.pipe()
    os.close(reader)
    with process(*words, environment=environment, stdout=writer) as ran:
        os.close(writer)
        _, err = ran.communicate(timeout=30)
    assert (ran.returncode, err) == (141, "")


def test_a_reader_of_the_summary_that_left(
    topic: str, emulator: Emulator, environment: dict[str, str], tmp_path: Path
) -> None:
    """Everything is sent and put aside all the same, and told on standard error."""
    emulator.answer_next("sendMessage", 400, {"status": 400, "detail": "no"}, times=1)
    (tmp_path / "lines").write_text("a\nb\nc\n")
    reader, writer = os.pipe()
    os.close(reader)
    words = ["send", "--topic", topic, "lines", "--failed", "failed", "--concurrency", "1"]
    with process(*words, environment=environment, stdout=writer) as ran:
        os.close(writer)
        _, err = ran.communicate(timeout=30)
    assert ran.returncode == 141
    assert "Traceback" not in err
    assert "first rejected: BadRequestError" in err
    assert "1 put aside in failed" in err
    assert len(emulator.messages(topic)) == 2
    assert len((tmp_path / "failed").read_text().splitlines()) == 1


@pytest.mark.parametrize("words", ["prefix", "send --topic h4j6l-orders lines"])
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "2>&-"])
def test_closed_from_the_beginning(
    words: str,
    closed: str,
    topic: str,
    emulator: Emulator,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    (tmp_path / "lines").write_text("a\n")
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m ncloud_datastream_cli {words} {closed}"],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    assert "Traceback" not in done.stderr
    if closed == "2>&-":
        assert (done.returncode, bool(done.stdout)) == (0, True)
    else:
        assert done.returncode == 2
    if closed == ">&-":
        assert done.stderr == "OSError: [Errno 9] standard output is closed\n"
    assert len(emulator.messages(topic)) == words.startswith("send")


def test_windows_calls_it_an_invalid_argument(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pipe(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(22, "Invalid argument")

    del environment
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "stdout", Pipe())
    assert run(["prefix"]) == 141


def test_errors_that_nobody_can_be_told(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del environment
    monkeypatch.setattr(sys, "stderr", Gone())
    assert run(["topics", "get", "nowhere"]) == 1


def test_another_exit_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(*words: object, **options: object) -> None:
        sys.exit(7)

    monkeypatch.setattr(click.Group, "main", leave)
    with pytest.raises(SystemExit) as caught:
        run(["prefix"])
    assert caught.value.code == 7


def test_ctrl_c_before_anything_was_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("ncloud_datastream_cli.app.run", interrupted)
    assert main() == 130


# --- a console of another language


@pytest.mark.parametrize("encoding", ["ascii", "cp949", "cp1252"])
@pytest.mark.parametrize("style", ["table", "json", "jsonl"])
def test_a_console_that_lacks_characters(
    encoding: str, style: str, emulator: Emulator, environment: dict[str, str]
) -> None:
    emulator.answer_next("getTopicPrefix", 200, {"prefix": KOREAN, KOREAN: KOREAN})
    done = subprocess.run(
        [*PROGRAM, "prefix", "-o", style],
        capture_output=True,
        env=os.environ | environment | {"PYTHONIOENCODING": encoding},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding)
    if style == "table":
        assert ("주문" in text) == (encoding == "cp949")
    else:
        assert json.loads(text) == {"prefix": KOREAN, KOREAN: KOREAN}


def test_errors_and_debug_on_such_a_console(
    emulator: Emulator, environment: dict[str, str]
) -> None:
    problem = json.dumps({"detail": KOREAN, "status": 400}, ensure_ascii=False)
    emulator.answer_next("getTopicPrefix", 400, problem)
    done = subprocess.run(
        [*PROGRAM, "prefix", "--debug"],
        capture_output=True,
        text=True,
        env=os.environ | environment | {"PYTHONIOENCODING": "ascii:strict"},
    )
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "\\uc8fc\\ubb38 \\ud83d\\ude42 \\u00e9" in done.stderr


def test_help_on_such_a_console(environment: dict[str, str]) -> None:
    for words in (["--help"], ["topics", "create", "--help"], ["connectors", "create", "--help"]):
        done = subprocess.run(
            [*PROGRAM, *words],
            capture_output=True,
            text=True,
            env=os.environ | environment | {"PYTHONIOENCODING": "ascii:strict"},
        )
        assert (done.returncode, done.stderr) == (0, ""), words


def test_a_stream_without_an_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    terminal.accept_any_text()
    terminal.out(KOREAN)
    terminal.let_go()  # there is nothing behind it
    assert stream.getvalue() == f"{KOREAN}\n"


# --- names that other systems lack


def test_signals_that_are_not_there(
    shell: Shell,
    topic: str,
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("SIGHUP", "SIGTERM", "SIGPIPE"):
        monkeypatch.delattr(signal, name)
    (tmp_path / "lines").write_text("a\n")
    assert shell("send", "--topic", topic, "lines").code == 0
    assert len(emulator.messages(topic)) == 1


def test_a_signal_that_only_windows_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    with Stop() as stop:
        signal.raise_signal(signal.SIGUSR1)
    assert stop.exit_code == 128 + signal.SIGUSR1
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL


def test_in_a_thread_no_signal_comes() -> None:
    stops: list[Stop] = []

    def enter() -> None:
        with Stop() as stop:
            stops.append(stop)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join(10)
    assert [stop.signal for stop in stops] == [None]


def test_the_emulator_without_sigterm(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.delattr(signal, "SIGTERM")
    monkeypatch.setattr(emulator_module, "time", SimpleNamespace(sleep=sleep))
    ran = shell("emulator", "--port", "0")
    assert (ran.code, ran.err, ran.out.count("export ")) == (0, "", 4)


def test_a_file_without_a_number(shell: Shell, topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As standard input is where a program embeds this one."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\n")))
    assert shell("send", "--topic", topic).out.startswith("2 delivered")
