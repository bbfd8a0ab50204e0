"""Below HTTP, with connections that do as they are told."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import anyio
import anyio.lowlevel
import httpcore
import httpx
import pytest
from ncloud_datastream import network
from ncloud_datastream.calls.attempt import Attempt, current
from ncloud_datastream.network import DeadlineBackend, OneConnection, TidyBackend, retire


def nothing() -> None:
    """Happens meanwhile."""


class Line(httpcore.NetworkStream):
    """A connection; `meanwhile` happens while it reads or writes."""

    def __init__(self, meanwhile: Callable[[], None] = nothing) -> None:
        self.meanwhile = meanwhile
        self.readable = False
        self.written: list[bytes] = []
        self.timeouts: list[float | None] = []
        self.closed = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.timeouts.append(timeout)
        self.meanwhile()
        return b"answer"

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.timeouts.append(timeout)
        self.meanwhile()
        self.written.append(buffer)

    def start_tls(self, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        self.timeouts.append(arguments[2])
        return self

    def close(self) -> None:
        self.closed += 1

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self.readable
        gone = socket.socket()
        gone.close()
        return gone  # as one that has ended meanwhile: to shut it down fails


class Lines(httpcore.NetworkBackend):
    """Connects, or fails as often as it is told to."""

    def __init__(self, line: Line | None = None, failures: int = 0) -> None:
        self.line = line or Line()
        self.failures = failures
        self.tried: list[tuple[str, float | None]] = []

    def connect_tcp(self, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        self.tried.append((arguments[0], arguments[2]))
        if len(self.tried) <= self.failures:
            raise httpcore.ConnectError(f"failure {len(self.tried)}")
        return self.line


@contextmanager
def attempt(seconds: float) -> Iterator[None]:
    """Within an attempt that has so long."""
    token = current.set(Attempt(time.monotonic() + seconds))
    try:
        yield
    finally:
        current.reset(token)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with three addresses."""
    addresses = [(0, 0, 0, "", (f"192.0.2.{n}", 80, 0, n)) for n in (1, 2, 3)]
    monkeypatch.setattr(network.socket, "getaddrinfo", lambda *_, **__: addresses)


def opened(line: Line) -> httpcore.NetworkStream:
    return DeadlineBackend(Lines(line)).connect_tcp("127.0.0.1", 80)


# --- connecting


@pytest.mark.usefixtures("found")
def test_each_address_has_its_share_of_the_time() -> None:
    lines = Lines(failures=2)
    with attempt(60.0):
        DeadlineBackend(lines).connect_tcp("h", 80)
    assert [address for address, _ in lines.tried] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    shares = [share for _, share in lines.tried if share is not None]
    assert shares == pytest.approx([20.0, 30.0, 60.0], abs=5.0)


@pytest.mark.usefixtures("found")
def test_without_an_attempt_there_is_no_deadline() -> None:
    lines = Lines(failures=2)
    DeadlineBackend(lines).connect_tcp("h", 80)
    assert [share for _, share in lines.tried] == [None] * 3
    lines = Lines(failures=2)
    DeadlineBackend(lines).connect_tcp("h", 80, 30.0)
    assert [share for _, share in lines.tried] == [10.0, 15.0, 30.0]


@pytest.mark.usefixtures("found")
def test_the_last_failure_is_told() -> None:
    with pytest.raises(httpcore.ConnectError, match="failure 3"):
        DeadlineBackend(Lines(failures=3)).connect_tcp("h", 80)


def test_a_name_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(network.socket, "getaddrinfo", unknown)
    with pytest.raises(httpcore.ConnectError, match="no such name"):
        DeadlineBackend(Lines()).connect_tcp("h", 80)


# --- the time that is left


def test_the_smaller_of_both_bounds_is_kept() -> None:
    line = Line()
    stream = opened(line)
    with attempt(60.0):
        stream.read(1)
        stream.read(1, 5.0)
        stream.read(1, 600.0)
        stream.write(b"x", 5.0)
        stream.start_tls(None, None, 5.0)  # type: ignore[arg-type]
    assert line.timeouts == pytest.approx([60.0, 5.0, 60.0, 5.0, 5.0], abs=4.0)


def test_a_moment_that_is_left_is_used() -> None:
    line = Line()
    stream = opened(line)
    with attempt(0.9):
        stream.read(1)
    assert line.timeouts[0] is not None
    assert 0.0 < line.timeouts[0] <= 0.9


@pytest.mark.parametrize(
    ("step", "late"),
    [
        (lambda stream: stream.read(1), httpcore.ReadTimeout),
        (lambda stream: stream.write(b"x"), httpcore.WriteTimeout),
        (lambda stream: stream.start_tls(None), httpcore.ConnectTimeout),
    ],
)
def test_after_the_deadline_nothing_is_begun(step: Any, late: type[Exception]) -> None:
    line = Line()
    stream = opened(line)
    with attempt(-1.0), pytest.raises(late, match="deadline has passed"):
        step(stream)
    assert line.timeouts == []


# --- reading, writing, and an end from another thread


def test_it_is_written_in_slices() -> None:
    line = Line()
    data = bytes(range(256)) * 160
    opened(line).write(data)
    assert [len(part) for part in line.written] == [16_384, 16_384, 8_192]
    assert b"".join(line.written) == data


def test_what_comes_while_a_request_is_written_is_its_answer() -> None:
    line = Line()
    stream = opened(line)
    stream.read(1)
    stream.write(b"head")
    line.readable = True
    stream.write(b"body")
    assert line.written == [b"head", b"body"]


