"""The example that sends a file: what is left is listed, and sent by the next run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ncloud_datastream import DataStream
from ncloud_datastream_emulator import Emulator
from sending.sendings import PLAIN_TLS
from sending.server import Reply, Server, answer

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "send_file.py"


def run(url: str, file: Path, topic: str, *more: str, **keys: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "NCLOUD_ACCESS_KEY_ID": "AK",
        "NCLOUD_SECRET_ACCESS_KEY": "SK",
        **keys,
        "NCLOUD_DATASTREAM_MANAGEMENT_URL": url,
        "NCLOUD_DATASTREAM_MESSAGE_URL": url,
    }
    return subprocess.Popen(
        [sys.executable, str(EXAMPLE), str(file), "--topic", topic, *more],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "orders.txt"
    path.write_text("".join(f"order {n}\n" for n in range(1, 41)), encoding="utf-8")
    return path


def left(file: Path) -> list[dict[str, Any]]:
    path = file.with_name(file.name + ".left")
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_what_is_left_is_sent_by_the_next_run(served: Emulator, lines: Path) -> None:
    keys = {
        "NCLOUD_ACCESS_KEY_ID": served.credentials.access_key,
        "NCLOUD_SECRET_ACCESS_KEY": served.credentials.secret_key,
    }
    options: Any = {"management_url": served.url, "message_url": served.url, "verify": PLAIN_TLS}
    with DataStream(served.credentials, **options) as ds:
        topic = ds.create_topic(name=f"{ds.get_topic_prefix().prefix}file", partitions=1)
        ds.wait_for_topic(topic.topic_id)
    before = len(served.messages(topic.topic_name))
    served.answer_next("sendMessage", 400, {"title": "no"}, times=2)
    served.answer_next("sendMessage", 500, {"title": "perhaps"})

    status, out, err = finished(run(served.url, lines, topic.topic_name, **keys))
    assert status == 1, err
    assert out == "37 delivered, 3 left\n"
    assert "100%" in err
    assert "3 not delivered" in err
    found = left(lines)
    assert sorted(record["outcome"] for record in found) == ["rejected", "rejected", "unknown"]

    status, out, err = finished(run(served.url, lines, topic.topic_name, **keys))
    assert (status, out) == (1, "2 delivered, 1 left\n"), err
    assert [record["outcome"] for record in left(lines)] == ["unknown"]

    more = run(served.url, lines, topic.topic_name, "--unknown-too", **keys)
    assert finished(more)[:2] == (0, "1 delivered, 0 left\n")
    assert left(lines) == []
    stored = [message.value for message in served.messages(topic.topic_name)[before:]]
    assert sorted(stored) == sorted(lines.read_text(encoding="utf-8").splitlines())


def test_no_rights(lines: Path) -> None:
    with Server(lambda request: Reply(answer(403, b"{}"))) as server:
        status, out, err = finished(run(server.url, lines, "t", "--concurrency", "1"))
    assert (status, out) == (1, "0 delivered, 40 left\n")
    assert "HTTP 403" in err
    assert [record["line"] for record in left(lines)] == list(range(1, 41))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal to send")
def test_ctrl_c(lines: Path) -> None:
    with Server(lambda r: Reply(answer()) if r.number < 5 else Reply(b"", "stall")) as server:
        process = run(server.url, lines, "t", "--concurrency", "2")
        until = time.monotonic() + 30
        while len(server.received) < 7 and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        status, out, err = finished(process)
    assert (status, out) == (130, "5 delivered, 35 left\n"), err
    outcomes = [record.get("outcome") for record in left(lines)]
    assert outcomes.count("unknown") == 2
    assert set(outcomes) <= {"unknown", "unsent", None}
