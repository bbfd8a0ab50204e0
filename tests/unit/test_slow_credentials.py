"""A credentials callable that hangs: calls and bulk sends still end within their time limits."""

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
    Credentials,
    DataStream,
    Delivery,
    Message,
    Outcome,
    Retry,
    TransportError,
)
from ncloud_datastream_api.models import Topic
from unit.test_renewal import BACKENDS
from wire.server import RawServer

SLACK = 15.0
"""Seconds that a loaded machine may add; the callable hangs until the end of the test."""

ONCE = {"timeout": 0.2, "retry": Retry(max_attempts=1)}
BOUNDED = {"timeout": 60.0, "retry": Retry(max_attempts=9, max_elapsed=0.2)}

each_kind = pytest.mark.parametrize("kind", ["sync", "async"])


@pytest.fixture
def hanging() -> Iterator[Any]:
    """A callable that returns when the test is over."""
    over = threading.Event()

    def fetch() -> Credentials:
        over.wait()
        return Credentials("AK", "SK")

    yield fetch
    over.set()


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, Any]]:
    with RawServer() as server:
        yield {"management_url": server.url, "message_url": server.url, "verify": False}


def call(
    kind: str,
    *arguments: Any,
    method: str = "get_topic_prefix",
    backend: Any = None,
    **options: Any,
) -> Any:
    """Make one call with a new client."""
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
    assert "no complete response within the deadline" in str(error)
    assert str(error).endswith("Nothing was sent in this attempt.")


@each_kind
@pytest.mark.parametrize("bound", [ONCE, BOUNDED], ids=["timeout", "max_elapsed"])
def test_a_call_ends_in_time(kind: str, bound: Any, hanging: Any, urls: Any) -> None:
    began = time.monotonic()
    with pytest.raises(TransportError) as caught:
        call(kind, credentials=hanging, **urls, **bound)
    assert time.monotonic() - began < 0.2 + SLACK
    assert_unsent(caught.value)
    if kind == "sync":
        assert "the credentials callable did not return in time" in str(caught.value)


@pytest.mark.parametrize("backend", [pytest.param(None, id="sync"), *BACKENDS])
def test_a_users_transport_gets_no_request_without_credentials(backend: Any, hanging: Any) -> None:
    kind = "sync" if backend is None else "async"
    requests: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        raise httpx.ReadError("broken")

    options = {"credentials": hanging, "transport": httpx.MockTransport(respond)}
    with pytest.raises(TransportError) as caught:
        call(kind, backend=backend, **options, **ONCE)
    assert_unsent(caught.value)
    assert not requests
    # Once the transport has the request, it may have been delivered.
    options["credentials"] = lambda: Credentials("AK", "SK")
    with pytest.raises(TransportError) as broken:
        call(kind, backend=backend, **options, **ONCE)
    assert broken.value.maybe_delivered


def test_many_threads_wait_in_parallel_for_one_call(hanging: Any, urls: Any) -> None:
    failures: list[BaseException] = []

    def one(ds: DataStream) -> None:
        with pytest.raises(TransportError) as caught:
            ds.get_topic_prefix()
        failures.append(caught.value)

    with DataStream(hanging, **urls, **ONCE) as ds:
        threads = [threading.Thread(target=one, args=(ds,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SLACK)
    assert len(failures) == 20
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
@pytest.mark.parametrize(
    ("bound", "own"), [(ONCE, True), (BOUNDED, True), (BOUNDED, False)], ids=str
)
def test_messages_sent_in_bulk_are_reported_unsent_in_time(
    kind: str, bound: Any, own: bool, hanging: Any, urls: Any
) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={}))
    options = urls if own else {"transport": transport}
    began = time.monotonic()
    deliveries = sent(kind, credentials=hanging, **options, **bound)
    assert time.monotonic() - began < 0.2 + SLACK
    assert len(deliveries) == 3
    for delivery in deliveries:
        assert delivery.outcome is Outcome.UNSENT
        assert_unsent(delivery.error)


@each_kind
def test_kafka_config_ends_in_time(kind: str, hanging: Any) -> None:
    topic = Topic(topic_id="t1", topic_name="n", tcp_endpoint="h:1")
    with pytest.raises(TransportError, match="did not return in time") as caught:
        call(kind, topic, method="kafka_config", credentials=hanging, **ONCE)
    assert isinstance(caught.value.__cause__, TimeoutError)
    assert caught.value.retryable
    assert not caught.value.maybe_delivered
    assert caught.value.operation is None


SENDS = """
import asyncio, sys, threading
from ncloud_datastream import AsyncDataStream, DataStream, Message, Retry

never = threading.Event()
options = {"credentials": never.wait, "timeout": 0.2, "retry": Retry(max_attempts=1)}
messages = [Message("t", "k", "v")] * 3

async def main():
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
def test_a_program_exits_while_the_callable_hangs(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SENDS, kind], timeout=60, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("{'UNSENT'}\n", "")
