"""Faults that are set, on sockets and in process."""

from __future__ import annotations

import asyncio
import base64
import hmac
import threading
import time
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    DataStream,
    RateLimitedError,
    Retry,
    ServerError,
    TransportError,
)
from ncloud_datastream_emulator import Emulator, Fault

TOPICS = "/api/v1/topics"
ONCE = Retry(max_attempts=1)


def statuses(call: Any, count: int, method: str = "GET", path: str = TOPICS) -> list[int]:
    return [call(method, path).status_code for _ in range(count)]


@pytest.fixture
def emulator(clock: Any, request: pytest.FixtureRequest) -> Emulator:
    return Emulator(clock=clock, seed=7, prefix="", faults=getattr(request, "param", ()))


def in_process(emulator: Emulator, clock: Any, **options: Any) -> DataStream:
    return DataStream(emulator.credentials, transport=emulator.transport(), clock=clock, **options)


def test_a_status_comes_once_and_nothing_is_done(call: Any) -> None:
    call.emulator.faults = [Fault.status("createTopic", 503)]
    body = {"name": "a"}
    assert call("POST", TOPICS, body).status_code == 503
    assert call("GET", TOPICS).json() == {"list": []}
    assert call("POST", TOPICS, body).status_code == 200


@pytest.mark.parametrize(
    ("times", "expected"), [(1, [429, 200, 200]), (2, [429, 429, 200]), (None, [429] * 3)]
)
def test_so_many_times(call: Any, times: int | None, expected: list[int]) -> None:
    call.emulator.faults = [Fault.status("listTopics", 429, times=times)]
    assert statuses(call, 3) == expected


def test_it_is_for_its_operation_only_or_for_any(call: Any) -> None:
    call.emulator.faults = [Fault.status("getTopic", 500, times=None)]
    assert statuses(call, 1) == [200]
    call.emulator.faults = [Fault.status("*", 500, times=None)]
    assert statuses(call, 1) + statuses(call, 1, path=f"{TOPICS}/a") == [500, 500]


def test_retry_after(call: Any) -> None:
    call.emulator.faults = [Fault.status("listTopics", 429, retry_after=1.5, headers={"A": "b"})]
    answer = call("GET", TOPICS)
    assert (answer.headers["retry-after"], answer.headers["a"]) == ("1.5", "b")
    assert answer.json()["error"]["errorCode"] == "410"


@pytest.mark.parametrize(
    ("operation", "method", "path", "status", "body"),
    [
        (
            "listTopics",
            "GET",
            TOPICS,
            503,
            {"error": {"errorCode": "500", "message": "Endpoint Error"}},
        ),
        ("listTopics", "GET", TOPICS, 409, {"type": "about:blank", "title": "Conflict"}),
        ("listTopics", "GET", TOPICS, 520, {"type": "about:blank", "title": "Unknown"}),
        ("sendMessage", "POST", "/api/produce", 400, {"status": 400}),
    ],
)
def test_the_usual_body(
    call: Any, operation: str, method: str, path: str, status: int, body: dict[str, Any]
) -> None:
    call.emulator.faults = [Fault.status(operation, status)]
    host = "api.datastream.naverncp.com" if "produce" in path else "datastream.apigw.ntruss.com"
    answer = call.client.request(
        method, f"https://{host}{path}", headers=call.headers(method, path), json={}
    )
    assert answer.status_code == status
    said = answer.json()
    assert "A fault of the emulator" in answer.text
    for name, value in body.items():
        assert (said[name] | value if isinstance(value, dict) else value) == said[name]


@pytest.mark.parametrize(
    ("status", "body", "content"), [(200, None, b""), (500, "x", b"x"), (500, {"a": 1}, b'{"a":1}')]
)
def test_a_body_of_ones_own(call: Any, status: int, body: object, content: bytes) -> None:
    call.emulator.faults = [Fault.status("listTopics", status, body=body)]
    url = f"https://datastream.apigw.ntruss.com{TOPICS}"
    answer = call.client.get(url, headers=call.headers("GET", TOPICS))
    assert (answer.status_code, answer.content) == (status, content)


def test_an_unsigned_call_uses_none_up(call: Any) -> None:
    call.emulator.faults = [Fault.status("listTopics", 503)]
    url = f"https://datastream.apigw.ntruss.com{TOPICS}"
    assert call.client.get(url).status_code == 401
    assert statuses(call, 2) == [503, 200]


def test_the_first_of_several_answers_is_given_and_the_next_waits(call: Any) -> None:
    call.emulator.faults = [Fault.status("*", 429), Fault.status("listTopics", 503)]
    assert statuses(call, 3) == [429, 503, 200]


def test_an_ordered_answer_comes_first(call: Any) -> None:
    call.emulator.faults = [Fault.status("listTopics", 503)]
    call.emulator.answer_next("listTopics", 400, {})
    assert statuses(call, 3) == [400, 503, 200]


def chances(seed: int) -> list[bool]:
    emulator = Emulator(seed=seed, faults=[Fault.lost_answer("*", times=None, probability=0.5)])
    faults = emulator._service.faults
    return [faults.strike("listTopics").is_lost for _ in range(200)]


def test_chance_follows_the_seed() -> None:
    assert chances(1) == chances(1) != chances(2)
    assert 60 < sum(chances(1)) < 140


def test_chance_is_no_turn() -> None:
    """A fault that did not strike is not used up."""
    emulator = Emulator(seed=1, faults=[Fault.lost_answer("*", times=3, probability=0.2)])
    struck = [emulator._service.faults.strike("listTopics").is_lost for _ in range(200)]
    assert sum(struck) == 3


@pytest.mark.parametrize("emulator", [[Fault.clock_skew(900)]], indirect=True)
def test_a_clock_that_is_ahead_is_learned(emulator: Emulator, clock: Any) -> None:
    with in_process(emulator, clock) as ds:
        assert ds.get_topic_prefix().prefix == ""
        assert ds.get_topic_prefix().prefix == ""
    assert [each.status for each in emulator.calls] == [401, 200, 200]


def test_the_date_goes_with_the_skew(call: Any) -> None:
    call.emulator.faults = [Fault.clock_skew(-3600, "listTopics")]
    headers = call.headers("GET", TOPICS, -3600)
    url = "https://datastream.apigw.ntruss.com"
    answer = call.client.get(f"{url}{TOPICS}", headers=headers)
    assert answer.status_code == 200
    assert answer.headers.get_list("date") == ["Mon, 21 Sep 2026 13:13:20 GMT"]
    prefix = call("GET", "/api/v1/topic-prefix")
    assert prefix.headers["date"] == "Mon, 21 Sep 2026 14:13:20 GMT"
    call.emulator.answer_next("listTopics", 401, {}, headers={"Date": "today"})
    answer = call.client.get(f"{url}{TOPICS}", headers=headers)
    assert answer.headers.get_list("date") == ["today"]


def send(ds: DataStream, topic: str) -> None:
    ds.send_message(topic=topic, key="k", value="v")


def prepared(ds: DataStream) -> str:
    return str(ds.wait_for_topic(ds.create_topic(name="orders").topic_id).topic_name)


def test_a_lost_answer_in_process(emulator: Emulator, clock: Any) -> None:
    with in_process(emulator, clock) as ds:
        topic = prepared(ds)
        emulator.faults = [Fault.lost_answer("sendMessage")]
        with pytest.raises(TransportError) as caught:
            send(ds, topic)
        assert caught.value.maybe_delivered
        send(ds, topic)
    assert len(emulator.messages(topic)) == 2
    assert [each.is_lost for each in emulator.calls[-2:]] == [True, False]


