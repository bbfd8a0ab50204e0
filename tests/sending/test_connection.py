"""One connection: what was written, when it can be used again, and its deadline."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.sending import connection as connection_module
from ncloud_datastream.sending.connection import Connection
from ncloud_datastream.wire.parser import H11Parser, HttptoolsParser, Parser, UnreadableError
from sending.server import answer

REQUEST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"

both = pytest.mark.parametrize("kind", [HttptoolsParser, H11Parser], ids=lambda kind: kind.name)

Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def attempt(seconds: float = 20.0) -> Attempt:
    made = Attempt(time.monotonic() + seconds)
    made.taken_over()
    return made


@asynccontextmanager
async def connected(kind: type[Parser]) -> AsyncIterator[tuple[Connection, Peer]]:
    """A connection, and the service's end of it."""
    peers: asyncio.Queue[Peer] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.put_nowait((reader, writer))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = await Connection.open(
            "127.0.0.1", port, parser=kind(), tls=None, deadline=time.monotonic() + 20
        )
        peer = await peers.get()
        try:
            yield connection, peer
        finally:
            connection.abort()
            peer[1].transport.abort()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0)


@both
async def test_one_after_another(kind: type[Parser]) -> None:
    async with connected(kind) as (connection, (reader, writer)):
        for _ in range(3):
            assert connection.usable
            made = attempt()
            asked = asyncio.ensure_future(connection.exchange(REQUEST, made))
            assert await reader.readexactly(len(REQUEST)) == REQUEST
            assert made.written
            writer.write(answer())
            found = await asked
            assert (found.status, found.reusable) == (200, True)
        assert connection.usable


@both
async def test_what_comes_unasked_ends_it(kind: type[Parser]) -> None:
    async with connected(kind) as (connection, (_, writer)):
        assert connection.usable
        writer.write(answer())
        await until(lambda: not connection.usable)
        await until(connection._transport.is_closing)


@both
@pytest.mark.parametrize("how", ["close", "reset"])
async def test_an_end_while_idle_is_noticed(kind: type[Parser], how: str) -> None:
    async with connected(kind) as (connection, (_, writer)):
        if how == "reset":
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()
        await until(lambda: not connection.usable)


@both
async def test_an_end_is_noticed_before_the_loop_has_seen_it(kind: type[Parser]) -> None:
    """It has come, and the loop had no turn since: the next request would get lost in doubt."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        connection = await Connection.open(
            "127.0.0.1", port, parser=kind(), tls=None, deadline=time.monotonic() + 20
        )
        peer, _ = listener.accept()
        assert connection.usable
        peer.close()
        assert not connection.usable
        connection.abort()


async def test_where_the_system_cannot_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(connection_module.select, "poll")
    async with connected(HttptoolsParser) as (connection, _):
        assert connection.usable


@both
async def test_what_was_idle_for_long_is_not_used(
    kind: type[Parser], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(kind) as (connection, _):
        monkeypatch.setattr(connection_module, "IDLE_LIMIT", 0.0)
        assert not connection.usable


@both
async def test_an_end_after_half_an_answer(kind: type[Parser]) -> None:
    async with connected(kind) as (connection, (reader, writer)):
        asked = asyncio.ensure_future(connection.exchange(REQUEST, attempt()))
        await reader.readexactly(len(REQUEST))
        writer.write(answer()[:20])
        writer.close()
        with pytest.raises(ConnectionResetError, match="after 20 bytes"):
            await asked
        assert not connection.usable


@both
async def test_what_is_no_answer(kind: type[Parser]) -> None:
    async with connected(kind) as (connection, (reader, writer)):
        asked = asyncio.ensure_future(connection.exchange(REQUEST, attempt()))
        await reader.readexactly(len(REQUEST))
        writer.write(b"HTTP/1.1 nonsense\r\n\r\n")
        with pytest.raises(UnreadableError):
            await asked
        assert not connection.usable


@both
async def test_the_deadline_ends_it(kind: type[Parser]) -> None:
    async with connected(kind) as (connection, _):
        made = attempt(0.05)
        with pytest.raises(TimeoutError):
            await connection.exchange(REQUEST, made)
        assert made.written
        assert not connection.usable


async def test_a_later_deadline_needs_no_new_timer_and_an_earlier_one_does() -> None:
    async with connected(HttptoolsParser) as (connection, (reader, writer)):
        timers = []
        for seconds in (5.0, 20.0, 0.1):
            asked = asyncio.ensure_future(connection.exchange(REQUEST, attempt(seconds)))
            await reader.readexactly(len(REQUEST))
            timers.append(connection._timer)
            if seconds > 1.0:
                writer.write(answer())
                await asked
        assert timers[0] is timers[1]
        assert timers[1] is not timers[2]
        with pytest.raises(TimeoutError):
            await asked


async def test_a_timer_that_comes_early_looks_again() -> None:
    async with connected(HttptoolsParser) as (connection, (reader, writer)):
        for seconds in (0.1, 5.0):
            asked = asyncio.ensure_future(connection.exchange(REQUEST, attempt(seconds)))
            await reader.readexactly(len(REQUEST))
            if seconds < 1.0:
                writer.write(answer())
                await asked
        first = connection._timer
        await until(lambda: connection._timer is not first)
        assert connection._timer is not None
        writer.write(answer())
        assert (await asked).status == 200


async def test_a_timer_that_finds_nothing_to_do() -> None:
    async with connected(HttptoolsParser) as (connection, (reader, writer)):
        asked = asyncio.ensure_future(connection.exchange(REQUEST, attempt(0.1)))
        await reader.readexactly(len(REQUEST))
        writer.write(answer())
        await asked
        await until(lambda: connection._timer is None)
        assert connection.usable


async def test_being_cancelled_ends_it() -> None:
    async with connected(HttptoolsParser) as (connection, (reader, _)):
        asked = asyncio.ensure_future(connection.exchange(REQUEST, attempt()))
        await reader.readexactly(len(REQUEST))
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert not connection.usable


async def test_a_first_write_that_fails_has_written_nothing() -> None:
    """The peer has reset the connection, and the loop has not seen it yet."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection = await Connection.open(
            "127.0.0.1",
            listener.getsockname()[1],
            parser=HttptoolsParser(),
            tls=None,
            deadline=time.monotonic() + 20,
        )
        peer, _ = listener.accept()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.close()
        made = attempt()
        with pytest.raises(OSError):
            await connection.exchange(REQUEST, made)
        assert not made.written


