"""Carriers over our own connections: they sign at the last moment, write, and read one answer."""

from __future__ import annotations

import asyncio

from ncloud_datastream.auth import SignatureAuth
from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.calls.call import Call

from .asynchronous import AsyncConnection
from .blocking import Connection
from .network import Route
from .pool import AsyncPool, Pool
from .request import RequestWriter, request_bytes

_SPOKEN = "the server ended the connection, or spoke on it, before anything was asked"


class Carrier:
    """Carries the calls of threads to one server.

    Args:
        route: The way to the server.
        auth: Signs.
        size: Requests in flight at the most.
    """

    def __init__(self, route: Route, auth: SignatureAuth, size: int) -> None:
        self._route = route
        self._auth = auth
        self._writer = RequestWriter(route.server)
        self._pool = Pool(size)

    def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make an attempt at a call.

        Raises:
            DataStreamError: It cannot be made.
            OSError: It failed.
        """
        attempt.watch()
        head = self._writer.head(call)
        pair = None if call.signed else self._auth.credentials(attempt.deadline)
        pool = self._pool
        connection = pool.take(attempt.left)
        try:
            while True:
                opened = connection is None
                if connection is None:
                    connection = self._open(attempt)
                # Signed when it can leave at once, so that the timestamp is fresh.
                stamp = None if pair is None else self._auth.stamp(call.method, call.target, pair)
                if connection.is_usable():
                    break
                pool.drop(connection)
                connection = None
                if opened:
                    raise ConnectionAbortedError(_SPOKEN)
            if stamp is not None:
                attempt.offset = stamp.offset
            return connection.exchange(request_bytes(head, stamp, call), call.method, attempt)
        finally:
            pool.give_back(connection)

    def _open(self, attempt: Attempt) -> Connection:
        route = self._route
        connection = Connection.open(route.server, route.tls, route.proxy, attempt.deadline)
        self._pool.opened(connection)
        return connection

    def close(self) -> None:
        """Close the connections; calls in flight fail."""
        self._pool.close()


class AsyncCarrier:
    """Carries the calls of the tasks of one event loop to one server.

    Args:
        route: The way to the server.
        auth: Signs.
        size: Requests in flight at the most.
    """

    def __init__(self, route: Route, auth: SignatureAuth, size: int) -> None:
        self._route = route
        self._auth = auth
        self._writer = RequestWriter(route.server)
        self._pool = AsyncPool(size)

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make an attempt at a call; see `Carrier.send`."""
        attempt.watch()
        head = self._writer.head(call)
        auth, pool = self._auth, self._pool
        pair = None
        if not call.signed and (pair := auth.ready) is None:
            pair = await auth.async_credentials(attempt.deadline)
        connection = await pool.take(attempt.deadline)
        try:
            while True:
                opened = connection is None
                if connection is None:
                    connection = await self._open(attempt)
                stamp = None if pair is None else auth.stamp(call.method, call.target, pair)
                if await connection.is_usable():
                    break
                pool.drop(connection)
                connection = None
                if opened:
                    raise ConnectionAbortedError(_SPOKEN)
            if stamp is not None:
                attempt.offset = stamp.offset
            return await connection.exchange(request_bytes(head, stamp, call), call.method, attempt)
        finally:
            pool.give_back(connection)

    async def _open(self, attempt: Attempt) -> AsyncConnection:
        route = self._route
        connection = await AsyncConnection.open(
            route.server, route.tls, route.proxy, attempt.deadline
        )
        self._pool.opened(connection)
        return connection

    async def aclose(self) -> None:
        """Close the connections; calls in flight fail."""
        self._pool.close()
        for _ in range(2):  # what that has asked the loop to do is done by then
            await asyncio.sleep(0)
