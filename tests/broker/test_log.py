"""The emulator with a fake broker in memory."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import httpx
import pytest
from ncloud_datastream import (
    ConflictError,
    DataStream,
    GatewayErrorCode,
    Retry,
    ServerError,
    TransportError,
)
from ncloud_datastream_emulator import Emulator, Message
from ncloud_datastream_emulator.kafka import BrokerError, log, topics
from ncloud_datastream_emulator.kafka.broker import Broker


class Topics:
    """Topics that outlive a connection to the broker, which fails on demand."""

    stored: ClassVar[dict[str, list[list[tuple[str, str]]]]]
    requests: ClassVar[list[tuple[Any, ...]]]
    timeouts: ClassVar[set[float]]
    error: ClassVar[str | None]

    def __init__(self, broker: Broker) -> None:
        self.request("connect")

    def request(self, *words: Any) -> None:
        self.requests.append(words)
        if self.error is not None:
            raise BrokerError(self.error)

    def create(self, name: str, partitions: int, retention_ms: int) -> None:
        self.request("create", name, partitions, retention_ms)
        self.stored[name] = [[] for _ in range(partitions)]

    def grow(self, name: str, partitions: int) -> None:
        self.request("grow", name, partitions)
        self.stored[name] += [[] for _ in range(partitions - len(self.stored[name]))]

    def retain(self, name: str, retention_ms: int) -> None:
        self.request("retain", name, retention_ms)

    def delete(self, name: str) -> None:
        self.request("delete", name)
        del self.stored[name]

    def produce(self, name: str, key: str, value: str, partition: int) -> None:
        self.request("produce", name, partition)
        self.stored[name][partition].append((key, value))

    def ends(self, name: str, timeout: float = 20.0) -> dict[int, int]:
        self.timeouts.add(timeout)
        self.request("ends", name)
        return {number: len(stored) for number, stored in enumerate(self.stored[name])}

    def read(
        self, name: str, spans: dict[int, tuple[int, int]], timeout: float = 20.0
    ) -> list[Message]:
        self.timeouts.add(timeout)
        self.request("read", name, spans)
        return [
            Message(name, *self.stored[name][number][offset], number, offset)
            for number, (start, end) in reversed(spans.items())
            for offset in range(start, end)
        ]

    def close(self) -> None:
        self.requests.append(("close",))

    @classmethod
    def reads(cls) -> list[Any]:
        return [words[2] for words in cls.requests if words[0] == "read"]


class Place:
    def __init__(self, emulator: Emulator, ds: DataStream, states: list[str]) -> None:
        self.emulator = emulator
        self.ds = ds
        self.states = states

    def topic(self, name: str = "t", partitions: int = 2) -> str:
        made = self.ds.create_topic(name=name, partitions=partitions, retention_ms=3_600_000)
        return self.ds.wait_for_topic(made.topic_id).topic_id

    def send(self, partition: int, value: str) -> None:
        self.ds.send_message(topic="t", key="k", value=value, partition=partition)

    def messages(self) -> list[tuple[int, int, str]]:
        return [(m.partition, m.offset, m.value) for m in self.emulator.messages("t")]

    def shown(self) -> tuple[int, list[str]]:
        """Return the number of messages and the last ones, as shown by the page."""
        answer = httpx.get(f"{self.emulator.url}/_emulator/state")
        (topic,) = answer.raise_for_status().json()["topics"]
        return topic["message_count"], [message["value"] for message in topic["messages"]]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(topics, "Topics", Topics)
    for name, value in (("stored", {}), ("requests", []), ("error", None), ("timeouts", set())):
        monkeypatch.setattr(Topics, name, value, raising=False)
    states: list[str] = []
    monkeypatch.setattr(Broker, "start", lambda _: states.append("started"))
    monkeypatch.setattr(Broker, "stop", lambda _: states.append("stopped"))
    monkeypatch.setattr(Broker, "check", lambda _: None)
    emulator = Emulator(kafka="127.0.0.1:9094", prefix="")
    once = Retry(max_attempts=1)
    with (
        emulator,
        DataStream(
            emulator.credentials, management_url=emulator.url, message_url=emulator.url, retry=once
        ) as ds,
    ):
        yield Place(emulator, ds, states)


def test_topics_are_created_changed_and_deleted_in_the_broker(place: Place) -> None:
    topic = place.topic(partitions=2)
    change = place.ds.update_topic
    assert change(topic, description="d", partitions=2, retention_ms=3_600_000).partitions == 2
    change(topic, description="", partitions=3, retention_ms=3_600_000)
    change(topic, description="", partitions=3, retention_ms=7_200_000)
    assert place.ds.get_topic(topic).tcp_endpoint == "127.0.0.1:9094"
    place.ds.delete_topic(topic)
    assert Topics.requests == [
        ("connect",),
        ("create", "t", 2, 3_600_000),
        ("grow", "t", 3),
        ("retain", "t", 7_200_000),
        ("ends", "t"),
        ("delete", "t"),
    ]


def test_messages_are_read_from_the_broker_once(place: Place) -> None:
    place.topic(partitions=2)
    assert place.messages() == []
    place.send(1, "one")
    Topics.stored["t"][0].append(("", "theirs"))
    assert place.messages() == [(0, 0, "theirs"), (1, 0, "one")]
    place.send(0, "two")
    assert place.messages() == [(0, 0, "theirs"), (0, 1, "two"), (1, 0, "one")]
    assert place.messages() == [(0, 0, "theirs"), (0, 1, "two"), (1, 0, "one")]
    assert Topics.reads() == [{0: (0, 1), 1: (0, 1)}, {0: (1, 2)}], "nothing is read twice"


def test_the_emulator_chooses_random_partitions_in_place_of_the_broker(place: Place) -> None:
    place.topic(partitions=16)
    for _ in range(30):
        place.ds.send_message(topic="t", key="k", value="v")
    named = [words[2] for words in Topics.requests if words[0] == "produce"]
    assert len(named) == 30
    assert len(set(named)) > 1
    assert sorted(named) == [m.partition for m in place.emulator.messages("t")]


def test_messages_survive_their_topic_but_not_a_reset(place: Place) -> None:
    for value in ("first", "second"):
        topic = place.topic(partitions=1)
        place.send(0, value)
        place.ds.delete_topic(topic)
    place.topic(partitions=1)
    assert place.shown() == (2, ["second", "first"])
    Topics.stored["t"][0].append(("", "third"))
    assert place.messages() == [(0, 0, "first"), (0, 0, "second"), (0, 0, "third")]
    assert place.shown() == (3, ["third", "second", "first"])
    assert place.emulator.messages("other") == []
    Topics.error = "it fails"
    reset = f"{place.emulator.url}/_emulator/reset"
    assert httpx.post(reset, json={}).status_code == 503
    Topics.error = None
    assert httpx.post(reset, json={}).status_code == 204
    assert (place.messages(), Topics.stored) == ([], {})


def test_messages_survive_the_broker(place: Place) -> None:
    place.topic(partitions=1)
    place.send(0, "before")
    place.emulator.stop()
    place.emulator.stop()
    assert (place.states, Topics.requests[-1]) == (["started", "stopped"], ("close",))
    asked = len(Topics.requests)
    assert place.messages() == [(0, 0, "before")]
    assert len(Topics.requests) == asked
    place.emulator.start()
    Topics.stored["t"][0].append(("", "after"))
    assert place.messages() == [(0, 0, "before"), (0, 1, "after")]


def test_a_broker_error_is_a_503_of_the_gateway(place: Place) -> None:
    topic = place.topic(partitions=1)
    place.send(0, "before")
    Topics.error = "it fails"
    for call in (
        lambda: place.ds.create_topic(name="other"),
        lambda: place.ds.update_topic(topic, description="", partitions=4, retention_ms=3_600_000),
        lambda: place.ds.delete_topic(topic),
        lambda: place.send(0, "lost"),
    ):
        with pytest.raises(ServerError, match="it fails") as caught:
            call()
        assert caught.value.status_code == 503
        assert caught.value.gateway_code is GatewayErrorCode.ENDPOINT_ERROR
    with pytest.raises(BrokerError, match="it fails"):
        place.emulator.messages("t")
    Topics.error = None
    assert [(t.topic_name, t.partitions) for t in place.ds.list_topics()] == [("t", 1)]
    assert place.messages() == [(0, 0, "before")]


def test_the_page_reads_only_the_ends_of_partitions(place: Place) -> None:
    place.topic(partitions=3)
    assert place.shown() == (0, [])
    Topics.stored["t"][0] += [("", f"theirs {number}") for number in range(1000)]
    place.send(2, "ours")
    newest_first = [f"theirs {number}" for number in range(999, 979, -1)]
    assert place.shown() == place.shown() == (1001, newest_first)
    assert Topics.reads() == [{}, {0: (980, 1000), 2: (0, 1)}]
    assert Topics.timeouts == {1.0}


def test_the_page_pauses_reads_after_one_that_failed(place: Place) -> None:
    place.topic(partitions=1)
    place.send(0, "before")
    assert place.shown() == (1, ["before"])
    place.send(0, "after")
    asked = len(Topics.requests)
    Topics.error = "it hangs"
    assert place.shown() == place.shown() == (1, ["before"])
    assert Topics.requests[asked:] == [("ends", "t")]
    answer = httpx.get(f"{place.emulator.url}/_emulator/messages?topic=t")
    assert (answer.status_code, answer.json()) == (503, {"detail": "it hangs"})
    Topics.error = None
    assert place.shown() == (1, ["before"])
    log = place.emulator._kafka
    assert log is not None
    log._look_again = 0.0
    assert place.shown() == (2, ["after", "before"])
    place.emulator.stop()
    assert log.latest("t", 1)[0][0].value == "after"


def test_a_stop_does_not_wait_for_a_crashed_broker(place: Place) -> None:
    place.topic(partitions=1)
    place.send(0, "read")
    assert place.messages() == [(0, 0, "read")]
    place.send(0, "lost")
    Topics.error = "it has crashed"
    place.emulator.stop()
    assert place.states[-1] == "stopped"
    assert place.messages() == [(0, 0, "read")]


def test_a_failed_start_stops_the_broker(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(server: Any) -> None:
        server.stop()
        raise OSError

    place.emulator.stop()
    Topics.error = "it hangs"
    with pytest.raises(BrokerError, match="it hangs"):
        place.emulator.start()
    with pytest.raises(RuntimeError, match="not started"):
        _ = place.emulator.url
    Topics.error = None
    monkeypatch.setattr("ncloud_datastream_emulator.server.Server.start", start)
    with pytest.raises(OSError):
        place.emulator.start()
    assert place.states == ["started", "stopped"] * 3


def test_the_in_process_transport_has_no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    emulator = Emulator(kafka="127.0.0.1:9094", prefix="")
    with (
        DataStream(
            emulator.credentials, transport=emulator.transport(), retry=Retry(max_attempts=1)
        ) as ds,
        pytest.raises(ServerError, match="The broker is not started"),
    ):
        ds.create_topic(name="t")


def test_a_missing_extra_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ncloud_datastream_emulator.kafka.topics", None)
    with pytest.raises(BrokerError, match=r"pip install '\.\[kafka\]'"):
        Emulator(kafka="127.0.0.1:0").start()


# --- a broker that hangs --------------------------------------------------------------------------


class Blocked:
    """Blocks requests to the broker until the test releases them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
        self.release = threading.Event()
        self.waiting = threading.Semaphore(0)
        for name in names:
            monkeypatch.setattr(Topics, name, self._held(getattr(Topics, name)))

    def _held(self, real: Any) -> Any:
        def held(*words: Any) -> Any:
            self.waiting.release()
            assert self.release.wait(60)
            return real(*words)

        return held

    def await_calls(self, count: int) -> None:
        for _ in range(count):
            assert self.waiting.acquire(timeout=60)