async def test_a_slow_reader_gets_it_in_slices() -> None:
    size = 20_000_000
    async with connected(HttptoolsParser) as (connection, (reader, writer)):
        asked = asyncio.ensure_future(connection.exchange(b"x" * size, attempt()))
        await until(lambda: connection._paused)
        assert connection._transport is not None
        # What waits in the transport is bounded, however long the request is.
        assert connection._transport.get_write_buffer_size() <= 3 * connection_module.SLICE
        assert len(await reader.readexactly(size)) == size
        writer.write(answer())
        assert (await asked).status == 200
        assert connection.usable


@both
async def test_an_early_answer_is_marked(kind: type[Parser]) -> None:
    async with connected(kind) as (connection, (_, writer)):
        asked = asyncio.ensure_future(connection.exchange(b"x" * 20_000_000, attempt()))
        await until(lambda: connection._paused)
        writer.write(answer())
        found = await asked
        assert (found.early, found.reusable) == (True, False)
        assert not connection.usable


# --- connecting


async def test_each_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    async with await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

        async def found(loop: Any, host: str, port: int) -> list[str]:
            return ["::1", "127.0.0.1"]

        monkeypatch.setattr(connection_module, "_addresses", found)
        connection = await Connection.open(
            "anywhere", port, parser=HttptoolsParser(), tls=None, deadline=time.monotonic() + 10
        )
        connection.abort()


async def test_the_last_failure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        await Connection.open(
            "127.0.0.1", port, parser=HttptoolsParser(), tls=None, deadline=time.monotonic() + 10
        )


async def test_connecting_has_a_deadline() -> None:
    with pytest.raises(TimeoutError):
        await Connection.open(
            "127.0.0.1", 1, parser=HttptoolsParser(), tls=None, deadline=time.monotonic() - 1
        )


async def test_the_time_to_connect_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it bounds the look-up of the name, too."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    bounds: list[float] = []
    timeout = asyncio.timeout

    def noted(seconds: float) -> asyncio.Timeout:
        bounds.append(seconds)
        return timeout(seconds)

    async def found(loop: Any, host: str, port: int) -> list[str]:
        return ["127.0.0.1", "127.0.0.1"]

    monkeypatch.setattr(connection_module.asyncio, "timeout", noted)
    monkeypatch.setattr(connection_module, "_addresses", found)
    for seconds, expected in ((60.0, [60.0, 30.0, 60.0]), (-60.0, [0.0, 0.0, 0.0])):
        bounds.clear()
        with pytest.raises(OSError):
            await Connection.open(
                "h", port, parser=HttptoolsParser(), tls=None, deadline=time.monotonic() + seconds
            )
        assert bounds == pytest.approx(expected[: len(bounds)], abs=5.0 if seconds > 0 else 0.0)
        assert len(bounds) == 3 or seconds < 0


async def test_the_addresses_of_a_host() -> None:
    loop = asyncio.get_running_loop()
    assert await connection_module._addresses(loop, "::1", 80) == ["::1"]
    found = await connection_module._addresses(loop, "localhost", 80)
    assert set(found) <= {"127.0.0.1", "::1"}
    assert found
