"""One connection that knows what it has written: HTTP/1.1 on `asyncio.Protocol`.

One request is in flight at a time. Pipelining would be faster still, but of a request behind
another one nobody could say what became of it when the connection breaks.
"""

from __future__ import annotations

import asyncio
import ipaddress
import select
import socket
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import cast

from ncloud_datastream.attempt import Attempt
from ncloud_datastream.network import IDLE_LIMIT

from .parser import Answer, Parser, Unreadable

SLICE = 64 * 1024
"""Bytes that are handed to the transport at a time, so that a slow service is noticed."""


class Connection(asyncio.Protocol):
    """A connection to the service.

    Args:
        loop: The running event loop.
        parser: Reads the answers.
    """

    _transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop, parser: Parser) -> None:
        self._loop = loop
        self._parser = parser
        self._answer: asyncio.Future[Answer] | None = None
        self._rest: memoryview | None = None
        self._paused = False
        self._broken = False
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._used = 0.0

    @classmethod
    async def open(
        cls,
        host: str,
        port: int,
        *,
        parser: Parser,
        tls: ssl.SSLContext | None,
        deadline: float,
    ) -> Connection:
        """Connect; with `tls`, the certificate must be one for `host`.

        Args:
            host: Name or address.
            port: The port.
            parser: Reads the answers.
            tls: The TLS context, or None for plain TCP.
            deadline: When it must be done, on `time.monotonic`'s clock.

        Raises:
            OSError: It failed, or the deadline passed (`TimeoutError`).
        """
        loop = asyncio.get_running_loop()
        name = None if tls is None else host
        failure: OSError | None = None
        async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
            addresses = await _addresses(loop, host, port)
            # Each address gets its share: the first that is silent must not take the time of all.
            for untried in range(len(addresses), 0, -1):
                share = max(0.0, deadline - time.monotonic()) / untried
                try:
                    async with asyncio.timeout(share):
                        _, connection = await loop.create_connection(
                            lambda: cls(loop, parser),
                            addresses[-untried],
                            port,
                            ssl=tls,
                            server_hostname=name,
                        )
                except OSError as error:
                    failure = error
                else:
                    return connection
        assert failure is not None
        raise failure

    @property
    def usable(self) -> bool:
        """Can another request be sent?"""
        return (
            not self._broken
            and not self._transport.is_closing()
            and time.monotonic() - self._used < IDLE_LIMIT
            and not self._something_came()
        )

    async def exchange(self, request: bytes, attempt: Attempt) -> Answer:
        """Send a request and return its answer.

        Args:
            request: All its bytes.
            attempt: Its deadline; notes here whether a byte may have been written.

        Raises:
            OSError: The connection ended, or the deadline passed (`TimeoutError`).
            Unreadable: What came back is no answer.
        """
        transport = self._transport
        assert self._answer is None
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._answer = answer
        self._deadline = attempt.deadline
        self._watch_deadline()
        attempt.written = True
        transport.write(request if len(request) <= SLICE else memoryview(request)[:SLICE])
        if transport.is_closing() and transport.get_extra_info("ssl_object") is None:
            # The very first write failed, and the system took none of it.
            attempt.written = False
        elif len(request) > SLICE:
            self._rest = memoryview(request)[SLICE:]
            self._write_rest()
        try:
            return await answer
        except BaseException:
            self.abort()
            raise
        finally:
            self._answer = None
            self._used = time.monotonic()

    def abort(self) -> None:
        """Close at once."""
        self._broken = True
        self._rest = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._transport.abort()

    # asyncio calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Those of uvloop do not inherit from asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._used = time.monotonic()
        self._something_came = _look(transport)

    def data_received(self, data: bytes) -> None:
        waiting = self._answer
        if waiting is None or waiting.done():
            # Nothing was asked: the next request must not take this for its answer.
            self.abort()
            return
        try:
            answer = self._parser.feed(data)
        except Unreadable as error:
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
        if self._rest is not None or self._transport.get_write_buffer_size():
            # The service did not wait for all of the request, and will not read on.
            answer = answer._replace(early=True, reusable=False)
        if not answer.reusable:
            self.abort()
        waiting.set_result(answer)

    def _end(self, error: Exception | None) -> None:
        self._broken = True
        waiting = self._answer
        if waiting is None or waiting.done():
            return
        if error is not None:
            waiting.set_exception(error)
            return
        try:
            answer = self._parser.finish()
        except Unreadable as reason:
            waiting.set_exception(ConnectionResetError(str(reason)))
        else:
            self._settle(waiting, answer)

    def _write_rest(self) -> None:
        while self._rest is not None and not self._paused and not self._transport.is_closing():
            self._transport.write(self._rest[:SLICE])
            self._rest = self._rest[SLICE:] or None

    def _watch_deadline(self) -> None:
        """See to it that the deadline is kept, with one timer for many requests."""
        timer = self._timer
        left = self._deadline - time.monotonic()
        if timer is not None:
            if timer.when() <= self._loop.time() + left:
                return  # it comes early enough, and then looks again
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
        waiting.set_exception(TimeoutError("the deadline of the attempt has passed"))


def _look(transport: asyncio.BaseTransport) -> Callable[[], object]:
    """Return a function that says whether anything has come that the loop has not read yet.

    On an idle connection that can only be its end: a request would get lost in doubt.
    """
    if not hasattr(select, "poll"):
        return lambda: False
    poller = select.poll()
    poller.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
    return partial(poller.poll, 0)


async def _addresses(loop: asyncio.AbstractEventLoop, host: str, port: int) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))
