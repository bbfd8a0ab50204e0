"""Connections that are kept: how many there may be, who waits for one, and what closing does."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from connections.lines import ANSWER, GUARD, REQUEST, Line, attempt, in_thread, received, server_at
from faults.test_lifecycle import Worker, in_child
from ncloud_datastream import ConfigurationError
from ncloud_datastream.wire import asynchronous, blocking
from ncloud_datastream.wire.asynchronous import AsyncConnection
from ncloud_datastream.wire.blocking import Connection
from ncloud_datastream.wire.pool import AsyncPool, Pool

LONG = 3600.0


@contextmanager
def listening() -> Iterator[Callable[[], Connection]]:
    """Opens connections to a port, and closes the service's ends at the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = server_at(listener.getsockname()[1])
        peers: list[socket.socket] = []

        def connect() -> Connection:
            connection = Connection.open(server, None, None, time.monotonic() + GUARD)
            peers.append(listener.accept()[0])
            return connection

        try:
            yield connect
        finally:
            for peer in peers:
                peer.close()


# --- of threads


def test_no_more_places_than_there_are() -> None:
    pool = Pool(2)
    assert pool.take(0.0) is None
    assert pool.take(0.0) is None
    with pytest.raises(TimeoutError, match="all connections to this server were in use"):
        pool.take(0.01)
    pool.give_back(None)
    assert pool.take(0.0) is None


def test_a_place_that_comes_free_goes_to_who_waits() -> None:
    pool = Pool(1)
    pool.take(0.0)
    workers = [Worker(lambda: pool.take(LONG)) for _ in range(3)]
    for _ in workers:
        pool.give_back(None)
        while all(worker.is_alive() for worker in workers):
            time.sleep(0.001)
        workers = [worker for worker in workers if worker.is_alive()]
    assert workers == []


def test_the_connection_that_came_free_last_is_taken_first() -> None:
    with listening() as connect:
        pool = Pool(2)
        connections = [connect(), connect()]
        for connection in connections:
            pool.take(0.0)
            pool.opened(connection)
        for connection in connections:
            pool.give_back(connection)
        assert [pool.take(0.0), pool.take(0.0)] == connections[::-1]
        for connection in connections:
            pool.drop(connection)
            assert not connection.is_reusable


def test_what_was_idle_for_long_is_closed_when_another_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listening() as connect:
        pool = Pool(2)
        connections = [connect(), connect()]
        for connection in connections:
            pool.take(0.0)
            pool.opened(connection)
        pool.give_back(connections[0])
        monkeypatch.setattr(blocking, "IDLE_LIMIT", 0.0)
        pool.give_back(connections[1])
        assert [each.is_reusable for each in connections] == [False, False]


def test_closing_closes_idle_connections_and_those_in_use_and_those_that_come() -> None:
    with listening() as connect:
        pool = Pool(3)
        used, idle, late = connect(), connect(), connect()
        for connection in (used, idle):
            pool.take(0.0)
            pool.opened(connection)
        pool.take(0.0)
        pool.give_back(idle)
        pool.close()
        assert [used.is_reusable, idle.is_reusable] == [False, False]
        with pytest.raises(ConfigurationError, match="closed"):
            pool.opened(late)
        assert not late.is_reusable
        pool.give_back(used)
        with pytest.raises(ConfigurationError, match="closed"):
            pool.take(LONG)


def test_a_connection_that_comes_back_to_a_closed_pool_is_closed() -> None:
    """As one that was taken in the very moment in which the pool was closed."""
    with listening() as connect:
        pool = Pool(1)
        pool.take(0.0)
        connection = connect()
        pool.close()
        pool.give_back(connection)
        assert not connection.is_reusable


