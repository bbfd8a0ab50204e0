"""What containers need: all addresses, fixed keys, readiness, names, something to begin with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from ncloud_datastream import Credentials, DataStream
from ncloud_datastream_emulator import Emulator

INITIAL = {
    "topics": [{"name": "orders", "partitions": 3}, {"name": "h4j6l-b"}],
    "messages": [
        {"topic": "orders", "key": "1", "value": "주문", "partition": 2},
        {"topic": "orders", "key": "2", "value": "b"},
    ],
}
Start = Callable[..., dict[str, str]]


@pytest.fixture(params=["ncloud_datastream_emulator", "ncloud_datastream emulator --port 0"])
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Start the emulator as a process, by either command; return what it exports."""
    with ExitStack() as stack:

        def started(*words: str, **variables: str) -> dict[str, str]:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", *request.param.split(), *words],
                    stdout=subprocess.PIPE,
                    text=True,
                    env=os.environ | variables,
                )
            )
            stack.callback(process.send_signal, signal.SIGTERM)
            assert process.stdout is not None
            found: dict[str, str] = {}
            while "NCLOUD_DATASTREAM_MESSAGE_URL" not in found:
                line = process.stdout.readline()
                assert line, "it ended"
                name, _, value = line.removeprefix("export ").strip().partition("=")
                found[name] = value
            return found

        yield started


def curl(url: str, *words: str) -> str:
    again = ["--retry", "20", "--retry-connrefused", "--retry-delay", "0"]
    done = subprocess.run(
        ["curl", "-sS", *again, *words, url], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_the_urls_of_all_addresses_work(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "init.json"
    path.write_text(json.dumps(INITIAL))
    words = ["--host", "0.0.0.0", "--allowed-host", "emulator", "--init", str(path)]
    exported = start(*words, "--access-key", "AKIDFIXED", "--secret-key", "SECRETFIXED")
    url = exported["NCLOUD_DATASTREAM_MANAGEMENT_URL"]
    assert url.startswith("http://127.0.0.1:")
    assert json.loads(curl(f"{url}/_emulator/ready")) == {"ready": True}
    calls = json.loads(curl(f"{url}/_emulator/calls", "-H", "Host: emulator:8765"))
    assert calls == []
    with DataStream(
        Credentials("AKIDFIXED", "SECRETFIXED"), management_url=url, message_url=url
    ) as ds:
        assert ds.find_topic("orders").status == "CREATED"
        ds.send_message(topic="orders", key="3", value="c")
    told = json.loads(curl(f"{url}/_emulator/messages?topic=orders"))
    assert [each["value"] for each in told] == ["주문", "b", "c"]


def test_keys_from_the_environment(start: Start) -> None:
    exported = start(
        NCLOUD_DATASTREAM_EMULATOR_ACCESS_KEY="AKIDENV",
        NCLOUD_DATASTREAM_EMULATOR_SECRET_KEY="SECRETENV",
        NCLOUD_ACCESS_KEY_ID="mine",
        NCLOUD_SECRET_ACCESS_KEY="not to be shown",
    )
    assert exported["NCLOUD_ACCESS_KEY_ID"] == "AKIDENV"
    assert exported["NCLOUD_SECRET_ACCESS_KEY"] == "SECRETENV"


def ended(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ncloud_datastream_emulator", *words],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        ("{", "is no JSON"),
        ("[]", "an object with topics and messages"),
        ('{"topic": []}', "not topic"),
        ('{"topics": "orders"}', "topics must be a list"),
        ('{"topics": [{"name": "A B"}]}', "topics[0]: "),
        ('{"topics": [{"name": "a"}, {"name": "a"}]}', "topics[1]: There is a topic a already"),
        ('{"messages": [{"topic": "a", "key": "", "value": ""}]}', "messages[0]: "),
    ],
)
def test_what_there_cannot_be_to_begin_with(content: str | None, says: str, tmp_path: Path) -> None:
    path = tmp_path / "init.json"
    if content is not None:
        path.write_text(content)
    done = ended("--init", str(path))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert says in done.stderr


@pytest.mark.parametrize(
    "words", [["--access-key", "A"], ["--secret-key", "A"], ["--allowed-host", "http://x"]]
)
def test_half_a_pair_and_no_name(words: list[str]) -> None:
    done = ended(*words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


def test_from_python() -> None:
    keys = Credentials("AKIDFIXED", "SECRETFIXED")
    emulator = Emulator(credentials=keys, initial=INITIAL, seed=1)
    assert (emulator.credentials, emulator.main_credentials) == (
        keys,
        Emulator(seed=1).main_credentials,
    )
    assert [message.value for message in emulator.messages("orders")] == ["주문", "b"]
    with DataStream(keys, transport=emulator.transport()) as ds:
        assert {topic.topic_name for topic in ds.list_topics()} == {"orders", "h4j6l-b"}
    for _ in range(2):
        with emulator:
            pass
    assert len(emulator.messages("orders")) == 2, "made once"


def test_a_prefix_holds_for_what_there_is_to_begin_with() -> None:
    with pytest.raises(ValueError, match=r"topics\[0\]: name must be 'h4j6l-'"):
        Emulator(prefix="h4j6l-", initial=INITIAL)


def test_ready_by_any_name_and_nothing_else() -> None:
    emulator = Emulator(allowed_hosts=["Emulator", "10.0.0.7", "fd00::7"])
    with httpx.Client(transport=emulator.transport()) as client:
        for host in ("pod.cluster.example:8765", "10.1.2.3"):
            assert client.get(f"http://{host}/_emulator/ready").json() == {"ready": True}
            assert client.post(f"http://{host}/_emulator/ready").status_code == 403
            assert client.get(f"http://{host}/_emulator/calls").status_code == 403
        for host in ("emulator", "EMULATOR:8765", "10.0.0.7", "[fd00::7]:8765", "localhost"):
            assert client.get(f"http://{host}/_emulator/calls").status_code == 200


@pytest.mark.parametrize("host", ["", "a:80", "a/b", "http://a", "[::1", "a b"])
def test_an_allowed_host_is_a_name_alone(host: str) -> None:
    with pytest.raises(ValueError, match="An allowed host is a name or an address alone"):
        Emulator(allowed_hosts=[host])


def test_clients_are_told_of_a_host_that_is_not_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Emulator() as emulator:
        assert "NCLOUD_DATASTREAM_INSECURE_HOSTS" not in emulator.environment
        monkeypatch.setattr(Emulator, "url", "http://172.18.0.2:8765")
        assert emulator.environment["NCLOUD_DATASTREAM_INSECURE_HOSTS"] == "172.18.0.2"
