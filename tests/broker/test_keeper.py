"""The keeper: no broker outlives the emulator that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ncloud_datastream_emulator.kafka import keeper


@pytest.fixture
def pipe() -> Any:
    read, write = os.pipe()
    ends = SimpleNamespace(read=read, write=write)
    yield ends
    for end in (ends.write, read):
        if end is not None:
            os.close(end)


def test_the_keeper_exits_with_the_status_of_its_command(pipe: Any) -> None:
    before = set(threading.enumerate())
    assert keeper.keep([sys.executable, "-c", "import sys; sys.exit(3)"], pipe.read) == 3
    os.write(pipe.write, b"\n")  # ends its thread, which otherwise ends with the process
    for thread in set(threading.enumerate()) - before:
        thread.join(30)


def test_the_command_is_terminated_when_the_pipe_is_closed(pipe: Any) -> None:
    os.close(pipe.write)
    pipe.write = None
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    assert keeper.keep(command, pipe.read) == -signal.SIGTERM


def test_a_command_that_ignores_sigterm_is_killed(
    pipe: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(keeper, "PATIENCE", 0.1)
    deaf = tmp_path / "deaf"
    code = (
        "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(deaf)!r}).touch(); time.sleep(60)"
    )

    def end() -> None:
        while not deaf.exists():
            time.sleep(0.01)
        os.write(pipe.write, b"\n")

    thread = threading.Thread(target=end)
    thread.start()
    assert keeper.keep([sys.executable, "-c", code], pipe.read) == -signal.SIGKILL
    thread.join()


def test_a_killed_parent_leaves_neither_command_nor_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    sleeper = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    starter = (
        "import subprocess, sys\n"
        "with subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE) as process:\n"
        "    process.wait()"
    )
    words = [sys.executable, "-I", keeper.__file__, str(folder), sys.executable, "-c", sleeper]
    with subprocess.Popen(
        [sys.executable, "-c", starter, *words], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.kill()
        assert process.stdout.read() == b""  # every process that had it open has exited
    assert not folder.exists()


def test_a_byte_stops_the_command_and_keeps_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    command = [sys.executable, "-c", "print('here', flush=True); import time; time.sleep(60)"]
    with subprocess.Popen(
        [sys.executable, "-I", keeper.__file__, str(folder), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        assert process.communicate(b"\n", timeout=30)[0] == b""
    assert process.returncode == 256 - signal.SIGTERM
    assert folder.is_dir()
