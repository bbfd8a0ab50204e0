"""A server that follows a script byte by byte on real sockets, and counts what it receives.

A script is a coroutine function called with each connection. The server does nothing else: the
script reads, responds, resets, or waits for the client to close.
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
    """A request, as far as it was received."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    whole: bool = False


@dataclass
class Site:
    """A port served by a script, and what was received there."""

    port: int
    scheme: str
    connections: int = 0
    requests: list[Seen] = field(default_factory=list)
    broken: list[BaseException] = field(default_factory=list)
    """Unexpected exceptions of scripts: bugs in the test."""
    closed: threading.Event = field(default_factory=threading.Event)
    """Set once a script has closed a connection that the client may take for open."""

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


class Gone(Exception):  # noqa: N818 - not an error: it ends a script
    """The client has closed the connection."""


class Peer:
    """The server side of a connection."""

    def __init__(
        self, site: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.site = site
        self.number = site.connections
        """1 for the first connection to the site."""
        self._reader = reader
        self._writer = writer
        # Without it, each write would wait for the client to acknowledge the previous one.
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def hold(self) -> None:
        """Read nothing until `tls` is called."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def tls(self, context: ssl.SSLContext) -> None:
        """Start TLS."""
        try:
            await self._writer.start_tls(context)
        except OSError:
            raise Gone from None

    async def request(self) -> Seen:
        """Read a whole request."""
        seen = await self.head()
        length = int(seen.headers.get("content-length", "0"))
        try:
            seen.body = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, OSError):
            raise Gone from None
        seen.whole = True
        return seen

    async def head(self) -> Seen:
        """Read the head of a request, but not its body."""
        first, *lines = (await self.raw_head()).decode("latin-1").rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        seen = Seen(method, target, headers)
        self.site.requests.append(seen)
        return seen

    async def raw_head(self) -> bytes:
        """Read up to the empty line that ends a head, without recording it as a request."""
        try:
            return await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, OSError):
            raise Gone from None

    async def read(self, limit: int) -> bytes:
        """Read some bytes."""
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
        """Send several parts that arrive together; over TLS each is a separate record."""
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
        """Close the sending side only."""
        self._writer.write_eof()

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()

    async def close_now(self) -> None:
        """Close the connection, and set `Site.closed` once the client can notice."""
        self._writer.transport.abort()
        for _ in range(3):  # let the loop close the socket
            await asyncio.sleep(0)
        self.site.closed.set()

    def reset(self) -> None:
        """Reset the connection."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def read_slowly(self) -> None:
        """Make the receive buffer as small as possible."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)

    async def relay(self, port: int) -> None:
        """Forward all data to a local port, and back."""
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
        """Tasks of connections whose script is running."""
        self._writers: set[asyncio.StreamWriter] = set()

    def __enter__(self) -> Self:
        # Clients that disconnect during a handshake are part of the tests.
        self._loop.set_exception_handler(lambda loop, context: None)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the server's thread and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    @contextmanager
    def site(
        self, script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> Iterator[Site]:
        """Serve a script on its own port."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, 0), family=family, backlog=512)
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
        """Return whether all clients have disconnected."""
        return not self._tasks

    async def _end(self) -> None:
        await end_all(self._writers)


async def close(server: asyncio.Server) -> None:
    """Stop accepting connections.

    asyncio alone would lose connections that it is just accepting, and never close them.
    """
    for listening in server.sockets:
        asyncio.get_running_loop().remove_reader(listening.fileno())
    for _ in range(5):  # by then every accepted connection has a running task
        await asyncio.sleep(0)
    server.close()


async def end_all(writers: Collection[asyncio.StreamWriter]) -> None:
    """Cancel all tasks of this loop and close its connections, after `close`.

    Args:
        writers: The writers of the connections.
    """
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for writer in list(writers):
        writer.transport.abort()
    for _ in range(2):  # let the loop close the sockets
        await asyncio.sleep(0)


@contextmanager
def closed_port(scheme: str = "http") -> Iterator[Site]:
    """A port without a listener: connections are refused."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield Site(held.getsockname()[1], scheme)
