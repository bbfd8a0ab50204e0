"""The emulator under load and under bad input: it stays up, and in bounds.

What single pieces of garbage and single half requests do is in `test_wire.py`; here there are many.
"""

from __future__ import annotations

import gc
import logging
import random
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

import pytest

TOPICS = "/api/v1/topics"
PRODUCE = "/api/produce"
CONNECTIONS = 64


@pytest.fixture
def caller(serve: Callable[..., Any]) -> Any:
    return serve()


def connect(caller: Any) -> socket.socket:
    url = urlsplit(caller.emulator.url)
    return socket.create_connection((url.hostname, url.port), timeout=30)


def serialised(caller: Any, method: str, target: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in caller.headers(method, target).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(opened: socket.socket) -> tuple[bytes, bytes]:
    """Read one answer: its status line and its body."""
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


@contextmanager
def threads(target: Callable[[int], None], count: int) -> Iterator[None]:
    """Run something in threads, and raise what went wrong in any."""
    failures: SimpleQueue[BaseException] = SimpleQueue()

    def run(number: int) -> None:
        try:
            target(number)
        except BaseException as error:
            failures.put(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in running:
        thread.start()
    yield
    for thread in running:
        thread.join()
    if not failures.empty():
        raise failures.get()


@pytest.fixture
def growth() -> Iterator[Callable[[], int]]:
    """Tells the bytes that Python holds more than when it was last asked."""
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
    """Bytes that begin like something: noise, a request, a chunked body, TLS."""
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


class Watched:
    """The application, and the requests that it is at."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._began = self._ended = 0
        self._changed = threading.Condition()

    async def __call__(self, *arguments: Any) -> None:
        with self._changed:
            self._began += 1
        try:
            await self._app(*arguments)
        finally:
            with self._changed:
                self._ended += 1
                self._changed.notify_all()

    def requests(self) -> int:
        """Wait until all have ended, which is a moment after the answer; tell how many began."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._began == self._ended, timeout=30)
            return self._began


def test_much_garbage_leaves_nothing_behind(
    serve: Callable[..., Any], caplog: pytest.LogCaptureFixture, growth: Callable[[], int]
) -> None:
    watched: list[Watched] = []

    def watch(app: Any) -> Watched:
        watched.append(Watched(app))
        return watched[0]

    caller = serve(watch)
    # pytest keeps every line that uvicorn writes about garbage.
    caplog.set_level(logging.CRITICAL, logger="uvicorn.error")
    throw_garbage(caller, range(100))
    growth()
    throw_garbage(caller, range(100, 500))
    # Half a kilobyte a connection would be 200 kB.
    assert growth() < 200_000
    assert caller("GET", TOPICS).status_code == 200
    assert watched[0].requests() > 50, "garbage that began like a request was one"
    # A connection is off the list before its other side learns of its end.
    assert len(caller.emulator._server.connections) == 1, "the one of the request after it all"


def test_slow_callers_delay_nobody(caller: Any) -> None:
    """64 connections send a byte now and then; all others are served between the bytes."""
    body = b'{"topic":"t","key":"k","value":"v"}'
    slow = serialised(caller, "POST", PRODUCE, body)
    with ExitStack() as stack:
        opened = [stack.enter_context(connect(caller)) for _ in range(CONNECTIONS)]
        for end in range(0, len(slow) - 1, 16):
            piece = slow[end : min(end + 16, len(slow) - 1)]
            for each in opened:
                each.sendall(piece)
            assert caller("GET", TOPICS).status_code == 200
        assert {call.operation for call in caller.emulator.calls} == {"listTopics"}
        for each in opened:
            each.sendall(slow[-1:])
        statuses = {answer(each)[0] for each in opened}
    assert statuses == {b"HTTP/1.1 404 Not Found"}
    assert sum(call.operation == "sendMessage" for call in caller.emulator.calls) == CONNECTIONS


def test_slow_callers_that_go_away_are_forgotten(caller: Any, growth: Callable[[], int]) -> None:
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
    # The server learns of an end in its own time; when it answers, it has learned of it.
    assert caller("GET", TOPICS).status_code == 200
    assert growth() < CONNECTIONS * 4 * 50_000 / 4


@pytest.mark.faults
def test_ten_thousand_requests_over_64_connections(caller: Any, growth: Callable[[], int]) -> None:
    name = caller.topic()["topicName"]
    each = 157  # times 64 makes 10,048
    caller("GET", TOPICS)

    def send(number: int) -> None:
        value = f"{number:03}" * 10
        body = f'{{"topic":"{name}","key":"{number}","value":"{value}"}}'.encode()
        request = serialised(caller, "POST", PRODUCE, body)
        with connect(caller) as opened:
            for _ in range(each):
                opened.sendall(request)
                assert answer(opened) == (b"HTTP/1.1 200 OK", b'{"status":200,"detail":"OK"}')

    growth()
    with threads(send, CONNECTIONS):
        assert caller("GET", TOPICS).status_code == 200
    kept = caller.emulator.messages(name)
    assert len(kept) == CONNECTIONS * each
    assert [
        sum(message.key == str(number) for message in kept) for number in range(CONNECTIONS)
    ] == [each] * CONNECTIONS
    assert len(caller.emulator.calls) == 10_000
    # A message and its call are kept: about a kilobyte and a half for both.
    assert growth() < 10_000 * 3_000
