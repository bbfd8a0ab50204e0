"""What servers, proxies and networks do wrong, each as a script for the fault server."""

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
    """The body that such a request is answered with when all is well."""
    return json.dumps(_SUCCESS[request.method]).encode()


def answer(
    body: bytes = b"",
    status: int = 200,
    headers: Mapping[str, object] | None = None,
    *,
    length: int | None = None,
) -> bytes:
    """An answer on the wire."""
    fields: dict[str, object] = {
        "Content-Type": "application/json",
        "Content-Length": len(body) if length is None else length,
    }
    fields.update(headers or {})
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"HTTP/1.1 {status} Some Reason\r\n{lines}\r\n".encode("latin-1") + body


def chunks(*parts: bytes, trailer: bytes = b"") -> bytes:
    """A body in chunks."""
    framed = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part)
    return framed + b"0\r\n" + trailer + b"\r\n"


CHUNKED: Mapping[str, object] = {"Transfer-Encoding": "chunked", "Content-Length": None}
OPEN_ENDED: Mapping[str, object] = {"Content-Length": None, "Connection": "close"}


# --- answers that are wrong, or only unusual ----------------------------------------------------


def always(data: bytes) -> Script:
    """Answer every request with these bytes."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.send(data)

    return script


def says(body: bytes, status: int = 200, headers: Mapping[str, object] | None = None) -> Script:
    """Answer every request with this body."""
    return always(answer(body, status, headers))


def says_json(
    body: object, status: int = 200, headers: Mapping[str, object] | None = None
) -> Script:
    """Answer every request with this JSON."""
    return says(json.dumps(body).encode(), status, headers)


def rightly(make: Callable[[bytes], bytes]) -> Script:
    """Answer with what `make` makes of the right body, and keep the connection."""

    async def script(peer: Peer) -> None:
        while True:
            request = await peer.request()
            await peer.send(make(success(request)))

    return script


def wrongly(make: Callable[[bytes], bytes]) -> Script:
    """Answer with what `make` makes of the right body, and close."""

    async def script(peer: Peer) -> None:
        request = await peer.request()
        await peer.send(make(success(request)))

    return script


well = rightly(answer)


def first(
    body: object, status: int, headers: Mapping[str, object], *, after: bytes | None = None
) -> Script:
    """Answer the first request to the site so, and the others as one should, or with `after`."""

    async def script(peer: Peer) -> None:
        while True:
            request = await peer.request()
            if len(peer.site.requests) == 1:
                await peer.send(answer(json.dumps(body).encode(), status, headers))
            else:
                await peer.send(after or answer(success(request)))

    return script


def lazily(make: Callable[[], bytes]) -> Script:
    """Answer every request with bytes that take a while to make."""

    async def script(peer: Peer) -> None:
        await always(make())(peer)

    return script


@functools.cache
def bomb() -> bytes:
    """A quarter of a gigabyte of zeros, as a quarter of a megabyte of gzip."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    zeros = bytes(2**20)
    return b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()


def gzipped(body: bytes) -> bytes:
    """A body as gzip."""
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
    """After each answer send another one, which nobody asked for."""
    while True:
        request = await peer.request()
        await peer.send(answer(success(request)) + answer(b'"the answer to nothing"'))
        peer.site.closed.set()


async def excess_at_once(peer: Peer) -> None:
    """The same, together with the right one."""
    while True:
        request = await peer.request()
        right = answer(success(request))
        await peer.send_at_once(right, answer(b'"the answer to nothing"'))
        peer.site.closed.set()


def pushes(data: bytes, pushed: Callable[[], object]) -> Script:
    """Send this at once, say so, and never read a byte."""

    async def script(peer: Peer) -> None:
        await peer.send(data)
        pushed()
        await asyncio.sleep(60)

    return script


# --- connections that fail ----------------------------------------------------------------------


async def reset_at_once(peer: Peer) -> None:
    peer.reset()


async def reset_while_reading(peer: Peer) -> None:
    await peer.read(1)
    peer.reset()


async def reset_after_reading(peer: Peer) -> None:
    await peer.request()
    peer.reset()


async def reset_in_the_answer(peer: Peer) -> None:
    request = await peer.request()
    whole = answer(success(request))
    await peer.send(whole[:-2])
    peer.reset()


async def close_after_the_head(peer: Peer) -> None:
    await peer.head()


async def close_after_reading(peer: Peer) -> None:
    await peer.request()


async def close_in_the_status_line(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 20")


async def hang(peer: Peer) -> None:
    await peer.request()
    await peer.gone()


async def hang_after_the_head(peer: Peer) -> None:
    await peer.request()
    await peer.send(answer(length=100))
    await peer.gone()


async def hang_half_closed(peer: Peer) -> None:
    await peer.request()
    peer.half_close()
    await peer.gone()


def trickle(*, after: int) -> Script:
    """Answer well, but from some byte on a byte at a time, for minutes."""

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
    """Take the request a little at a time, for ever."""
    peer.read_slowly()
    while True:
        await peer.read(16)
        await asyncio.sleep(0.01)


async def never_read(peer: Peer) -> None:
    peer.read_slowly()
    await asyncio.sleep(60)


def early(status: int) -> Script:
    """Refuse by the head alone; then read the body away, as a server does that is kind."""

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(answer(b"{}", status, {"Connection": "close"}))
        await peer.gone()

    return script


# --- connections that do not last ---------------------------------------------------------------


async def closes_when_idle(peer: Peer) -> None:
    """Answer one request on each connection, then close it without having said so."""
    request = await peer.request()
    await peer.send(answer(success(request)))
    await peer.close_now()


async def closes_on_the_second_request(peer: Peer) -> None:
    """Answer one request on each connection, and close it when the next one comes."""
    request = await peer.request()
    await peer.send(answer(success(request)))
    peer.site.closed.set()
    await peer.head()


# --- TLS and proxies ----------------------------------------------------------------------------


async def silent(peer: Peer) -> None:
    """Accept the connection and say nothing."""
    await peer.gone()


async def slow_handshake(peer: Peer) -> None:
    """Begin a TLS record that never ends, a byte at a time."""
    await peer.read(1)
    await peer.send(b"\x16\x03\x03\x40\x00")
    while True:
        await peer.send(b"\x02")
        await asyncio.sleep(0.02)


async def no_tls(peer: Peer) -> None:
    await peer.read(1)
    await peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def proxy_says(data: bytes) -> Script:
    """Answer CONNECT with these bytes and close."""

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(data)

    return script


async def proxy_to_nothing(peer: Peer) -> None:
    """Say that the tunnel is made, and nothing more."""
    await peer.head()
    await peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await peer.gone()


def proxy_to(port: int) -> Script:
    """Be a proxy that does its work, whatever host it is asked for."""

    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await peer.relay(port)

    return script