def test_closing_ends_the_wait_for_a_place_at_once() -> None:
    pool = Pool(1)
    pool.take(0.0)
    workers = [Worker(lambda: pool.take(LONG)) for _ in range(5)]
    time.sleep(0.05)  # however far they have come, they end the same
    pool.close()
    assert {type(worker.ended()) for worker in workers} == {ConfigurationError}


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_has_all_places_and_none_of_the_connections() -> None:
    with listening() as connect:
        pool = Pool(2)
        idle, used = connect(), connect()
        for connection in (idle, used):
            pool.take(0.0)
            pool.opened(connection)
        pool.give_back(idle)

        def child() -> None:
            assert not idle.is_reusable
            assert not used.is_reusable
            assert [pool.take(0.0), pool.take(0.0)] == [None, None]

        assert in_child(child) == 0
        assert idle.is_usable()
        assert used.is_usable()
        pool.close()


# --- of tasks


def later(seconds: float) -> float:
    return time.monotonic() + seconds


async def test_tasks_wait_for_a_place_in_turn() -> None:
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
    tasks[1].cancel()  # the first one; the others move up
    pool.give_back(None)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [1, 2]
    await pool.take(later(0.0))


async def test_a_task_waits_no_longer_than_its_deadline() -> None:
    pool = AsyncPool(1)
    await pool.take(later(0.0))
    for seconds in (0.01, -1.0):
        with pytest.raises(TimeoutError, match="all connections to this server were in use"):
            await pool.take(later(seconds))
    pool.give_back(None)
    await pool.take(later(0.0))


async def test_a_place_that_came_in_the_moment_of_a_cancellation_is_not_lost() -> None:
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
async def test_closing_ends_the_wait_of_tasks_for_a_place_at_once(cancelled: bool) -> None:
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
    gc.collect()  # an error that nobody has looked at would be logged


@contextmanager
def async_listening() -> Iterator[Any]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = server_at(listener.getsockname()[1])
        peers: list[socket.socket] = []

        async def connect() -> AsyncConnection:
            connection = await AsyncConnection.open(server, None, None, later(GUARD))
            peers.append(listener.accept()[0])
            return connection

        try:
            yield connect
        finally:
            for peer in peers:
                peer.close()


async def test_connections_of_tasks_are_kept_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    with async_listening() as connect:
        pool = AsyncPool(4)
        one, two, three, late, after = [await connect() for _ in range(5)]
        for connection in (one, two, three):
            await pool.take(later(0.0))
            pool.opened(connection)
        pool.give_back(one)
        pool.give_back(two)
        assert await pool.take(later(0.0)) is two
        with monkeypatch.context() as patch:
            patch.setattr(asynchronous, "IDLE_LIMIT", 0.0)
            pool.give_back(two)
        assert [one.is_reusable, two.is_reusable] == [False, False]
        pool.drop(three)
        assert not three.is_reusable
        pool.close()
        with pytest.raises(ConfigurationError, match="closed"):
            pool.opened(late)
        pool.give_back(after)
        assert [late.is_reusable, after.is_reusable] == [False, False]
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_closing_closes_what_tasks_use() -> None:
    with async_listening() as connect:
        pool = AsyncPool(2)
        connections = [await connect() for _ in range(2)]
        for connection in connections:
            await pool.take(later(0.0))
            pool.opened(connection)
        pool.give_back(connections[0])
        pool.close()
        assert not any(connection.is_reusable for connection in connections)
        pool.give_back(connections[1])
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_closing_a_connection_whose_loop_has_ended_does_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = server_at(listener.getsockname()[1])
        found: list[AsyncConnection] = []

        async def main() -> None:
            line = await Line.open("tasks", server)
            assert isinstance(line.connection, AsyncConnection)
            peer, _ = listener.accept()
            with peer:
                call = asyncio.ensure_future(line.exchange(REQUEST, attempt()))
                await received(peer, len(REQUEST))
                peer.sendall(ANSWER)
                await call
            found.append(line.connection)
            await line.close()

        thread = threading.Thread(target=lambda: asyncio.run(main()))
        thread.start()
        await in_thread(thread.join, GUARD)
        found[0].close()
