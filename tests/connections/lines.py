"""Blocking and asyncio connections behind one interface, and the server side of a connection."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio.to_thread
import pytest
from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.calls.servers import Server
from ncloud_datastream.wire.asynchronous import AsyncConnection
from ncloud_datastream.wire.blocking import Connection
from ncloud_datastream.wire.tunnel import HttpProxy

T = TypeVar("T")

GUARD = 20.0
"""Seconds after which a test fails, even on a busy machine."""

REQUEST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

RESET = b"\1\0\0\0\0\0\0\0"
"""The value of SO_LINGER with which closing a socket resets the connection."""

both_kinds = pytest.mark.parametrize("kind", ["threads", "tasks"])


def attempt(seconds: float = GUARD) -> Attempt:
    made = Attempt(time.monotonic() + seconds)
    made.watch()
    return made


async def in_thread(function: Callable[..., T], *arguments: Any) -> T:
    return await anyio.to_thread.run_sync(function, *arguments)


class Line:
    """A blocking or an asyncio connection."""

    def __init__(self, connection: Connection | AsyncConnection) -> None:
        self.connection = connection

    @classmethod
    async def open(
        cls,
        kind: str,
        server: Server,
        *,
        tls: ssl.SSLContext | None = None,
        proxy: HttpProxy | None = None,
        seconds: float = GUARD,
    ) -> Line:
        deadline = time.monotonic() + seconds
        if kind == "threads":
            return cls(await in_thread(Connection.open, server, tls, proxy, deadline))
        return cls(await AsyncConnection.open(server, tls, proxy, deadline))

    async def is_usable(self) -> bool:
        if isinstance(self.connection, Connection):
            return self.connection.is_usable()
        return await self.connection.is_usable()

    async def exchange(self, request: bytes, made: Attempt, method: str = "POST") -> Answer:
        if isinstance(self.connection, Connection):
            return await in_thread(self.connection.exchange, request, method, made)
        return await self.connection.exchange(request, method, made)

    @property
    def is_reusable(self) -> bool:
        return self.connection.is_reusable

    async def close(self) -> None:
        self.connection.close()
        for _ in range(3):  # let the loop close the socket
            await asyncio.sleep(0)


def server_at(port: int, host: str = "127.0.0.1", scheme: str = "http") -> Server:
    return Server.at("message", f"{scheme}://{host}:{port}")


@asynccontextmanager
async def connected(kind: str) -> AsyncIterator[tuple[Line, socket.socket]]:
    """A connection, and the server side of it as a plain socket."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 256 * 1024)
        line = await Line.open(kind, server_at(listening.getsockname()[1]))
        peer, _ = listening.accept()
        with peer:
            peer.settimeout(GUARD)
            try:
                yield line, peer
            finally:
                await line.close()


async def received(peer: socket.socket, size: int) -> bytes:
    """Read bytes on the server side, in a thread."""

    def read() -> bytes:
        data = bytearray()
        while len(data) < size and (chunk := peer.recv(size - len(data))):
            data += chunk
        return bytes(data)

    return await in_thread(read)


async def in_flight(
    line: Line, peer: socket.socket, made: Attempt | None = None
) -> asyncio.Future[Answer]:
    """Start an exchange, and return it once the server has read the request."""
    call = asyncio.ensure_future(line.exchange(REQUEST, made or attempt()))
    assert await received(peer, len(REQUEST)) == REQUEST
    return call


def reset(peer: socket.socket) -> None:
    """Close a socket so that the other side gets a reset."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    peer.close()
