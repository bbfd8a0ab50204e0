"""A callable for credentials that takes its time: every bound of a call and a sending holds."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    Credentials,
    DataStream,
    Delivery,
    Message,
    Outcome,
    Retry,
    TransportError,
)
from unit.test_renewal import BACKENDS
from wire.server import RawServer

SLACK = 15.0
"""Seconds that a busy machine may take besides; the callable takes as long as the test."""

ONCE = {"timeout": 0.5, "retry": Retry(max_attempts=1)}
BOUNDED = {"timeout": 60.0, "retry": Retry(max_attempts=9, max_elapsed=0.5)}

each_bound = pytest.mark.parametrize("bound", [ONCE, BOUNDED], ids=["timeout", "max_elapsed"])
each_kind = pytest.mark.parametrize("kind", ["sync", "async"])


@pytest.fixture
def hanging() -> Iterator[Any]:
    """A callable that answers when the test is over."""
    over = threading.Event()

    def ask() -> Credentials:
        over.wait()
        return Credentials("AK", "SK")

    yield ask
    over.set()


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as server:
        yield server


def urls(server: RawServer) -> dict[str, Any]:
    return {"management_url": server.url, "message_url": server.url, "verify": False}


def call(
    kind: str,
    *arguments: Any,
    method: str = "get_topic_prefix",
    backend: Any = None,
    **options: Any,
) -> Any:
    """Make one call with a client of its own."""
    if kind == "sync":
        with DataStream(**options) as ds:
            return getattr(ds, method)(*arguments)

    async def main() -> Any:
        async with AsyncDataStream(**options) as ads:
            return await getattr(ads, method)(*arguments)

    return anyio.run(main, **backend or {})


def assert_unsent(error: BaseException | None) -> None:
    assert type(error) is TransportError
    assert isinstance(error.__cause__, TimeoutError)
    assert not error.maybe_delivered
    assert "no whole answer within the deadline" in str(error)
    assert str(error).endswith("Nothing of this attempt was sent.")


@each_kind
@each_bound
def test_a_call_ends_in_time(kind: str, bound: Any, hanging: Any, server: RawServer) -> None:
    began = time.monotonic()
    with pytest.raises(TransportError) as caught:
        call(kind, credentials=hanging, **urls(server), **bound)
    assert time.monotonic() - began < 0.5 + SLACK
    assert_unsent(caught.value)
    if kind == "sync":
        assert "the credentials callable did not return in time" in str(caught.value)


@pytest.mark.parametrize("backend", [pytest.param(None, id="sync"), *BACKENDS])
def test_a_users_own_transport_was_not_asked(backend: Any, hanging: Any) -> None:
    kind = "sync" if backend is None else "async"
    asked: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise httpx.ReadError("broken")

    options = {"credentials": hanging, "transport": httpx.MockTransport(respond)}
    with pytest.raises(TransportError) as caught:
        call(kind, backend=backend, **options, **ONCE)
    assert_unsent(caught.value)
    assert not asked
    # From where the transport has it, nobody can tell.
    options["credentials"] = lambda: Credentials("AK", "SK")
    with pytest.raises(TransportError) as broken:
        call(kind, backend=backend, **options, **ONCE)
    assert broken.value.maybe_delivered


def test_many_threads_wait_each_as_long_as_they_may(hanging: Any, server: RawServer) -> None:
    failures: list[BaseException] = []

    def one(ds: DataStream) -> None:
        with pytest.raises(TransportError) as caught:
            ds.get_topic_prefix()
        failures.append(caught.value)

    began = time.monotonic()
    with DataStream(hanging, **urls(server), **ONCE) as ds:
        threads = [threading.Thread(target=one, args=(ds,)) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SLACK)
    assert time.monotonic() - began < 0.5 + SLACK  # and not 40 times as long
    assert len(failures) == 40
    for failure in failures:
        assert_unsent(failure)
    names = [each.name for each in threading.enumerate()]
    assert names.count("ncloud-datastream-credentials") == 1


def sent(kind: str, **options: Any) -> list[Delivery]:
    messages = [Message("t", "k", str(number)) for number in range(3)]
    if kind == "sync":
        with DataStream(**options) as ds:
            return list(ds.send_messages(messages))

    async def main() -> list[Delivery]:
        async with AsyncDataStream(**options) as ads:
            return [each async for each in ads.send_messages(messages)]

    return anyio.run(main)


@each_kind
@each_bound
@pytest.mark.parametrize("way", ["own connections", "httpx"])
def test_messages_in_bulk_are_accounted_for_in_time(
    kind: str, bound: Any, way: str, hanging: Any, server: RawServer
) -> None:
    options = urls(server)
    if way == "httpx":
        options = {"transport": httpx.MockTransport(lambda request: httpx.Response(200, json={}))}
    began = time.monotonic()
    deliveries = sent(kind, credentials=hanging, **options, **bound)
    assert time.monotonic() - began < 0.5 + SLACK
    assert len(deliveries) == 3
    for delivery in deliveries:
        assert delivery.outcome is Outcome.UNSENT
        assert_unsent(delivery.error)


@each_kind
def test_a_configuration_for_kafka_comes_in_time_or_not_at_all(kind: str, hanging: Any) -> None:
    from ncloud_datastream_api.models import Topic

    topic = Topic(topic_id="t1", topic_name="n", tcp_endpoint="h:1")
    with pytest.raises(TransportError, match="did not return in time") as caught:
        call(kind, topic, method="kafka_config", credentials=hanging, **ONCE)
    assert isinstance(caught.value.__cause__, TimeoutError)
    assert not caught.value.maybe_delivered
    assert caught.value.operation is None


@each_kind
def test_a_failure_of_this_package_inside_is_no_doubt_about_the_call(kind: str) -> None:
    """As of a vault that is asked with another client, whose error says nothing of this call."""
    failure = TransportError("another call")
    failure.maybe_delivered = failure.retryable = True

    def ask() -> Credentials:
        raise failure

    with pytest.raises(ConfigurationError, match="failed with TransportError") as caught:
        call(kind, credentials=ask, transport=httpx.MockTransport(lambda request: None))  # type: ignore[arg-type, return-value]
    assert caught.value.__cause__ is failure
    assert not caught.value.maybe_delivered


SENDS = """
import asyncio, sys, threading
from ncloud_datastream import AsyncDataStream, DataStream, Message, Retry

never = threading.Event()
options = {"credentials": never.wait, "timeout": 0.3, "retry": Retry(max_attempts=1)}
messages = [Message("t", "k", "v")] * 3

async def main():
    if sys.argv[1] == "uvloop":
        import uvloop
        assert isinstance(asyncio.get_running_loop(), uvloop.Loop)
    async with AsyncDataStream(**options) as ds:
        print({each.outcome.name async for each in ds.send_messages(messages)})

if sys.argv[1] == "sync":
    with DataStream(**options) as ds:
        print({each.outcome.name for each in ds.send_messages(messages)})
elif sys.argv[1] == "uvloop":
    import uvloop
    uvloop.run(main())
else:
    asyncio.run(main())
"""


@pytest.mark.parametrize(
    "kind", ["sync", "asyncio", pytest.param("uvloop", marks=BACKENDS[1].marks)]
)
def test_a_program_ends_while_the_callable_hangs(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SENDS, kind], timeout=60, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("{'UNSENT'}\n", "")
