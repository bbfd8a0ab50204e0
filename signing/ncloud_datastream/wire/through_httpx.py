"""Carriers over an httpx transport, using only its public interface.

They serve a user's own transport, SOCKS and https proxies, trio, and tools that intercept httpx
(`interception`). Deadlines, and the knowledge of what a failed request had sent, are limited by
that interface: a blocking transport gets the remaining time as the timeout of each of its steps,
and whether a byte was written is known only if the transport emits httpcore's trace events.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from ncloud_datastream.auth import SignatureAuth
from ncloud_datastream.calls.answer import ANSWER_LIMIT, TOO_LONG, Answer, decoded
from ncloud_datastream.calls.attempt import ATTEMPT, Attempt, attempt_of
from ncloud_datastream.calls.call import Call
from ncloud_datastream.signature import ACCESS_KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

from .interception import async_client_intercepted, client_intercepted

TYPE_CHECKING = False
if TYPE_CHECKING:
    import anyio

    from ncloud_datastream.auth import Stamp

ANSWER = "ncloud_datastream.answer"
"""The key of the `Answer` in a response's extensions."""


class HttpxCarrier:
    """Carries blocking calls.

    Args:
        transport: The transport; closing the carrier closes it.
        auth: Signs each request.
    """

    def __init__(self, transport: httpx.BaseTransport, auth: SignatureAuth) -> None:
        self.transport = BoundedTransport(transport)
        self._auth = auth
        # Used only while a tracer wraps `httpx.Client`.
        self._client = httpx.Client(transport=self.transport, trust_env=False, cookies=no_cookies())

    def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make one attempt at a call.

        Raises:
            DataStreamError: The attempt cannot be made.
            OSError: The attempt failed.
            httpx.HTTPError: Likewise.
        """
        attempt.watch()
        pair = self._auth.credentials(attempt.deadline)
        stamp = self._auth.stamp(call.method, call.target, pair)
        attempt.offset = stamp.offset
        request = _request(call, attempt, stamp)
        if client_intercepted():
            return answer_of(self._client.send(request))
        return self.transport.answer(request)

    def close(self) -> None:
        """Close the transport."""
        self._client.close()


class AsyncHttpxCarrier:
    """Carries asynchronous calls.

    Args:
        transport: The transport; closing the carrier closes it.
        auth: Signs each request.
        size: Maximum number of requests in flight; None for no limit.
    """

    def __init__(
        self, transport: httpx.AsyncBaseTransport, auth: SignatureAuth, size: int | None = None
    ) -> None:
        self.transport = AsyncBoundedTransport(transport, size)
        self._auth = auth
        self._client = httpx.AsyncClient(
            transport=self.transport, trust_env=False, cookies=no_cookies()
        )

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make one attempt at a call; see `HttpxCarrier.send`."""
        attempt.watch()
        pair = await self._auth.async_credentials(attempt.deadline)
        stamp = self._auth.stamp(call.method, call.target, pair)
        attempt.offset = stamp.offset
        request = _request(call, attempt, stamp)
        request.extensions["trace"] = attempt.trace_async
        if async_client_intercepted():
            return answer_of(await self._client.send(request))
        return await self.transport.answer(request)

    async def aclose(self) -> None:
        """Close the transport."""
        await self._client.aclose()


class BoundedTransport(httpx.BaseTransport):
    """Reads the responses of another transport whole, within the limits on size and time.

    Args:
        inner: The other transport.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return response_of(self.answer(request))

    def answer(self, request: httpx.Request) -> Answer:
        """Send a request and return the complete response."""
        attempt = attempt_of(request.extensions)
        if attempt is not None:
            attempt.hand_over()
        response = self._inner.handle_request(request)
        try:
            body = _Body()
            if response.is_closed or not isinstance(response.stream, httpx.SyncByteStream):
                return _already_read(response)
            for chunk in response.stream:
                if body.add(chunk):
                    break
                if attempt is not None:
                    attempt.remaining()
        finally:
            response.close()
        return _read(response, body)

    def close(self) -> None:
        self._inner.close()


class AsyncBoundedTransport(httpx.AsyncBaseTransport):
    """The asynchronous counterpart, with a limit on the requests in flight.

    Args:
        inner: The other transport.
        size: Maximum number of requests in flight; None for no limit.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, size: int | None = None) -> None:
        self._inner = inner
        self._size = size
        self._slots: anyio.Semaphore | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return response_of(await self.answer(request))

    async def answer(self, request: httpx.Request) -> Answer:
        """Send a request and return the complete response."""
        import anyio

        attempt = attempt_of(request.extensions)
        with anyio.fail_after(None if attempt is None else attempt.left):
            if self._size is None:
                return await self._handle(request, attempt)
            if self._slots is None:
                self._slots = anyio.Semaphore(self._size)
            async with self._slots:
                return await self._handle(request, attempt)

    async def _handle(self, request: httpx.Request, attempt: Attempt | None) -> Answer:
        import anyio

        if attempt is not None:
            attempt.hand_over()
        response = await self._inner.handle_async_request(request)
        try:
            body = _Body()
            if response.is_closed or not isinstance(response.stream, httpx.AsyncByteStream):
                return _already_read(response)
            async for chunk in response.stream:
                if body.add(chunk):
                    break
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()
        return _read(response, body)

    async def aclose(self) -> None:
        await self._inner.aclose()


