"""A blocking connection: one socket, one request in flight, one deadline for the whole exchange.

One thread uses it at a time; another thread may `close` it, which wakes the first.
"""

from __future__ import annotations

import os
import selectors
import socket
import ssl
import time
from contextlib import suppress

from ncloud_datastream.calls.answer import EARLY, Answer
from ncloud_datastream.calls.attempt import CLOSED_MEANWHILE, Attempt, remaining
from ncloud_datastream.calls.servers import Server

from .addresses import Address, Race
from .limits import SLICE
from .lookup import lookup
from .parser import Parser
from .reuse import Reusable
from .tunnel import HttpProxy, Tunnel

_CHUNK = 64 * 1024
_AGAIN = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection(Reusable):
    """A connection to a server.

    Args:
        sock: A connected socket, wrapped in TLS for an https server.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._parser = Parser()
        self._used = time.monotonic()
        self._busy = False

    @classmethod
    def open(
        cls, server: Server, tls: ssl.SSLContext | None, proxy: HttpProxy | None, deadline: float
    ) -> Connection:
        """Connect to a server. With `tls`, its certificate must match its host.

        Args:
            server: The server.
            tls: The TLS context, or None for plain TCP.
            proxy: The http proxy to connect through, or None.
            deadline: The deadline, on `time.monotonic`'s clock.

        Raises:
            OSError: The connection failed, or the deadline passed (`TimeoutError`).
        """
        peer = server if proxy is None else proxy
        sock = _connected(peer.host, peer.port, deadline)
        try:
            if proxy is not None:
                _open_tunnel(sock, proxy.connect(server.host, server.port), deadline)
            if tls is not None:
                sock = tls.wrap_socket(
                    sock, server_hostname=server.host, do_handshake_on_connect=False
                )
                sock.settimeout(remaining(deadline))
                sock.do_handshake()
        except BaseException:
            sock.close()
            raise
        return cls(sock)

    def is_usable(self) -> bool:
        """Return whether another request can be sent: no data and no end of stream has arrived.

        Data that arrives before the first byte of a request is not a response to it.
        """
        if self._closed or self.is_old:
            return False
        sock = self._socket
        try:
            sock.settimeout(0.0)
            sock.recv(1)
        except _AGAIN:
            return True
        except (OSError, ValueError):
            return False
        return False

    def exchange(self, request: bytes, method: str, attempt: Attempt) -> Answer:
        """Send a request and return the response.

        Args:
            request: The bytes of the request.
            method: Its method.
            attempt: Gives the deadline; records whether a byte may have been written.

        Raises:
            OSError: The connection ended, the deadline passed (`TimeoutError`), or the response is
                not valid HTTP/1.1 (`UnreadableError`).
        """
        self._busy = True
        try:
            # Another thread may have closed it. `close` sets `_closed` first and reads `_busy`
            # afterwards; this sets `_busy` first, so one of the two threads closes the socket.
            if self._closed:
                raise ConnectionAbortedError(CLOSED_MEANWHILE)
            self._parser.expect(method)
            answer: Answer | None = None
            if len(request) <= SLICE:
                self._send(request, attempt)
            else:
                answer = self._send_and_listen(request, attempt)
            while answer is None:
                answer = self._receive(attempt)
        except BaseException:
            self._closed = True
            raise
        finally:
            self._busy = False
            if self._closed:
                self._socket.close()
        self._used = time.monotonic()
        if not self._parser.reusable:
            self.close()
        return answer

    def close(self) -> None:
        """Close the connection; a thread waiting in `exchange` gets an error."""
        self._closed = True
        with suppress(OSError):
            # Wakes a waiting thread. Closing the file descriptor would not, and its number could
            # be reused for another socket while that thread still waits on it.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        if not self._busy:
            self._socket.close()

    def abandon(self) -> None:
        """Close this process's copy of a connection inherited from the parent process."""
        self._closed = True
        with suppress(OSError):
            self._socket.close()

    def _send(self, request: bytes, attempt: Attempt) -> None:
        """Write a request of at most one slice."""
        sock = self._socket
        sock.settimeout(attempt.remaining())
        attempt.written = True
        try:
            sent = sock.send(request)
        except ConnectionError:
            # The operating system accepted none of it. TLS may have written part of a record.
            attempt.written = isinstance(sock, ssl.SSLSocket)
            raise
        while sent < len(request):
            sock.settimeout(attempt.remaining())
            sent += sock.send(memoryview(request)[sent:])

    def _send_and_listen(self, request: bytes, attempt: Attempt) -> Answer | None:
        """Write a large request in slices; return the response if it arrives before the last one.

        A service may reject a request on its headers alone and stop reading.
        """
        sock = self._socket
        sock.settimeout(0.0)
        rest = memoryview(request)
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
            while rest:
                events = selector.select(attempt.remaining())
                ready = events[0][1] if events else 0
                if ready & selectors.EVENT_READ:
                    answer = self._take_all(sock)
                    if answer is not None:
                        self.close()
                        return answer._replace(unread=answer.unread or EARLY)
                if ready & selectors.EVENT_WRITE:
                    attempt.written = True
                    with suppress(*_AGAIN):
                        rest = rest[sock.send(rest[:SLICE]) :]
        return None

    def _take_all(self, sock: socket.socket) -> Answer | None:
        """Read everything that has arrived; TLS may have buffered more than `select` reports."""
        answer = None
        with suppress(*_AGAIN):
            while answer is None:
                answer = self._take(sock.recv(_CHUNK))
        return answer

    def _receive(self, attempt: Attempt) -> Answer | None:
        self._socket.settimeout(attempt.remaining())
        return self._take(self._socket.recv(_CHUNK))

    def _take(self, data: bytes) -> Answer | None:
        if data:
            return self._parser.feed(data)
        if self._closed:  # otherwise this would pass for the service ending a complete response
            raise ConnectionAbortedError(CLOSED_MEANWHILE)
        return self._parser.finish()


