"""`send` accounts for every line that it read, whatever stops it: signals, errors, full disks."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import Shell
from cli.terminal import PROGRAM
from ncloud_datastream_cli import lines as lines_module
from ncloud_datastream_cli import send as send_module
from ncloud_datastream_emulator import Emulator


def counts_of(out: str) -> Counter[str]:
    """The counts in a summary."""
    summary = out.splitlines()[-1] if out else ""
    found = re.findall(r"([\d,]+) (delivered|rejected|unsent|unknown|unreadable)", summary)
    return Counter({name: int(count.replace(",", "")) for count, name in found})


def failed_messages(path: Path) -> list[dict[str, Any]]:
    # By bytes, since str.splitlines also splits at other characters than newlines.
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def check(out: str, failed: Path, emulator: Emulator, topic: str, lines: list[str]) -> None:
    """Assert that every line is stored or in the file, and counted once with its outcome."""
    counts = counts_of(out)
    aside = failed_messages(failed)
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


def test_a_lone_surrogate_is_not_sent_but_written_to_the_file(
    shell: Shell, topic: str, emulator: Emulator, tmp_path: Path
) -> None:
    good = [f"line {number}" for number in range(200)]
    lines = [json.dumps({"value": value}) for value in good]
    lines.insert(133, '{"key": "\\udc00", "value": "\\ud800 alone"}')
    (tmp_path / "lines").write_text("\n".join(lines) + "\n")
    ran = shell("send", "--topic", topic, "lines", "--json", "--failed", "failed")
    assert ran.code == 3
    assert "first unsent: ConfigurationError" in ran.err
    check(ran.out, tmp_path / "failed", emulator, topic, [*good, "\ud800 alone"])
    (entry,) = failed_messages(tmp_path / "failed")
    assert (entry["key"], entry["value"]) == ("\udc00", "\ud800 alone")


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("add", "SIGINT"),
        ("advance", "SIGTERM"),
        ("write", "SIGHUP"),
        ("message", "SIGTERM"),
    ],
)
def test_a_signal_at_any_step_loses_no_message(
    place: str,
    name: str,
    shell: Shell,
    topic: str,
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The steps are those between receiving and counting, and between reading and sending."""
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
    assert counts_of(ran.out)["unsent"] > 100
    assert signal.getsignal(number) is not None


def test_an_ignored_signal_stays_ignored(
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


def test_an_internal_error_is_raised_after_every_line_is_accounted_for(
    shell: Shell,
    topic: str,
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = iter(range(10_000))

    def broken(self: Any) -> None:
        if next(calls) == 20:
            raise RuntimeError("the bar broke")

    monkeypatch.setattr(send_module.Bar, "advance", broken)
    lines = [f"line {each}" for each in range(200)]
    (tmp_path / "lines").write_text("\n".join(lines))
    real = send_module.Account.report
    reported: list[Counter[str]] = []

    def report(account: Any, *, stopped: bool) -> None:
        real(account, stopped=stopped)
        reported.append(Counter({each.value: n for each, n in account._counts.items()}))

    monkeypatch.setattr(send_module.Account, "report", report)
    with pytest.raises(RuntimeError, match="the bar broke"):
        shell("send", "--topic", topic, "lines", "--failed", "failed")
    assert sum(reported[0].values()) == 200
    aside = {entry["value"] for entry in failed_messages(tmp_path / "failed")}
    stored = {message.value for message in emulator.messages(topic)}
    assert aside | stored == set(lines)
    assert len(aside) == 200 - reported[0]["delivered"]


def test_on_a_full_disk_the_file_has_whole_lines_and_the_rest_is_counted(
    shell: Shell,
    topic: str,
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
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
    assert sum(counts_of(ran.out).values()) == 1000
    assert len(failed_messages(tmp_path / "failed")) == 3
    assert "3 written to failed" in ran.err
    assert "997 could not be written to failed" in ran.err


def test_if_the_input_fails_what_was_read_is_accounted_for(
    shell: Shell, topic: str, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
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
    assert counts_of(ran.out)["delivered"] == 2
    assert "OSError: [Errno 5] Input/output error" in ran.err
    assert "The rest of the input cannot be read: Input/output error" in ran.err


def start(topic: str, environment: dict[str, str], **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, "send", "--topic", topic, *more.pop("words"), "--failed", "failed"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        **more,
    )


@pytest.mark.parametrize(
    ("after", "name"), [(0, "SIGTERM"), (1, "SIGINT"), (60, "SIGTERM"), (250, "SIGINT")]
)
def test_a_signal_to_a_process_loses_no_message(
    after: int,
    name: str,
    topic: str,
    emulator: Emulator,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    """The signal is sent once this number of messages is stored."""
    lines = [f"line {each}" for each in range(2000)]
    (tmp_path / "lines").write_text("\n".join(lines) + "\n")
    process = start(topic, environment, words=["lines", "--concurrency", "8"])
    while len(emulator.messages(topic)) < after or not (tmp_path / "failed").exists():
        assert process.poll() is None, process.communicate()
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    if not out:  # stopped before it read anything
        assert (emulator.messages(topic), failed_messages(tmp_path / "failed")) == ([], [])
        assert process.returncode in (130, -signal.SIGTERM)
        return
    was_over = counts_of(out)["delivered"] == len(lines)
    assert was_over or process.returncode == 128 + getattr(signal, name), err
    check(out, tmp_path / "failed", emulator, topic, lines)


def test_ctrl_c_loses_no_line_that_was_read_from_a_pipe(
    topic: str, emulator: Emulator, environment: dict[str, str], tmp_path: Path
) -> None:
    process = start(topic, environment, words=[], stdin=subprocess.PIPE)
    assert process.stdin is not None
    lines = [f"line {number}" for number in range(40)]
    process.stdin.write("\n".join(lines) + "\nhalf a li")
    process.stdin.flush()
    while len(emulator.messages(topic)) < 40:
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    process.wait(60)  # before the pipe is closed, which would complete the last line
    out, err = process.communicate()
    assert (process.returncode, "Traceback" in err) == (130, False)
    check(out, tmp_path / "failed", emulator, topic, lines)
