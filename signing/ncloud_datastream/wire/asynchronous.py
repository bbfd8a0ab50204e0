"""An asyncio connection: HTTP/1.1 on `asyncio.BufferedProtocol`, one request in flight at a time.

Requests are not pipelined: if the connection broke, the outcome of a request queued behind another
could not be determined.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import cast

from ncloud_datastream.calls.answer import EARLY, Answer
from ncloud_datastream.calls.attempt import CLOSED_MEANWHILE, LATE, Attempt
from ncloud_datastream.calls.servers import Server

from .addresses import Address, Race
from .limits import SLICE
from .lookup import lookup_async
from .parser import Parser, UnreadableError
from .reuse import Reusable
from .tunnel import HttpProxy, Tunnel

_CHUNK = 64 * 1024
_BUFFER = 16 * 1024


class AsyncConnection(asyncio.BufferedProtocol, Reusable):
    """A connection to a server, bound to one event loop.

    Args:
        loop: The running event loop.
    """

    _transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._parser = Parser()
        # Reused for every read: asyncio would allocate 256 KiB for each response.
        self._buffer = memoryview(bytearray(_BUFFER))
        self._answer: asyncio.Future[Answer] | None = None
        self._rest: memoryview | None = None
        self._paused = False
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    async def open(
        cls, server: Server, tls: ssl.SSLContext | None, proxy: HttpProxy | None, deadline: float
    ) -> AsyncConnection:
        """Connect to a server. With `tls`, its certificate must match its host.

        Args:
            server: The server.
            tls: The TLS context, or None for plain TCP.
            proxy: The http proxy to connect through, or None.
            deadline: The deadline, on `time.monotonic`'s clock.

        Raises:
            OSError: The connection failed, or the deadline passed (`TimeoutError`).
        """
        loop = asyncio.get_running_loop()
        peer = server if proxy is None else proxy
        async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
            sock = await _connected(loop, peer.host, peer.port)
            if proxy is not None:
                await _open_tunnel(loop, sock, proxy.connect(server.host, server.port))
            # The transport owns the socket from here on, and closes it on failure.
            _, connection = await loop.create_connection(
                lambda: cls(loop),
                sock=sock,
                ssl=tls,
                server_hostname=None if tls is None else server.host,
            )
        return connection

    async def is_usable(self) -> bool:
        """Return whether another request can be sent: no data and no end of stream has arrived.

        Data that arrives before the first byte of a request is not a response to it.
        """
        if self._closed or self.is_old:
            return False
        if self._something_came():
            # The loop reads the data in its next iteration, before this task resumes. It may be
            # TLS data only, such as a session ticket.
            for _ in range(2):
                await asyncio.sleep(0)
        return not self._closed and not self._transport.is_closing()

    async def exchange(self, request: bytes, method: str, attempt: Attempt) -> Answer:
        """Send a request and return the response.

        Args:
            request: The bytes of the request.
            method: Its method.
            attempt: Gives the deadline; records whether a byte may have been written.

        Raises:
            OSError: The connection ended, the deadline passed (`TimeoutError`), or the response is
                not valid HTTP/1.1 (`UnreadableError`).
        """
        transport = self._transport
        assert self._answer is None
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._answer = answer
        self._parser.expect(method)
        self._deadline = attempt.deadline
        self._watch_deadline()
        attempt.written = True
        transport.write(request if len(request) <= SLICE else memoryview(request)[:SLICE])
        if transport.is_closing() and transport.get_extra_info("ssl_object") is None:
            # The first write failed, so the operating system accepted none of it.
            attempt.written = False
        elif len(request) > SLICE:
            self._rest = memoryview(request)[SLICE:]
            self._write_rest()
        try:
            return await answer
        except BaseException:
            self.close()
            raise
        finally:
            self._answer = None
            self._used = time.monotonic()

    def close(self) -> None:
        """Close the connection immediately; a task waiting in `exchange` gets an error."""
        self._closed = True
        self._rest = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        with suppress(RuntimeError):  # the event loop is closed
            self._transport.abort()

    # Callbacks of asyncio.Protocol.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio.Transport.
        self._transport = cast(asyncio.Transport, transport)
        self._used = time.monotonic()
        self._something_came = _look(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        waiting = self._answer
        if waiting is None or waiting.done():
            # No request is in flight: the next one must not take this for its response.
            self.close()
            return
        try:
            answer = self._parser.feed(bytes(self._buffer[:nbytes]))
        except UnreadableError as error:
            waiting.set_exception(error)
            return
        if answer is not None:
            self._settle(waiting, answer)

    def eof_received(self) -> None:
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._write_rest()

    def _settle(self, waiting: asyncio.Future[Answer], answer: Answer) -> None:
        early = self._rest is not None or self._transport.get_write_buffer_size() > 0
        if early:
            # The service responded before it had read the whole request, and reads no further.
            answer = answer._replace(unread=answer.unread or EARLY)
        if early or not self._parser.reusable:
            self.close()
        waiting.set_result(answer)

    def _end(self, error: Exception | None) -> None:
        closed, self._closed = self._closed, True
        waiting = self._answer
        if waiting is None or waiting.done():
            return
        if closed:  # otherwise this would pass for the service ending a complete response
            error = ConnectionAbortedError(CLOSED_MEANWHILE)
        if error is not None:
            waiting.set_exception(error)
            return
        try:
            answer = self._parser.finish()
        except UnreadableError as reason:
            waiting.set_exception(ConnectionResetError(str(reason)))
        else:
            self._settle(waiting, answer)

    def _write_rest(self) -> None:
        while self._rest is not None and not self._paused and not self._transport.is_closing():
            self._transport.write(self._rest[:SLICE])
            self._rest = self._rest[SLICE:] or None

    def _watch_deadline(self) -> None:
        """Enforce the deadline, with one timer shared by successive requests."""
        timer = self._timer
        left = self._deadline - time.monotonic()
        if timer is not None:
            if timer.when() <= self._loop.time() + left:
                return  # it fires early enough, and checks the deadline again then
            timer.cancel()
        self._timer = self._loop.call_later(max(0.0, left), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        waiting = self._answer
        if waiting is None or waiting.done():
            return
        if time.monotonic() < self._deadline:
            self._watch_deadline()
            return
        waiting.set_exception(TimeoutError(LATE))


def _look(transport: asyncio.BaseTransport) -> Callable[[], object]:
    """Return a function that reports whether data has arrived that the loop has not read yet."""
    descriptor = transport.get_extra_info("socket").fileno()
    if hasattr(select, "poll"):
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        return partial(poller.poll, 0)
    return lambda: select.select([descriptor], [], [], 0)[0]


async def _open_tunnel(
    loop: asyncio.AbstractEventLoop, sock: socket.socket, request: bytes
) -> None:
    tunnel = Tunnel()
    try:
        await loop.sock_sendall(sock, request)
        while not tunnel.feed(await loop.sock_recv(sock, _CHUNK)):
            pass
    except BaseException:
        sock.close()
        raise


async def _connected(loop: asyncio.AbstractEventLoop, host: str, port: int) -> socket.socket:
    """Return a socket connected to the first of the host's addresses that accepts."""
    addresses = await lookup_async(host, port)
    if len(addresses) == 1:
        return await _connect(loop, addresses[0])
    race = Race(addresses)
    running: set[asyncio.Task[socket.socket]] = set()
    try:
        while True:
            now = time.monotonic()
            while (address := race.next(now)) is not None:
                task = loop.create_task(_connect(loop, address))
                asyncio._unregister_task(task)  # asyncio.run must not cancel it; this code does
                running.add(task)
            if race.lost:
                raise race.failure or OSError(f"{host} has no address")
            await asyncio.wait(running, timeout=race.wait(now), return_when=asyncio.FIRST_COMPLETED)
            for task in [task for task in running if task.done()]:
                running.discard(task)
                try:
                    return task.result()
                except OSError as error:
                    race.failed(error)
    finally:
        for task in running:
            task.add_done_callback(_close_connected)
            task.cancel()


def _close_connected(task: asyncio.Task[socket.socket]) -> None:
    """Close a connection that was established after another address had won."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()


async def _connect(loop: asyncio.AbstractEventLoop, address: Address) -> socket.socket:
    family, endpoint = address
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, endpoint)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock
