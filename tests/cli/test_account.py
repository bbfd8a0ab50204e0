"""`send` accounts for every line that it has read: stored, put aside or counted."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import Shell
from ncloud_datastream_cli import lines as lines_module
from ncloud_datastream_cli import send as send_module
from ncloud_datastream_emulator import Emulator

PROGRAM = [sys.executable, "-m", "ncloud_datastream_cli"]


def told(out: str) -> Counter[str]:
    """The counts of a summary."""
    summary = out.splitlines()[-1] if out else ""
    found = re.findall(r"([\d,]+) (delivered|rejected|unsent|unknown|unreadable)", summary)
    return Counter({name: int(count.replace(",", "")) for count, name in found})


def put_aside(path: Path) -> list[dict[str, Any]]:
    # By bytes: some characters that a value may have end lines for str.splitlines.
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def check(out: str, failed: Path, emulator: Emulator, topic: str, lines: list[str]) -> None:
    """Every line is stored or in the file, and counted once as what it is."""
    counts = told(out)
    aside = put_aside(failed)
    stored = [message.value for message in emulator.messages(topic)]
    assert sum(counts.values()) == len(lines), (counts, len(lines))
    assert len(aside) == sum(counts.values()) - counts["delivered"] - counts["unreadable"]
    assert Counter(entry["outcome"] for entry in aside) == Counter(
        {name: counts[name] for name in ("rejected", "unsent", "unknown") if counts[name]}
    )
    in_file = {entry["value"] for entry in aside}
    assert set(stored) | in_file == set(lines)
    assert counts["delivered"] <= len(stored) <= counts["delivered"] + counts["unknown"]
    certainly_not = {entry["value"] for entry in aside if entry["outcome"] != "unknown"}
    assert not certainly_not & set(stored)


def test_a_lone_surrogate(shell: Shell, topic: str, emulator: Emulator, tmp_path: Path) -> None:
    """It can be no message, and it can be put aside; the lines around it are sent."""
    good = [f"line {number}" for number in range(500)]
    lines = [json.dumps({"value": value}) for value in good]
    lines.insert(133, '{"key": "\\udc00", "value": "\\ud800 alone"}')
    (tmp_path / "lines").write_text("\n".join(lines) + "\n")
    ran = shell("send", "--topic", topic, "lines", "--json", "--failed", "failed")
    assert ran.code == 3
    assert "first unsent: ConfigurationError" in ran.err
    check(ran.out, tmp_path / "failed", emulator, topic, [*good, "\ud800 alone"])
    (entry,) = put_aside(tmp_path / "failed")
    assert (entry["key"], entry["value"]) == ("\udc00", "\ud800 alone")


@pytest.mark.parametrize("place", ["add", "advance", "write", "message"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_at_the_worst_moment(
    place: str,
    name: str,
    shell: Shell,
    topic: str,
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A real signal between taking a delivery and counting it, or a line and sending it."""
    number = getattr(signal, name)
    home, method = {
        "add": (send_module.Account, "add"),
        "advance": (send_module.Bar, "advance"),
        "write": (lines_module.Failed, "write"),
        "message": (lines_module.Lines, "_message"),
    }[place]
    real = getattr(home, method)
    calls = iter(range(10_000))

    def struck(*arguments: Any) -> Any:
        if next(calls) == 30:
            signal.raise_signal(number)
        return real(*arguments)

    monkeypatch.setattr(home, method, struck)
    if place == "write":
        emulator.answer_next("sendMessage", 400, {"status": 400, "detail": "no"}, times=60)
    lines = [f"line {each}" for each in range(300)]
    (tmp_path / "lines").write_text("\n".join(lines))
    ran = shell("send", "--topic", topic, "lines", "--failed", "failed", "--concurrency", "4")
    assert ran.code == 128 + number
    check(ran.out, tmp_path / "failed", emulator, topic, lines)
    assert told(ran.out)["unsent"] > 100
    assert signal.getsignal(number) is not None


