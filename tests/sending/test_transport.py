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
from ncloud_datastream_emulator import Emulator
from sending.fakes import call_of
from sending.sendings import KEYS, ONCE, PLAIN_TLS, Result, messages, until

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN

both = pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])


def made(handler: Any, **more: Any) -> dict[str, Any]:
    """The arguments of a client over a mock transport."""
    transport = httpx.MockTransport(handler)
    return {"credentials": KEYS, "verify": PLAIN_TLS, "retry": ONCE, "transport": transport} | more


def send(kind: Any, handler: Any, source: Any, *, client: Any = None, **arguments: Any) -> Result:
    options = made(handler, **(client or {}))
    result = Result([])
    if kind is DataStream:
        with DataStream(**options) as ds:
            try:
                for delivery in ds.send_messages(source, **arguments):
                    result.deliveries.append(delivery)
            except Exception as error:
                result.failure = error
    else:

        async def run() -> None:
            async with AsyncDataStream(**options) as ds:
                try:
                    async for delivery in ds.send_messages(source, **arguments):
                        result.deliveries.append(delivery)
                except Exception as error:
                    result.failure = error

        asyncio.run(run())
    return result


def said(status: int, document: Any = None) -> Any:
    return lambda request: httpx.Response(status, json=document or {"status": status})


@both
def test_every_message_is_signed_and_delivered(kind: Any) -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.read().decode())
        assert "x-ncp-apigw-signature-v2" in request.headers
        return httpx.Response(200, json={"status": 200})

    sent = messages(50)
    result = send(kind, handler, sent, concurrency=8)
    result.check(sent)
    assert result.outcomes == {DELIVERED: 50}
    assert len(seen) == 50


@both
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
    kind: Any, error: Exception, outcome: Outcome
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error

    sent = messages(3)
    result = send(kind, handler, sent)
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

    async with AsyncDataStream(**made(handler)) as ds:
        with pytest.raises(KeyboardInterrupt):
            async with ds.send_messages(messages(1)) as sending:
                await started.wait()
                raise KeyboardInterrupt
        assert ended.is_set()
        assert Result(sending.unfinished).outcomes == {UNKNOWN: 1}


def test_messages_reach_the_emulator_in_process() -> None:
    with Emulator() as emulator:
        transport = emulator.transport()
        with DataStream(emulator.credentials, transport=transport, verify=PLAIN_TLS) as ds:
            prefix = ds.get_topic_prefix().prefix
            topic = ds.create_topic(name=f"{prefix}orders", partitions=3)
            ds.wait_for_topic(topic.topic_id)
            sent = [Message(topic.topic_name, "k", str(n)) for n in range(20)]
            result = Result(list(ds.send_messages(sent)))
        result.check(sent)
        assert result.outcomes == {DELIVERED: 20}
        stored = sorted(int(m.value) for m in emulator.messages(topic.topic_name))
        assert stored == list(range(20))


@pytest.mark.parametrize("how", ["argument", "environment"])
@both
def test_a_proxy_is_used(kind: Any, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = "http://127.0.0.1:1"
    client: dict[str, Any] = {"transport": None}
    if how == "argument":
        client["proxy"] = proxy
    else:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
    result = send(kind, None, messages(2), client=client)
    # Nothing listens there, and nothing was sent around it.
    assert result.outcomes == {UNSENT: 2}


# --- ownership of the transport


async def test_an_asynchronous_transport_is_closed_with_the_client_not_the_run() -> None:
    class Transport(httpx.MockTransport):
        closed = 0

        async def aclose(self) -> None:
            self.closed += 1

    transport = Transport(said(200))
    async with AsyncDataStream(**made(None, transport=transport)) as ds:
        for _ in range(2):
            got = [delivery.outcome async for delivery in ds.send_messages(messages(2))]
            assert got == [DELIVERED] * 2
        assert transport.closed == 0
    assert transport.closed == 1


def test_a_blocking_transport_is_closed_with_the_client_not_the_run() -> None:
    class Transport(httpx.MockTransport):
        closed = 0

        def close(self) -> None:
            self.closed += 1

    transport = Transport(said(200))
    with DataStream(**made(None, transport=transport)) as ds:
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

    assert send(DataStream, handler, messages(9), concurrency=3).outcomes == {DELIVERED: 9}
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

    with DataStream(**made(handler)) as ds:
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

    with DataStream(**made(handler)) as ds:
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

    result = send(DataStream, handler, messages(9), concurrency=1)
    assert result.failure is None
    assert [delivery.outcome for delivery in result.deliveries] == [UNKNOWN] + [DELIVERED] * 8
    assert kind.__name__ in str(result.deliveries[0].error)


def test_threads_that_cannot_be_started_stop_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def refused(self: threading.Thread) -> None:
        if self.name == "ncloud-datastream-send":
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refused)
    result = send(DataStream, said(200), messages(3))
    assert result.outcomes == {UNSENT: len(result.deliveries)}
    assert isinstance(result.failure, ConfigurationError)
