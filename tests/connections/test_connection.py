"""Blocking and asyncio connections: reuse, outcome of failed writes, deadlines, large requests."""

from __future__ import annotations

import asyncio
import select
import socket
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from connections.lines import (
    ANSWER,
    GUARD,
    REQUEST,
    Line,
    attempt,
    both_kinds,
    connected,
    in_flight,
    received,
    reset,
    server_at,
)
from ncloud_datastream.calls.answer import EARLY
from ncloud_datastream.wire import asynchronous, blocking, reuse
from ncloud_datastream.wire.limits import SLICE
from ncloud_datastream.wire.parser import UnreadableError

LARGE = 8_000_000
"""Bytes, more than the socket buffers of both sides hold."""

both_loops = pytest.mark.parametrize(
    "anyio_backend",
    [("asyncio", {"use_uvloop": loop == "uvloop"}) for loop in ("asyncio", "uvloop")],
    ids=["asyncio", "uvloop"],
)
each_connection = pytest.mark.parametrize(
    ("kind", "anyio_backend"),
    [
        pytest.param(kind, ("asyncio", {"use_uvloop": loop == "uvloop"}), id=f"{kind}-{loop}")
        for kind, loop in (("threads", "asyncio"), ("tasks", "asyncio"), ("tasks", "uvloop"))
    ],
)


# --- one call after another


@each_connection
async def test_a_connection_carries_successive_exchanges(kind: str) -> None:
    async with connected(kind) as (line, peer):
        for _ in range(3):
            assert await line.is_usable()
            made = attempt()
            call = await in_flight(line, peer, made)
            peer.sendall(ANSWER)
            assert (await call)[::2] == (200, b"{}")
            assert made.written
            assert line.is_reusable


@each_connection
async def test_connection_close_and_a_body_without_length_end_the_connection(kind: str) -> None:
    close = ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    for data in (close, b"HTTP/1.1 200 OK\r\n\r\n{}"):
        async with connected(kind) as (line, peer):
            call = await in_flight(line, peer)
            peer.sendall(data)
            peer.shutdown(socket.SHUT_WR)
            assert (await call)[::2] == (200, b"{}")
            assert not line.is_reusable
            assert await received(peer, 1) == b""


# --- data that does not belong to a request


@each_connection
async def test_unrequested_data_makes_a_connection_unusable(kind: str) -> None:
    async with connected(kind) as (line, peer):
        assert await line.is_usable()
        peer.sendall(ANSWER)
        assert not await line.is_usable()
    async with connected(kind) as (line, peer):
        call = await in_flight(line, peer)
        peer.sendall(ANSWER + ANSWER)
        assert (await call).status == 200
        assert not line.is_reusable


@each_connection
@pytest.mark.parametrize("end", [socket.socket.close, reset])
async def test_the_end_of_an_idle_connection_is_noticed_before_the_next_request(
    kind: str, end: Callable[[socket.socket], None]
) -> None:
    """Even if the event loop has not run since."""
    async with connected(kind) as (line, peer):
        assert await line.is_usable()
        end(peer)
        assert not await line.is_usable()


