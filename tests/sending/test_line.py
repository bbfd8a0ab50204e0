"""One connection over a transport that does as it is told: slices, deadlines, early answers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.sending import connection as connection_module
from ncloud_datastream.sending.connection import Connection
from ncloud_datastream.wire.parser import HttptoolsParser
from sending.server import answer
from sending.test_connection import REQUEST, attempt


class Line(asyncio.Transport):
    """Writes nothing; a pair of sockets stands behind it."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.waiting = 0
        self.aborted = False
        self.written: list[bytes] = []

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.ours if name == "socket" else default

    def is_closing(self) -> bool:
        return self.aborted

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def abort(self) -> None:
        self.aborted = True
        self.ours.close()
        self.theirs.close()


@asynccontextmanager
async def on_a_line() -> AsyncIterator[tuple[Connection, Line]]:
    connection = Connection(asyncio.get_running_loop(), HttptoolsParser())
    line = Line()
    connection.connection_made(line)
    try:
        yield connection, line
    finally:
        connection.abort()


async def begun(connection: Connection, request: bytes, made: Attempt) -> asyncio.Future[Any]:
    asked = asyncio.ensure_future(connection.exchange(request, made))
    await asyncio.sleep(0)
    return asked


@pytest.mark.parametrize("waiting", [0, 1])
async def test_early_is_what_comes_before_all_has_left(waiting: int) -> None:
    async with on_a_line() as (connection, line):
        asked = await begun(connection, REQUEST, attempt())
        line.waiting = waiting
        connection.data_received(answer())
        found = await asked
        assert (found.early, found.reusable) == (bool(waiting), not waiting)


async def test_early_is_what_comes_before_all_was_handed_over() -> None:
    async with on_a_line() as (connection, _):
        connection.pause_writing()
        asked = await begun(connection, b"x" * 2 * connection_module.SLICE, attempt())
        connection.data_received(answer())
        assert (await asked).early


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 131_072, 131_073])
async def test_slices(size: int) -> None:
    async with on_a_line() as (connection, line):
        request = bytes(range(256)) * (size // 256) + bytes(size % 256)
        asked = await begun(connection, request, attempt())
        assert b"".join(line.written) == request
        assert [len(part) for part in line.written] == [
            min(65_536, size - start) for start in range(0, size, 65_536)
        ]
        connection.data_received(answer())
        assert not (await asked).early


async def test_idle_for_so_long_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_a_line() as (connection, _):
        now = connection._used
        clock = type("Clock", (), {"monotonic": lambda self: now})()
        monkeypatch.setattr(connection_module, "time", clock)
        now += connection_module.IDLE_LIMIT - 0.5
        assert connection.usable
        now = connection._used + connection_module.IDLE_LIMIT
        assert not connection.usable


async def test_a_look_at_an_idle_connection_takes_no_time() -> None:
    async with on_a_line() as (connection, line):
        assert not connection._something_came()
        line.theirs.send(b"x")
        assert connection._something_came()
        looks: Any = connection._something_came
        assert looks.args == (0,)


async def test_the_timer_comes_with_the_deadline() -> None:
    loop = asyncio.get_running_loop()
    async with on_a_line() as (connection, _):
        asked = await begun(connection, REQUEST, attempt(0.25))
        assert connection._timer is not None
        assert 0.0 < connection._timer.when() - loop.time() <= 0.25
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert connection._timer is None
