"""The example that sends a file: what is left is listed, and sent by the next run."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ncloud_datastream import DataStream, partition_for
from ncloud_datastream_emulator import Emulator
from sending.sendings import PLAIN_TLS
from sending.server import OK, Reply, Request, Server, answer

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


def test_a_key_lies_in_one_partition_in_order(served: Emulator, tmp_path: Path) -> None:
    keys = {
        "NCLOUD_ACCESS_KEY_ID": served.credentials.access_key,
        "NCLOUD_SECRET_ACCESS_KEY": served.credentials.secret_key,
    }
    options: Any = {"management_url": served.url, "message_url": served.url, "verify": PLAIN_TLS}
    path = tmp_path / "orders.jsonl"
    sent = [json.dumps({"customer": n % 5, "n": n}) for n in range(100)]
    path.write_text("\n".join(sent) + "\n")
    with DataStream(served.credentials, **options) as ds:
        topic = ds.create_topic(name=f"{ds.get_topic_prefix().prefix}keyed", partitions=3)
        name = ds.wait_for_topic(topic.topic_id).topic_name
        status, out, err = finished(run(served.url, path, name, "--key-field=customer", **keys))
        ds.delete_topic(topic.topic_id)
    assert (status, out) == (0, "100 delivered, 0 left\n"), err
    for customer in range(5):
        kept = [each for each in served.messages(name) if each.key == str(customer)]
        assert {each.partition for each in kept} == {partition_for(str(customer), 3)}
        in_order = sorted(kept, key=lambda each: each.offset)
        assert [each.value for each in in_order] == sent[customer::5]
    bodies = [call.body for call in served.calls if call.operation == "sendMessage"][-100:]
    assert all(b'"partition":' in body for body in bodies)


@pytest.mark.parametrize(
    ("line", "more", "says"),
    [
        (b"\xff\n", [], "UnicodeDecodeError"),
        (b"no JSON\n", ["--key-field=id"], "JSONDecodeError"),
        (b"{}\n", ["--key-field=id"], "KeyError"),
    ],
)
def test_a_line_that_cannot_be_read(
    line: bytes, more: list[str], says: str, tmp_path: Path
) -> None:
    """What was delivered before it is not sent again by the next run; the rest is left."""
    path = tmp_path / "orders.txt"
    path.write_bytes(b'{"id": 1}\n' * 3 + line + b'{"id": 2}\n')
    topic = b'{"topicId": "a", "topicName": "t", "partitions": 2, "status": "CREATED"}'

    def behave(request: Request) -> Reply:
        if not request.head.startswith(b"GET"):
            return Reply(answer(200, OK))
        one = request.head.startswith(b"GET /api/v1/topics/")
        return Reply(answer(200, topic if one else b'{"list": [%s]}' % topic))

    def on_head(request: Request) -> Reply | None:
        return behave(request) if request.head.startswith(b"GET") else None

    with Server(behave, on_head=on_head) as server:
        status, out, err = finished(run(server.url, path, "t", *more))
    assert (status, out) == (1, "3 delivered, 2 left\n"), err
    assert says in err
    assert "Traceback" not in err
    assert [record["line"] for record in left(path)] == [4, 5]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal to send")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("after", [1, 2, 9, 60, 300])
def test_a_signal_at_many_moments(after: int, name: str, tmp_path: Path) -> None:
    """Every line is stored or left, and none that was delivered is left as unsent."""
    path = tmp_path / "orders.txt"
    sent = [f"order {n}" for n in range(4000)]
    path.write_text("\n".join(sent) + "\n")
    with Server() as server:
        process = run(server.url, path, "t", "--concurrency", "8")
        until = time.monotonic() + 30
        while len(server.received) < after and time.monotonic() < until:
            time.sleep(0.001)
        process.send_signal(getattr(signal, name))
        status, out, err = finished(process)
    delivered = int(out.split()[0].replace(",", ""))
    records = left(path)
    assert delivered + len(records) == 4000
    assert status == 128 + getattr(signal, name) or delivered == 4000, err
    values = {record["line"]: record.get("outcome", "unsent") for record in records}
    stored = set(server.values)
    assert stored | {f"order {line - 1}" for line in values} == set(sent)
    assert not stored & {f"order {n - 1}" for n, what in values.items() if what == "unsent"}


def load() -> Any:
    spec = importlib.util.spec_from_file_location("send_file", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def inside(lines: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The example in this process, with a server that takes everything."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with Server() as server:
        for variable in ("MANAGEMENT", "MESSAGE"):
            monkeypatch.setenv(f"NCLOUD_DATASTREAM_{variable}_URL", server.url)
        monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", "AK")
        monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", "SK")
        monkeypatch.setattr(sys, "argv", ["send_file.py", str(lines), "--topic", "t"])
        monkeypatch.delattr(signal, "SIGHUP")  # as on Windows
        module = load()
        module.server = server
        yield module
    for number, handler in before.items():
        signal.signal(number, handler)


def check_inside(example: Any, lines: Path, out: str) -> None:
    records = left(lines)
    assert out == f"{40 - len(records)} delivered, {len(records)} left\n"
    stored = set(example.server.values)
    assert len(stored) + len(records) == 40
    assert stored | {f"order {record['line']}" for record in records} == {
        f"order {n}" for n in range(1, 41)
    }


@pytest.mark.parametrize("method", ["note", "save"])
def test_a_signal_at_the_worst_moment(
    method: str,
    inside: Any,
    lines: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    real = getattr(inside.Left, method)
    calls = iter(range(10_000))

    def struck(*arguments: Any) -> None:
        if next(calls) == (7 if method == "note" else 0):
            signal.raise_signal(signal.SIGINT)
        real(*arguments)

    monkeypatch.setattr(inside.Left, method, struck)
    assert inside.main() == (130 if method == "note" else 0)
    check_inside(inside, lines, capsys.readouterr().out)


def test_progress_that_fails(
    inside: Any, lines: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where the terminal is closed while it draws."""

    def bar(total: int) -> Any:
        def draw(progress: Any) -> None:
            raise OSError(5, "Input/output error")

        return draw

    monkeypatch.setattr(inside, "bar", bar)
    assert inside.main() == 1
    out, err = capsys.readouterr()
    check_inside(inside, lines, out)
    assert "OSError: [Errno 5] Input/output error" in err


def test_a_list_that_cannot_be_written(
    inside: Any, lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told, with the counts."""
    inside.server.behave = lambda request: Reply(answer(400, b"{}"))
    lines.with_name(lines.name + ".left.new").mkdir()
    assert inside.main() == 1
    out, err = capsys.readouterr()
    assert out == "0 delivered, 40 left\n"
    assert "The list of undelivered lines cannot be written" in err
