"""The network backends, where no socket of a test reaches a line by itself."""

from typing import Any

import httpcore
import httpx
import pytest
from ncloud_datastream.leasing import LeasingTransport
from ncloud_datastream.network import DeadlineBackend, TidyBackend


class Line(httpcore.NetworkStream):
    """A connection that gives what it is told to, and notes what is written."""

    def __init__(self, *, readable: bool) -> None:
        self.readable = readable
        self.written = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return b"answer"

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.written += buffer

    def get_extra_info(self, info: str) -> Any:
        return self.readable if info == "is_readable" else None


class Lines(httpcore.NetworkBackend):
    def __init__(self, line: Line) -> None:
        self.line = line
        self.slept: list[float] = []

    def connect_tcp(self, *arguments: Any, **options: Any) -> Line:
        return self.line

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class AsyncLines(httpcore.AsyncNetworkBackend):
    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.mark.parametrize("readable", [True, False])
def test_nothing_is_written_where_something_unasked_has_come(readable: bool) -> None:
    line = Line(readable=readable)
    stream = DeadlineBackend(Lines(line)).connect_tcp("127.0.0.1", 80)
    stream.write(b"first")  # on a new connection there is nothing to look for
    stream.read(100)
    if readable:
        with pytest.raises(httpcore.ConnectionNotAvailable):
            stream.write(b"second")
        assert line.written == b"first"
    else:
        stream.write(b"second")
        assert line.written == b"firstsecond"


async def test_sleeping_is_left_to_the_backend_below() -> None:
    lines, async_lines = Lines(Line(readable=False)), AsyncLines()
    DeadlineBackend(lines).sleep(1.5)
    await TidyBackend(async_lines).sleep(2.5)
    assert (lines.slept, async_lines.slept) == ([1.5], [2.5])


async def test_a_transport_given_back_twice_is_lent_to_one_request_at_a_time() -> None:
    made: list[httpx.AsyncBaseTransport] = []

    def make() -> httpx.AsyncBaseTransport:
        made.append(httpx.MockTransport(lambda request: httpx.Response(200, content=b"x")))
        return made[-1]

    leasing = LeasingTransport(make, 2)
    request = httpx.Request("GET", "http://127.0.0.1/")
    first = await leasing.handle_async_request(request)
    assert isinstance(first.stream, httpx.AsyncByteStream)
    await first.stream.aclose()
    await first.stream.aclose()
    for _ in range(2):  # both in flight: neither may get the transport of the other
        await leasing.handle_async_request(request)
    assert len(made) == 2
    await leasing.aclose()
