"""What a newcomer does at a shell, one command after the other, each a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest
from cli.terminal import PROGRAM, at_a_terminal


def ran(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *words], capture_output=True, text=True, timeout=60)


def test_from_the_emulator_to_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with subprocess.Popen(
        [*PROGRAM, "emulator", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as served:
        try:
            assert served.stdout is not None
            for _ in range(4):  # as they are pasted into another shell
                name, _, value = served.stdout.readline().removeprefix("export ").partition("=")
                monkeypatch.setenv(name, value.strip())
            story()
        finally:
            served.send_signal(signal.SIGINT)
    assert served.returncode == 0


def story() -> None:
    doctor = ran("doctor")
    assert (doctor.returncode, doctor.stderr, "!!" in doctor.stdout) == (0, "", False)

    name = json.loads(ran("prefix", "--output", "json").stdout)["prefix"] + "orders"
    assert ran("topics", "create", name, "--partitions", "3").returncode == 0
    assert "CREATED" in ran("topics", "wait", name).stdout

    Path("lines.txt").write_text("".join(f"line {number}\n" for number in range(2000)))
    code, seen = at_a_terminal("send", "--topic", name, "lines.txt")
    assert code == 0
    assert "2000/2000" in seen
    assert "2,000 delivered, 0 rejected, 0 unsent, 0 unknown" in seen

    (listed,) = ran("topics", "list", "-o", "jsonl").stdout.splitlines()
    assert json.loads(listed)["topicName"] == name

    wrong = ran("topics", "create", "Not A Name")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "InvalidName" in wrong.stderr
    assert len(wrong.stderr.splitlines()) <= 3

    assert ran("topics", "delete", name, "--yes").stdout == "done\n"
    assert ran("topics", "list").stdout == "none\n"
