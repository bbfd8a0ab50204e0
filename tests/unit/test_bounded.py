"""Answers are read up to the limit and no further, whatever they are compressed with."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from ncloud_datastream import bounded
from ncloud_datastream.bounded import (
    LOCATION,
    UNREAD,
    AsyncBoundedTransport,
    BoundedTransport,
)

LIMIT = 1000

each_kind = pytest.mark.parametrize("kind", ["sync", "async"])


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "ANSWER_LIMIT", LIMIT)


class Parts(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that says how much of it was read, and whether it was closed."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts = parts
        self.read = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            self.read += 1
            yield part

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            self.read += 1
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


REQUEST = httpx.Request("GET", "https://h/")


async def answered(kind: str, response: httpx.Response) -> httpx.Response:
    inner = Inner(response)
    if kind == "sync":
        return BoundedTransport(inner).handle_request(REQUEST)
    return await AsyncBoundedTransport(inner).handle_async_request(REQUEST)


async def read(
    kind: str, *parts: bytes, encoding: str | None = None
) -> tuple[bytes, str | None, int]:
    """What was read of a body, why no more, and how many of its parts were looked at."""
    body = Parts(list(parts))
    headers = {} if encoding is None else {"Content-Encoding": encoding}
    response = await answered(kind, httpx.Response(200, headers=headers, stream=body))
    assert "Content-Encoding" not in response.headers
    content = response.read() if kind == "sync" else await response.aread()
    assert body.closed
    return content, response.extensions.get(UNREAD), body.read


@each_kind
async def test_a_body_within_the_limit(kind: str) -> None:
    assert await read(kind) == (b"", None, 0)
    assert await read(kind, b"one", b"two") == (b"onetwo", None, 2)
    assert await read(kind, b"x" * 999, b"y") == (b"x" * 999 + b"y", None, 2)
    assert await read(kind, b"x" * LIMIT, b"") == (b"x" * LIMIT, None, 2)


@each_kind
async def test_a_body_beyond_it(kind: str) -> None:
    why = f"it is longer than {LIMIT:,} bytes"
    assert await read(kind, b"x" * 1001, b"more") == (b"x" * LIMIT, why, 1)
    assert await read(kind, b"x" * LIMIT, b"y", b"more") == (b"x" * LIMIT, why, 2)


ENCODED = {
    "gzip": gzip.compress,
    "X-GZIP ": gzip.compress,
    "deflate": zlib.compress,
}


@each_kind
@pytest.mark.parametrize("encoding", ENCODED)
async def test_a_compressed_body(kind: str, encoding: str) -> None:
    compress = ENCODED[encoding]
    whole = compress(b"x" * LIMIT)
    assert await read(kind, whole, encoding=encoding) == (b"x" * LIMIT, None, 1)
    halves = whole[:9], whole[9:]
    assert await read(kind, *halves, encoding=encoding) == (b"x" * LIMIT, None, 2)
    # Of what nothing came, nothing is cut short.
    assert await read(kind, encoding=encoding) == (b"", None, 0)
    assert await read(kind, b"", encoding=encoding) == (
        b"",
        "its compressed body is cut short",
        1,
    )
    assert await read(kind, whole[:-1], encoding=encoding) == (
        b"x" * LIMIT,
        "its compressed body is cut short",
        1,
    )
    assert (await read(kind, whole, b"more", encoding=encoding))[1:] == (
        "something follows its compressed body",
        2,
    )
    assert await read(kind, b"no such thing", b"more", encoding=encoding) == (
        b"",
        "its compression is broken",
        1,
    )
    why = f"it is longer than {LIMIT:,} bytes"
    content, unread, _ = await read(kind, compress(b"x" * 1001), encoding=encoding)
    assert (content, unread) == (b"x" * LIMIT, why)


def test_no_more_is_inflated_than_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte past the limit shows that there is more."""
    asked: list[int] = []

    class Inflate:
        unused_data = b""
        eof = True

        def decompress(self, chunk: bytes, most: int) -> bytes:
            asked.append(most)
            return b"x" * 10

    monkeypatch.setattr(bounded.zlib, "decompressobj", lambda wbits: Inflate())
    response = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Parts([b"a", b"b"]))
    BoundedTransport(Inner(response)).handle_request(REQUEST).read()
    assert asked == [LIMIT + 1, LIMIT - 9]


@each_kind
async def test_an_encoding_that_was_not_asked_for(kind: str) -> None:
    why = f"it is encoded as {'z' * 40!r}, which was not asked for"
    assert await read(kind, b"one", b"two", encoding="z" * 50) == (b"", why, 1)
    assert await read(kind, b"one", encoding="identity") == (b"one", None, 1)
    assert await read(kind, b"one", encoding="") == (b"one", None, 1)


@each_kind
@pytest.mark.parametrize("status", [299, 300, 399, 400])
async def test_where_a_redirect_leads_is_put_aside(kind: str, status: int) -> None:
    headers = {"Location": "https://else/"}
    response = await answered(kind, httpx.Response(status, headers=headers))
    hidden = 300 <= status < 400
    assert ("Location" in response.headers) is not hidden
    assert response.extensions.get(LOCATION) == ("https://else/" if hidden else None)
    if hidden:
        response = await answered(kind, httpx.Response(status))
        assert response.extensions[LOCATION] == "nowhere"


@each_kind
async def test_a_body_that_was_read_already_is_left_alone(kind: str) -> None:
    read_before = httpx.Response(200, content=b"x")
    stream = read_before.stream
    assert (await answered(kind, read_before)).stream is stream
    other: Any = object()
    unread = httpx.Response(200, stream=Parts([]))
    unread.stream = other
    assert (await answered(kind, unread)).stream is other


async def test_it_is_closed_once() -> None:
    inner = Inner(httpx.Response(200))
    transport = BoundedTransport(inner)
    assert not transport.closed
    for _ in range(2):
        transport.close()
    assert (transport.closed, inner.closed) == (True, 1)
    async_transport = AsyncBoundedTransport(inner)
    assert not async_transport.closed
    for _ in range(2):
        await async_transport.aclose()
    assert (async_transport.closed, inner.closed) == (True, 2)
