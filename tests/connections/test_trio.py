"""`AsyncDataStream` under trio, which httpx's own transport carries.

What holds there: single calls, retries, deadlines, cancellation, one client in several runs; and no
answer is taken for another call's, since each call has a connection of its own. What does not hold:
an answer that the server sends before it has read the request counts as one.
"""

from __future__ import annotations

import gc
import socket
from collections import Counter
from typing import Any

import pytest
import trio
from faults import scripts
from faults.certificates import Certificates
from faults.clients import KEYS
from faults.server import FaultServer, Peer
from faults.test_deadlines import GUARD, LONG, Hanging, to
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    Message,
    Retry,
    TransportError,
)

SCHEMES = ("http", "https")


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


async def until_set(event: Any) -> None:
    with trio.fail_after(GUARD):
        # Not in a thread: trio keeps its threads for a while.
        while not event.is_set():  # noqa: ASYNC110
            await trio.sleep(0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_single_calls(server: FaultServer, certificates: Certificates, scheme: str) -> None:
    tls = certificates.good if scheme == "https" else None
    with server.site(scripts.well, tls=tls) as site:
        async with AsyncDataStream(KEYS, **{**to(site), "verify": certificates.client}) as ds:
            assert (await ds.get_topic("t")).topic_id == "t1"
            assert (await ds.send_message(topic="t", key="k", value="v")).status == 200
    assert len(site.requests) == 2


async def test_many_at_once_keep_within_the_limit(server: FaultServer) -> None:
    at_once, most = 0, 0

    async def script(peer: Peer) -> None:
        nonlocal at_once, most
        while True:
            request = await peer.request()
            at_once += 1
            most = max(most, at_once)
            await scripts.asyncio.sleep(0.01)
            at_once -= 1
            await peer.send(scripts.answer(scripts.success(request)))

    with server.site(script) as site:
        async with AsyncDataStream(KEYS, **to(site)) as ds, trio.open_nursery() as nursery:
            for _ in range(200):
                nursery.start_soon(ds.get_topic, "t")
    assert len(site.requests) == 200
    assert most <= 64


async def test_retries_and_their_waits(server: FaultServer) -> None:
    with server.site(scripts.first({}, 429, {"Retry-After": "0"})) as site:
        async with AsyncDataStream(KEYS, **to(site)) as ds:
            assert (await ds.get_topic("t")).topic_id == "t1"
    assert len(site.requests) == 2


@pytest.mark.parametrize("script", [scripts.hang, scripts.trickle(after=0)])
async def test_the_deadline(server: FaultServer, script: Any) -> None:
    with server.site(script) as site:
        retry = Retry(max_attempts=2)
        async with AsyncDataStream(KEYS, **to(site, retry=retry, timeout=0.3)) as ds:
            with trio.fail_after(GUARD), pytest.raises(TransportError, match="deadline") as caught:
                await ds.get_topic("t")
    assert (caught.value.attempts, caught.value.maybe_delivered) == (2, True)


async def test_of_a_connection_that_is_refused_nothing_was_sent() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        async with AsyncDataStream(KEYS, management_url=url, message_url=url) as ds:
            with pytest.raises(TransportError) as caught:
                await ds.send_message(topic="t", key="k", value="v")
    assert (caught.value.attempts, caught.value.maybe_delivered) == (3, False)


@pytest.mark.parametrize("scheme", SCHEMES)
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
            await until_set(hanging.client_went)
    assert len(site.requests) == 1


async def test_a_scope_of_the_caller_is_the_callers(server: FaultServer) -> None:
    with server.site(scripts.hang) as site:
        async with AsyncDataStream(KEYS, **to(site, timeout=LONG)) as ds:
            with trio.move_on_after(0.2) as scope:
                await ds.get_topic("t")
    assert scope.cancelled_caught


async def test_closing_ends_what_is_in_flight(server: FaultServer) -> None:
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
def test_one_client_in_several_runs(certificates: Certificates, scheme: str) -> None:
    tls = certificates.good if scheme == "https" else None
    with FaultServer() as server, server.site(scripts.well, tls=tls) as site:
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
        gc.collect()  # a socket that nobody has closed would be a warning
    assert len(site.requests) == 6


@pytest.mark.parametrize("script", [scripts.excess_at_once, scripts.excess_then_an_answer])
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_an_answer_too_many_is_never_the_next_calls(
    server: FaultServer, certificates: Certificates, scheme: str, script: Any
) -> None:
    tls = certificates.good if scheme == "https" else None
    with server.site(script, tls=tls) as site:
        async with AsyncDataStream(KEYS, **{**to(site), "verify": certificates.client}) as ds:
            found = Counter([(await ds.get_topic("t")).topic_id for _ in range(5)])
    assert found == {"t1": 5}
    assert site.connections == 5


async def test_many_messages_need_asyncio(server: FaultServer) -> None:
    with server.site(scripts.well) as site:
        async with AsyncDataStream(KEYS, **to(site)) as ds:
            with pytest.raises(ConfigurationError, match="asyncio"):
                _ = [each async for each in ds.send_messages([Message("t", "k", "v")])]
    assert site.requests == []
