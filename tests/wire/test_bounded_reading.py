"""Responses of an httpx transport are read whole, within limits of size and time, and closed."""

from __future__ import annotations

import gzip
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import httpx
import pytest
from ncloud_datastream.calls import answer
from ncloud_datastream.calls.attempt import ATTEMPT, Attempt
from ncloud_datastream.wire import through_httpx
from ncloud_datastream.wire.through_httpx import (
    AsyncBoundedTransport,
    BoundedTransport,
    answer_of,
)
from wire.helpers import each_kind

LIMIT = 1000
TOO_LONG = answer.TOO_LONG


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (answer, through_httpx):
        monkeypatch.setattr(module, "ANSWER_LIMIT", LIMIT)


class Parts(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that records how many parts were read, and whether it was closed."""

    def __init__(self, *parts: bytes, error: Exception | None = None) -> None:
        self.parts = parts
        self.error = error
        self.read = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            self.read += 1
            yield part
        if self.error is not None:
            raise self.error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


class Inner(httpx.BaseTransport, httpx.AsyncBaseTransport):
    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.closed = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.response

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


async def answered(kind: str, response: httpx.Response, **extensions: Any) -> httpx.Response:
    request = httpx.Request("GET", "https://h/", extensions=extensions)
    inner = Inner(response)
    if kind == "sync":
        return BoundedTransport(inner).handle_request(request)
    return await AsyncBoundedTransport(inner).handle_async_request(request)


async def read(kind: str, body: Parts, **headers: str) -> tuple[bytes, str | None, int]:
    """Return the body read, why it is incomplete, and the number of parts read."""
    response = await answered(kind, httpx.Response(200, headers=headers, stream=body))
    found = answer_of(response)
    assert response.content == found.body
    assert body.closed
    return found.body, found.unread, body.read


@each_kind
async def test_a_body_is_read_up_to_the_limit(kind: str) -> None:
    assert await read(kind, Parts()) == (b"", None, 0)
    assert await read(kind, Parts(b"one", b"two")) == (b"onetwo", None, 2)
    assert await read(kind, Parts(b"x" * LIMIT, b"")) == (b"x" * LIMIT, None, 2)
    assert await read(kind, Parts(b"x" * 1001, b"more")) == (b"x" * LIMIT, TOO_LONG, 1)
    assert await read(kind, Parts(b"x" * LIMIT, b"y", b"more")) == (b"x" * LIMIT, TOO_LONG, 2)


@each_kind
async def test_a_compressed_body_is_decompressed_once(kind: str) -> None:
    whole = gzip.compress(b"x" * LIMIT)
    headers = {"Content-Encoding": "gzip"}
    assert await read(kind, Parts(whole[:9], whole[9:]), **headers) == (b"x" * LIMIT, None, 2)
    bomb = gzip.compress(b"x" * (LIMIT + 1))
    assert await read(kind, Parts(bomb), **headers) == (b"x" * LIMIT, TOO_LONG, 1)


@each_kind
async def test_an_interrupted_body_is_closed(kind: str) -> None:
    body = Parts(b"one", error=httpx.ReadError("gone"))
    with pytest.raises(httpx.ReadError, match="gone"):
        await read(kind, body)
    assert body.closed


@each_kind
async def test_a_body_that_httpx_has_read_and_decompressed_is_limited_too(kind: str) -> None:
    """Mocks and recorders return such responses."""
    headers = {"Content-Encoding": "gzip", "X-Of": "answer"}
    content = gzip.compress(b"x" * (LIMIT + 1))
    found = answer_of(await answered(kind, httpx.Response(200, headers=headers, content=content)))
    assert (found.body, found.unread) == (b"x" * LIMIT, TOO_LONG)
    assert (found.header(b"content-encoding"), found.header(b"x-of")) == (None, "answer")
    found = answer_of(await answered(kind, httpx.Response(200, content=b"one")))
    assert (found.body, found.unread) == (b"one", None)


def test_the_response_of_a_mock_client_is_accepted() -> None:
    found = answer_of(httpx.Response(201, headers={"X-Of": "mock"}, content=b"one"))
    assert (found.status, found.header(b"x-of"), found.body) == (201, "mock", b"one")


@pytest.mark.parametrize("status", [299, 300, 399, 400])
async def test_httpx_does_not_see_the_target_of_a_redirect(status: int) -> None:
    response = await answered("sync", httpx.Response(status, headers={"Location": "https://else/"}))
    assert ("Location" in response.headers) is not (300 <= status < 400)
    assert answer_of(response).header(b"location") == "https://else/"


@each_kind
async def test_a_trickling_body_ends_at_the_deadline(kind: str) -> None:
    attempt = Attempt(time.monotonic() + 0.2)

    class Trickle(Parts):
        def __iter__(self) -> Iterator[bytes]:
            while time.monotonic() < attempt.deadline + 20:
                time.sleep(0.01)
                yield b"x"

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while time.monotonic() < attempt.deadline + 20:
                await anyio.sleep(0.01)
                yield b"x"

    body = Trickle()
    with pytest.raises(TimeoutError):
        await answered(kind, httpx.Response(200, stream=body), **{ATTEMPT: attempt})
    assert time.monotonic() < attempt.deadline + 15
    assert body.closed
    assert (attempt.watched, attempt.written) == (False, True)


async def test_a_request_that_times_out_in_the_queue_was_not_written() -> None:
    held = anyio.Event()

    class Holding(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            held.set()
            await anyio.sleep_forever()
            raise AssertionError

    transport = AsyncBoundedTransport(Holding(), size=1)

    async def send(attempt: Attempt) -> None:
        attempt.watch()
        extensions = {ATTEMPT: attempt}
        request = httpx.Request("POST", "https://h/", extensions=extensions)
        with pytest.raises(TimeoutError):
            await transport.handle_async_request(request)

    async with anyio.create_task_group() as group:
        first, second = Attempt(time.monotonic() + 0.4), Attempt(time.monotonic() + 0.1)
        group.start_soon(send, first)
        await held.wait()
        await send(second)
    assert first.written
    assert not second.written


@each_kind
async def test_closing_closes_the_inner_transport(kind: str) -> None:
    inner = Inner(httpx.Response(200))
    if kind == "sync":
        BoundedTransport(inner).close()
    else:
        await AsyncBoundedTransport(inner).aclose()
    assert inner.closed == 1
