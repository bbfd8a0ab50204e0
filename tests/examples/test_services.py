"""The services as deployed: under gunicorn, forked, with threads, and stopped under load."""

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
    """Run a service under gunicorn; yield its URL and the master process."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)  # connections before the workers are ready wait
        number = listening.fileno()
        options = ["--chdir", EXAMPLES, "--bind", f"fd://{number}", "--keep-alive", "60"]
        with subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options, *words],
            pass_fds=[number],
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}", process
            finally:
                process.kill()


@pytest.mark.parametrize("words", [(*FLASK, "--preload"), FASTAPI], ids=str)
def test_events_arrive_in_order_when_the_service_is_stopped(
    emulator: Emulator, words: tuple[str, ...]
) -> None:
    emulator.faults = [Fault.latency("sendMessage", 0.05)]
    with served(*words) as (url, process):

        def post(thread: int) -> None:
            # One connection, and so one process: each process has its own producer.
            with httpx.Client(base_url=url, timeout=60) as service:
                for number in range(10):
                    event = {"key": f"k{thread}", "value": str(number)}
                    assert service.post("/events", json=event).status_code == 202

        with ThreadPoolExecutor() as threads:
            list(threads.map(post, range(8)))
        invalid = httpx.post(f"{url}/events", json={"value": "x"}, timeout=60)
        assert invalid.status_code in (400, 422)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert log.count("Booting worker") == 2, log
    assert "Traceback" not in log
    messages = sorted(emulator.messages(TOPIC), key=lambda message: message.offset)
    assert len(messages) == 80
    for thread in range(8):
        mine = [message for message in messages if message.key == f"k{thread}"]
        assert [message.value for message in mine] == [str(number) for number in range(10)]
        assert {message.partition for message in mine} == {partition_for(f"k{thread}", 3)}
