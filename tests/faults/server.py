"""A server whose every byte is scripted, on real sockets, and that counts what it sees.

A script is a coroutine function that is given each connection that a client makes. What it does
with it is all that happens: it reads, answers, breaks off, or waits for the client to go.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

T = TypeVar("T")


@dataclass(eq=False)
class Seen:
    """A request, as far as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    whole: bool = False


@dataclass
class Site:
    """A place that a script serves, and what was seen there."""

    port: int
    scheme: str
    connections: int = 0
    requests: list[Seen] = field(default_factory=list)
    broken: list[BaseException] = field(default_factory=list)
    """What a script failed with by itself: the test's own mistakes."""
    closed: threading.Event = field(default_factory=threading.Event)
    """Set once a script has closed a connection that the client may take for open."""

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


class Gone(Exception):  # noqa: N818 - no error: what scripts end with
    """The client has closed the connection."""


class Peer:
    """One connection, seen from the server."""

    def __init__(
        self, site: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.site = site
        self.number = site.connections
        """1 for the first connection to the site."""
        self._reader = reader
        self._writer = writer
        # Else what is sent would wait until the client has confirmed what was sent before it.
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def hold(self) -> None:
        """Leave what comes to the system, until `tls` is called."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS from here on."""
        try:
            await self._writer.start_tls(context)
        except OSError:
            raise Gone from None

    async def request(self) -> Seen:
        """Read a request to its end."""
        seen = await self.head()
        length = int(seen.headers.get("content-length", "0"))
        try:
            seen.body = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, OSError):
            raise Gone from None
        seen.whole = True
        return seen

    async def head(self) -> Seen:
        """Read a request's head, and leave its body."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, OSError):
            raise Gone from None
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        seen = Seen(method, target, headers)
        self.site.requests.append(seen)
        return seen

    async def read(self, limit: int) -> bytes:
        """Read some bytes, whatever they are."""
        try:
            data = await self._reader.read(limit)
        except OSError:
            raise Gone from None
        if not data:
            raise Gone
        return data

    async def gone(self) -> None:
        """Wait until the client has closed the connection."""
        while True:
            await self.read(65536)

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError:
            raise Gone from None

    async def send_at_once(self, *parts: bytes) -> None:
        """Send several parts that arrive together; over TLS each is a record of its own."""
        raw = self._writer.get_extra_info("socket")
        cork = getattr(socket, "TCP_CORK", None)  # only Linux has it
        if cork is not None:
            raw.setsockopt(socket.IPPROTO_TCP, cork, 1)
        for part in parts:
            self._writer.write(part)
        if cork is not None:
            raw.setsockopt(socket.IPPROTO_TCP, cork, 0)
        await self.send(b"")

    def half_close(self) -> None:
        """Send no more, but go on reading."""
        self._writer.write_eof()

    def close(self) -> None:
        """End the connection as one does."""
        self._writer.close()

    async def close_now(self) -> None:
        """End the connection, and say so once the client can see it."""
        self._writer.transport.abort()
        for _ in range(3):  # what that has asked the loop to do is done by then
            await asyncio.sleep(0)
        self.site.closed.set()

    def reset(self) -> None:
        """Break the connection: the client gets a reset."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def read_slowly(self) -> None:
        """Let the system take in as little as it can."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)

    async def relay(self, port: int) -> None:
        """Pass everything on to a port of this machine, and back."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(
                _pump(self._reader, writer), _pump(reader, self._writer), return_exceptions=True
            )
        finally:
            writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


Script = Callable[[Peer], Awaitable[None]]


class FaultServer:
    """Serves any number of sites from one thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault server")
        self._tasks: set[asyncio.Task[None]] = set()
        """Those of the connections whose script goes on."""
        self._writers: set[asyncio.StreamWriter] = set()

    def __enter__(self) -> Self:
        # A client that goes away in the middle of a handshake is what is wanted here.
        self._loop.set_exception_handler(lambda loop, context: None)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the server's thread, and return what it returns."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    @contextmanager
    def site(self, script: Script, *, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
        """Serve a script at a port of its own."""
        listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        site = Site(listening.getsockname()[1], "http" if tls is None else "https")

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            site.connections += 1
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            self._writers.add(writer)
            peer = Peer(site, reader, writer)
            try:
                if tls is not None:
                    await peer.tls(tls)
                await script(peer)
                peer.close()
            except Gone:
                peer.close()
            except Exception as error:
                site.broken.append(error)
                peer.close()
            finally:
                self._tasks.discard(task)

        server = self.run(asyncio.start_server(connected, sock=listening, limit=2**20))
        try:
            yield site
        finally:
            self.run(close(server))

    def idle(self) -> bool:
        """Have all clients gone?"""
        return not self._tasks

    async def _end(self) -> None:
        await end_all(self._writers)


async def close(server: asyncio.Server) -> None:
    """Accept no more connections.

    Left to itself, asyncio forgets those that it is just accepting, and never closes them.
    """
    for listening in server.sockets:
        asyncio.get_running_loop().remove_reader(listening.fileno())
    for _ in range(5):  # what was accepted has its task, and that has begun, by then
        await asyncio.sleep(0)
    server.close()


async def end_all(writers: Collection[asyncio.StreamWriter]) -> None:
    """End all that this loop does, and its connections, once no more are accepted.

    Args:
        writers: Those of the connections.
    """
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for writer in list(writers):
        writer.transport.abort()
    for _ in range(2):  # and the sockets are closed by then
        await asyncio.sleep(0)


@contextmanager
def nobody(scheme: str = "http") -> Iterator[Site]:
    """A port at which nobody listens: connections are refused."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield Site(held.getsockname()[1], scheme)
