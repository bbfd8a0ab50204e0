"""`send` accounts for every line that it read, whatever stops it: signals, errors, full disks."""

from __future__ import annotations

import itertools
import json
import os
import re
import resource
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.conftest import NO, TOPIC, Send
from cli.terminal import PROGRAM
from ncloud_datastream_cli.lines import Failed, Lines
from ncloud_datastream_cli.send import Account, Bar
from ncloud_datastream_emulator import Emulator

OPTIONS = ("--failed", "failed", "--concurrency", "4")
LINES = [f"line {number}" for number in range(300)]

Check = Callable[[str, list[str]], Counter[str]]


def failed_messages() -> list[dict[str, Any]]:
    # By bytes, since str.splitlines also splits at other characters than newlines.
    *lines, last = Path("failed").read_bytes().split(b"\n")
    assert last == b"", "the file ends with a whole line"
    return [json.loads(line) for line in lines]


@pytest.fixture
def check(emulator: Emulator) -> Check:
    """Assert that every line is stored or in the file, and counted once with its outcome."""

    def checked(out: str, lines: list[str]) -> Counter[str]:
        summary = out.splitlines()[-1]
        found = re.findall(r"([\d,]+) (delivered|rejected|unsent|unknown|unreadable)", summary)
        counts = Counter({name: int(count.replace(",", "")) for count, name in found})
        failed = failed_messages()
        stored = [message.value for message in emulator.messages(TOPIC)]
        assert counts.total() == len(lines), counts
        assert Counter(entry["outcome"] for entry in failed) == Counter(
            {name: counts[name] for name in ("rejected", "unsent", "unknown") if counts[name]}
        )
        assert set(stored) | {entry["value"] for entry in failed} == set(lines)
        assert counts["delivered"] <= len(stored) <= counts["delivered"] + counts["unknown"]
        known = {entry["value"] for entry in failed if entry["outcome"] != "unknown"}
        assert not known & set(stored)
        return counts

    return checked


def at_call(
    monkeypatch: pytest.MonkeyPatch,
    method: tuple[type, str],
    number: int,
    action: Callable[[], object],
) -> None:
    """Run an action before the call of a method with this number, counted from 0."""
    owner, name = method
    real, calls = getattr(owner, name), itertools.count()

    def called(*arguments: Any) -> Any:
        if next(calls) == number:
            action()
        return real(*arguments)

    monkeypatch.setattr(owner, name, called)


