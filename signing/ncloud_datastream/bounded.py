"""Answers are bounded: what exceeds the limit is not read, what is compressed is not trusted.

The bound sits below the client, so that it holds for whoever reads the answer.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator

import httpx

ANSWER_LIMIT = 16 * 1024 * 1024
"""Bytes of an answer's body, inflated, that are read at the most."""

UNREAD = "ncloud_datastream.unread"
"""The key in a response's extensions that says why its body was not read to the end."""

LOCATION = "ncloud_datastream.location"
"""The key in a response's extensions that says where a redirect leads."""


class BoundedTransport(httpx.BaseTransport):
    """Bounds the answers of another transport."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        _hide_location(response)
        if isinstance(response.stream, httpx.SyncByteStream) and not response.is_closed:
            response.stream = _BoundedStream(response.stream, _Body(response))
        return response

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._inner.close()


class AsyncBoundedTransport(httpx.AsyncBaseTransport):
    """Bounds the answers of another transport."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        _hide_location(response)
        if isinstance(response.stream, httpx.AsyncByteStream) and not response.is_closed:
            response.stream = _AsyncBoundedStream(response.stream, _Body(response))
        return response

    async def aclose(self) -> None:
        if not self.closed:
            self.closed = True
            await self._inner.aclose()


def _hide_location(response: httpx.Response) -> None:
    # httpx prepares the next request even where it shall not send it, and fails if it cannot.
    if 300 <= response.status_code < 400:
        response.extensions[LOCATION] = response.headers.pop("Location", "nowhere")


class _BoundedStream(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, body: _Body) -> None:
        self._inner = inner
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._inner:
            yield self._body.take(chunk)
            if self._body.ended:
                return
        self._body.finish()

    def close(self) -> None:
        self._inner.close()


class _AsyncBoundedStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, body: _Body) -> None:
        self._inner = inner
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            yield self._body.take(chunk)
            if self._body.ended:
                return
        self._body.finish()

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Body:
    """Takes the chunks of one answer's body and gives them back inflated, up to the limit."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._left = ANSWER_LIMIT
        self._inflate = None
        self._begun = False
        self.ended = False
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding in ("gzip", "x-gzip", "deflate"):
            self._inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        elif encoding not in ("identity", ""):
            self._end(f"it is encoded as {encoding[:40]!r}, which was not asked for")
        # From here on the body is plain; httpx would else inflate whole chunks, unbounded.
        if "Content-Encoding" in response.headers:
            del response.headers["Content-Encoding"]

    def take(self, chunk: bytes) -> bytes:
        """Return what a chunk adds to the plain body; sets `ended` where no more is wanted."""
        if self.ended:
            return b""
        self._begun = True
        if self._inflate is not None:
            try:
                chunk = self._inflate.decompress(chunk, self._left + 1)
            except zlib.error:
                self._end("its compression is broken")
                return b""
            if self._inflate.unused_data:  # zlib would keep it, and all that comes after it
                self._end("something follows its compressed body")
        if len(chunk) > self._left:
            self._end(f"it is longer than {ANSWER_LIMIT:,} bytes")
        plain = chunk[: self._left]
        self._left -= len(plain)
        return plain

    def finish(self) -> None:
        """Look at how the body ended, where it was read to its end."""
        if self._inflate is not None and self._begun and not self._inflate.eof:
            self._end("its compressed body is cut short")

    def _end(self, why: str) -> None:
        self.ended = True
        self._response.extensions[UNREAD] = why
