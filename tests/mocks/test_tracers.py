"""Tracers that wrap functions of httpx see every call, which still reaches the service."""

from __future__ import annotations

import functools
import logging
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import httpx
import pytest
from mocks.ways import COUNT, MESSAGES, Way
from ncloud_datastream import DataStream, Message
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

Reached = Callable[[], int]


@contextmanager
def wrapped_clients() -> Iterator[list[str]]:
    """Wrap the `send` methods of both httpx clients, as Sentry's integration does."""
    seen: list[str] = []
    send, async_send = httpx.Client.send, httpx.AsyncClient.send

    @functools.wraps(send)
    def traced(self: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        seen.append(request.url.path)
        return send(self, request, **options)

    @functools.wraps(async_send)
    def async_traced(
        self: httpx.AsyncClient, request: httpx.Request, **options: Any
    ) -> Awaitable[httpx.Response]:
        seen.append(request.url.path)
        return async_send(self, request, **options)

    with (
        mock.patch.object(httpx.Client, "send", traced),
        mock.patch.object(httpx.AsyncClient, "send", async_traced),
    ):
        yield seen


def test_a_wrapped_send_method_sees_every_call(
    way: Way, options: dict[str, Any], reached: Reached
) -> None:
    with way(options) as send:
        with wrapped_clients() as seen:
            send()
            assert seen == ["/api/produce"] * COUNT
        send()
        assert len(seen) == COUNT
    assert reached() == 2 * COUNT


def test_opentelemetrys_instrumentation_sees_every_call(
    way: Way, options: dict[str, Any], reached: Reached
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = HTTPXClientInstrumentor()
    with way(options) as send:
        instrumentor.instrument(tracer_provider=provider)
        try:
            with provider.get_tracer("program").start_as_current_span("outer") as outer:
                send()
        finally:
            instrumentor.uninstrument()
        spans = [span for span in exporter.get_finished_spans() if span.name != "outer"]
        assert len(spans) == COUNT
        parents = {span.parent.span_id for span in spans if span.parent is not None}
        assert parents == {outer.get_span_context().span_id}
        send()
        assert len(exporter.get_finished_spans()) == COUNT + 1
    assert reached() == 2 * COUNT


def test_calls_use_our_connections_again_after_unwrapping(
    way: Way, options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    def sent_by_httpx() -> int:
        # httpx logs each request that it sends.
        return sum(record.name == "httpx" for record in caplog.records)

    caplog.set_level(logging.INFO)
    with way(options) as send:
        send()
        assert sent_by_httpx() == 0
        with wrapped_clients():
            send()
        assert sent_by_httpx() == COUNT
        send()
        assert sent_by_httpx() == COUNT


def test_a_bulk_send_changes_its_transport_between_messages(
    options: dict[str, Any], reached: Reached
) -> None:
    ahead, total, traced = 2, 30, 10
    messages = [Message("orders", "k", str(number)) for number in range(total)]
    with DataStream(**options) as ds, ds.send_messages(messages, concurrency=1) as sending:
        next(sending)
        with wrapped_clients() as seen:
            for _ in range(traced):
                next(sending)
        assert all(delivery.error is None for delivery in sending)
    assert traced - ahead <= len(seen) <= traced + ahead
    assert reached() == total


def test_a_request_of_httpx_itself_is_seen_once(options: dict[str, Any], reached: Reached) -> None:
    with DataStream(**options) as ds, wrapped_clients() as seen:
        ds.client.get_httpx_client().get("/api/v1/topics", params={"sortBy": "topicName"})
    assert seen == ["/api/v1/topics"]
    assert reached() == 1


def test_a_client_of_with_options_is_traced_too(options: dict[str, Any]) -> None:
    topic, key, value, _ = MESSAGES[0]
    with DataStream(**options) as ds, wrapped_clients() as seen:
        ds.with_options(timeout=5.0).send_message(topic=topic, key=key, value=value)
    assert seen == ["/api/produce"]


def test_patched_httpx_is_logged_once_per_process(options: dict[str, Any]) -> None:
    keys = options["credentials"]
    program = f"""
import logging
from unittest import mock
import httpx
from ncloud_datastream import Credentials, DataStream, Message
logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
logging.getLogger("httpx").setLevel(logging.WARNING)
keys = Credentials({keys.access_key!r}, {keys.secret_key!r})
url = {options["message_url"]!r}
with DataStream(keys, management_url=url, message_url=url) as ds:
    ds.send_message(topic="orders", key="k", value="v")
    for _ in range(2):
        with mock.patch.object(httpx.Client, "send", autospec=True, side_effect=httpx.Client.send):
            ds.send_message(topic="orders", key="k", value="v")
            list(ds.send_messages([Message("orders", "k", "v")]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("ncloud_datastream INFO httpx is patched")