def test_a_lone_surrogate_is_not_sent_but_written_to_the_file(send: Send, check: Check) -> None:
    lines = [json.dumps({"value": value}) for value in LINES]
    lines.insert(133, '{"key": "\\udc00", "value": "\\ud800 alone"}')
    ran = send("\n".join(lines) + "\n", "--json", *OPTIONS)
    assert ran.code == 3
    assert "first unsent: ConfigurationError" in ran.err
    check(ran.out, [*LINES, "\ud800 alone"])
    (entry,) = failed_messages()
    assert (entry["key"], entry["value"]) == ("\udc00", "\ud800 alone")


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ((Account, "add"), "SIGINT"),
        ((Bar, "advance"), "SIGTERM"),
        ((Failed, "write"), "SIGHUP"),
        ((Lines, "_message"), "SIGTERM"),
    ],
)
def test_a_signal_at_any_step_loses_no_message(
    method: tuple[type, str],
    name: str,
    send: Send,
    check: Check,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The steps are those between receiving and counting, and between reading and sending."""
    number = getattr(signal, name)
    before = signal.getsignal(number)
    at_call(monkeypatch, method, 30, lambda: signal.raise_signal(number))
    if method[1] == "write":
        emulator.answer_next("sendMessage", 400, NO, times=60)
    ran = send("\n".join(LINES), *OPTIONS)
    assert ran.code == 128 + number
    assert check(ran.out, LINES)["unsent"] > 100
    assert signal.getsignal(number) is before


def test_a_signal_right_after_a_delivery_was_received_loses_no_message(
    send: Send, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = itertools.count()

    def received(*arguments: Any) -> Iterator[Any]:
        yield from itertools.islice(*arguments)
        if next(calls) == 30:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("ncloud_datastream_cli.send.islice", received)
    ran = send("\n".join(LINES), *OPTIONS)
    assert ran.code == 130
    check(ran.out, LINES)


def test_an_ignored_signal_stays_ignored(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    at_call(monkeypatch, (Account, "add"), 0, lambda: signal.raise_signal(signal.SIGHUP))
    try:
        assert send("a\nb\n").code == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_internal_error_is_raised_after_every_line_is_accounted_for(
    send: Send, check: Check, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise RuntimeError("the bar broke")

    at_call(monkeypatch, (Bar, "advance"), 20, fail)
    with pytest.raises(RuntimeError, match="the bar broke"):
        send("\n".join(LINES), *OPTIONS)
    check(capsys.readouterr().out, LINES)


def test_on_a_full_disk_the_run_stops_and_the_file_has_whole_lines(
    send: Send, emulator: Emulator
) -> None:
    emulator.answer_next("sendMessage", 400, NO, times=2001)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
    try:
        ran = send("x\n" * 2000, "--failed", "failed")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    written = len(failed_messages())
    assert ran.code == 2
    assert 0 < written < 100
    assert "UsageError: Cannot write 'failed': File too large" in ran.err
    assert f"{written} written to failed" in ran.err
    assert f"{2000 - written:,} could not be written to failed" in ran.err
    assert [call.operation for call in emulator.calls].count("sendMessage") < 2000
    assert "1 could not be written to /dev/full" in send("x\n", "--failed", "/dev/full").err


def test_if_the_input_fails_what_was_read_is_accounted_for(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(5, "Input/output error")

    def unreadable() -> None:  # from here on
        monkeypatch.setattr(Lines, "_message", fail)
        fail()

    at_call(monkeypatch, (Lines, "_message"), 2, unreadable)
    ran = send("a\nb\n" + "c\n" * 50)
    assert ran.code == 2
    assert ran.out.startswith("2 delivered")
    assert "OSError: [Errno 5] Input/output error" in ran.err
    assert "The rest of the input cannot be read: Input/output error" in ran.err


def start(environment: dict[str, str], *words: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, "send", "--topic", TOPIC, *words, *OPTIONS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        **options,
    )


def await_stored(emulator: Emulator, count: int, process: subprocess.Popen[str]) -> None:
    while len(emulator.messages(TOPIC)) < count or not Path("failed").exists():
        assert process.poll() is None, process.communicate()


@pytest.mark.usefixtures("topic")
@pytest.mark.parametrize(("after", "name"), [(0, "SIGTERM"), (1, "SIGINT"), (60, "SIGTERM")])
def test_a_signal_to_a_process_loses_no_message(
    after: int, name: str, check: Check, emulator: Emulator, environment: dict[str, str]
) -> None:
    """The signal is sent once this number of messages is stored."""
    lines = [f"line {each}" for each in range(2000)]
    Path("lines").write_text("\n".join(lines) + "\n")
    process = start(environment, "lines")
    await_stored(emulator, after, process)
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    if not out:  # stopped before it read anything
        assert (emulator.messages(TOPIC), failed_messages()) == ([], [])
        assert process.returncode in (130, -signal.SIGTERM)
        return
    was_complete = check(out, lines)["delivered"] == len(lines)
    assert was_complete or process.returncode == 128 + getattr(signal, name), err


@pytest.mark.usefixtures("topic")
def test_ctrl_c_loses_no_line_that_was_read_from_a_pipe(
    check: Check, emulator: Emulator, environment: dict[str, str]
) -> None:
    process = start(environment, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write("\n".join(LINES[:40]) + "\nhalf a li")
    process.stdin.flush()
    await_stored(emulator, 40, process)
    process.send_signal(signal.SIGINT)
    process.wait(60)  # before the pipe is closed, which would complete the last line
    out, err = process.communicate()
    assert (process.returncode, "Traceback" in err) == (130, False)
    check(out, LINES[:40])
