"""Carriers over a transport of httpx, by its public interface alone.

For a user's own transport, for proxies that speak SOCKS or https, for trio, and whenever somebody
else is to see the requests (`interception`). Deadlines and what is known of a request that failed
are as good as that interface allows: a blocking transport is asked to keep to what is left at each
of its steps, and whether a byte was written is known where it passes on httpcore's trace events.
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
"""The key in a response's extensions under which the whole `Answer` is."""


class HttpxCarrier:
    """Carries the calls of threads.

    Args:
        transport: The transport, which is closed with this.
        auth: Signs.
    """

    def __init__(self, transport: httpx.BaseTransport, auth: SignatureAuth) -> None:
        self.transport = BoundedTransport(transport)
        self._auth = auth
        # For tracers that wrap the client of httpx, which is left out otherwise.
        self._client = httpx.Client(transport=self.transport, trust_env=False, cookies=no_cookies())

    def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make an attempt at a call.

        Raises:
            DataStreamError: It cannot be made.
            OSError: It failed.
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
    """Carries the calls of tasks.

    Args:
        transport: The transport, which is closed with this.
        auth: Signs.
        size: Requests in flight at the most; None for as many as there are.
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
        """Make an attempt at a call; see `HttpxCarrier.send`."""
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
    """Reads the answers of another transport whole, within the bounds of size and time.

    Args:
        inner: The other transport.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return response_of(self.answer(request))

    def answer(self, request: httpx.Request) -> Answer:
        """Send a request and return the whole answer."""
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
    """The same for tasks, with a bound on how many requests are in flight.

    Args:
        inner: The other transport.
        size: Requests in flight at the most; None for as many as there are.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, size: int | None = None) -> None:
        self._inner = inner
        self._size = size
        self._places: anyio.Semaphore | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return response_of(await self.answer(request))

    async def answer(self, request: httpx.Request) -> Answer:
        """Send a request and return the whole answer."""
        import anyio

        attempt = attempt_of(request.extensions)
        with anyio.fail_after(None if attempt is None else attempt.left):
            if self._size is None:
                return await self._handle(request, attempt)
            if self._places is None:
                self._places = anyio.Semaphore(self._size)
            async with self._places:
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
    """Return a jar that takes no cookie: no call depends on an earlier one."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def answer_of(response: httpx.Response) -> Answer:
    """Return the answer that a response of httpx is."""
    found = response.extensions.get(ANSWER)
    if isinstance(found, Answer):
        return found
    # From a mock that stands in for a client of httpx whole.
    headers = [(name.lower(), value) for name, value in response.headers.raw]
    return Answer(response.status_code, headers, response.content)


def response_of(answer: Answer, request: httpx.Request | None = None) -> httpx.Response:
    """Return an answer as httpx has it."""
    return AnswerResponse(answer, request)


class AnswerResponse(httpx.Response):
    """An answer that was read whole; httpx would read it again, by pieces, which takes its time.

    httpx prepares the next request for a redirect even where it is not to send it, and fails where
    it cannot: ``Location`` stays in the `Answer` alone.
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
    # Reading a URL takes longer than all the rest of a request.
    return httpx.URL(url)


class _Body:
    """The bytes of a body, as sent, up to the limit."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> bool:
        """Take a chunk; return whether that is more than is read."""
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
    """Return a response that was made with its content, which httpx has decompressed."""
    headers = [
        (name.lower(), value)
        for name, value in response.headers.raw
        if name.lower() != b"content-encoding"
    ]
    content = response.content
    unread = TOO_LONG if len(content) > ANSWER_LIMIT else None
    return Answer(response.status_code, headers, content[:ANSWER_LIMIT], unread)
