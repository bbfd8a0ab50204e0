"""A scripted message server that controls every byte and the end of each connection.

It parses requests itself, without an HTTP library, and records the complete ones.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from faults.server import close, end_all

OK = b'{"status":200,"detail":"OK"}'

End = Literal["keep", "close", "reset", "stall"]


@dataclass(frozen=True)
class Request:
    """A complete request, or only its head if the script responds to that."""

    number: int
    """Counted over all connections, from 0."""
    connection: int
    on_connection: int
    """Counted on its connection, from 0."""
    head: bytes
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def value(self) -> str:
        value: str = self.message["value"]
        return value

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}


@dataclass(frozen=True)
class Reply:
    """How to respond to a request."""

    raw: bytes = b""
    """The bytes to write, in one piece..."""
    then: End = "keep"
    pieces: tuple[bytes, ...] = ()
    """...or in several, with a turn of the event loop between."""
    after: float = 0.0
    """Seconds to wait first."""
    gate: threading.Event | None = field(default=None, compare=False)
    """An event to wait for first."""


def answer(
    status: int = 200,
    body: bytes = OK,
    *headers: str,
    version: str = "1.1",
    length: bool = True,
) -> bytes:
    """The bytes of a response."""
    lines = [f"HTTP/{version} {status} Said", "Content-Type: application/json", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def ok(request: Request) -> Reply:
    """Accept every message."""
    return Reply(answer())


Behave = Callable[[Request], Reply]


class Server:
    """Serves on loopback, from its own thread.

    Args:
        behave: Returns the reply to a complete request.
        tls: Certificate and key to serve https with.
        on_head: Returns the reply to the head of a request; None reads the body.
        on_connect: Returns how a new connection ends; "keep" serves it.
        on_name: Called with the server name that a TLS client requests.
    """

    def __init__(
        self,
        behave: Behave = ok,
        *,
        tls: tuple[str, str] | None = None,
        on_head: Callable[[Request], Reply | None] | None = None,
        on_connect: Callable[[int], End] = lambda number: "keep",
        on_name: Callable[[str | None], object] = id,
    ) -> None:
        self.behave = behave
        self.on_head = on_head
        self.on_connect = on_connect
        self._on_name = on_name
        self.received: list[Request] = []
        """The complete requests."""
        self.connections = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self._tls = tls
        self._heads = 0
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))
        self._writers: set[asyncio.StreamWriter] = set()
        self._gates = ThreadPoolExecutor(256)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._gates.shutdown()

    @property
    def values(self) -> list[str]:
        """The values of all complete messages, in order."""
        return [request.value for request in self.received]

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        context = None
        if self._tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._tls)
            context.sni_callback = lambda _, name, __: self._on_name(name) and None
        server = await asyncio.start_server(
            self._accept, "127.0.0.1", 0, ssl=context, limit=1 << 16
        )
        self.port: int = server.sockets[0].getsockname()[1]
        scheme = "http" if context is None else "https"
        name = "127.0.0.1" if context is None else "localhost"
        self.url = f"{scheme}://{name}:{self.port}"
        self._up.set()
        await self._stop.wait()
        await close(server)
        await end_all(self._writers)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        number = self.connections
        self.connections += 1
        try:
            end = self.on_connect(number)
            if end == "keep":
                await self._serve(number, reader, writer)
            else:
                _end(writer, end)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _serve(
        self, connection: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        count = 0
        while True:
            head = (await reader.readuntil(b"\r\n\r\n"))[:-4]
            request = Request(self._heads, connection, count, head, b"")
            self._heads += 1
            count += 1
            reply = None if self.on_head is None else self.on_head(request)
            if reply is None:
                body = await reader.readexactly(int(request.headers["content-length"]))
                request = Request(request.number, connection, count - 1, head, body)
                self.received.append(request)
                self.in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.in_flight)
                try:
                    reply = self.behave(request)
                    await self._wait(reply)
                finally:
                    self.in_flight -= 1
            for piece in (reply.raw, *reply.pieces):
                if piece:
                    writer.write(piece)
                    await asyncio.sleep(0)
            if reply.then == "stall":
                await self._stop.wait()
            if reply.then != "keep":
                with suppress(ConnectionError):
                    await writer.drain()
                _end(writer, reply.then)
                return

    async def _wait(self, reply: Reply) -> None:
        if reply.after:
            await asyncio.sleep(reply.after)
        if reply.gate is not None:
            await self._loop.run_in_executor(self._gates, reply.gate.wait, 20)


def _end(writer: asyncio.StreamWriter, end: End) -> None:
    if end == "reset":
        sock = writer.get_extra_info("socket")
        # SO_LINGER with no time makes the system send a reset.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()
    else:
        writer.close()
