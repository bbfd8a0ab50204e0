"""Many threads or tasks on one client: each call gets its own response."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from faults.clients import KEYS
from faults.scripts import TOPIC, answer
from faults.server import FaultServer, Peer
from faults.test_deadlines import to
from faults.test_lifecycle import in_thread, until
from ncloud_datastream import AsyncDataStream, DataStream
from ncloud_datastream.wire import asynchronous, blocking, reuse
from ncloud_datastream.wire.limits import IDLE_LIMIT, IN_FLIGHT, THREADS

MANY_THREADS = 150
MANY_TASKS = 500


class Echo:
    """Responds with the requested topic, and counts concurrent requests."""

    def __init__(self) -> None:
        self.open = 0
        self.requested: Counter[str] = Counter()
        self.at_once = 0
        self.most = 0

    async def __call__(self, peer: Peer) -> None:
        self.open += 1
        try:
            await self._answer(peer)
        finally:
            self.open -= 1

    async def _answer(self, peer: Peer) -> None:
        while True:
            request = await peer.request()
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            await asyncio.sleep(0)
            self.at_once -= 1
            topic_id = request.target.rpartition("/")[2]
            self.requested[topic_id] += 1
            await peer.send(answer(json.dumps({**TOPIC, "topicId": topic_id}).encode()))


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Advance the clock of connections."""
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + seconds)
    for module in (asynchronous, blocking, reuse):
        monkeypatch.setattr(module, "time", clock)


def test_each_of_many_threads_gets_its_own_responses(server: FaultServer) -> None:
    echo = Echo()
    with server.site(echo) as site, DataStream(KEYS, **to(site, timeout=120)) as ds:
        together = threading.Barrier(MANY_THREADS)

        def call(thread: int) -> list[bool]:
            together.wait()
            names = [f"t{thread}-{number}" for number in range(4)]
            return [ds.get_topic(name).topic_id == name for name in names]

        with ThreadPoolExecutor(MANY_THREADS) as pool:
            results = list(pool.map(call, range(MANY_THREADS)))
    assert all(all(each) for each in results)
    assert len(echo.requested) == MANY_THREADS * 4
    assert set(echo.requested.values()) == {1}
    # Connections are reused.
    assert site.connections <= THREADS
    assert echo.most <= THREADS


async def test_each_of_many_tasks_gets_its_own_response(server: FaultServer) -> None:
    echo = Echo()
    with server.site(echo) as site:
        async with AsyncDataStream(KEYS, **to(site, timeout=120)) as ds:
            names = [f"t{number}" for number in range(MANY_TASKS)]
            topics = await asyncio.gather(*(ds.get_topic(name) for name in names))
    assert [topic.topic_id for topic in topics] == names
    assert len(echo.requested) == MANY_TASKS
    assert set(echo.requested.values()) == {1}
    assert site.connections <= IN_FLIGHT
    assert echo.most <= IN_FLIGHT


async def test_successive_calls_use_one_connection(server: FaultServer) -> None:
    with server.site(Echo()) as site:
        async with AsyncDataStream(KEYS, **to(site)) as ds:
            for number in range(20):
                await ds.get_topic(f"t{number}")
    assert site.connections == 1


async def test_connections_that_are_no_longer_needed_are_closed(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = Echo()
    with server.site(echo) as site:
        async with AsyncDataStream(KEYS, **to(site)) as ds:
            await asyncio.gather(*(ds.get_topic(f"t{number}") for number in range(16)))
            assert echo.open > 1
            later(monkeypatch, IDLE_LIMIT)
            await ds.get_topic("t")
            assert await in_thread(until, lambda: echo.open <= 1)
        later(monkeypatch, 0.0)
        with DataStream(KEYS, **to(site)) as sync_ds, ThreadPoolExecutor(16) as pool:
            together = threading.Barrier(16)

            def call(name: str) -> None:
                together.wait()
                sync_ds.get_topic(name)

            list(pool.map(call, "x" * 16))
            later(monkeypatch, IDLE_LIMIT)
            sync_ds.get_topic("t")
            assert until(lambda: echo.open <= 1)
