"""Carriers over our own connections: sign just before sending, write, read one response."""

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

_UNSOLICITED = "the server closed the connection or sent data on it before the request"


class Carrier:
    """Carries blocking calls to one server.

    Args:
        route: How the server is reached.
        auth: Signs each request.
        size: Maximum number of requests in flight.
    """

    def __init__(self, route: Route, auth: SignatureAuth, size: int) -> None:
        self._route = route
        self._auth = auth
        self._writer = RequestWriter(route.server)
        self._pool = Pool(size)

    def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make one attempt at a call.

        Raises:
            DataStreamError: The attempt cannot be made.
            OSError: The attempt failed.
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
                # Signed only once a connection is open, so that the timestamp is fresh.
                stamp = None if pair is None else self._auth.stamp(call.method, call.target, pair)
                if connection.is_usable():
                    break
                pool.drop(connection)
                connection = None
                if opened:
                    raise ConnectionAbortedError(_UNSOLICITED)
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
    """Carries the calls of one event loop to one server.

    Args:
        route: How the server is reached.
        auth: Signs each request.
        size: Maximum number of requests in flight.
    """

    def __init__(self, route: Route, auth: SignatureAuth, size: int) -> None:
        self._route = route
        self._auth = auth
        self._writer = RequestWriter(route.server)
        self._pool = AsyncPool(size)

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make one attempt at a call; see `Carrier.send`."""
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
                    raise ConnectionAbortedError(_UNSOLICITED)
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
        for _ in range(2):  # let the loop run the callbacks that closing has scheduled
            await asyncio.sleep(0)
