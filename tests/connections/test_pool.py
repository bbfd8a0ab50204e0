"""Connection pools: limits, waiting, reuse, closing and forking."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import Iterator
from typing import Self

import pytest
from connections.lines import ANSWER, GUARD, Line, in_flight, in_thread, server_at
from faults.test_lifecycle import Worker, in_child
from ncloud_datastream import ConfigurationError
from ncloud_datastream.calls.servers import Server
from ncloud_datastream.wire import reuse
from ncloud_datastream.wire.asynchronous import AsyncConnection
from ncloud_datastream.wire.blocking import Connection
from ncloud_datastream.wire.pool import AsyncPool, Pool

LONG = 3600.0


class Listener:
    """Opens connections to a port, and closes the server side of them at the end."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._peers: list[socket.socket] = []
        return self

    def __exit__(self, *_: object) -> None:
        for each in (*self._peers, self._listener):
            each.close()

    @property
    def server(self) -> Server:
        return server_at(self._listener.getsockname()[1])

    def accept(self) -> socket.socket:
        self._peers.append(self._listener.accept()[0])
        return self._peers[-1]

    def connect(self) -> Connection:
        connection = Connection.open(self.server, None, None, later(GUARD))
        self.accept()
        return connection

    async def connect_async(self) -> AsyncConnection:
        connection = await AsyncConnection.open(self.server, None, None, later(GUARD))
        self.accept()
        return connection


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


def later(seconds: float) -> float:
    return time.monotonic() + seconds


def pooled(size: int, *connections: Connection) -> Pool:
    """Return a pool with these connections in use."""
    pool = Pool(size)
    for connection in connections:
        pool.take(0.0)
        pool.opened(connection)
    return pool


# --- blocking


def test_a_pool_gives_out_no_more_slots_than_its_size() -> None:
    pool = Pool(2)
    assert pool.take(0.0) is None
    assert pool.take(0.0) is None
    with pytest.raises(TimeoutError, match="all connections to this server were in use"):
        pool.take(0.01)
    pool.give_back(None)
    assert pool.take(0.0) is None


def test_a_slot_that_becomes_free_goes_to_a_waiting_thread() -> None:
    pool = Pool(1)
    pool.take(0.0)
    workers = [Worker(lambda: pool.take(LONG)) for _ in range(3)]
    for _ in workers:
        pool.give_back(None)
        while all(worker.is_alive() for worker in workers):
            time.sleep(0.001)
        workers = [worker for worker in workers if worker.is_alive()]
    assert workers == []


def test_the_most_recently_used_connection_is_taken_first(listener: Listener) -> None:
    connections = [listener.connect(), listener.connect()]
    pool = pooled(2, *connections)
    for connection in connections:
        pool.give_back(connection)
    assert [pool.take(0.0), pool.take(0.0)] == connections[::-1]
    for connection in connections:
        pool.drop(connection)
        assert not connection.is_reusable


