"""Sending over a custom transport, or one of httpx, with the same outcomes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    DataStream,
    Message,
    Outcome,
)
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.sending import blocking
from ncloud_datastream.wire.threaded import ThreadedWire
from sending.fakes import call_of
from sending.sendings import Result, every_form, messages, opened, options, until
from sending.sendings import send as send_over

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN

URL = "https://message.example"


def over(handler: Any) -> dict[str, Any]:
    """The options of a client over a mock transport."""
    return {"transport": httpx.MockTransport(handler)}


def send(form: str, handler: Any, source: Any, **arguments: Any) -> Result:
    return send_over(form, URL, source, client=over(handler), **arguments)


def said(status: int, document: Any = None) -> Any:
    return lambda request: httpx.Response(status, json=document or {"status": status})


@every_form
def test_every_message_is_signed_and_delivered(form: str) -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.read().decode())
        assert "x-ncp-apigw-signature-v2" in request.headers
        return httpx.Response(200, json={"status": 200})

    sent = messages(50)
    result = send(form, handler, sent, concurrency=8)
    result.check(sent)
    assert result.outcomes == {DELIVERED: 50}
    assert len(seen) == 50


@every_form
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (httpx.ConnectError("refused"), UNSENT),
        (httpx.PoolTimeout("busy"), UNSENT),
        (httpx.ReadTimeout("late"), UNKNOWN),
        (httpx.RemoteProtocolError("cut"), UNKNOWN),
        (ZeroDivisionError(), UNKNOWN),
    ],
)
def test_the_error_of_a_transport_decides_the_outcome(
    form: str, error: Exception, outcome: Outcome
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error

    sent = messages(3)
    result = send(form, handler, sent)
    result.check(sent)
    assert result.failure is None
    assert result.outcomes == {outcome: 3}


async def test_a_transport_that_ignores_its_cancellation_changes_no_outcome() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def handler(request: httpx.Request) -> httpx.Response:
        started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        ended.set()
        return httpx.Response(200, json={})

    async with AsyncDataStream(**options(URL, **over(handler))) as ds:
        with pytest.raises(KeyboardInterrupt):
            async with ds.send_messages(messages(1)) as sending:
                await started.wait()
                raise KeyboardInterrupt
        assert ended.is_set()
        assert Result(sending.unfinished).outcomes == {UNKNOWN: 1}


@pytest.mark.parametrize("how", ["argument", "environment"])
@every_form
def test_a_proxy_is_used(form: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = "http://127.0.0.1:1"
    client: dict[str, Any] = {}
    if how == "argument":
        client["proxy"] = proxy
    else:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
    result = send_over(form, URL, messages(2), client=client)
    # Nothing listens there, and nothing was sent around it.
    assert result.outcomes == {UNSENT: 2}


@every_form
def test_a_transport_is_closed_with_the_client_not_with_a_run(form: str) -> None:
    class Transport(httpx.MockTransport):
        closed = 0

        def close(self) -> None:
            self.closed += 1

        async def aclose(self) -> None:
            self.closed += 1

    transport = Transport(said(200))
    with opened(form, URL, transport=transport) as ds:
        for _ in range(2):
            assert Result(list(ds.send_messages(messages(2)))).outcomes == {DELIVERED: 2}
        assert transport.closed == 0
    assert transport.closed == 1


# --- the threads of a blocking transport


def test_a_blocking_transport_is_called_from_concurrency_threads() -> None:
    gate = threading.Barrier(3)
    seen: set[threading.Thread] = set()

    def handler(request: httpx.Request) -> httpx.Response:
        seen.add(threading.current_thread())
        gate.wait(10)
        return httpx.Response(200, json={})

    assert send("blocking", handler, messages(9), concurrency=3).outcomes == {DELIVERED: 9}
    assert len(seen) == 3
    assert all(thread.daemon for thread in seen)
    for thread in seen:
        thread.join(10)
        assert not thread.is_alive()


def test_a_response_after_the_run_was_left_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "GRACE", 0.1)
    began, gate = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def handler(request: httpx.Request) -> httpx.Response:
        threads.append(threading.current_thread())
        began.set()
        gate.wait(10)
        return httpx.Response(200, json={})

    def source() -> Iterator[Message]:
        yield from messages(1)
        assert began.wait(10)
        raise KeyboardInterrupt

    with DataStream(**options(URL, **over(handler))) as ds:
        with pytest.raises(KeyboardInterrupt), ds.send_messages(source()) as sending:
            next(sending)
        assert Result(sending.unfinished).outcomes == {UNKNOWN: 1}
        gate.set()
        threads[0].join(10)
        assert not threads[0].is_alive()


async def test_a_cancelled_task_leaves_its_thread_usable() -> None:
    began, gate = threading.Event(), threading.Event()

    def handler(request: httpx.Request) -> httpx.Response:
        began.set()
        gate.wait(10)
        return httpx.Response(200, json={})

    with DataStream(**options(URL, **over(handler))) as ds:
        wire = ThreadedWire(ds.client.get_httpx_client().wire, 1)  # type: ignore[attr-defined]
        call = call_of(Message("t", "k", "v"))
        asked = asyncio.ensure_future(wire.send(call, Attempt(time.monotonic() + 10)))
        await until(began.is_set)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        gate.set()
        assert (await wire.send(call, Attempt(time.monotonic() + 10))).status == 200
        await wire.aclose()


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, StopIteration])
def test_a_transport_that_raises_a_base_exception_fails_one_message(
    kind: type[BaseException],
) -> None:
    first = True

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal first
        if first:
            first = False
            raise kind
        return httpx.Response(200, json={})

    result = send("blocking", handler, messages(9), concurrency=1)
    assert result.failure is None
    assert [delivery.outcome for delivery in result.deliveries] == [UNKNOWN] + [DELIVERED] * 8
    assert kind.__name__ in str(result.deliveries[0].error)


def test_threads_that_cannot_be_started_stop_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def failing(self: threading.Thread) -> None:
        if self.name == "ncloud-datastream-send":
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", failing)
    result = send("blocking", said(200), messages(3))
    assert result.outcomes == {UNSENT: len(result.deliveries)}
    assert isinstance(result.failure, ConfigurationError)
