"""The example that sends a file: what is left is listed and sent by the next run."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ncloud_datastream import Credentials, DataStream, partition_for
from ncloud_datastream_emulator import Emulator
from sending.programs import Meanwhile, Programs
from sending.sendings import KEYS, PLAIN_TLS, wait_until
from sending.server import OK, Reply, Request, Server, answer
from support.modules import load_module

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "send_file.py"

no_signals = pytest.mark.skipif(sys.platform == "win32", reason="no signals on Windows")


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(programs: Programs) -> Run:
    """Run the example to its end and return its exit code, its output and its errors."""

    def run(
        url: str,
        file: Path,
        *more: str,
        topic: str = "t",
        keys: Credentials = KEYS,
        then: Meanwhile | None = None,
    ) -> tuple[int, str, str]:
        environment = {
            "NCLOUD_ACCESS_KEY_ID": keys.access_key,
            "NCLOUD_SECRET_ACCESS_KEY": keys.secret_key,
            "NCLOUD_DATASTREAM_MANAGEMENT_URL": url,
            "NCLOUD_DATASTREAM_MESSAGE_URL": url,
        }
        program = f"import runpy; runpy.run_path({str(EXAMPLE)!r}, run_name='__main__')"
        arguments = (str(file), "--topic", topic, *more)
        return programs.run(program, *arguments, environment=environment, then=then)

    return run


def after(server: Server, count: int, number: int) -> Meanwhile:
    """Send a signal when this number of messages has arrived."""

    def then(process: int) -> None:
        wait_until(lambda: len(server.received) >= count)
        os.kill(process, number)

    return then


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


def created(served: Emulator, name: str, partitions: int) -> str:
    """Create a topic and return its full name."""
    urls = {"management_url": served.url, "message_url": served.url}
    with DataStream(served.credentials, verify=PLAIN_TLS, **urls) as ds:
        topic = ds.create_topic(name=f"{ds.get_topic_prefix().prefix}{name}", partitions=partitions)
        return ds.wait_for_topic(topic.topic_id).topic_name


def test_the_next_run_sends_what_is_left(served: Emulator, lines: Path, run: Run) -> None:
    topic = created(served, "file", 1)
    before = len(served.messages(topic))
    served.answer_next("sendMessage", 400, {"title": "no"}, times=2)
    served.answer_next("sendMessage", 500, {"title": "perhaps"})

    def again(*more: str) -> tuple[int, str, str]:
        return run(served.url, lines, *more, topic=topic, keys=served.credentials)

    status, out, err = again()
    assert (status, out) == (1, "37 delivered, 3 left\n"), err
    assert "100%" in err
    assert "3 not delivered" in err
    found = left(lines)
    assert sorted(record["outcome"] for record in found) == ["rejected", "rejected", "unknown"]

    status, out, err = again()
    assert (status, out) == (1, "2 delivered, 1 left\n"), err
    assert [record["outcome"] for record in left(lines)] == ["unknown"]

    assert again("--unknown-too")[:2] == (0, "1 delivered, 0 left\n")
    assert left(lines) == []
    stored = [message.value for message in served.messages(topic)[before:]]
    assert sorted(stored) == sorted(lines.read_text(encoding="utf-8").splitlines())


def test_missing_rights_leave_every_line(lines: Path, run: Run) -> None:
    with Server(lambda request: Reply(answer(403, b"{}"))) as server:
        status, out, err = run(server.url, lines, "--concurrency", "1")
    assert (status, out) == (1, "0 delivered, 40 left\n")
    assert "HTTP 403" in err
    assert [record["line"] for record in left(lines)] == list(range(1, 41))


@no_signals
def test_ctrl_c_lists_what_is_left(lines: Path, run: Run) -> None:
    with Server(lambda r: Reply(answer()) if r.number < 5 else Reply(b"", "stall")) as server:
        then = after(server, 7, signal.SIGINT)
        status, out, err = run(server.url, lines, "--concurrency", "2", then=then)
    assert (status, out) == (130, "5 delivered, 35 left\n"), err
    outcomes = [record.get("outcome") for record in left(lines)]
    assert outcomes.count("unknown") == 2
    assert set(outcomes) <= {"unknown", "unsent", None}


def test_the_lines_of_a_key_are_in_one_partition_in_order(
    served: Emulator, tmp_path: Path, run: Run
) -> None:
    path = tmp_path / "orders.jsonl"
    sent = [json.dumps({"customer": n % 5, "n": n}) for n in range(50)]
    path.write_text("\n".join(sent) + "\n")
    topic = created(served, "keyed", 3)
    status, out, err = run(
        served.url, path, "--key-field=customer", topic=topic, keys=served.credentials
    )
    assert (status, out) == (0, "50 delivered, 0 left\n"), err
    for customer in range(5):
        stored = [each for each in served.messages(topic) if each.key == str(customer)]
        assert {each.partition for each in stored} == {partition_for(str(customer), 3)}
        in_order = sorted(stored, key=lambda each: each.offset)
        assert [each.value for each in in_order] == sent[customer::5]


@pytest.mark.parametrize(
    ("line", "more", "says"),
    [
        (b"\xff\n", [], "UnicodeDecodeError"),
        (b"no JSON\n", ["--key-field=id"], "JSONDecodeError"),
        (b"{}\n", ["--key-field=id"], "KeyError"),
    ],
)
def test_a_line_that_cannot_be_read_is_left_with_those_after_it(
    line: bytes, more: list[str], says: str, tmp_path: Path, run: Run
) -> None:
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
        status, out, err = run(server.url, path, *more)
    assert (status, out) == (1, "3 delivered, 2 left\n"), err
    assert says in err
    assert "Traceback" not in err
    assert [record["line"] for record in left(path)] == [4, 5]


@no_signals
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("count", [1, 9, 60])
def test_a_signal_at_any_moment_loses_no_line(
    count: int, name: str, tmp_path: Path, run: Run
) -> None:
    """Every line is stored or left, and none that was delivered is left as unsent."""
    path = tmp_path / "orders.txt"
    sent = [f"order {n}" for n in range(2000)]
    path.write_text("\n".join(sent) + "\n")
    number = getattr(signal, name)
    with Server() as server:
        then = after(server, count, number)
        status, out, err = run(server.url, path, "--concurrency", "8", then=then)
    delivered = int(out.split()[0].replace(",", ""))
    records = left(path)
    assert delivered + len(records) == 2000
    assert status == 128 + number or delivered == 2000, err
    values = {record["line"]: record.get("outcome", "unsent") for record in records}
    stored = set(server.values)
    assert stored | {f"order {line - 1}" for line in values} == set(sent)
    assert not stored & {f"order {n - 1}" for n, what in values.items() if what == "unsent"}


def load() -> Any:
    return load_module(EXAMPLE)


@pytest.fixture
def inside(lines: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The example in this process, with a server that accepts everything."""
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
def test_a_signal_while_the_list_is_written_loses_no_line(
    method: str,
    inside: Any,
    lines: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    real = getattr(inside.Left, method)
    calls = iter(range(10_000))

    def interrupted(*arguments: Any) -> None:
        if next(calls) == (7 if method == "note" else 0):
            signal.raise_signal(signal.SIGINT)
        real(*arguments)

    monkeypatch.setattr(inside.Left, method, interrupted)
    assert inside.main() == (130 if method == "note" else 0)
    check_inside(inside, lines, capsys.readouterr().out)


def test_a_progress_bar_that_fails_loses_no_line(
    inside: Any, lines: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As when the terminal is closed while the bar is drawn."""

    def bar(total: int) -> Any:
        def draw(progress: Any) -> None:
            raise OSError(5, "Input/output error")

        return draw

    monkeypatch.setattr(inside, "bar", bar)
    assert inside.main() == 1
    out, err = capsys.readouterr()
    check_inside(inside, lines, out)
    assert "OSError: [Errno 5] Input/output error" in err


def test_a_list_that_cannot_be_written_is_reported_with_the_counts(
    inside: Any, lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside.server.behave = lambda request: Reply(answer(400, b"{}"))
    lines.with_name(lines.name + ".left.new").mkdir()
    assert inside.main() == 1
    out, err = capsys.readouterr()
    assert out == "0 delivered, 40 left\n"
    assert "The list of undelivered lines cannot be written" in err