def no_cookies() -> CookieJar:
    """Return a jar that accepts no cookies, so that no call depends on an earlier one."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def answer_of(response: httpx.Response) -> Answer:
    """Return an httpx response as an `Answer`."""
    found = response.extensions.get(ANSWER)
    if isinstance(found, Answer):
        return found
    # The response of a mock that replaces the whole httpx client.
    headers = [(name.lower(), value) for name, value in response.headers.raw]
    return Answer(response.status_code, headers, response.content)


def response_of(answer: Answer, request: httpx.Request | None = None) -> httpx.Response:
    """Return an `Answer` as an httpx response."""
    return AnswerResponse(answer, request)


class AnswerResponse(httpx.Response):
    """A response whose body has been read; it skips httpx's own, slower reading in chunks.

    ``Location`` is removed (the `Answer` still has it): httpx prepares the request for a redirect
    even if it is not to follow it, and fails if it cannot.
    """

    def __init__(self, answer: Answer, request: httpx.Request | None = None) -> None:
        headers: list[tuple[bytes, bytes]] = list(answer.headers)
        if 300 <= answer.status < 400:
            headers = [each for each in headers if each[0] != b"location"]
        super().__init__(
            answer.status,
            headers=headers,
            stream=httpx.ByteStream(answer.body),
            request=request,
            extensions={ANSWER: answer},
        )
        self._answer_body = answer.body
        self.is_closed = True

    @property
    def content(self) -> bytes:
        return self._answer_body

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        size = chunk_size or len(self._answer_body) or 1
        for start in range(0, len(self._answer_body), size):
            yield self._answer_body[start : start + size]

    async def aiter_bytes(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        for chunk in self.iter_bytes(chunk_size):
            yield chunk

    def read(self) -> bytes:
        return self._answer_body

    async def aread(self) -> bytes:
        return self._answer_body


def _request(call: Call, attempt: Attempt, stamp: Stamp) -> httpx.Request:
    return httpx.Request(
        call.method,
        _parsed(call.url),
        headers=[
            *call.headers,
            (TIMESTAMP_HEADER, stamp.timestamp),
            (ACCESS_KEY_HEADER, stamp.access_key),
            (SIGNATURE_HEADER, stamp.signature),
        ],
        content=call.body or None,
        extensions={
            "server": call.server.name,
            "operation": call.operation,
            "timeout": httpx.Timeout(attempt.left).as_dict(),
            "trace": attempt.trace,
            ATTEMPT: attempt,
        },
    )


@functools.lru_cache(256)
def _parsed(url: str) -> httpx.URL:
    # Parsing a URL takes longer than the rest of building a request.
    return httpx.URL(url)


class _Body:
    """The bytes of a body as received, up to the limit."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> bool:
        """Add a chunk; return whether the body exceeds the limit."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        return self._size > ANSWER_LIMIT

    @property
    def content(self) -> bytes:
        return b"".join(self._chunks)[:ANSWER_LIMIT]

    @property
    def unread(self) -> str | None:
        return TOO_LONG if self._size > ANSWER_LIMIT else None


def _read(response: httpx.Response, body: _Body) -> Answer:
    headers = [(name.lower(), value) for name, value in response.headers.raw]
    return decoded(response.status_code, headers, body.content, body.unread)


def _already_read(response: httpx.Response) -> Answer:
    """Return the `Answer` of a response created with its content, which httpx has decompressed."""
    headers = [
        (name.lower(), value)
        for name, value in response.headers.raw
        if name.lower() != b"content-encoding"
    ]
    content = response.content
    unread = TOO_LONG if len(content) > ANSWER_LIMIT else None
    return Answer(response.status_code, headers, content[:ANSWER_LIMIT], unread)
