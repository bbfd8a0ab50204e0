"""Many threads on one client, many tasks on another: all are served, each with its own answer."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from faults.clients import KEYS
from faults.scripts import TOPIC, answer
from faults.server import FaultServer, Peer
from faults.test_deadlines import to
from ncloud_datastream import AsyncDataStream, DataStream
from ncloud_datastream.wire.limits import IN_FLIGHT

THREADS = 32
TASKS = 2000


class Echo:
    """Answers with the topic that was asked for, and counts how many ask at a time."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.at_once = 0
        self.most = 0

    async def __call__(self, peer: Peer) -> None:
        while True:
            request = await peer.request()
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            await asyncio.sleep(0)
            self.at_once -= 1
            topic_id = request.target.rpartition("/")[2]
            self.asked[topic_id] += 1
            await peer.send(answer(json.dumps({**TOPIC, "topicId": topic_id}).encode()))


def test_threads(server: FaultServer) -> None:
    echo = Echo()
    with server.site(echo) as site, DataStream(KEYS, **to(site, timeout=120)) as ds:
        together = threading.Barrier(THREADS)

        def call(thread: int) -> list[bool]:
            together.wait()
            names = [f"t{thread}-{number}" for number in range(20)]
            return [ds.get_topic(name).topic_id == name for name in names]

        with ThreadPoolExecutor(THREADS) as pool:
            results = list(pool.map(call, range(THREADS)))
    assert all(all(each) for each in results)
    assert len(echo.asked) == THREADS * 20
    assert set(echo.asked.values()) == {1}
    # A connection for each thread, kept from call to call.
    assert site.connections <= THREADS


async def test_tasks(server: FaultServer) -> None:
    echo = Echo()
    with server.site(echo) as site:
        async with AsyncDataStream(KEYS, **to(site, timeout=120)) as ds:
            names = [f"t{number}" for number in range(TASKS)]
            topics = await asyncio.gather(*(ds.get_topic(name) for name in names))
    assert [topic.topic_id for topic in topics] == names
    assert len(echo.asked) == TASKS
    assert set(echo.asked.values()) == {1}
    assert site.connections <= IN_FLIGHT
    assert echo.most <= IN_FLIGHT


async def test_a_few_tasks_use_a_few_connections(server: FaultServer) -> None:
    with server.site(Echo()) as site:
        async with AsyncDataStream(KEYS, **to(site)) as ds:
            for number in range(20):
                await ds.get_topic(f"t{number}")
    assert site.connections == 1


async def test_connections_of_a_busier_time_are_closed(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server.site(Echo()) as site:
        async with AsyncDataStream(KEYS, **to(site)) as ds:
            await asyncio.gather(*(ds.get_topic(f"t{number}") for number in range(16)))
            transport = ds._session._wire._inner._transports[("http", "127.0.0.1", site.port)]
            assert len(transport._leases.all()) > 1
            monkeypatch.setattr("ncloud_datastream.leasing.IDLE_LIMIT", -1.0)
            await ds.get_topic("t")
            assert len(transport._leases.all()) == 1


async def test_a_connection_that_was_idle_for_long_is_not_used(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds, connections in ((60.0, 1), (-1.0, 2)):
        monkeypatch.setattr("ncloud_datastream.transports.IDLE_LIMIT", seconds)
        with server.site(Echo()) as site, DataStream(KEYS, **to(site)) as ds:
            ds.get_topic("t1")
            ds.get_topic("t2")
        assert site.connections == connections
        with server.site(Echo()) as site:
            async with AsyncDataStream(KEYS, **to(site)) as both:
                await both.get_topic("t1")
                await both.get_topic("t2")
        assert site.connections == connections
