"""A connection for threads and one for tasks: when it can be used, what was written, deadlines."""

from __future__ import annotations

import asyncio
import select
import socket
import tracemalloc
from typing import Any

import pytest
from connections.lines import (
    ANSWER,
    GUARD,
    REQUEST,
    RESET,
    Line,
    attempt,
    both_kinds,
    connected,
    received,
    server_at,
)
from ncloud_datastream.calls.answer import EARLY
from ncloud_datastream.wire import asynchronous, blocking
from ncloud_datastream.wire.limits import SLICE
from ncloud_datastream.wire.parser import UnreadableError

LARGE = 20_000_000
"""Bytes, more than the systems at both ends take at once."""


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return ("asyncio", {"use_uvloop": request.param == "uvloop"})


# --- one call after another


@both_kinds
async def test_it_carries_one_call_after_another(kind: str) -> None:
    async with connected(kind) as (line, peer):
        for _ in range(3):
            assert await line.is_usable()
            made = attempt()
            call = asyncio.ensure_future(line.exchange(REQUEST, made))
            assert await received(peer, len(REQUEST)) == REQUEST
            peer.sendall(ANSWER)
            assert (await call)[::2] == (200, b"{}")
            assert made.written
            assert line.is_reusable


@both_kinds
async def test_an_answer_that_ends_the_connection_ends_it(kind: str) -> None:
    async with connected(kind) as (line, peer):
        call = asyncio.ensure_future(line.exchange(REQUEST, attempt()))
        await received(peer, len(REQUEST))
        peer.sendall(ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert (await call).status == 200
        assert not line.is_reusable
        assert await received(peer, 1) == b""


@both_kinds
async def test_an_answer_without_a_length_lasts_until_the_service_ends_it(kind: str) -> None:
    async with connected(kind) as (line, peer):
        call = asyncio.ensure_future(line.exchange(REQUEST, attempt()))
        await received(peer, len(REQUEST))
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n{}")
        peer.shutdown(socket.SHUT_WR)
        assert (await call).body == b"{}"
        assert not line.is_reusable


# --- what came before a request


@both_kinds
async def test_what_comes_unasked_makes_it_unusable(kind: str) -> None:
    async with connected(kind) as (line, peer):
        assert await line.is_usable()
        peer.sendall(ANSWER)
        assert not await line.is_usable()


@both_kinds
async def test_an_answer_too_many_makes_it_unusable(kind: str) -> None:
    async with connected(kind) as (line, peer):
        call = asyncio.ensure_future(line.exchange(REQUEST, attempt()))
        await received(peer, len(REQUEST))
        peer.sendall(ANSWER + ANSWER)
        assert (await call).status == 200
        assert not line.is_reusable


@both_kinds
@pytest.mark.parametrize("how", ["close", "reset"])
async def test_an_end_while_idle_is_noticed_at_once(kind: str, how: str) -> None:
    """The loop had no turn since: the next request would get lost in doubt."""
    async with connected(kind) as (line, peer):
        assert await line.is_usable()
        if how == "reset":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        peer.close()
        assert not await line.is_usable()


async def test_an_end_is_noticed_where_the_system_has_no_poll(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(select, "poll")
    async with connected("tasks") as (line, peer):
        assert await line.is_usable()
        peer.close()
        assert not await line.is_usable()


@both_kinds
async def test_what_was_idle_for_long_is_not_used(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(kind) as (line, _):
        for module in (blocking, asynchronous):
            monkeypatch.setattr(module, "IDLE_LIMIT", 0.0)
        assert not await line.is_usable()


# --- calls that fail


@both_kinds
async def test_an_end_within_the_answer(kind: str) -> None:
    async with connected(kind) as (line, peer):
        made = attempt()
        call = asyncio.ensure_future(line.exchange(REQUEST, made))
        await received(peer, len(REQUEST))
        peer.sendall(ANSWER[:20])
        peer.close()
        with pytest.raises(OSError, match="after 20 bytes"):
            await call
        assert made.written
        assert not line.is_reusable


@both_kinds
async def test_a_reset_within_the_answer(kind: str) -> None:
    async with connected(kind) as (line, peer):
        call = asyncio.ensure_future(line.exchange(REQUEST, attempt()))
        await received(peer, len(REQUEST))
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        peer.close()
        with pytest.raises(ConnectionResetError):
            await call
        assert not line.is_reusable


@both_kinds
async def test_what_is_no_answer(kind: str) -> None:
    async with connected(kind) as (line, peer):
        call = asyncio.ensure_future(line.exchange(REQUEST, attempt()))
        await received(peer, len(REQUEST))
        peer.sendall(b"HTTP/1.1 nonsense\r\n\r\n")
        with pytest.raises(UnreadableError):
            await call
        assert not line.is_reusable


@both_kinds
async def test_of_a_first_write_that_fails_nothing_was_written(kind: str) -> None:
    async with connected(kind) as (line, peer):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        peer.close()
        made = attempt()
        with pytest.raises(OSError):
            await line.exchange(REQUEST, made)
        assert not made.written
        assert not line.is_reusable


async def test_a_task_that_is_cancelled_ends_it() -> None:
    async with connected("tasks") as (line, peer):
        call = asyncio.ensure_future(line.exchange(REQUEST, attempt()))
        await received(peer, len(REQUEST))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await received(peer, 1) == b""


# --- closed by another thread or task


@both_kinds
@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\n\r\n{}"])
async def test_closing_it_ends_the_call_in_flight_and_completes_no_answer(
    kind: str, begun: bytes
) -> None:
    """An answer without a length would look as if the service had ended it."""
    async with connected(kind) as (line, peer):
        made = attempt()
        call = asyncio.ensure_future(line.exchange(REQUEST, made))
        await received(peer, len(REQUEST))
        peer.sendall(begun)
        if begun:
            await asyncio.sleep(0.05)  # either way it must end the same; this is the harder one
        await line.close()
        with pytest.raises(ConnectionAbortedError, match="closed meanwhile"):
            await call
        assert made.written
        assert await received(peer, 1) == b""


async def test_nothing_is_written_to_one_that_a_thread_has_closed_meanwhile() -> None:
    async with connected("threads") as (line, _):
        assert await line.is_usable()
        await line.close()
        made = attempt()
        with pytest.raises(ConnectionAbortedError, match="closed meanwhile"):
            await line.exchange(REQUEST, made)
        assert not made.written
        assert not await line.is_usable()


# --- the deadline


@both_kinds
async def test_the_deadline_ends_it(kind: str) -> None:
    async with connected(kind) as (line, _):
        made = attempt(0.05)
        with pytest.raises(TimeoutError):
            await line.exchange(REQUEST, made)
        assert made.written
        assert not line.is_reusable


@pytest.mark.parametrize("size", [len(REQUEST), LARGE])
async def test_a_deadline_that_has_passed_lets_nothing_be_written(size: int) -> None:
    async with connected("threads") as (line, _):
        made = attempt(-1.0)
        with pytest.raises(TimeoutError):
            await line.exchange(b"x" * size, made)
        assert not made.written


@both_kinds
async def test_each_call_has_its_own_deadline(kind: str) -> None:
    async with connected(kind) as (line, peer):
        for seconds, pause in ((0.5, 0.0), (2 * GUARD, 0.0), (GUARD, 0.6)):
            call = asyncio.ensure_future(line.exchange(REQUEST, attempt(seconds)))
            await received(peer, len(REQUEST))
            await asyncio.sleep(pause)  # the deadline of the first call passes without effect
            peer.sendall(ANSWER)
            assert (await call).status == 200
        with pytest.raises(TimeoutError):  # one that comes before that of the calls before it
            await line.exchange(REQUEST, attempt(0.05))


async def test_a_deadline_that_passes_while_it_is_idle_has_no_effect() -> None:
    async with connected("tasks") as (line, peer):
        call = asyncio.ensure_future(line.exchange(REQUEST, attempt(0.5)))
        await received(peer, len(REQUEST))
        peer.sendall(ANSWER)
        await call
        await asyncio.sleep(0.6)
        assert await line.is_usable()


# --- large requests


@both_kinds
async def test_a_slow_reader_gets_a_large_request_whole(kind: str) -> None:
    async with connected(kind) as (line, peer):
        call = asyncio.ensure_future(line.exchange(b"x" * LARGE, attempt()))
        data = await received(peer, LARGE)
        assert (len(data), set(data)) == (LARGE, {ord("x")})
        peer.sendall(ANSWER)
        assert (await call)[::3] == (200, None)
        assert line.is_reusable


@both_kinds
async def test_a_request_that_the_system_takes_in_part_at_first_arrives_whole(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one below the size from which it is written in slices, where buffers are small."""
    for module in (blocking, asynchronous):
        monkeypatch.setattr(module, "SLICE", LARGE)
    async with connected(kind) as (line, peer):
        call = asyncio.ensure_future(line.exchange(b"x" * LARGE, attempt()))
        assert len(await received(peer, LARGE)) == LARGE
        peer.sendall(ANSWER)
        assert (await call).status == 200


@both_kinds
async def test_an_answer_that_comes_before_the_end_of_the_request_is_marked(kind: str) -> None:
    async with connected(kind) as (line, peer):
        call = asyncio.ensure_future(line.exchange(b"x" * LARGE, attempt()))
        await received(peer, SLICE)
        peer.sendall(ANSWER[:20])
        await asyncio.sleep(0.05)  # that it comes in two pieces changes nothing
        peer.sendall(ANSWER[20:])
        found = await call
        assert (found.status, found.unread) == (200, EARLY)
        assert not line.is_reusable


@both_kinds
async def test_a_large_request_that_is_not_read_ends_with_its_deadline(kind: str) -> None:
    async with connected(kind) as (line, _):
        made = attempt(0.2)
        with pytest.raises(TimeoutError):
            await line.exchange(b"x" * LARGE, made)
        assert made.written


@both_kinds
async def test_a_large_request_whose_connection_breaks_may_have_been_read(kind: str) -> None:
    async with connected(kind) as (line, peer):
        made = attempt()
        call = asyncio.ensure_future(line.exchange(b"x" * LARGE, made))
        await received(peer, SLICE)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        peer.close()
        with pytest.raises(OSError):
            await call
        assert made.written


async def test_of_a_large_request_little_waits_beside_it() -> None:
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
async def test_a_refusal_is_told(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ConnectionRefusedError, match=str(port)):
        await Line.open(kind, server_at(port))


@both_kinds
async def test_connecting_has_a_deadline(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(TimeoutError):
        await Line.open(kind, server_at(listening.getsockname()[1]), seconds=-1.0)
