"""The command as a process: pipes, terminals, Ctrl-C, completion, a missing extra."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-m", "ncloud_datastream_cli"]


def start(*words: str, **options: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_emulator_prints_what_to_paste_before_it_serves(end: signal.Signals) -> None:
    process = start("emulator", "--port", "0")
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        assert [line.split("=")[0] for line in lines] == [
            "export NCLOUD_ACCESS_KEY_ID",
            "export NCLOUD_SECRET_ACCESS_KEY",
            "export NCLOUD_DATASTREAM_MANAGEMENT_URL",
            "export NCLOUD_DATASTREAM_MESSAGE_URL",
        ]
        pasted = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        done = subprocess.run(
            [*PROGRAM, "prefix"], env=os.environ | pasted, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
    finally:
        process.send_signal(end)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")


def test_taken_port_and_bad_prefix() -> None:
    with subprocess.Popen(
        [*PROGRAM, "emulator", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = [process.stdout.readline() for _ in range(4)][3].strip().rpartition(":")[2]
        done = subprocess.run(
            [*PROGRAM, "emulator", "--port", port], capture_output=True, text=True
        )
        process.send_signal(signal.SIGINT)
    assert (done.returncode, "cannot serve on" in done.stderr) == (2, True)


def test_output_that_cannot_be_written() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [*PROGRAM, "completion", "zsh"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert done.stderr == "OSError: [Errno 28] No space left on device\n"


def test_missing_extra(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        PROGRAM, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "in a clone of the repository, pip install '.[cli]'" in done.stderr


def test_missing_extra_of_the_emulator(tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ImportError")
    (tmp_path / "jsonschema_rs.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [*PROGRAM, "emulator"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "UsageError: The emulator needs its extra: in a clone of the repository, "
        "pip install '.[emulator]'.\n"
    )


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion_script(name: str, tmp_path: Path) -> None:
    done = subprocess.run([*PROGRAM, "completion", name], capture_output=True, text=True)
    assert (done.returncode, "_NCLOUD_DATASTREAM_COMPLETE" in done.stdout) == (0, True)
    if shutil.which(name):
        script = tmp_path / "script"
        script.write_text(done.stdout)
        assert subprocess.run([name, "-n", script]).returncode == 0


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("ncloud-datastream to", "topics"),
        ("ncloud-datastream topics cr", "create"),
        ("ncloud-datastream topics create x --part", "--partitions"),
        ("ncloud-datastream topics list --sort-by top", "topicName"),
    ],
)
def test_completion(typed: str, offered: str) -> None:
    done = subprocess.run(
        PROGRAM,
        capture_output=True,
        text=True,
        env=os.environ
        | {
            "_NCLOUD_DATASTREAM_COMPLETE": "bash_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(typed.split()) - 1),
        },
    )
    assert offered in done.stdout
