"""A server of plain bytes: it keeps what it is sent as it came, and knows no HTTP library."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Self

PATIENCE = 20.0
"""Seconds after which a test that waits for bytes has failed."""


@dataclass(frozen=True)
class Seen:
    """What came over one connection."""

    head: bytes
    """The request line and the headers, without the empty line that ends them."""
    body: bytes
    """As many bytes as the head announces."""
    rest: bytes
    """What came after the request; a second request would be here."""

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
        """Names in lower case, and values."""
        pairs = [line.decode("ascii").split(": ", 1) for line in self.head.split(b"\r\n")[1:]]
        return [(name.lower(), value) for name, value in pairs]

    def header(self, name: str) -> str:
        """The value of a header that is there exactly once."""
        (value,) = [each for key, each in self.headers if key == name]
        return value


def answer(
    status: int = 200, body: bytes = b"{}", *, headers: tuple[str, ...] = (), reason: str = "Said"
) -> bytes:
    """The bytes of an answer that ends its connection."""
    lines = [
        f"HTTP/1.1 {status} {reason}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body


class RawServer:
    """Answers each connection's one request, and keeps what was sent until the connection's end.

    Args:
        respond: Gives the bytes to answer a request with.
        family: The address family to listen on, loopback.
    """

    def __init__(
        self,
        respond: Callable[[Seen], bytes] = lambda seen: answer(),
        *,
        host: str = "127.0.0.1",
    ) -> None:
        self.respond = respond
        self.connections = 0
        # In the order of the connections: that in which they end is up to their threads.
        self._seen: queue.SimpleQueue[Future[Seen]] = queue.SimpleQueue()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        self.netloc = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self.url = f"http://{self.netloc}"
        self._accepting = threading.Thread(target=self._accept)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Closing a listener does not wake its accept; shutting it down does.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(PATIENCE)
        self._listener.close()

    def take(self) -> Seen:
        """What the next connection brought, once it has ended."""
        return self._seen.get(timeout=PATIENCE).result(PATIENCE)

    def nothing_more(self) -> bool:
        """Has everything that came been taken?"""
        return self._seen.empty()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            seen: Future[Seen] = Future()
            self._seen.put(seen)
            threading.Thread(target=self._serve, args=(connection, seen)).start()

    def _serve(self, connection: socket.socket, seen: Future[Seen]) -> None:
        try:
            with connection:
                connection.settimeout(PATIENCE)
                seen.set_result(self._exchange(connection))
        except Exception as error:
            seen.set_exception(error)

    def _exchange(self, connection: socket.socket) -> Seen:
        head, body = _until(connection, b"\r\n\r\n")
        lengths = [
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ]
        while len(body) < sum(lengths):
            body += _some(connection)
        length = sum(lengths)
        connection.sendall(self.respond(Seen(head, body[:length], body[length:])))
        connection.shutdown(socket.SHUT_WR)
        rest = body[length:]
        # Nothing more will come from here: the client closes the connection.
        while chunk := connection.recv(65536):
            rest += chunk
        return Seen(head, body[:length], rest)


def _until(connection: socket.socket, end: bytes) -> tuple[bytes, bytes]:
    data = b""
    while end not in data:
        data += _some(connection)
    head, _, rest = data.partition(end)
    return head, rest


def _some(connection: socket.socket) -> bytes:
    chunk = connection.recv(65536)
    if not chunk:
        raise ConnectionError("the request was cut short")
    return chunk
