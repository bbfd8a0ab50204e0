"""A server that records the exact bytes of each request, without an HTTP library."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

from faults.server import FaultServer, Gone, Peer

TIMEOUT = 20.0
"""Seconds after which a test that waits for a request fails."""


@dataclass(frozen=True)
class Seen:
    """The bytes received on one connection."""

    head: bytes
    """The request line and the headers, without the empty line that ends them."""
    body: bytes
    """As many bytes as `Content-Length` announces."""
    rest: bytes
    """Anything after the request."""

    @property
    def request_line(self) -> list[bytes]:
        """Method, target and version."""
        return self.head.split(b"\r\n")[0].split(b" ")

    @property
    def method(self) -> str:
        return self.request_line[0].decode("ascii")

    @property
    def target(self) -> str:
        return self.request_line[1].decode("ascii")

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers, with names in lower case."""
        pairs = [line.decode("ascii").split(": ", 1) for line in self.head.split(b"\r\n")[1:]]
        return [(name.lower(), value) for name, value in pairs]

    def header(self, name: str) -> str:
        """Return the value of a header that occurs exactly once."""
        (value,) = [each for key, each in self.headers if key == name]
        return value


def answer(
    status: int = 200, body: bytes = b"{}", *, headers: tuple[str, ...] = (), reason: str = "Said"
) -> bytes:
    """Return the bytes of a response that closes its connection."""
    lines = [
        f"HTTP/1.1 {status} {reason}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body


class RawServer:
    """Responds to one request per connection, and records all bytes until the connection ends.

    Args:
        respond: Returns the bytes of the response; it may block.
        host: The loopback address to listen on.
    """

    def __init__(
        self, respond: Callable[[Seen], bytes] = lambda seen: answer(), *, host: str = "127.0.0.1"
    ) -> None:
        self.respond = respond
        self.connections = 0
        # In the order in which the connections were accepted.
        self._seen: queue.SimpleQueue[Future[Seen]] = queue.SimpleQueue()
        self._host = host
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        server = self._stack.enter_context(FaultServer())
        self.port = self._stack.enter_context(server.site(self._serve, host=self._host)).port
        self.netloc = (
            f"[{self._host}]:{self.port}" if ":" in self._host else f"127.0.0.1:{self.port}"
        )
        self.url = f"http://{self.netloc}"
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def take(self) -> Seen:
        """Return what the next connection received, once it has ended."""
        return self._seen.get(timeout=TIMEOUT).result(TIMEOUT)

    def nothing_more(self) -> bool:
        """Return whether everything received has been taken."""
        return self._seen.empty()

    async def _serve(self, peer: Peer) -> None:
        self.connections += 1
        seen: Future[Seen] = Future()
        self._seen.put(seen)
        try:
            seen.set_result(await self._exchange(peer))
        except BaseException as error:
            seen.set_exception(error)
            raise

    async def _response(self, seen: Seen) -> bytes:
        response: Future[bytes] = Future()
        response.set_running_or_notify_cancel()  # so that it cannot be cancelled

        def respond() -> None:
            try:
                response.set_result(self.respond(seen))
            except BaseException as error:
                response.set_exception(error)

        threading.Thread(target=respond).start()
        return await asyncio.wrap_future(response)

    async def _exchange(self, peer: Peer) -> Seen:
        head = (await peer.raw_head()).removesuffix(b"\r\n\r\n")
        length = sum(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        data = b""
        while len(data) < length:
            data += await peer.read(65536)
        seen = Seen(head, data[:length], data[length:])
        await peer.send(await self._response(seen))
        peer.half_close()
        rest = seen.rest
        try:
            while True:
                rest += await peer.read(65536)
        except Gone:
            return Seen(head, seen.body, rest)