def test_connections_beyond_the_idle_limit_are_closed_when_another_returns(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = [listener.connect(), listener.connect()]
    pool = pooled(2, *connections)
    pool.give_back(connections[0])
    monkeypatch.setattr(reuse, "IDLE_LIMIT", 0.0)
    pool.give_back(connections[1])
    assert [each.is_reusable for each in connections] == [False, False]


def test_closing_a_pool_closes_idle_used_and_later_connections(listener: Listener) -> None:
    used, idle, late, returned = (listener.connect() for _ in range(4))
    pool = pooled(4, used, idle)
    pool.take(0.0)
    pool.give_back(idle)
    pool.close()
    assert [used.is_reusable, idle.is_reusable] == [False, False]
    with pytest.raises(ConfigurationError, match="closed"):
        pool.opened(late)
    pool.give_back(used)
    pool.give_back(returned)
    assert [late.is_reusable, returned.is_reusable] == [False, False]
    with pytest.raises(ConfigurationError, match="closed"):
        pool.take(LONG)


def test_closing_a_pool_wakes_waiting_threads() -> None:
    pool = Pool(1)
    pool.take(0.0)
    workers = [Worker(lambda: pool.take(LONG)) for _ in range(5)]
    time.sleep(0.05)  # some wait already; all get the same error
    pool.close()
    assert {type(worker.ended()) for worker in workers} == {ConfigurationError}


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_has_all_slots_and_no_connections(listener: Listener) -> None:
    idle, used, abandoned = (listener.connect() for _ in range(3))
    pool = pooled(2, idle, used)
    pool.give_back(idle)

    def child() -> None:
        assert not idle.is_reusable
        assert not used.is_reusable
        assert [pool.take(0.0), pool.take(0.0)] == [None, None]

    assert in_child(child) == 0
    assert idle.is_usable()
    assert used.is_usable()
    pool.close()
    abandoned.abandon()  # what the child does, here where coverage can see it
    assert not abandoned.is_reusable


# --- asynchronous


async def test_tasks_get_slots_in_the_order_of_their_waiting() -> None:
    pool = AsyncPool(1)
    await pool.take(later(0.0))
    order: list[int] = []

    async def take(number: int) -> None:
        await pool.take(later(LONG))
        order.append(number)
        pool.give_back(None)

    tasks = [asyncio.ensure_future(take(number)) for number in range(3)]
    await asyncio.sleep(0)
    tasks.insert(1, tasks.pop(0))
    tasks[1].cancel()  # the first in the queue
    pool.give_back(None)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [1, 2]
    await pool.take(later(0.0))


async def test_a_task_waits_until_its_deadline_only() -> None:
    pool = AsyncPool(1)
    await pool.take(later(0.0))
    for seconds in (0.01, -1.0):
        with pytest.raises(TimeoutError, match="all connections to this server were in use"):
            await pool.take(later(seconds))
    pool.give_back(None)
    await pool.take(later(0.0))


async def test_a_slot_assigned_to_a_cancelled_task_is_not_lost() -> None:
    pool = AsyncPool(1)
    await pool.take(later(0.0))
    task = asyncio.ensure_future(pool.take(later(LONG)))
    await asyncio.sleep(0)
    pool.give_back(None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await pool.take(later(0.0))


@pytest.mark.parametrize("cancelled", [False, True])
async def test_closing_a_pool_wakes_waiting_tasks(cancelled: bool) -> None:
    pool = AsyncPool(1)
    await pool.take(later(0.0))
    tasks = [asyncio.ensure_future(pool.take(later(LONG))) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    pool.close()
    if cancelled:
        tasks[1].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    second = asyncio.CancelledError if cancelled else ConfigurationError
    assert [type(each) for each in found] == [
        asyncio.CancelledError,
        second,
        ConfigurationError,
    ]
    with pytest.raises(ConfigurationError, match="closed"):
        await pool.take(later(LONG))
    gc.collect()  # an exception that was never retrieved would be logged


async def test_asynchronous_connections_are_reused_and_closed(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = AsyncPool(5)
    one, two, three, used, late, after = [await listener.connect_async() for _ in range(6)]
    for connection in (one, two, three, used):
        await pool.take(later(0.0))
        pool.opened(connection)
    pool.give_back(one)
    pool.give_back(two)
    assert await pool.take(later(0.0)) is two
    with monkeypatch.context() as patch:
        patch.setattr(reuse, "IDLE_LIMIT", 0.0)
        pool.give_back(two)
    assert [one.is_reusable, two.is_reusable] == [False, False]
    pool.drop(three)
    assert not three.is_reusable
    idle = await listener.connect_async()
    await pool.take(later(0.0))
    pool.opened(idle)
    pool.give_back(idle)
    pool.close()
    assert [idle.is_reusable, used.is_reusable] == [False, False]
    with pytest.raises(ConfigurationError, match="closed"):
        pool.opened(late)
    pool.give_back(used)
    pool.give_back(after)
    assert [late.is_reusable, after.is_reusable] == [False, False]
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_closing_a_connection_of_a_closed_event_loop_does_nothing(
    listener: Listener,
) -> None:
    found: list[Line] = []

    async def main() -> None:
        line = await Line.open("tasks", listener.server)
        peer = listener.accept()
        call = await in_flight(line, peer)
        peer.sendall(ANSWER)
        await call
        found.append(line)
        await line.close()

    await in_thread(lambda: asyncio.run(main()))
    found[0].connection.close()
