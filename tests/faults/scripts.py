"""Faults of servers, proxies and networks as scripts for the fault server."""

from __future__ import annotations

import asyncio
import functools
import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from faults.server import Peer, Script, Seen

TOPIC = {"topicId": "t1", "topicName": "abcde-orders", "status": "CREATED"}

_SUCCESS: dict[str, Any] = {
    "GET": TOPIC,
    "PUT": TOPIC,
    "DELETE": True,
    "POST": {"status": 200, "detail": "OK"},
}


def success(request: Seen) -> bytes:
    """Return the body of the successful response to a request."""
    return json.dumps(_SUCCESS[request.method]).encode()


def answer(
    body: bytes = b"",
    status: int = 200,
    headers: Mapping[str, object] | None = None,
    *,
    length: int | None = None,
) -> bytes:
    """Return the bytes of a response."""
    fields: dict[str, object] = {
        "Content-Type": "application/json",
        "Content-Length": len(body) if length is None else length,
    }
    fields.update(headers or {})
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"HTTP/1.1 {status} Some Reason\r\n{lines}\r\n".encode("latin-1") + body


def chunks(*parts: bytes, trailer: bytes = b"") -> bytes:
    """Return a chunked body."""
    framed = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part)
    return framed + b"0\r\n" + trailer + b"\r\n"


CHUNKED: Mapping[str, object] = {"Transfer-Encoding": "chunked", "Content-Length": None}
OPEN_ENDED: Mapping[str, object] = {"Content-Length": None, "Connection": "close"}


# --- invalid and unusual responses --------------------------------------------------------------


def always(data: bytes) -> Script:
    """Respond to every request with these bytes."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.send(data)

    return script


def respond(body: bytes, status: int = 200, headers: Mapping[str, object] | None = None) -> Script:
    """Respond to every request with this body."""
    return always(answer(body, status, headers))


def respond_json(
    body: object, status: int = 200, headers: Mapping[str, object] | None = None
) -> Script:
    """Respond to every request with this JSON."""
    return respond(json.dumps(body).encode(), status, headers)


def serve(make: Callable[[bytes], bytes]) -> Script:
    """Respond with `make(body)`, and keep the connection open."""

    async def script(peer: Peer) -> None:
        while True:
            request = await peer.request()
            await peer.send(make(success(request)))

    return script


def serve_once(make: Callable[[bytes], bytes]) -> Script:
    """Respond with `make(body)`, and close."""

    async def script(peer: Peer) -> None:
        request = await peer.request()
        await peer.send(make(success(request)))

    return script


healthy = serve(answer)


def first(
    body: object, status: int, headers: Mapping[str, object], *, after: bytes | None = None
) -> Script:
    """Respond to the first request like this, to later ones successfully or with `after`."""

    async def script(peer: Peer) -> None:
        while True:
            request = await peer.request()
            if len(peer.site.requests) == 1:
                await peer.send(answer(json.dumps(body).encode(), status, headers))
            else:
                await peer.send(after or answer(success(request)))

    return script


def serve_lazily(make: Callable[[], bytes]) -> Script:
    """Respond to every request with bytes that are expensive to create."""

    async def script(peer: Peer) -> None:
        await always(make())(peer)

    return script


@functools.cache
def bomb() -> bytes:
    """Return 256 MB of zeros compressed to 256 KB."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    zeros = bytes(2**20)
    return b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()


