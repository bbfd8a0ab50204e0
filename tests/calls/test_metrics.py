"""OpenTelemetry metrics of calls, messages and buffers."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    Credentials,
    DataStream,
    Message,
    NotFoundError,
    Outcome,
    Retry,
    TransportError,
)
from ncloud_datastream.calls import metrics as ours
from ncloud_datastream.calls.servers import Server
from opentelemetry import metrics
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

KEYS = Credentials("ACCESSKEY", "canary-secret-key")
ONCE = Retry(max_attempts=1)

Reader = Callable[[str], list[Any]]


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Return the data points of a metric."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: provider)

    def read(name: str) -> list[Any]:
        data = reader.get_metrics_data()
        return [
            point
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]

    yield read
    provider.shutdown()


def client(answer: Callable[[httpx.Request], httpx.Response], **options: Any) -> DataStream:
    return DataStream(KEYS, transport=httpx.MockTransport(answer), **options)


def ok(request: httpx.Request) -> httpx.Response:
    if request.method == "GET":
        return httpx.Response(200, json={"prefix": "h4j6l-"})
    return httpx.Response(200, json={"status": 200, "detail": "OK"})


WHERE = {"server.address": "datastream.apigw.ntruss.com", "server.port": 443}
SENT = {
    "messaging.system": "ncloud_datastream",
    "messaging.operation.name": "sendMessage",
    "messaging.operation.type": "send",
    "server.port": 443,
}


def test_the_duration_of_a_call_is_recorded(points: Reader) -> None:
    client(ok).get_topic_prefix()
    (point,) = points("http.client.request.duration")
    assert dict(point.attributes) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        **WHERE,
    }
    assert point.count == 1
    assert point.explicit_bounds[0] == 0.005
    assert points("messaging.client.sent.messages") == []


async def test_a_failed_call_has_the_type_of_its_error(points: Reader) -> None:
    with pytest.raises(NotFoundError):
        client(lambda _: httpx.Response(404)).get_topic("a")

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset")

    transport = httpx.MockTransport(fail)
    async with AsyncDataStream(KEYS, transport=transport, retry=ONCE) as ds:
        with pytest.raises(TransportError):
            await ds.get_topic("a")
    found = [dict(point.attributes) for point in points("http.client.request.duration")]
    assert [each["error.type"] for each in found] == ["404", "TransportError"]
    assert [each.get("http.response.status_code") for each in found] == [404, None]


def test_a_message_is_counted_by_its_outcome(points: Reader) -> None:
    with client(ok) as ds:
        ds.send_message(topic="t", key="k", value="v")
    (sent,) = points("messaging.client.sent.messages")
    assert sent.value == 1
    assert sent.attributes["ncloud.datastream.outcome"] == "delivered"
    assert SENT.items() <= sent.attributes.items()
    assert "error.type" not in sent.attributes
    assert len(points("messaging.client.operation.duration")) == 1
    assert len(points("http.client.request.duration")) == 1


@pytest.mark.parametrize(
    ("answer", "outcome", "kind"),
    [
        (httpx.Response(200, json={"status": 200, "detail": "OK"}), Outcome.DELIVERED, None),
        (httpx.Response(400), Outcome.REJECTED, "400"),
        (httpx.Response(307, headers={"location": "/"}), Outcome.REJECTED, "307"),
        (httpx.Response(200, text="?"), Outcome.UNKNOWN, "UnexpectedAnswerError"),
        (httpx.Response(500), Outcome.UNKNOWN, "500"),
        (httpx.ConnectError("refused"), Outcome.UNSENT, "TransportError"),
    ],
)
def test_messages_sent_in_bulk_are_counted_by_outcome_and_error(
    points: Reader, answer: httpx.Response | Exception, outcome: Outcome, kind: str | None
) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with client(reply, retry=ONCE) as ds:
        (first, second) = ds.send_messages([Message("t", "k", "v")] * 2)
    assert first.outcome is second.outcome is outcome
    (sent,) = points("messaging.client.sent.messages")
    assert sent.value == 2
    assert sent.attributes["ncloud.datastream.outcome"] == outcome.value
    assert sent.attributes["messaging.destination.name"] == "t"
    assert sent.attributes.get("error.type") == kind
    (took,) = points("messaging.client.operation.duration")
    assert 1 <= took.count <= 2
    assert dict(took.attributes) == dict(sent.attributes)


def test_the_durations_of_many_messages_are_sampled(
    points: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.5, 0.505, 0.549, 0.551])
    recording = ours.instruments()
    assert recording is not None
    monkeypatch.setattr(ours, "time", SimpleNamespace(monotonic=lambda: next(times)))
    server = Server("message", "https://a", "https", "a", 443, "a")
    for seconds in (1, 2, 3, 4):
        recording.message(server, "t", None, seconds)
    (took,) = points("messaging.client.operation.duration")
    assert (took.count, took.sum) == (2, 5)
    (sent,) = points("messaging.client.sent.messages")
    assert sent.value == 4


def test_the_outcome_of_an_interrupted_message_is_unknown(points: Reader) -> None:
    def interrupt(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client(interrupt).send_message(topic="t", key="k", value="v")
    (sent,) = points("messaging.client.sent.messages")
    assert sent.attributes["ncloud.datastream.outcome"] == "unknown"


def test_an_invalid_message_is_counted_without_its_topic(points: Reader) -> None:
    with client(ok) as ds:
        list(ds.send_messages([Message(object(), "k", "v")]))  # type: ignore[arg-type]
    (sent,) = points("messaging.client.sent.messages")
    assert sent.attributes["error.type"] == "ConfigurationError"
    assert "messaging.destination.name" not in sent.attributes


def test_the_content_of_all_buffers_is_reported(points: Reader) -> None:
    release = threading.Event()
    with (
        client(ok) as ds,
        ds.producer(topic="t", on_delivery=lambda _: release.wait(30)) as one,
        ds.producer(topic="t") as other,
    ):
        for _ in range(3):
            one.send(key="k", value="v")
        (messages,) = points("ncloud.datastream.producer.buffer.messages")
        (size,) = points("ncloud.datastream.producer.buffer.bytes")
        assert messages.value == one.buffered == 3
        assert size.value == 3 * (sys.getsizeof("k") + sys.getsizeof("v"))
        release.set()
        one.flush()
        assert other.buffered == 0
        (messages,) = points("ncloud.datastream.producer.buffer.messages")
        assert messages.value == 0
    (sent,) = points("messaging.client.sent.messages")
    assert sent.value == 3


def test_a_meter_provider_may_be_set_later(monkeypatch: pytest.MonkeyPatch) -> None:
    with client(ok) as ds:
        ds.get_topic_prefix()
        reader = InMemoryMetricReader()
        provider = MeterProvider([reader])
        monkeypatch.setattr(metrics, "get_meter_provider", lambda: provider)
        ds.get_topic_prefix()
        ds.get_topic_prefix()
    assert '"count": 2' in (data.to_json() if (data := reader.get_metrics_data()) else "")
    provider.shutdown()


def test_nothing_is_recorded_without_opentelemetry_or_a_meter_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ours.instruments() is None  # no provider was set
    monkeypatch.setattr(metrics, "get_meter_provider", NoOpMeterProvider)
    assert ours.instruments() is None
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    ours._opentelemetry.cache_clear()
    try:
        assert ours.instruments() is None
        assert client(ok).get_topic_prefix().prefix == "h4j6l-"
    finally:
        ours._opentelemetry.cache_clear()


def test_an_opentelemetry_without_advisory_buckets_is_supported() -> None:

    class OldMeter:
        def create_histogram(self, name: str, unit: str, description: str) -> str:
            return name

        def create_observable_counter(self, *arguments: object, **named: object) -> None: ...

        create_observable_up_down_counter = create_observable_counter

    class OldProvider:
        def get_meter(self, name: str, version: str) -> OldMeter:
            return OldMeter()

    ours.Instruments(metrics, OldProvider())


def test_a_meter_provider_has_one_set_of_instruments(points: Reader) -> None:
    provider = metrics.get_meter_provider()
    made = [ours.instruments(), *(ours.instruments_of(metrics, provider) for _ in range(2))]
    assert made == [made[0]] * 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_records_even_if_it_was_forked_during_recording(points: Reader) -> None:
    with client(ok) as ds:
        ds.send_message(topic="t", key="k", value="v")
        with ours._counting:
            child = os.fork()
            if not child:
                ds.send_message(topic="t", key="k", value="v")
                os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    ours.after_fork()
    assert len(points("messaging.client.sent.messages")) == 1
