"""Fault injection, on sockets and in process."""

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
    Retry,
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


def test_a_status_fault_replaces_the_effect_of_one_call(call: Any) -> None:
    call.emulator.faults = [Fault.status("createTopic", 503)]
    body = {"name": "a"}
    assert call("POST", TOPICS, body).status_code == 503
    assert call("GET", TOPICS).json() == {"list": []}
    assert call("POST", TOPICS, body).status_code == 200


def test_a_fault_applies_so_many_times_to_its_operation(call: Any) -> None:
    for times, expected in [(1, [429, 200, 200]), (2, [429, 429, 200]), (None, [429] * 3)]:
        call.emulator.faults = [Fault.status("listTopics", 429, times=times)]
        assert statuses(call, 3) == expected
    call.emulator.faults = [Fault.status("getTopic", 500, times=None)]
    assert statuses(call, 1) == [200]
    call.emulator.faults = [Fault.status("*", 500, times=None)]
    assert statuses(call, 1) + statuses(call, 1, path=f"{TOPICS}/a") == [500, 500]


def test_a_status_fault_can_set_retry_after_and_headers(call: Any) -> None:
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
def test_the_default_body_is_that_of_gateway_or_service(
    call: Any, operation: str, method: str, path: str, status: int, body: dict[str, Any]
) -> None:
    call.emulator.faults = [Fault.status(operation, status)]
    host = "api.datastream.naverncp.com" if "produce" in path else "datastream.apigw.ntruss.com"
    answer = call.client.request(
        method, f"https://{host}{path}", headers=call.headers(method, path), json={}
    )
    assert answer.status_code == status
    said = answer.json()
    assert "Injected by a fault" in answer.text
    for name, value in body.items():
        assert (said[name] | value if isinstance(value, dict) else value) == said[name]


@pytest.mark.parametrize(
    ("status", "body", "content"), [(200, None, b""), (500, "x", b"x"), (500, {"a": 1}, b'{"a":1}')]
)
def test_a_status_fault_can_set_the_body(
    call: Any, status: int, body: object, content: bytes
) -> None:
    call.emulator.faults = [Fault.status("listTopics", status, body=body)]
    url = f"https://datastream.apigw.ntruss.com{TOPICS}"
    answer = call.client.get(url, headers=call.headers("GET", TOPICS))
    assert (answer.status_code, answer.content) == (status, content)


def test_an_unsigned_call_does_not_use_up_a_fault(call: Any) -> None:
    call.emulator.faults = [Fault.status("listTopics", 503)]
    url = f"https://datastream.apigw.ntruss.com{TOPICS}"
    assert call.client.get(url).status_code == 401
    assert statuses(call, 2) == [503, 200]


def test_set_responses_precede_faults_and_earlier_faults_later_ones(call: Any) -> None:
    call.emulator.faults = [Fault.status("*", 429), Fault.status("listTopics", 503)]
    call.emulator.answer_next("listTopics", 400, {})
    assert statuses(call, 4) == [400, 429, 503, 200]


def chances(seed: int) -> list[bool]:
    emulator = Emulator(seed=seed, faults=[Fault.lost_answer("*", times=None, probability=0.5)])
    faults = emulator._service.faults
    return [faults.strike("listTopics").is_lost for _ in range(200)]


def test_probability_follows_the_seed_and_misses_are_not_counted() -> None:
    assert chances(1) == chances(1) != chances(2)
    assert 60 < sum(chances(1)) < 140
    emulator = Emulator(seed=1, faults=[Fault.lost_answer("*", times=3, probability=0.2)])
    struck = [emulator._service.faults.strike("listTopics").is_lost for _ in range(200)]
    assert sum(struck) == 3


@pytest.mark.parametrize("emulator", [[Fault.clock_skew(900)]], indirect=True)
def test_the_client_corrects_for_an_injected_clock_skew(emulator: Emulator, clock: Any) -> None:
    with in_process(emulator, clock) as ds:
        assert ds.get_topic_prefix().prefix == ""
        assert ds.get_topic_prefix().prefix == ""
    assert [each.status for each in emulator.calls] == [401, 200, 200]


def test_the_date_follows_the_skew_unless_it_is_set(call: Any) -> None:
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


def test_a_lost_response_in_process_may_have_been_delivered(emulator: Emulator, clock: Any) -> None:
    with in_process(emulator, clock) as ds:
        topic = prepared(ds)
        emulator.faults = [Fault.lost_answer("sendMessage")]
        with pytest.raises(TransportError) as caught:
            send(ds, topic)
        assert caught.value.maybe_delivered
        send(ds, topic)
    assert len(emulator.messages(topic)) == 2
    assert [each.is_lost for each in emulator.calls[-2:]] == [True, False]