def _open_tunnel(sock: socket.socket, request: bytes, deadline: float) -> None:
    tunnel = Tunnel()
    sock.settimeout(remaining(deadline))
    sock.sendall(request)
    while True:
        sock.settimeout(remaining(deadline))
        if tunnel.feed(sock.recv(_CHUNK)):
            return


def _connected(host: str, port: int, deadline: float) -> socket.socket:
    """Return a socket connected to the first of the host's addresses that accepts."""
    race = Race(lookup(host, port, remaining(deadline)))
    with selectors.DefaultSelector() as selector:
        try:
            while True:
                now = time.monotonic()
                while (address := race.next(now)) is not None:
                    _begin(address, race, selector)
                if race.lost:
                    raise race.failure or OSError(f"{host} has no address")
                left, wait = remaining(deadline), race.wait(now)
                for key, _ in selector.select(left if wait is None else min(left, wait)):
                    sock = key.fileobj
                    assert isinstance(sock, socket.socket)
                    selector.unregister(sock)
                    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if error == 0:
                        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                        return sock
                    sock.close()
                    race.failed(_error(error, host, port))
        finally:
            for key in list(selector.get_map().values()):
                assert isinstance(key.fileobj, socket.socket)
                key.fileobj.close()


def _begin(address: Address, race: Race, selector: selectors.BaseSelector) -> None:
    family, endpoint = address
    try:
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        race.failed(error)
        return
    try:
        sock.setblocking(False)
        sock.connect(endpoint)
    except BlockingIOError:
        pass
    except BaseException as error:
        sock.close()
        if not isinstance(error, OSError):
            raise
        race.failed(error)
        return
    selector.register(sock, selectors.EVENT_WRITE)


def _error(number: int, host: str, port: int) -> OSError:
    return OSError(number, f"{os.strerror(number)} ({host}:{port})")