def gzipped(body: bytes) -> bytes:
    """Compress a body with gzip."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return packer.compress(body) + packer.flush()


async def huge(peer: Peer) -> None:
    await peer.request()
    megabyte = b" " * 2**20
    await peer.send(answer(length=100 * len(megabyte)))
    for _ in range(100):
        await peer.send(megabyte)


async def endless_header(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        await peer.send(b"x" * 65536)


async def excess_then_an_answer(peer: Peer) -> None:
    """Send a surplus response after each response."""
    while True:
        request = await peer.request()
        await peer.send(answer(success(request)) + answer(b'"the answer to nothing"'))
        peer.site.closed.set()


async def excess_at_once(peer: Peer) -> None:
    """Send a surplus response together with each response."""
    while True:
        request = await peer.request()
        right = answer(success(request))
        await peer.send_at_once(right, answer(b'"the answer to nothing"'))
        peer.site.closed.set()


def pushes(data: bytes, pushed: Callable[[], object]) -> Script:
    """Send data immediately, report it, and never read."""

    async def script(peer: Peer) -> None:
        await peer.send(data)
        pushed()
        await asyncio.sleep(60)

    return script


# --- connections that fail


def step(
    reads: str | None = None, sends: bytes | Callable[[Seen], bytes] = b"", ends: str = "close"
) -> Script:
    """Read something, send something, and end the connection.

    Args:
        reads: None, "byte", "head" or "request".
        sends: The bytes, or a function of the request.
        ends: "close", "reset", "half-close" or "hang" (until the client closes it).
    """

    async def script(peer: Peer) -> None:
        request = None
        if reads == "byte":
            await peer.read(1)
        elif reads is not None:
            request = await (peer.head() if reads == "head" else peer.request())
        data = sends if isinstance(sends, bytes) else sends(request)
        if data:
            await peer.send(data)
        if ends == "reset":
            peer.reset()
        elif ends == "half-close":
            peer.half_close()
        if ends in ("half-close", "hang"):
            await peer.gone()

    return script


reset_at_once = step(ends="reset")
reset_while_reading = step("byte", ends="reset")
reset_after_reading = step("request", ends="reset")
reset_in_the_answer = step("request", lambda request: answer(success(request))[:-2], "reset")
close_after_the_head = step("head")
close_after_reading = step("request")
close_in_the_status_line = step("request", b"HTTP/1.1 20")
hang = step("request", ends="hang")
hang_after_the_head = step("request", answer(length=100), "hang")
hang_half_closed = step("request", ends="half-close")


def trickle(*, after: int) -> Script:
    """Respond successfully, but from some byte on one byte at a time, for minutes."""

    async def script(peer: Peer) -> None:
        await peer.request()
        whole = answer(b" " * 10_000)
        await peer.send(whole[:after])
        for byte in whole[after:]:
            await peer.send(bytes([byte]))
            await asyncio.sleep(0.02)

    return script


async def informational_forever(peer: Peer) -> None:
    await peer.request()
    while True:
        await peer.send(b"HTTP/1.1 102 Processing\r\n\r\n")
        await asyncio.sleep(0.01)


async def read_a_trickle(peer: Peer) -> None:
    """Read the request a little at a time, forever."""
    peer.read_slowly()
    while True:
        await peer.read(16)
        await asyncio.sleep(0.01)


async def never_read(peer: Peer) -> None:
    peer.read_slowly()
    await asyncio.sleep(60)


def early(status: int) -> Script:
    """Reject a request on its headers, then read and discard the body."""
    return step("head", answer(b"{}", status, {"Connection": "close"}), "hang")


# --- connections that are closed ----------------------------------------------------------------


async def closes_when_idle(peer: Peer) -> None:
    """Respond to one request per connection, then close it without notice."""
    request = await peer.request()
    await peer.send(answer(success(request)))
    await peer.close_now()


async def closes_on_the_second_request(peer: Peer) -> None:
    """Respond to one request per connection, and close it when the next arrives."""
    request = await peer.request()
    await peer.send(answer(success(request)))
    peer.site.closed.set()
    await peer.head()


# --- TLS and proxies

silent = step(ends="hang")
no_tls = step("byte", b"HTTP/1.1 400 Bad Request\r\n\r\n")
GRANTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
proxy_to_nothing = step("head", GRANTED, "hang")


def proxy_responds(data: bytes) -> Script:
    """Respond to CONNECT with these bytes and close."""
    return step("head", data)


async def slow_handshake(peer: Peer) -> None:
    """Start a TLS record that never ends, one byte at a time."""
    await peer.read(1)
    await peer.send(b"\x16\x03\x03\x40\x00")
    while True:
        await peer.send(b"\x02")
        await asyncio.sleep(0.02)


def proxy_to(port: int) -> Script:
    """Act as a working proxy to a local port, whatever the requested host."""

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(GRANTED)
        await peer.relay(port)

    return script