def test_latency_in_process_takes_no_time(emulator: Emulator, call: Any, clock: Any) -> None:
    with in_process(emulator, clock, timeout=1.0, retry=ONCE) as ds:
        topic = prepared(ds)
        emulator.faults = [Fault.latency("sendMessage", 3600)]
        with pytest.raises(TransportError):
            send(ds, topic)
        emulator.faults = [Fault.latency("sendMessage", 0.5), Fault.latency("listTopics", 3600)]
        send(ds, topic)
    assert len(emulator.messages(topic)) == 2
    headers = call.headers("GET", TOPICS)
    url = f"https://datastream.apigw.ntruss.com{TOPICS}"
    assert call.client.get(url, headers=headers, timeout=None).status_code == 200


@pytest.fixture
def served() -> Iterator[Emulator]:
    with Emulator(prefix="") as emulator:
        yield emulator


def on_socket(emulator: Emulator, **options: Any) -> DataStream:
    return DataStream(
        emulator.credentials, management_url=emulator.url, message_url=emulator.url, **options
    )


def test_a_lost_response_on_a_socket_may_have_been_delivered(
    served: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    with on_socket(served) as ds:
        topic = prepared(ds)
        served.faults = [Fault.lost_answer("sendMessage")]
        with pytest.raises(TransportError) as caught:
            send(ds, topic)
        assert caught.value.maybe_delivered
        send(ds, topic)
    assert len(served.messages(topic)) == 2
    assert [each for each in caplog.records if each.name.startswith("uvicorn")] == []


def test_a_lost_response_closes_no_other_connection(served: Emulator) -> None:
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


async def test_an_asynchronous_client_retries_after_a_lost_response(served: Emulator) -> None:
    async with AsyncDataStream(
        served.credentials, management_url=served.url, message_url=served.url
    ) as ds:
        served.faults = [Fault.lost_answer("listTopics")]
        assert len(await ds.list_topics()) == 0
    assert [each.is_lost for each in served.calls] == [True, False]


def test_a_call_with_latency_takes_effect_immediately(served: Emulator) -> None:
    with on_socket(served, retry=ONCE) as ds:
        topic = prepared(ds)
        served.faults = [Fault.latency("sendMessage", 3600, times=1)]
        # Long enough for a busy machine to store the message first.
        with pytest.raises(TransportError) as caught:
            send(ds.with_options(timeout=1.0), topic)
        assert caught.value.maybe_delivered
        send(ds, topic)
    assert len(served.messages(topic)) == 2


def test_latency_delays_any_response(served: Emulator, sign: Any) -> None:
    served.faults = [Fault.latency("*", 0.01)]
    with on_socket(served) as ds:
        assert len(ds.list_topics()) == 0
    signed = sign("POST", "/api/produce", served.credentials, time.time())
    body = b" " * (11 * 1024 * 1024)
    response = httpx.post(f"{served.url}/api/produce", headers=signed, content=body)
    assert [response.status_code, *(each.status for each in served.calls)] == [413, 200, 413]


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


def test_several_faults_combine(served: Emulator) -> None:
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


def test_a_lost_response_needs_support_of_the_server() -> None:
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

    with pytest.raises(RuntimeError, match="cannot drop a response"):
        asyncio.run(emulator.app(scope, receive, send))


def test_faults_are_immutable_and_setting_them_restarts_their_counts(call: Any) -> None:
    fault = Fault.status("listTopics", 500, retry_after=1)
    with pytest.raises(FrozenInstanceError):
        fault.times = 2  # type: ignore[misc]
    call.emulator.faults = [fault]
    assert statuses(call, 2) == [500, 200]
    assert call.emulator.faults == (Fault.status("listTopics", 500, retry_after=1),)
    call.emulator.faults = call.emulator.faults
    assert statuses(call, 2) == [500, 200]


WRONG: list[tuple[Any, str]] = [
    (lambda: Fault.status("listTopics", 199), "from 200 to 599"),
    (lambda: Fault.status("listTopics", 204, body="x"), "cannot have a body"),
    (lambda: Fault.status("listTopics", 500, headers={"a b": "c"}), "cannot be sent"),
    (lambda: Fault.status("listTopics", 500, times=0), "at least 1"),
    (lambda: Fault.latency("listTopics", -1), "a number of seconds"),
    (lambda: Fault.latency("listTopics", float("nan")), "a number of seconds"),
    (lambda: Fault.lost_answer("listTopics", probability=0), "above 0"),
    (lambda: Fault.clock_skew(1, probability=1.1), "at most 1"),
    (
        lambda: Emulator(faults=[Fault.status("list_topics", 500)]),
        "Unknown operation 'list_topics'",
    ),
]


@pytest.mark.parametrize(("make", "reason"), WRONG)
def test_an_invalid_fault_is_a_value_error(make: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()