@pytest.mark.parametrize("step", ["read", "write"])
def test_closed_in_the_middle(step: str) -> None:
    """The descriptor stays open as long as a thread waits there."""
    line = Line()
    stream = opened(line)
    line.meanwhile = stream.close
    if step == "read":
        with pytest.raises(httpcore.ReadError, match="closed meanwhile"):
            stream.read(1)
    else:
        stream.write(b"x")
    assert line.closed == 0
    stream.close()
    assert line.closed == 1


@pytest.mark.parametrize("step", ["read", "write", "nothing"])
def test_closed_afterwards(step: str) -> None:
    def broken() -> None:
        raise httpcore.ReadError

    for meanwhile in (nothing, broken):
        line = Line(meanwhile)
        stream = opened(line)
        try:
            if step == "read":
                assert stream.read(1) == b"answer"
            elif step == "write":
                stream.write(b"x")
        except httpcore.ReadError:
            assert meanwhile is broken
        stream.close()
        assert line.closed == 1


# --- connections that must not be used again


@pytest.mark.parametrize(
    ("headers", "closed", "trailing", "retired"),
    [
        ({}, False, (b"", False), False),
        ({}, False, (b"", True), False),
        ({"Content-Length": "1"}, False, (b"", False), False),
        ({"Transfer-Encoding": "chunked"}, False, (b"", False), False),
        ({"Transfer-Encoding": "chunked", "Content-Length": "1"}, False, (b"", False), True),
        ({}, True, (b"", False), True),
        ({}, False, (b"more", False), True),
    ],
)
def test_when_a_connection_is_retired(
    headers: dict[str, str], closed: bool, trailing: tuple[bytes, bool], retired: bool
) -> None:
    failed: list[int] = []
    state = SimpleNamespace(trailing_data=trailing, send_failed=lambda: failed.append(1))
    inner = SimpleNamespace(_connection=SimpleNamespace(_h11_state=state))
    for stream in (inner, SimpleNamespace(_stream=inner)):
        failed.clear()
        body = SimpleNamespace(_httpcore_stream=stream)
        retire(httpx.Headers(headers), body, closed=closed)
        assert bool(failed) is retired


def test_connections_of_others_are_their_own_affair() -> None:
    retire(httpx.Headers(), object(), closed=True)


# --- tasks


class AsyncLine(httpcore.AsyncNetworkStream):
    """A connection whose TLS handshake is cancelled."""

    def __init__(self, scope: anyio.CancelScope) -> None:
        self.scope = scope
        self.closed = False

    async def start_tls(self, *arguments: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        self.scope.cancel()
        await anyio.sleep_forever()
        raise AssertionError

    async def aclose(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.closed = True


class AsyncLines(httpcore.AsyncNetworkBackend):
    def __init__(self, line: AsyncLine) -> None:
        self.line = line

    async def connect_tcp(self, *arguments: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return self.line


async def test_a_handshake_that_is_cancelled_leaves_nothing_open() -> None:
    with anyio.CancelScope() as scope:
        line = AsyncLine(scope)
        stream = await TidyBackend(AsyncLines(line)).connect_tcp("127.0.0.1", 80)
        await stream.start_tls(None)  # type: ignore[arg-type]
    assert scope.cancelled_caught
    assert line.closed


class Connection:
    """A connection of httpcore: serves so many requests."""

    def __init__(self, requests: int = 100) -> None:
        self.left = requests
        self.expired = False
        self.closed = 0

    def has_expired(self) -> bool:
        return self.expired

    async def handle_async_request(self, request: object) -> Connection:
        if self.left == 0:
            raise httpcore.ConnectionNotAvailable
        self.left -= 1
        return self

    async def aclose(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.closed += 1


class Pool:
    def __init__(self, *connections: Connection) -> None:
        self.connections = list(connections)

    def create_connection(self, origin: object) -> Connection:
        return self.connections.pop(0)


async def test_one_connection_after_another() -> None:
    first, second, third = connections = Connection(2), Connection(), Connection()
    one: Any = OneConnection(Pool(*connections))  # type: ignore[arg-type]
    request: Any = SimpleNamespace(url=SimpleNamespace(origin=None))
    await one.aclose()
    used = [await one.handle_async_request(request) for _ in range(4)]
    assert used == [first, first, second, second]
    assert (first.closed, second.closed) == (1, 0)
    second.expired = True
    assert await one.handle_async_request(request) is third
    assert second.closed == 1
    for _ in range(2):
        await one.aclose()
    assert third.closed == 1


async def test_one_connection_is_closed_by_who_is_cancelled() -> None:
    connection = Connection()
    one: Any = OneConnection(Pool(connection))  # type: ignore[arg-type]
    await one.handle_async_request(SimpleNamespace(url=SimpleNamespace(origin=None)))
    with anyio.CancelScope() as scope:
        scope.cancel()
        await one.aclose()
    assert connection.closed == 1


# --- an idle connection, and sleeping


@pytest.mark.parametrize("readable", [True, False])
def test_nothing_is_written_where_something_unasked_has_come(readable: bool) -> None:
    line = Line()
    line.readable = readable
    stream = opened(line)
    stream.write(b"first")  # on a new connection there is nothing to look for
    stream.read(100)
    if readable:
        with pytest.raises(httpcore.ConnectionNotAvailable):
            stream.write(b"second")
        assert line.written == [b"first"]
    else:
        stream.write(b"second")
        assert line.written == [b"first", b"second"]


class Sleeper(httpcore.NetworkBackend):
    slept = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


class AsyncSleeper(httpcore.AsyncNetworkBackend):
    slept = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds


async def test_sleeping_is_left_to_the_backend_below() -> None:
    sleeper, async_sleeper = Sleeper(), AsyncSleeper()
    DeadlineBackend(sleeper).sleep(1.5)
    await TidyBackend(async_sleeper).sleep(2.5)
    assert (sleeper.slept, async_sleeper.slept) == (1.5, 2.5)