def test_a_broker_that_hangs_blocks_only_its_own_requests(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = place.topic()
    blocked = Blocked(monkeypatch, "produce", "ends", "create")
    with ThreadPoolExecutor(8) as pool:
        try:
            sent = [pool.submit(place.send, 0, str(n)) for n in range(4)]
            made = [pool.submit(place.ds.create_topic, name="u") for _ in range(2)]
            read = pool.submit(place.messages)
            blocked.await_calls(4 + 1 + 1)  # the second of two equal topics waits for the first
            assert [each.topic_name for each in place.ds.list_topics()] == ["t"]
            assert place.ds.get_topic(topic).partitions == 2
            assert place.ds.get_registry_info(topic).endpoint
            url = f"{place.emulator.url}/_emulator"
            assert httpx.get(f"{url}/ready").json() == {"ready": True}
            assert httpx.get(f"{url}/calls").status_code == 200
            place.emulator.answer_next("getTopicPrefix", 200, {"prefix": "x"})
            assert place.ds.get_topic_prefix().prefix == "x"
            assert place.emulator.calls
            assert not any(each.done() for each in (*sent, *made, read))
        finally:
            blocked.release.set()
        for each in sent:
            each.result(60)
        assert {type(each.exception(60)) for each in made} == {type(None), ConflictError}
        read.result(60)
    assert sorted(value for _, _, value in place.messages()) == ["0", "1", "2", "3"]


def test_the_page_shows_the_last_known_messages_during_another_read(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.topic()
    place.send(0, "one")
    assert place.shown() == (1, ["one"])
    monkeypatch.setattr(log, "_GLANCE", 0.01)
    blocked = Blocked(monkeypatch, "ends")
    with ThreadPoolExecutor(1) as pool:
        try:
            read = pool.submit(place.messages)
            blocked.await_calls(1)
            assert place.shown() == (1, ["one"])
        finally:
            blocked.release.set()
        assert read.result(60) == [(0, 0, "one")]


def test_a_client_may_disconnect_while_the_broker_hangs(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.topic()
    blocked = Blocked(monkeypatch, "produce")
    hasty = place.ds.with_options(timeout=0.2)
    with pytest.raises(TransportError):
        hasty.send_message(topic="t", key="k", value="v", partition=0)
    blocked.await_calls(1)
    blocked.release.set()
    assert len(place.ds.list_topics()) == 1
    unknown = log.KafkaLog("127.0.0.1:1", "u", "p", threading.Lock())
    assert unknown.latest("t", 3) == ([], 0), "as after a concurrent deletion"
    unknown.stop()
