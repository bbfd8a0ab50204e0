"""Tracers that wrap functions of httpx see every call, which goes on to the service."""

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
    """Wrap `httpx.Client.send` and its twin, as Sentry's integration does."""
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


def test_wrapped_clients(way: Way, options: dict[str, Any], reached: Reached) -> None:
    with way(options) as send:
        with wrapped_clients() as seen:
            send()
            assert seen == ["/api/produce"] * COUNT
        send()
        assert len(seen) == COUNT
    assert reached() == 2 * COUNT


def test_opentelemetry(way: Way, options: dict[str, Any], reached: Reached) -> None:
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


def test_each_call_takes_its_own_connection_again_afterwards(
    way: Way, options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The client was made before; httpx logs each request that it sends."""

    def sent_by_httpx() -> int:
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


def test_a_sending_changes_its_road_with_each_message(
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


def test_requests_of_httpx_itself_are_seen_once(options: dict[str, Any], reached: Reached) -> None:
    with DataStream(**options) as ds, wrapped_clients() as seen:
        ds.client.get_httpx_client().get("/api/v1/topics", params={"sortBy": "topicName"})
    assert seen == ["/api/v1/topics"]
    assert reached() == 1


def test_a_client_that_shares_connections(options: dict[str, Any]) -> None:
    topic, key, value, _ = MESSAGES[0]
    with DataStream(**options) as ds, wrapped_clients() as seen:
        ds.with_options(timeout=5.0).send_message(topic=topic, key=key, value=value)
    assert seen == ["/api/produce"]


def test_the_change_of_road_is_logged_once(options: dict[str, Any]) -> None:
    """In a program of its own: what is said once is said once a process."""
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
