"""One log line and one span a call, and no secret in either."""

import logging
import sys
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


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    return exporter


def client(*answers: httpx.Response | Exception, **options: Any) -> DataStream:
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return DataStream(KEYS, transport=httpx.MockTransport(answer), **options)


def prefix() -> httpx.Response:
    return httpx.Response(200, json={"prefix": "h4j6l-"})


def told(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What was said of calls; of attempts there is a logger below."""
    return [record for record in caplog.records if record.name == "ncloud_datastream"]


def test_one_line_a_call(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ncloud_datastream")
    client(prefix()).get_topic_prefix()
    (record,) = told(caplog)
    assert record.levelno == logging.DEBUG
    assert record.getMessage().startswith("getTopicPrefix: 200, attempts 1, ")
    assert record.getMessage().endswith(" ms")


def test_the_line_tells_how_long_the_call_took(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([10.0, 10.5])
    monkeypatch.setattr(telemetry, "time", SimpleNamespace(monotonic=lambda: next(times)))
    caplog.set_level(logging.DEBUG, "ncloud_datastream")
    client(prefix()).get_topic_prefix()
    assert told(caplog)[0].getMessage() == "getTopicPrefix: 200, attempts 1, 500.0 ms"


def test_retries_at_info(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    caplog.set_level(logging.INFO, "ncloud_datastream")
    client(httpx.Response(503), prefix()).get_topic_prefix()
    (record,) = told(caplog)
    assert (record.levelno, "trying again in" in record.getMessage()) == (logging.INFO, True)


def test_failures_are_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ncloud_datastream")
    with pytest.raises(NotFoundError):
        client(httpx.Response(404)).get_topic("a")
    with pytest.raises(TransportError):
        client(httpx.ReadError("reset"), retry=Retry(max_attempts=1)).get_topic("a")
    lines = [record.getMessage() for record in told(caplog)]
    assert lines[0].startswith("getTopic: 404 NotFoundError, attempts 1, ")
    assert lines[1].startswith("getTopic: no answer TransportError, attempts 1, ")


NUMBERED = {"x-ncp-request-id": "5f2c\x1b[2J-1"}


def test_the_line_names_the_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ncloud_datastream")
    client(httpx.Response(200, headers=NUMBERED, json={"prefix": "a-"})).get_topic_prefix()
    with pytest.raises(NotFoundError) as caught:
        client(httpx.Response(404, headers=NUMBERED)).get_topic("a")
    assert caught.value.request_id == "5f2c [2J-1"
    for record in told(caplog):
        assert record.getMessage().endswith(" ms, request id 5f2c [2J-1")
    assert len(told(caplog)) == 2


def test_the_line_of_a_message_names_the_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ncloud_datastream")
    with client(httpx.Response(404, headers=NUMBERED)) as ds:
        ds.send_messages([Message("t", "k", "v")]).__next__()
    assert "request id 5f2c [2J-1" in told(caplog)[-1].getMessage()


def test_the_span_names_the_request(spans: InMemorySpanExporter) -> None:
    client(httpx.Response(200, headers=NUMBERED, json={"prefix": "a-"})).get_topic_prefix()
    with pytest.raises(NotFoundError):
        client(httpx.Response(404, headers=NUMBERED)).get_topic("a")
    for span in spans.get_finished_spans():
        assert (span.attributes or {})["ncloud.request_id"] == "5f2c [2J-1"


def test_span_of_a_success(spans: InMemorySpanExporter) -> None:
    client(prefix()).get_topic_prefix()
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
    }


def test_span_of_a_refusal(spans: InMemorySpanExporter) -> None:
    with pytest.raises(NotFoundError):
        client(httpx.Response(404)).get_topic("a")
    (span,) = spans.get_finished_spans()
    assert span.status.status_code is trace.StatusCode.ERROR
    assert (span.status.description or "").startswith("getTopic: HTTP 404")
    assert span.events == ()  # an error's text is told once, as the status
    assert (span.attributes or {})["error.type"] == "404"


def test_span_of_one_retry(spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    client(httpx.Response(503), prefix()).get_topic_prefix()
    (span,) = spans.get_finished_spans()
    assert (span.attributes or {})["http.request.resend_count"] == 1


def test_span_of_no_answer(spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with pytest.raises(TransportError):
        client(*[httpx.ReadError("reset")] * 3).get_topic("a")
    (span,) = spans.get_finished_spans()
    attributes = span.attributes or {}
    assert attributes["error.type"] == "TransportError"
    assert attributes["http.request.resend_count"] == 2
    assert "http.response.status_code" not in attributes


def test_span_of_an_interrupt(spans: InMemorySpanExporter) -> None:
    def interrupt(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    ds = DataStream(KEYS, transport=httpx.MockTransport(interrupt))
    with pytest.raises(KeyboardInterrupt):
        ds.get_topic_prefix()
    (span,) = spans.get_finished_spans()
    assert (span.attributes or {})["error.type"] == "KeyboardInterrupt"


async def test_asynchronous_calls_too(spans: InMemorySpanExporter) -> None:
    transport = httpx.MockTransport(lambda request: prefix())
    async with AsyncDataStream(KEYS, transport=transport) as ds:
        await ds.get_topic_prefix()
    assert [span.name for span in spans.get_finished_spans()] == ["getTopicPrefix"]


def test_no_secret_anywhere(spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(NotFoundError):
        client(httpx.Response(404)).get_topic("a")
    shown = caplog.text + "".join(span.to_json() for span in spans.get_finished_spans())
    assert "canary" not in shown
    assert "ACCESSKEY" not in shown


def test_without_opentelemetry(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ncloud_datastream")
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    telemetry._opentelemetry.cache_clear()
    try:
        client(prefix()).get_topic_prefix()
        assert len(told(caplog)) == 1
    finally:
        telemetry._opentelemetry.cache_clear()


def test_no_span_is_begun_where_nobody_records(monkeypatch: pytest.MonkeyPatch) -> None:
    def begun(*_: object) -> None:
        raise AssertionError("a tracer was asked for")

    monkeypatch.setattr(trace, "get_tracer_provider", trace.ProxyTracerProvider)
    monkeypatch.setattr(trace, "get_tracer", begun)
    client(prefix()).get_topic_prefix()


def test_plain_http_has_its_port(spans: InMemorySpanExporter) -> None:
    client(prefix(), management_url="http://127.0.0.1").get_topic_prefix()
    client(prefix(), management_url="http://127.0.0.1:8765").get_topic_prefix()
    ports = [(span.attributes or {})["server.port"] for span in spans.get_finished_spans()]
    assert ports == [80, 8765]
