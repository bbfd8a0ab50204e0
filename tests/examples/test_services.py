"""The services as they are run: under gunicorn, forked, with threads, and stopped in the middle."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
from examples.conftest import EXAMPLES, TOPIC
from ncloud_datastream import partition_for
from ncloud_datastream_emulator import Emulator, Fault

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="gunicorn needs fork")

FLASK = ("-c", str(EXAMPLES / "gunicorn.conf.py"), "flask_producer:app")
FASTAPI = ("-k", "asgi", "-w", "2", "fastapi_producer:app")


@contextmanager
def served(*words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A service under gunicorn: its URL, and the process above its workers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)  # whoever comes before the workers waits
        number = listening.fileno()
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--chdir",
            EXAMPLES,
            "--bind",
            f"fd://{number}",
        ]
        command += ["--keep-alive", "60"]
        with subprocess.Popen(
            [*command, *words], pass_fds=[number], stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}", process
            finally:
                process.kill()


@pytest.mark.parametrize(
    "words", [FLASK, (*FLASK, "--preload"), FASTAPI, (*FASTAPI, "--preload")], ids=str
)
def test_events_arrive_in_order_through_a_stop(emulator: Emulator, words: tuple[str, ...]) -> None:
    emulator.faults = [Fault.latency("sendMessage", 0.05)]
    with served(*words) as (url, process):

        def post(thread: int) -> None:
            # Over one connection, and so to one process: each has a producer of its own.
            with httpx.Client(base_url=url, timeout=60) as service:
                for number in range(10):
                    event = {"key": f"k{thread}", "value": str(number)}
                    assert service.post("/events", json=event).status_code == 202

        with ThreadPoolExecutor() as threads:
            list(threads.map(post, range(8)))
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert log.count("Booting worker") == 2, log
    assert "Traceback" not in log
    messages = sorted(emulator.messages(TOPIC), key=lambda message: message.offset)
    for thread in range(8):
        mine = [message for message in messages if message.key == f"k{thread}"]
        assert [message.value for message in mine] == [str(number) for number in range(10)]
        assert {message.partition for message in mine} == {partition_for(f"k{thread}", 3)}


@pytest.mark.parametrize("words", [FLASK, FASTAPI], ids=str)
def test_what_is_no_event(emulator: Emulator, words: tuple[str, ...]) -> None:
    with served(*words) as (url, _):
        answer = httpx.post(f"{url}/events", json={"value": "x"}, timeout=60)
        assert answer.status_code in (400, 422)
    assert emulator.messages(TOPIC) == []