def test_a_signal_that_was_ignored_stays_so(
    shell: Shell, topic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    real = send_module.Account.add

    def struck(*arguments: Any) -> None:
        signal.raise_signal(signal.SIGHUP)
        real(*arguments)

    monkeypatch.setattr(send_module.Account, "add", struck)
    try:
        (tmp_path / "lines").write_text("a\nb\n")
        assert shell("send", "--topic", topic, "lines").code == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_whatever_else_fails(
    shell: Shell,
    topic: str,
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error of ours must not take the rest along; it is raised when all is accounted for."""
    calls = iter(range(10_000))

    def broken(self: Any) -> None:
        if next(calls) == 20:
            raise RuntimeError("the bar broke")

    monkeypatch.setattr(send_module.Bar, "advance", broken)
    lines = [f"line {each}" for each in range(200)]
    (tmp_path / "lines").write_text("\n".join(lines))
    real = send_module.Account.tell
    said: list[Counter[str]] = []

    def tell(account: Any, *, stopped: bool) -> None:
        real(account, stopped=stopped)
        said.append(Counter({each.value: n for each, n in account._counts.items()}))

    monkeypatch.setattr(send_module.Account, "tell", tell)
    with pytest.raises(RuntimeError, match="the bar broke"):
        shell("send", "--topic", topic, "lines", "--failed", "failed")
    assert sum(said[0].values()) == 200
    aside = {entry["value"] for entry in put_aside(tmp_path / "failed")}
    stored = {message.value for message in emulator.messages(topic)}
    assert aside | stored == set(lines)
    assert len(aside) == 200 - said[0]["delivered"]


def test_a_disk_that_is_full(
    shell: Shell,
    topic: str,
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The file keeps whole lines, and what is in no file is counted and told as that."""
    real = lines_module._write_whole
    calls = iter(range(10_000))

    def full(file: Any, line: bytes) -> None:
        if next(calls) < 3:
            real(file, line)
            return

        class Full:
            def __getattr__(self, name: str) -> Any:
                return getattr(file, name)

            def write(self, data: bytes) -> int:
                if len(data) == len(line):
                    return int(file.write(data[:5]))
                raise OSError(28, "No space left on device")

        real(Full(), line)  # type: ignore[arg-type]

    monkeypatch.setattr(lines_module, "_write_whole", full)
    emulator.answer_next("sendMessage", 400, {"status": 400, "detail": "no"}, times=10_000)
    (tmp_path / "lines").write_text("x\n" * 1000)
    ran = shell("send", "--topic", topic, "lines", "--failed", "failed")
    assert ran.code == 2
    assert "No space left on device" in ran.err
    assert sum(told(ran.out).values()) == 1000
    assert len(put_aside(tmp_path / "failed")) == 3
    assert "3 put aside in failed" in ran.err
    assert "997 could not be put aside in failed" in ran.err


def test_input_that_breaks_off(
    shell: Shell, topic: str, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was read before is accounted for, and the error is told as ours."""
    (tmp_path / "lines").write_text("a\nb\n" + "c\n" * 50)
    real = lines_module.Lines._message
    calls = iter(range(10_000))

    def message(self: Any, text: str, number: int) -> Any:
        if next(calls) >= 2:
            raise OSError(5, "Input/output error")
        return real(self, text, number)

    monkeypatch.setattr(lines_module.Lines, "_message", message)
    ran = shell("send", "--topic", topic, "lines")
    assert ran.code == 2
    assert told(ran.out)["delivered"] == 2
    assert "OSError: [Errno 5] Input/output error" in ran.err
    assert "the rest of the input cannot be read: Input/output error" in ran.err


def start(topic: str, environment: dict[str, str], **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, "send", "--topic", topic, *more.pop("words"), "--failed", "failed"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        **more,
    )


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("after", [0, 1, 3, 17, 60, 250])
def test_a_signal_at_many_moments(
    after: int,
    name: str,
    topic: str,
    emulator: Emulator,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    """A real process; the moment is so many stored messages into the sending."""
    lines = [f"line {each}" for each in range(5000)]
    (tmp_path / "lines").write_text("\n".join(lines) + "\n")
    process = start(topic, environment, words=["lines", "--concurrency", "8"])
    while len(emulator.messages(topic)) < after or not (tmp_path / "failed").exists():
        assert process.poll() is None, process.communicate()
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    if not out:  # before anything was read
        assert (emulator.messages(topic), put_aside(tmp_path / "failed")) == ([], [])
        assert process.returncode in (130, -signal.SIGTERM)
        return
    was_over = told(out)["delivered"] == len(lines)
    assert was_over or process.returncode == 128 + getattr(signal, name), err
    check(out, tmp_path / "failed", emulator, topic, lines)


def test_a_pipe_and_ctrl_c(
    topic: str, emulator: Emulator, environment: dict[str, str], tmp_path: Path
) -> None:
    """What a pipe gave is accounted for, up to the line that was not whole."""
    process = start(topic, environment, words=[], stdin=subprocess.PIPE)
    assert process.stdin is not None
    lines = [f"line {number}" for number in range(40)]
    process.stdin.write("\n".join(lines) + "\nhalf a li")
    process.stdin.flush()
    while len(emulator.messages(topic)) < 40:
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    process.wait(60)  # only then is the pipe closed, which would end the line
    out, err = process.communicate()
    assert (process.returncode, "Traceback" in err) == (130, False)
    check(out, tmp_path / "failed", emulator, topic, lines)
