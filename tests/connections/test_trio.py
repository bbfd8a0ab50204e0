"""`AsyncDataStream` under trio, which is carried by httpx's own transport.

Single calls, retries, deadlines, cancellation and several runs of one client work. No response is
taken for that of another call, because each call has its own connection. Unlike with asyncio, a
response that the server sends before it has read the request counts.
"""

from __future__ import annotations

import asyncio
import functools
import gc
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
from faults import scripts
from faults.certificates import Certificates
from faults.clients import KEYS
from faults.server import FaultServer, Peer, closed_port
from faults.test_deadlines import GUARD, LONG, Hanging, to
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    Message,
    Retry,
    TransportError,
)

SCHEMES = ("http", "https")


def under_trio(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a test with `trio.run`: the pytest plugin would start threads that outlive the test."""

    @functools.wraps(test)
    def run(**arguments: Any) -> None:
        trio.run(functools.partial(test, **arguments))

    return run


async def until_set(event: Any) -> None:
    with trio.fail_after(GUARD):
        # Not in a thread: trio keeps its threads alive for a while.
        while not event.is_set():  # noqa: ASYNC110
            await trio.sleep(0.01)


@under_trio
async def test_single_calls_are_retried(server: FaultServer) -> None:
    with server.site(scripts.first({}, 429, {"Retry-After": "0"})) as site:
        async with AsyncDataStream(KEYS, **to(site)) as ds:
            assert (await ds.get_topic("t")).topic_id == "t1"
            assert (await ds.send_message(topic="t", key="k", value="v")).status == 200
    assert len(site.requests) == 3


@under_trio
async def test_concurrent_calls_stay_within_the_limit(server: FaultServer) -> None:
    at_once, most = 0, 0

    async def script(peer: Peer) -> None:
        nonlocal at_once, most
        while True:
            request = await peer.request()
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0.01)
            at_once -= 1
            await peer.send(scripts.answer(scripts.success(request)))

    with server.site(script) as site:
        async with AsyncDataStream(KEYS, **to(site)) as ds, trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(ds.get_topic, "t")
    assert len(site.requests) == 100
    assert most <= 64


@pytest.mark.parametrize("script", [scripts.hang, scripts.trickle(after=0)])
@under_trio
async def test_an_attempt_ends_at_its_deadline(server: FaultServer, script: Any) -> None:
    with server.site(script) as site:
        retry = Retry(max_attempts=1)
        async with AsyncDataStream(KEYS, **to(site, retry=retry, timeout=0.3)) as ds:
            with trio.fail_after(GUARD), pytest.raises(TransportError, match="deadline") as caught:
                await ds.get_topic("t")
    assert caught.value.maybe_delivered


@under_trio
async def test_nothing_was_sent_on_a_refused_connection() -> None:
    with closed_port() as site:
        async with AsyncDataStream(KEYS, **to(site, retry=Retry(max_attempts=1))) as ds:
            with pytest.raises(TransportError) as caught:
                await ds.send_message(topic="t", key="k", value="v")
    assert not caught.value.maybe_delivered


@pytest.mark.parametrize("scheme", SCHEMES)
@under_trio
async def test_cancellation_closes_the_connection(
    server: FaultServer, certificates: Certificates, scheme: str
) -> None:
    hanging = Hanging()
    tls = certificates.good if scheme == "https" else None
    with server.site(hanging, tls=tls) as site:
        options = {**to(site, timeout=LONG), "verify": certificates.client}
        async with AsyncDataStream(KEYS, **options) as ds:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ds.get_topic, "t")
                await until_set(hanging.has_request)
                nursery.cancel_scope.cancel()
            await until_set(hanging.client_left)
    assert len(site.requests) == 1


@under_trio
async def test_the_cancel_scope_of_the_caller_is_respected(server: FaultServer) -> None:
    with server.site(scripts.hang) as site:
        async with AsyncDataStream(KEYS, **to(site, timeout=LONG)) as ds:
            with trio.move_on_after(0.2) as scope:
                await ds.get_topic("t")
    assert scope.cancelled_caught


@under_trio
async def test_closing_ends_calls_in_flight(server: FaultServer) -> None:
    hanging = Hanging()
    errors: list[BaseException] = []
    with server.site(hanging) as site, trio.fail_after(GUARD):
        ds = AsyncDataStream(KEYS, **to(site, timeout=LONG))

        async def call() -> None:
            try:
                await ds.get_topic("t")
            except (TransportError, ConfigurationError) as error:
                errors.append(error)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            await until_set(hanging.has_request)
            await ds.aclose()
        assert len(errors) == 1
        with pytest.raises(ConfigurationError, match="closed"):
            await ds.get_topic("t")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_client_works_in_several_runs(certificates: Certificates, scheme: str) -> None:
    tls = certificates.good if scheme == "https" else None
    with FaultServer() as server, server.site(scripts.healthy, tls=tls) as site:
        ds = AsyncDataStream(KEYS, **{**to(site), "verify": certificates.client})

        async def call() -> None:
            for _ in range(2):
                await ds.get_topic("t")

        async def last() -> None:
            await call()
            await ds.aclose()

        trio.run(call)
        trio.run(call)
        trio.run(last)
        gc.collect()  # a socket left open would raise a ResourceWarning
    assert len(site.requests) == 6


@pytest.mark.parametrize("scheme", SCHEMES)
@under_trio
async def test_a_surplus_response_never_answers_the_next_call(
    server: FaultServer, certificates: Certificates, scheme: str
) -> None:
    tls = certificates.good if scheme == "https" else None
    with server.site(scripts.excess_at_once, tls=tls) as site:
        async with AsyncDataStream(KEYS, **{**to(site), "verify": certificates.client}) as ds:
            found = Counter([(await ds.get_topic("t")).topic_id for _ in range(5)])
    assert found == {"t1": 5}
    assert site.connections == 5


@under_trio
async def test_many_messages_need_asyncio(server: FaultServer) -> None:
    with server.site(scripts.healthy) as site:
        async with AsyncDataStream(KEYS, **to(site)) as ds:
            with pytest.raises(ConfigurationError, match="asyncio"):
                _ = [each async for each in ds.send_messages([Message("t", "k", "v")])]
    assert site.requests == []