@both_loops
async def test_the_end_is_noticed_on_systems_without_poll(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(select, "poll")
    async with connected("tasks") as (line, peer):
        assert await line.is_usable()
        peer.close()
        assert not await line.is_usable()


@each_connection
async def test_a_connection_is_not_reused_after_the_idle_limit(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(kind) as (line, _):
        monkeypatch.setattr(reuse, "IDLE_LIMIT", 0.0)
        assert not await line.is_usable()


# --- calls that fail


@each_connection
@pytest.mark.parametrize(
    ("data", "end", "error", "message"),
    [
        (ANSWER[:20], socket.socket.close, OSError, "after 20 bytes"),
        (ANSWER[:20], reset, ConnectionResetError, None),
        (b"HTTP/1.1 nonsense\r\n\r\n", None, UnreadableError, None),
    ],
    ids=["closed", "reset", "invalid"],
)
async def test_an_incomplete_or_invalid_response_ends_the_connection(
    kind: str, data: bytes, end: Any, error: type[OSError], message: str | None
) -> None:
    async with connected(kind) as (line, peer):
        made = attempt()
        call = await in_flight(line, peer, made)
        peer.sendall(data)
        if end is not None:
            end(peer)
        with pytest.raises(error, match=message):
            await call
        assert made.written
        assert not line.is_reusable


@each_connection
async def test_nothing_was_written_if_the_first_write_fails(kind: str) -> None:
    async with connected(kind) as (line, peer):
        reset(peer)
        made = attempt()
        with pytest.raises(OSError):
            await line.exchange(REQUEST, made)
        assert not made.written
        assert not line.is_reusable


@both_loops
async def test_cancelling_a_task_closes_its_connection() -> None:
    async with connected("tasks") as (line, peer):
        call = await in_flight(line, peer)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await received(peer, 1) == b""


# --- closed by another thread or task


@each_connection
@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\n\r\n{}"])
async def test_closing_ends_the_exchange_and_never_completes_a_response(
    kind: str, begun: bytes
) -> None:
    """A body without a length would look as if the service had ended it."""
    async with connected(kind) as (line, peer):
        made = attempt()
        call = await in_flight(line, peer, made)
        peer.sendall(begun)
        if begun:
            await asyncio.sleep(0.05)  # long enough, usually, for the client to have read it
        await line.close()
        with pytest.raises(ConnectionAbortedError, match="closed meanwhile"):
            await call
        assert made.written
        assert await received(peer, 1) == b""


async def test_nothing_is_written_to_a_connection_that_another_thread_has_closed() -> None:
    async with connected("threads") as (line, _):
        assert await line.is_usable()
        await line.close()
        made = attempt()
        with pytest.raises(ConnectionAbortedError, match="closed meanwhile"):
            await line.exchange(REQUEST, made)
        assert not made.written
        assert not await line.is_usable()


# --- the deadline


@each_connection
async def test_the_deadline_ends_an_exchange(kind: str) -> None:
    async with connected(kind) as (line, _):
        made = attempt(0.05)
        with pytest.raises(TimeoutError):
            await line.exchange(REQUEST, made)
        assert made.written
        assert not line.is_reusable


@pytest.mark.parametrize("size", [len(REQUEST), LARGE])
async def test_nothing_is_written_after_the_deadline(size: int) -> None:
    async with connected("threads") as (line, _):
        made = attempt(-1.0)
        with pytest.raises(TimeoutError):
            await line.exchange(b"x" * size, made)
        assert not made.written


@each_connection
async def test_each_exchange_has_its_own_deadline(kind: str) -> None:
    async with connected(kind) as (line, peer):
        for seconds, pause in ((0.5, 0.0), (2 * GUARD, 0.0), (GUARD, 0.6)):
            call = await in_flight(line, peer, attempt(seconds))
            await asyncio.sleep(pause)  # the deadline of the first exchange passes without effect
            peer.sendall(ANSWER)
            assert (await call).status == 200
        with pytest.raises(TimeoutError):  # a deadline earlier than those before
            await line.exchange(REQUEST, attempt(0.05))


async def test_a_deadline_that_passes_while_idle_has_no_effect() -> None:
    async with connected("tasks") as (line, peer):
        call = await in_flight(line, peer, attempt(0.5))
        peer.sendall(ANSWER)
        await call
        await asyncio.sleep(0.6)
        assert await line.is_usable()


# --- large requests


@each_connection
async def test_a_large_request_arrives_whole(kind: str) -> None:
    async with connected(kind) as (line, peer):
        call = asyncio.ensure_future(line.exchange(b"x" * LARGE, attempt()))
        data = await received(peer, LARGE)
        assert (len(data), set(data)) == (LARGE, {ord("x")})
        peer.sendall(ANSWER)
        assert (await call)[::3] == (200, None)
        assert line.is_reusable


@each_connection
async def test_a_request_written_in_several_parts_arrives_whole(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As happens to a request of less than one slice if socket buffers are small."""
    for module in (blocking, asynchronous):
        monkeypatch.setattr(module, "SLICE", LARGE)
    async with connected(kind) as (line, peer):
        call = asyncio.ensure_future(line.exchange(b"x" * LARGE, attempt()))
        assert len(await received(peer, LARGE)) == LARGE
        peer.sendall(ANSWER)
        assert (await call).status == 200


@each_connection
async def test_a_response_before_the_end_of_the_request_is_marked(kind: str) -> None:
    async with connected(kind) as (line, peer):
        call = asyncio.ensure_future(line.exchange(b"x" * LARGE, attempt()))
        await received(peer, SLICE)
        peer.sendall(ANSWER[:20])
        await asyncio.sleep(0.05)  # it arrives in two parts
        peer.sendall(ANSWER[20:])
        found = await call
        assert (found.status, found.unread) == (200, EARLY)
        assert not line.is_reusable


@each_connection
async def test_a_large_request_that_is_not_read_ends_at_its_deadline(kind: str) -> None:
    async with connected(kind) as (line, _):
        made = attempt(0.2)
        with pytest.raises(TimeoutError):
            await line.exchange(b"x" * LARGE, made)
        assert made.written


@each_connection
async def test_a_large_request_on_a_reset_connection_counts_as_written(kind: str) -> None:
    async with connected(kind) as (line, peer):
        made = attempt()
        call = asyncio.ensure_future(line.exchange(b"x" * LARGE, made))
        await received(peer, SLICE)
        reset(peer)
        with pytest.raises(OSError):
            await call
        assert made.written


async def test_a_large_request_is_not_copied_into_the_write_buffer() -> None:
    async with connected("tasks") as (line, peer):
        request = b"x" * LARGE
        tracemalloc.start()
        try:
            call = asyncio.ensure_future(line.exchange(request, attempt()))
            await received(peer, 1)
            assert tracemalloc.get_traced_memory()[1] < LARGE / 8
        finally:
            tracemalloc.stop()
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)


# --- connecting


@both_kinds
async def test_a_refused_connection_is_reported_with_its_port(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ConnectionRefusedError, match=str(port)):
        await Line.open(kind, server_at(port))


@both_kinds
async def test_connecting_has_a_deadline(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(TimeoutError):
        await Line.open(kind, server_at(listening.getsockname()[1]), seconds=-1.0)
