from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from examples.conftest import EXAMPLES, TOPIC, load
from ncloud_datastream_emulator import Emulator, Fault


@pytest.fixture(scope="module")
def shipper() -> ModuleType:
    return load("log_shipper")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


def ship(shipper: ModuleType, log: Path, topic: str = TOPIC) -> int:
    options = argparse.Namespace(file=log, topic=topic, follow=False)
    status: int = shipper.main(options, shipper.Stop())
    return status


def arrived(emulator: Emulator) -> list[str]:
    """The values in the topic, in the order of the file."""
    found = sorted(emulator.messages(TOPIC), key=lambda message: int(message.key))
    return [message.value for message in found]


def test_a_restart_ships_only_new_lines(emulator: Emulator, shipper: ModuleType, log: Path) -> None:
    log.write_text("하나\ntwo\r\n\nfour without an end")
    assert ship(shipper, log) == 0
    assert arrived(emulator) == ["하나", "two", "four without an end"]
    assert [message.key for message in emulator.messages(TOPIC)].count("0") == 1
    assert ship(shipper, log) == 0
    with log.open("a") as file:
        file.write("\nfive\n")
    assert ship(shipper, log) == 0
    assert arrived(emulator) == ["하나", "two", "four without an end", "five"]


def test_a_truncated_or_rotated_file_is_shipped_from_its_start(
    emulator: Emulator, shipper: ModuleType, log: Path
) -> None:
    log.write_text("one\ntwo\n")
    ship(shipper, log)
    log.write_text("cut\n")
    ship(shipper, log)
    log.rename(log.with_name("app.log.1"))
    log.write_text("another, longer than what was cut\n")
    ship(shipper, log)
    values = [message.value for message in emulator.messages(TOPIC)]
    assert values[2:] == ["cut", "another, longer than what was cut"]


def test_rate_limits_and_lost_responses_lose_no_line(
    emulator: Emulator, shipper: ModuleType, log: Path
) -> None:
    log.write_text("".join(f"line {number}\n" for number in range(300)))
    emulator.faults = [
        Fault.status("sendMessage", 429, retry_after=0, times=2),
        Fault.lost_answer("sendMessage", times=2),
    ]
    assert ship(shipper, log) == 0
    expected = [f"line {number}" for number in range(300)]
    assert list(dict.fromkeys(arrived(emulator))) == expected
    assert len(arrived(emulator)) <= 302


def test_rejected_lines_are_written_to_a_file(
    emulator: Emulator, shipper: ModuleType, log: Path
) -> None:
    log.write_text(f"good\n{'x' * 2**20}\nalso good\n")
    assert ship(shipper, log) == 0
    assert arrived(emulator) == ["good", "also good"]
    assert log.with_name("app.log.refused").read_text() == "x" * 2**20 + "\n"


def test_a_failure_stops_the_run_and_the_next_one_resumes_there(
    emulator: Emulator, shipper: ModuleType, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ship(shipper, log) == 1  # there is no file
    log.write_text("one\ntwo\nthree\n")
    assert ship(shipper, log, topic="nowhere") == 1
    assert "stopped: " in capsys.readouterr().err
    assert json.loads(log.with_name("app.log.position").read_text())["offset"] == 0
    assert ship(shipper, log) == 0
    assert arrived(emulator) == ["one", "two", "three"]
    assert not log.with_name("app.log.refused").exists()


def test_the_position_never_passes_an_unsettled_line(shipper: ModuleType, log: Path) -> None:
    first, second = Future[None](), Future[None]()
    futures = iter((first, second))
    producer = SimpleNamespace(send=lambda **_: next(futures))
    log.write_text("one\ntwo\n")
    with log.open("rb") as file:
        position = shipper.Position(log, file)
        shipping = shipper.Shipping(producer, position, log.with_name("refused"))
        shipping.send(b"one\n")
        shipping.send(b"two\n")
        second.set_result(None)
        shipping.settle(at_most=2)
        assert position.offset == 0
        first.set_result(None)
        shipping.settle(at_most=2)
        position.save()
        assert position.offset == shipper.Position(log, file).offset == 8


def await_messages(emulator: Emulator, count: int) -> None:
    for _ in range(1000):
        if len(emulator.messages(TOPIC)) >= count:
            return
        threading.Event().wait(0.01)
    raise AssertionError(emulator.messages(TOPIC))


def start(*words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, EXAMPLES / "log_shipper.py", *words, "--topic", TOPIC],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_following_survives_a_rotation_and_stops_on_sigterm(emulator: Emulator, log: Path) -> None:
    log.write_text("one\nhal")
    with start(log, "--follow") as shipping:
        await_messages(emulator, 1)
        with log.open("a") as file:
            file.write("f\n")
        await_messages(emulator, 2)
        rotated = log.rename(log.with_name("app.log.1"))
        with rotated.open("a") as file:
            file.write("late\n")
        beside = log.with_name("new")
        beside.write_text("three\n")
        beside.replace(log)
        await_messages(emulator, 4)
        shipping.send_signal(signal.SIGTERM)
        assert shipping.wait(30) == 143
        assert shipping.stderr is not None
        assert shipping.stderr.read() == "4 lines shipped\n"
    values = [message.value for message in emulator.messages(TOPIC)]
    assert values == ["one", "half", "late", "three"]
    assert json.loads(log.with_name("app.log.position").read_text())["offset"] == 6


def test_standard_input_may_be_a_file(emulator: Emulator, log: Path) -> None:
    lines = ["one", "x" * 200_000, "three without an end"]
    log.write_text("\n".join(lines))
    with log.open("rb") as file:
        done = subprocess.run(
            [sys.executable, EXAMPLES / "log_shipper.py", "-", "--topic", TOPIC],
            stdin=file,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (0, "3 lines shipped\n")
    assert arrived(emulator) == lines


def test_lines_of_a_pipe_are_sent_as_they_arrive_until_ctrl_c(emulator: Emulator) -> None:
    with start("-") as shipping:
        assert shipping.stdin is not None
        assert shipping.stderr is not None
        shipping.stdin.write("one\nhalf")
        shipping.stdin.flush()
        await_messages(emulator, 1)
        shipping.send_signal(signal.SIGINT)
        assert shipping.wait(30) == 130
        assert shipping.stderr.read() == "1 lines shipped\n"
    assert arrived(emulator) == ["one"]
