"""One log line and one span per call, without a secret in either."""

import logging
import sys
from contextlib import suppress
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
    Retry,
    TransportError,
)
from ncloud_datastream.calls import telemetry
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

KEYS = Credentials("ACCESSKEY", "canary-secret-key")
ONCE = Retry(max_attempts=1)
WITH_ID = {"x-ncp-request-id": "5f2c\x1b[2J-1"}


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    return exporter


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def client(*responses: httpx.Response | BaseException, **options: Any) -> DataStream:
    left = list(responses)

    def respond(request: httpx.Request) -> httpx.Response:
        found = left.pop(0)
        if isinstance(found, BaseException):
            raise found
        return found

    return DataStream(KEYS, transport=httpx.MockTransport(respond), **options)


def prefix(**options: Any) -> httpx.Response:
    return httpx.Response(200, json={"prefix": "h4j6l-"}, **options)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines of calls; attempts have loggers below."""
    records = [record for record in caplog.records if record.name == "ncloud_datastream"]
    return [f"{record.levelname} {record.getMessage()}" for record in records]


# --- log lines -----------------------------------------------------------------------------------


def test_each_call_is_logged_with_its_duration_and_request_id(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([10.0, 10.5, 20.0, 20.25])
    monkeypatch.setattr(telemetry, "time", SimpleNamespace(monotonic=lambda: next(times)))
    caplog.set_level(logging.DEBUG, "ncloud_datastream")
    client(prefix()).get_topic_prefix()
    client(prefix(headers=WITH_ID)).get_topic_prefix()
    assert lines(caplog) == [
        "DEBUG getTopicPrefix: 200, attempts 1, 500.0 ms",
        "DEBUG getTopicPrefix: 200, attempts 1, 250.0 ms, request id 5f2c [2J-1",
    ]


def test_retries_are_logged_at_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ncloud_datastream")
    client(httpx.Response(503), prefix()).get_topic_prefix()
    (line,) = lines(caplog)
    assert line.startswith("INFO getTopicPrefix: HTTP 503. Retrying in ")


def test_failed_calls_and_messages_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ncloud_datastream")
    with pytest.raises(NotFoundError) as caught:
        client(httpx.Response(404, headers=WITH_ID)).get_topic("a")
    assert caught.value.request_id == "5f2c [2J-1"
    with pytest.raises(TransportError):
        client(httpx.ReadError("reset"), retry=ONCE).get_topic("a")
    with client(httpx.Response(404, headers=WITH_ID)) as ds:
        next(ds.send_messages([Message("t", "k", "v")]))
    call, no_response, *_, message = lines(caplog)
    assert call.startswith("DEBUG getTopic: 404 NotFoundError, attempts 1, ")
    assert call.endswith(" ms, request id 5f2c [2J-1")
    assert no_response.startswith("DEBUG getTopic: no response TransportError, attempts 1, ")
    assert "request id 5f2c [2J-1" in message


# --- spans ---------------------------------------------------------------------------------------


def test_a_successful_call_is_a_span(spans: InMemorySpanExporter) -> None:
    client(prefix(headers=WITH_ID)).get_topic_prefix()
    (span,) = spans.get_finished_spans()
    assert (span.name, span.kind) == ("getTopicPrefix", trace.SpanKind.CLIENT)
    assert span.status.status_code is trace.StatusCode.UNSET
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "server.address": "datastream.apigw.ntruss.com",
        "server.port": 443,
        "url.full": "https://datastream.apigw.ntruss.com/api/v1/topic-prefix",
        "ncloud.datastream.operation": "getTopicPrefix",
        "http.response.status_code": 200,
        "ncloud.request_id": "5f2c [2J-1",
    }


def test_a_rejected_call_is_a_span_with_an_error(spans: InMemorySpanExporter) -> None:
    with pytest.raises(NotFoundError):
        client(httpx.Response(404, headers=WITH_ID)).get_topic("a")
    (span,) = spans.get_finished_spans()
    assert span.status.status_code is trace.StatusCode.ERROR
    assert (span.status.description or "").startswith("getTopic: HTTP 404")
    assert span.events == ()  # the status already has the error's message
    assert (span.attributes or {})["error.type"] == "404"
    assert (span.attributes or {})["ncloud.request_id"] == "5f2c [2J-1"


@pytest.mark.parametrize(
    ("responses", "error", "resent"),
    [
        ([httpx.Response(503), prefix()], None, 1),
        ([httpx.ReadError("reset")] * 3, "TransportError", 2),
        ([KeyboardInterrupt()], "KeyboardInterrupt", None),
    ],
)
def test_a_span_has_the_retries_and_the_class_of_the_error(
    spans: InMemorySpanExporter, responses: list[Any], error: str | None, resent: int | None
) -> None:
    with suppress(TransportError, KeyboardInterrupt):
        client(*responses).get_topic_prefix()
    (span,) = spans.get_finished_spans()
    attributes = span.attributes or {}
    assert attributes.get("error.type") == error
    assert attributes.get("http.request.resend_count") == resent
    assert attributes.get("http.response.status_code") == (None if error else 200)


async def test_an_asynchronous_call_is_a_span_with_the_port_of_its_server(
    spans: InMemorySpanExporter,
) -> None:
    transport = httpx.MockTransport(lambda request: prefix())
    for url in ("http://127.0.0.1", "http://127.0.0.1:8765"):
        async with AsyncDataStream(KEYS, transport=transport, management_url=url) as ds:
            await ds.get_topic_prefix()
    ports = [(span.attributes or {})["server.port"] for span in spans.get_finished_spans()]
    assert ports == [80, 8765]


def test_logs_and_spans_have_no_keys(
    spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(NotFoundError):
        client(httpx.Response(404)).get_topic("a")
    shown = caplog.text + "".join(span.to_json() for span in spans.get_finished_spans())
    assert "canary" not in shown
    assert "ACCESSKEY" not in shown


def test_opentelemetry_is_optional(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ncloud_datastream")
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    telemetry._opentelemetry.cache_clear()
    try:
        client(prefix()).get_topic_prefix()
        assert len(lines(caplog)) == 1
    finally:
        telemetry._opentelemetry.cache_clear()


def test_no_span_starts_without_a_tracer_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    def begun(*_: object) -> None:
        raise AssertionError("a tracer was requested")

    monkeypatch.setattr(trace, "get_tracer_provider", trace.ProxyTracerProvider)
    monkeypatch.setattr(trace, "get_tracer", begun)
    client(prefix()).get_topic_prefix()
