"""The emulator under load and malformed input: it keeps serving, with bounded memory.

`test_wire.py` has single malformed and incomplete requests.
"""

from __future__ import annotations

import gc
import logging
import random
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

TOPICS = "/api/v1/topics"
PRODUCE = "/api/produce"
CONNECTIONS = 32


@pytest.fixture
def caller(serve: Callable[..., Any]) -> Any:
    return serve()


def connect(caller: Any) -> socket.socket:
    url = urlsplit(caller.emulator.url)
    return socket.create_connection((url.hostname, url.port), timeout=30)


def serialized(caller: Any, method: str, target: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in caller.headers(method, target).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(opened: socket.socket) -> tuple[bytes, bytes]:
    """Read one response; return its status line and body."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = opened.recv(65536)
        assert chunk, f"closed after {received!r}"
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += opened.recv(65536)
    return head.split(b"\r\n")[0], body


@pytest.fixture
def growth() -> Iterator[Callable[[], int]]:
    """Return the growth of Python's memory since the last call, in bytes."""
    tracemalloc.start()
    last = 0

    def measure() -> int:
        nonlocal last
        gc.collect()
        now, _ = tracemalloc.get_traced_memory()
        last, grown = now, now - last
        return grown

    yield measure
    tracemalloc.stop()


def garbage(seed: int) -> bytes:
    """Return random bytes after the beginning of TLS or of a request."""
    noise = random.Random(seed)
    start = noise.choice(
        [
            b"",
            b"\x16\x03\x01\x02\x00\x01",
            b"GET /api/v1/topics HTTP/1.1\r\n",
            b"POST /api/produce HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"POST /api/produce HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\nx",
            b"PUT /api/v1/topics/%00%ff HTTP/1.1\r\n: \r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ]
    )
    return start + noise.randbytes(noise.randrange(4096))


def throw_garbage(caller: Any, seeds: range) -> None:
    for seed in seeds:
        with connect(caller) as opened, suppress(OSError):
            opened.sendall(garbage(seed))
            opened.shutdown(socket.SHUT_WR)
            while opened.recv(65536):
                pass


def test_malformed_requests_leave_nothing_behind(
    serve: Callable[..., Any], caplog: pytest.LogCaptureFixture, growth: Callable[[], int]
) -> None:
    requests = []

    def count(app: Any) -> Any:
        async def counted(*arguments: Any) -> None:
            requests.append(1)
            await app(*arguments)

        return counted

    caller = serve(count)
    # pytest would store every line that uvicorn logs.
    caplog.set_level(logging.CRITICAL, logger="uvicorn.error")
    throw_garbage(caller, range(50))
    growth()
    throw_garbage(caller, range(50, 250))
    # Half a kilobyte per connection would be 100 kB.
    assert growth() < 100_000
    assert caller("GET", TOPICS).status_code == 200
    assert len(requests) > 20, "some were requests"
    # A connection is removed before its peer sees the end.
    assert len(caller.emulator._server.connections) == 1, "that of the last request"


def test_incomplete_requests_are_released_on_disconnect(
    caller: Any, growth: Callable[[], int]
) -> None:
    def leave_half() -> None:
        with ExitStack() as stack:
            for _ in range(CONNECTIONS):
                half = stack.enter_context(connect(caller))
                half.sendall(b"POST /api/produce HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n")
                half.sendall(b"x" * 50_000)
            assert caller("GET", TOPICS).status_code == 200

    leave_half()
    assert caller("GET", TOPICS).status_code == 200
    growth()
    for _ in range(4):
        leave_half()
    # Once it responds, the server has processed the disconnects.
    assert caller("GET", TOPICS).status_code == 200
    assert growth() < CONNECTIONS * 4 * 50_000 / 4


@pytest.mark.faults
def test_ten_thousand_concurrent_requests_are_all_recorded(
    caller: Any, growth: Callable[[], int]
) -> None:
    name = caller.topic()["topicName"]
    each = 314  # times 32 is 10,048
    caller("GET", TOPICS)

    def send(number: int) -> None:
        value = f"{number:03}" * 10
        body = f'{{"topic":"{name}","key":"{number}","value":"{value}"}}'.encode()
        request = serialized(caller, "POST", PRODUCE, body)
        with connect(caller) as opened:
            for _ in range(each):
                opened.sendall(request)
                assert answer(opened) == (b"HTTP/1.1 200 OK", b'{"status":200,"detail":"OK"}')

    growth()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(send, range(CONNECTIONS)))
    kept = caller.emulator.messages(name)
    assert len(kept) == CONNECTIONS * each
    assert [
        sum(message.key == str(number) for message in kept) for number in range(CONNECTIONS)
    ] == [each] * CONNECTIONS
    assert len(caller.emulator.calls) == 10_000
    # A message and its call need about 1.5 kB.
    assert growth() < 10_000 * 3_000
