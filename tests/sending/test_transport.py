"""Where only httpx can go, sending goes through httpx, with the same outcomes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    AuthenticationError,
    ConfigurationError,
    DataStream,
    Delivery,
    Message,
    Outcome,
    Retry,
)
from ncloud_datastream_emulator import Emulator
from sending.sendings import KEYS, PLAIN_TLS, Counted, Result, messages, until

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN

both = pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])


def send(kind: Any, handler: Any, source: Any, *, client: Any = None, **arguments: Any) -> Result:
    made = {"credentials": KEYS, "verify": PLAIN_TLS, "retry": Retry(max_attempts=1)}
    made |= {"transport": httpx.MockTransport(handler), **(client or {})}
    result = Result([])
    if kind is DataStream:
        with DataStream(**made) as ds:
            try:
                for delivery in ds.send_messages(source, **arguments):
                    result.deliveries.append(delivery)
            except Exception as error:
                result.failure = error
    else:

        async def run() -> None:
            async with AsyncDataStream(**made) as ds:
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
def test_all_are_delivered(kind: Any) -> None:
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
    ("handler", "outcome"),
    [
        (said(201), DELIVERED),
        (said(400), REJECTED),
        (said(302), REJECTED),
        (said(200, {"status": 413}), REJECTED),
        (said(500), UNKNOWN),
        (lambda request: httpx.Response(200, text="nonsense"), UNKNOWN),
    ],
)
def test_what_an_answer_means(kind: Any, handler: Any, outcome: Outcome) -> None:
    assert send(kind, handler, messages(1)).only.outcome is outcome


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
def test_what_a_failure_means(kind: Any, error: Exception, outcome: Outcome) -> None:
    """As carefully as a transport allows that tells no more than its errors."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise error

    sent = messages(3)
    result = send(kind, handler, sent)
    result.check(sent)
    assert result.failure is None
    assert result.outcomes == {outcome: 3}


@both
def test_one_that_cannot_be_encoded_harms_no_other(kind: Any) -> None:
    sent: list[Any] = [Message("t", "k", "v"), Message("t", "k", "\ud800"), None]
    result = send(kind, said(200), sent)
    result.check(sent)
    assert result.outcomes == {DELIVERED: 1, UNSENT: 2}
    assert result.failure is None


@both
def test_retries(kind: Any) -> None:
    tried: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        tried.append(request.read().decode())
        first = tried.count(tried[-1]) == 1
        return httpx.Response(429 if first else 200, json={}, headers={"Retry-After": "0"})

    result = send(kind, handler, messages(3), client={"retry": Retry()})
    assert result.outcomes == {DELIVERED: 3}
    assert {delivery.attempts for delivery in result.deliveries} == {2}


@both
def test_no_rights_end_the_sending(kind: Any) -> None:
    source = Counted(messages(1000))
    result = send(kind, said(401), source, concurrency=4)
    assert result.outcomes.keys() <= {REJECTED, UNSENT}
    assert len(result.deliveries) == source.taken < 30
    assert isinstance(result.failure, AuthenticationError)


@both
def test_credentials_that_run_out(kind: Any) -> None:
    def credentials() -> Any:
        raise ConfigurationError("the vault is closed")

    source = Counted(messages(1000))
    result = send(kind, said(200), source, concurrency=4, client={"credentials": credentials})
    assert result.outcomes == {UNSENT: source.taken}
    assert isinstance(result.failure, ConfigurationError)


async def test_leaving_early_in_the_middle_of_a_call() -> None:
    started = 0
    forever = asyncio.Event()

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal started
        started += 1
        await forever.wait()
        raise AssertionError

    made = {"credentials": KEYS, "verify": PLAIN_TLS, "transport": httpx.MockTransport(handler)}
    async with AsyncDataStream(**made) as ds:
        sending = ds.send_messages(messages(10), concurrency=2)
        async with sending:
            await until(lambda: started == 2)
            task = asyncio.ensure_future(sending.aclose())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert Result(sending.unfinished).outcomes == {UNKNOWN: 2}


async def test_a_transport_that_ignores_its_end_changes_no_account() -> None:
    started = 0
    ended = asyncio.Event()

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal started
        started += 1
        with contextlib.suppress(asyncio.CancelledError):
            await ended.wait()
        ended.set()
        return httpx.Response(200, json={})

    made = {"credentials": KEYS, "verify": PLAIN_TLS, "transport": httpx.MockTransport(handler)}
    async with AsyncDataStream(**made) as ds:
        sending = ds.send_messages(messages(1))
        waiting = asyncio.ensure_future(anext(sending))
        await until(lambda: started == 1)
        crew = sending._crew
        assert crew is not None
        crew.abort()
        assert (await waiting).outcome is UNKNOWN
        await crew.dismissed()
        assert ended.is_set()
        with pytest.raises(StopAsyncIteration):
            await anext(sending)


def test_leaving_early_in_ordinary_code() -> None:
    gate = threading.Event()
    source = Counted(messages(100))

    def handler(request: httpx.Request) -> httpx.Response:
        gate.wait(10)
        return httpx.Response(200, json={})

    def opening() -> Iterator[Message]:
        yield from source

    made = {"credentials": KEYS, "verify": PLAIN_TLS, "transport": httpx.MockTransport(handler)}
    got: list[Delivery] = []
    with DataStream(**made) as ds:
        with ds.send_messages(opening(), concurrency=2) as sending:
            threading.Timer(0.05, gate.set).start()
            got.append(next(sending))
        rest = sending.unfinished
    assert sorted(d.index for d in got + rest) == list(range(source.taken))
    assert {d.outcome for d in got + rest} <= {DELIVERED, UNSENT}


def test_the_emulator_in_process() -> None:
    with Emulator() as emulator:
        made = {"credentials": emulator.credentials, "verify": PLAIN_TLS}
        with DataStream(transport=emulator.transport(), **made) as ds:
            prefix = ds.get_topic_prefix().prefix
            topic = ds.create_topic(name=f"{prefix}orders", partitions=3)
            ds.wait_for_topic(topic.topic_id)
            sent = [Message(topic.topic_name, "k", str(n)) for n in range(20)]
            sending = ds.send_messages(sent)
            assert "through httpx" in repr(sending)
            result = Result(list(sending))
        result.check(sent)
        assert result.outcomes == {DELIVERED: 20}
        stored = sorted(int(m.value) for m in emulator.messages(topic.topic_name))
        assert stored == list(range(20))


@pytest.mark.parametrize("how", ["argument", "environment"])
@both
def test_a_proxy_is_used(kind: Any, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = "http://127.0.0.1:1"
    made: dict[str, Any] = {"credentials": KEYS, "verify": PLAIN_TLS}
    if how == "argument":
        made["proxy"] = proxy
    else:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert "through httpx" in repr(kind(**made).send_messages([]))
    result = send(kind, None, messages(2), client={**made, "transport": None})
    # Nobody listens there, and nothing was sent past it.
    assert result.outcomes == {UNSENT: 2}
