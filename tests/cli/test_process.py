"""The command as a process: the emulator, Ctrl-C, completion, a missing extra."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from cli.conftest import Shell
from cli.terminal import PROGRAM


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_the_emulator_prints_its_variables_first_and_stops_cleanly(end: signal.Signals) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "emulator", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
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


def test_a_port_in_use_is_a_usage_error(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = shell("emulator", "--port", str(taken.getsockname()[1]))
    assert (ran.code, "Cannot listen on" in ran.err) == (2, True)
    assert "Choose another --port" in ran.err


def test_an_error_in_the_initial_content_is_reported_as_such(shell: Shell) -> None:
    ran = shell("emulator", "--port", "0", "--init", "missing.json")
    assert (ran.code, ran.err) == (2, "UsageError: missing.json: No such file or directory.\n")


def test_a_full_disk_is_reported_without_a_traceback() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [*PROGRAM, "completion", "zsh"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert done.stderr == "OSError: [Errno 28] No space left on device\n"


@pytest.mark.parametrize(
    ("words", "missing", "message"),
    [
        (
            [],
            ["click"],
            "ncloud-datastream: the command line needs the 'cli' extra. In a clone of the "
            "repository, run: pip install '.[cli]'\n",
        ),
        (["emulator"], ["uvicorn", "jsonschema_rs"], "pip install '.[emulator]'"),
    ],
)
def test_a_missing_extra_is_named_with_how_to_install_it(
    words: list[str], missing: list[str], message: str, tmp_path: Path
) -> None:
    for name in missing:
        (tmp_path / f"{name}.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [*PROGRAM, *words], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert message in done.stderr


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_completion_script_is_valid_and_its_setup_is_in_the_help(
    name: str, shell: Shell, tmp_path: Path
) -> None:
    ran = shell("completion", name)
    assert (ran.code, "_NCLOUD_DATASTREAM_COMPLETE" in ran.out) == (0, True)
    setup = ran.out.splitlines()[0].removeprefix("# ")
    assert f"    {name:<5} {setup}" in shell("completion", "--help").out.splitlines()
    if shutil.which(name):
        script = tmp_path / "script"
        script.write_text(ran.out)
        assert subprocess.run([name, "-n", script]).returncode == 0


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("ncloud-datastream topics create x --part", "--partitions"),
        ("ncloud-datastream topics list --sort-by top", "topicName"),
    ],
)
def test_a_shell_completes_options_and_values(typed: str, offered: str) -> None:
    variables = {
        "_NCLOUD_DATASTREAM_COMPLETE": "bash_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
    }
    done = subprocess.run(PROGRAM, capture_output=True, text=True, env=os.environ | variables)
    assert offered in done.stdout