def test_latency_in_process_fails_or_passes_at_once(emulator: Emulator, clock: Any) -> None:
    with in_process(emulator, clock, timeout=1.0, retry=ONCE) as ds:
        topic = prepared(ds)
        emulator.faults = [Fault.latency("sendMessage", 3600)]
        with pytest.raises(TransportError):
            send(ds, topic)
        emulator.faults = [Fault.latency("sendMessage", 0.5)]
        send(ds, topic)
    assert len(emulator.messages(topic)) == 2


def test_latency_in_process_without_a_timeout(call: Any) -> None:
    call.emulator.faults = [Fault.latency("listTopics", 3600)]
    url = f"https://datastream.apigw.ntruss.com{TOPICS}"
    answer = call.client.get(url, headers=call.headers("GET", TOPICS), timeout=None)
    assert answer.status_code == 200


@pytest.fixture
def served() -> Iterator[Emulator]:
    with Emulator(prefix="") as emulator:
        yield emulator


def on_socket(emulator: Emulator, **options: Any) -> DataStream:
    return DataStream(
        emulator.credentials, management_url=emulator.url, message_url=emulator.url, **options
    )


def test_a_lost_answer_on_a_socket(served: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    with on_socket(served) as ds:
        topic = prepared(ds)
        served.faults = [Fault.lost_answer("sendMessage")]
        with pytest.raises(TransportError) as caught:
            send(ds, topic)
        assert caught.value.maybe_delivered
        send(ds, topic)
    assert len(served.messages(topic)) == 2
    assert [each for each in caplog.records if each.name.startswith("uvicorn")] == []


def test_others_keep_their_connections(served: Emulator) -> None:
    with httpx.Client(base_url=served.url) as other, on_socket(served, retry=ONCE) as ds:
        assert other.get("/_emulator/calls").status_code == 200
        served.faults = [Fault.lost_answer("listTopics")]
        with pytest.raises(TransportError):
            ds.list_topics()
        kept: list[str] = []

        def trace(event: str, details: dict[str, Any]) -> None:
            kept.append(event)

        again = other.get("/_emulator/calls", extensions={"trace": trace})
        assert len(again.json()) == 1
        assert not any("connect_tcp" in event for event in kept)


async def test_a_lost_answer_to_an_asynchronous_client(served: Emulator) -> None:
    async with AsyncDataStream(
        served.credentials, management_url=served.url, message_url=served.url
    ) as ds:
        served.faults = [Fault.lost_answer("listTopics")]
        assert len(await ds.list_topics()) == 0
    assert [each.is_lost for each in served.calls] == [True, False]


def test_latency_on_a_socket(served: Emulator) -> None:
    """Acted on at once, answered too late; nothing waits for the rest of it."""
    with on_socket(served, retry=ONCE) as ds:
        topic = prepared(ds)
        served.faults = [Fault.latency("sendMessage", 3600, times=1)]
        # Short for an hour, and long for a busy machine that has to take the message meanwhile.
        with pytest.raises(TransportError) as caught:
            send(ds.with_options(timeout=1.0), topic)
        assert caught.value.maybe_delivered
        send(ds, topic)
    assert len(served.messages(topic)) == 2


def test_latency_that_is_waited_for(served: Emulator) -> None:
    served.faults = [Fault.latency("listTopics", 0.01)]
    with on_socket(served) as ds:
        assert len(ds.list_topics()) == 0
    assert [each.status for each in served.calls] == [200]


def test_latency_with_a_body_that_is_too_large(served: Emulator, sign: Any) -> None:
    served.faults = [Fault.latency("sendMessage", 0.01)]
    signed = sign("POST", "/api/produce", served.credentials, time.time())
    body = b" " * (11 * 1024 * 1024)
    answer = httpx.post(f"{served.url}/api/produce", headers=signed, content=body)
    assert answer.status_code == 413


def test_a_stop_does_not_wait_for_latency() -> None:
    with Emulator() as emulator, on_socket(emulator, retry=ONCE) as ds:
        emulator.faults = [Fault.latency("listTopics", 3600)]
        failed: list[Exception] = []

        def ask() -> None:
            try:
                ds.list_topics()
            except TransportError as error:
                failed.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        while not emulator.calls:
            threading.Event().wait(0.01)
        emulator.stop()
        asking.join(30)
    assert len(failed) == 1


def test_several_at_once(served: Emulator) -> None:
    served.faults = [
        Fault.latency("*", 0.01),
        Fault.status("listTopics", 429, retry_after=0),
        Fault.lost_answer("listTopics", times=2),
    ]
    with on_socket(served, retry=Retry(max_attempts=5)) as ds:
        assert len(ds.list_topics()) == 0
    assert [(each.status, each.is_lost) for each in served.calls] == [
        (429, True),
        (200, True),
        (200, False),
    ]


def test_what_a_program_does_with_them(served: Emulator) -> None:
    with on_socket(served, retry=ONCE) as ds:
        served.faults = [
            Fault.status("listTopics", 429, retry_after=7),
            Fault.status("listTopics", 503),
        ]
        with pytest.raises(RateLimitedError) as limited:
            ds.list_topics()
        assert limited.value.retry_after == 7
        with pytest.raises(ServerError):
            ds.list_topics()


def test_a_server_that_cannot_lose_an_answer() -> None:
    emulator = Emulator(faults=[Fault.lost_answer("listTopics"), Fault.clock_skew(0.0)])
    scope = {"type": "http", "method": "GET", "raw_path": TOPICS.encode(), "query_string": b""}
    keys, now = emulator.credentials, str(int(time.time() * 1000))
    text = f"GET {TOPICS}\n{now}\n{keys.access_key}".encode()
    digest = hmac.digest(keys.secret_key.encode(), text, "sha256")
    scope["headers"] = [
        (b"x-ncp-apigw-timestamp", now.encode()),
        (b"x-ncp-iam-access-key", keys.access_key.encode()),
        (b"x-ncp-apigw-signature-v2", base64.b64encode(digest)),
    ]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        raise AssertionError(message)

    with pytest.raises(RuntimeError, match="cannot lose an answer"):
        asyncio.run(emulator.app(scope, receive, send))


def test_faults_are_values() -> None:
    fault = Fault.status("sendMessage", 429, retry_after=1)
    assert fault == Fault.status("sendMessage", 429, retry_after=1)
    with pytest.raises(FrozenInstanceError):
        fault.times = 2  # type: ignore[misc]
    emulator = Emulator(faults=[fault])
    assert emulator.faults == (fault,)
    emulator.faults = []
    assert emulator.faults == ()


def test_setting_them_counts_anew(call: Any) -> None:
    call.emulator.faults = [Fault.status("listTopics", 500)]
    assert statuses(call, 2) == [500, 200]
    call.emulator.faults = call.emulator.faults
    assert statuses(call, 2) == [500, 200]


WRONG: list[tuple[Any, str]] = [
    (lambda: Fault.status("listTopics", 199), "from 200 to 599"),
    (lambda: Fault.status("listTopics", 204, body="x"), "has no body"),
    (lambda: Fault.status("listTopics", 500, headers={"a b": "c"}), "cannot be sent"),
    (lambda: Fault.status("listTopics", 500, times=0), "at least once"),
    (lambda: Fault.latency("listTopics", -1), "a number of seconds"),
    (lambda: Fault.latency("listTopics", float("nan")), "a number of seconds"),
    (lambda: Fault.lost_answer("listTopics", probability=0), "above 0"),
    (lambda: Fault.clock_skew(1, probability=1.1), "at most 1"),
    (lambda: Emulator(faults=[Fault.status("list_topics", 500)]), "no operation 'list_topics'"),
]


@pytest.mark.parametrize(("make", "reason"), WRONG)
def test_what_cannot_be_right(make: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()


def test_the_environment_leads_to_it(served: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)
    with DataStream() as ds:
        assert ds.get_topic_prefix().prefix == ""
    with pytest.raises(RuntimeError, match="not started"):
        _ = Emulator().environment
