"""Connection pools, blocking and asynchronous; they differ only in how callers wait.

A slot in the pool is the right to have one request in flight. The most recently used connection is
taken first, because it is the most likely to be still open.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque

from ncloud_datastream.calls.attempt import LATE
from ncloud_datastream.errors import ConfigurationError

from . import forks
from .asynchronous import AsyncConnection
from .blocking import Connection

CLOSED = "The client is closed. Create a new one. Nothing was sent."

_EXHAUSTED = f"{LATE}; all connections to this server were in use"


class Pool:
    """The blocking connections to one server.

    Args:
        size: Maximum number of requests in flight.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._closed = False
        self._idle: deque[Connection] = deque()
        self._used: set[Connection] = set()
        self.after_fork()
        forks.register(self)

    def take(self, timeout: float) -> Connection | None:
        """Take a slot, with an idle connection if there is one; `give_back` must follow.

        Args:
            timeout: Maximum seconds to wait for a slot.

        Raises:
            ConfigurationError: The pool is closed, or was closed while waiting.
            TimeoutError: No slot became free in time.
        """
        with self._slots:
            if not self._free:
                self._slots.wait_for(lambda: self._free > 0 or self._closed, timeout)
            if self._closed:
                raise ConfigurationError(CLOSED)
            if not self._free:
                raise TimeoutError(_EXHAUSTED)
            self._free -= 1
            if not self._idle:
                return None
            connection = self._idle.pop()
            self._used.add(connection)
            return connection

    def opened(self, connection: Connection) -> None:
        """Register a connection that was opened for a taken slot.

        Raises:
            ConfigurationError: The pool was closed in the meantime; the connection is closed too.
        """
        with self._slots:
            closed = self._closed
            if not closed:
                self._used.add(connection)
        if closed:
            connection.close()
            raise ConfigurationError(CLOSED)

    def drop(self, connection: Connection) -> None:
        """Close an unusable connection but keep its slot."""
        with self._slots:
            self._used.discard(connection)
        connection.close()

    def give_back(self, connection: Connection | None) -> None:
        """Return a slot, and the connection that was used, if any."""
        old: list[Connection] = []
        with self._slots:
            self._free += 1
            self._slots.notify()
            if connection is not None:
                self._used.discard(connection)
                if connection.is_reusable:
                    (old if self._closed else self._idle).append(connection)
            while self._idle and self._idle[0].is_old:
                old.append(self._idle.popleft())
        for each in old:
            each.close()

    def close(self) -> None:
        """Close all connections; threads using one or waiting for a slot get an error."""
        with self._slots:
            self._closed = True
            connections = [*self._idle, *self._used]
            self._idle.clear()
            self._slots.notify_all()
        for connection in connections:
            connection.close()

    def after_fork(self) -> None:
        """Abandon the parent's connections, and replace the lock, which a thread may have held."""
        for connection in (*self._idle, *self._used):
            connection.abandon()
        self._idle.clear()
        self._used.clear()
        self._free = self._size
        self._slots = threading.Condition()


class AsyncPool:
    """The connections of one event loop to one server.

    Args:
        size: Maximum number of requests in flight.
    """

    def __init__(self, size: int) -> None:
        self._free = size
        self._closed = False
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._idle: deque[AsyncConnection] = deque()
        self._used: set[AsyncConnection] = set()

    async def take(self, deadline: float) -> AsyncConnection | None:
        """Take a slot, with an idle connection if there is one; `give_back` must follow.

        Args:
            deadline: The deadline for the slot, on `time.monotonic`'s clock.

        Raises:
            ConfigurationError: The pool is closed, or was closed while waiting.
            TimeoutError: No slot became free in time.
        """
        if self._closed:
            raise ConfigurationError(CLOSED)
        if self._free:
            self._free -= 1
        else:
            await self._wait(deadline)
        if not self._idle:
            return None
        connection = self._idle.pop()
        self._used.add(connection)
        return connection

    def opened(self, connection: AsyncConnection) -> None:
        """Register a connection that was opened for a taken slot; see `Pool.opened`."""
        if self._closed:
            connection.close()
            raise ConfigurationError(CLOSED)
        self._used.add(connection)

    def drop(self, connection: AsyncConnection) -> None:
        """Close an unusable connection but keep its slot."""
        self._used.discard(connection)
        connection.close()

    def give_back(self, connection: AsyncConnection | None) -> None:
        """Return a slot, and the connection that was used, if any."""
        if connection is not None:
            self._used.discard(connection)
            if connection.is_reusable:
                if self._closed:
                    connection.close()
                else:
                    self._idle.append(connection)
        while self._idle and self._idle[0].is_old:
            self._idle.popleft().close()
        self._free_slot()

    def close(self) -> None:
        """Close all connections; tasks using one or waiting for a slot get an error."""
        self._closed = True
        for connection in [*self._idle, *self._used]:
            connection.close()
        self._idle.clear()
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(ConfigurationError(CLOSED))

    async def _wait(self, deadline: float) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                await waiter
        except BaseException as error:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._free_slot()  # the slot was assigned just as the wait was cancelled
            if isinstance(error, TimeoutError):
                raise TimeoutError(_EXHAUSTED) from None
            raise

    def _free_slot(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)  # the slot passes to this waiter
                return
        self._free += 1
