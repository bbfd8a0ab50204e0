"""A worker's way to the service over a connection of its own."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping

import httpx

from ncloud_datastream import servers
from ncloud_datastream.attempt import Attempt, check_open
from ncloud_datastream.auth import SignatureAuth
from ncloud_datastream.credentials import Credentials
from ncloud_datastream.errors import ConfigurationError, DataStreamError
from ncloud_datastream.exchange import transport_error

from . import parser
from .connection import Connection
from .judge import is_plain_success, judge
from .messages import Message
from .parser import Answer, Unreadable
from .request import Call, Writer, encode


class Wire:
    """What the ways of all workers share.

    Args:
        auth: Signs, and learns the clock's offset for all.
        url: The base URL of the message server.
        tls: The TLS context that is used where the URL is https.
        headers: What every request carries.
        is_closed: Was the client closed?
        any_2xx_delivers: Whether every 2xx means that the message is delivered.
    """

    def __init__(
        self,
        auth: SignatureAuth,
        url: str,
        tls: ssl.SSLContext,
        headers: Mapping[str, str],
        is_closed: Callable[[], bool],
        *,
        any_2xx_delivers: bool = False,
    ) -> None:
        self.auth = auth
        self.url = url
        self.call = Call.documented(headers)
        self.writer = Writer(auth, url, self.call)
        scheme, self.host, self.port = servers.origin(httpx.URL(url))
        self.tls = tls if scheme == "https" else None
        self.is_closed = is_closed
        self.any_2xx_delivers = any_2xx_delivers
        self.parser = parser.Chosen

    def __repr__(self) -> str:
        return f"{self.url} with {self.parser.name}"

    def way(self) -> WireWay:
        """Return a new worker's way."""
        return WireWay(self)

    async def aclose(self) -> None:
        """Nothing is shared that would have to be closed."""


class WireWay:
    """The way of one worker: its connection is opened when it is needed, and again when it ends."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._connection: Connection | None = None

    async def send(self, message: Message, attempt: Attempt) -> DataStreamError | None:
        wire = self._wire
        check_open(wire.is_closed())
        try:
            body = encode(message)
        except ConfigurationError as error:
            return error
        try:
            credentials = await wire.auth.async_credentials(attempt.deadline)
            answer, offset = await self._exchange(body, credentials, attempt)
            if is_plain_success(answer):
                return None
            if answer.status == 401 and wire.auth.learn(_date(answer), offset):
                attempt.written = False
                answer, _ = await self._exchange(body, credentials, attempt)
        except (OSError, Unreadable) as cause:
            return self._failed(body, cause, attempt)
        request = wire.call.request(wire.url, body)
        return judge(request, answer, any_2xx_delivers=wire.any_2xx_delivers)

    def abort(self) -> None:
        if self._connection is not None:
            self._connection.abort()

    async def _exchange(
        self, body: bytes, credentials: Credentials, attempt: Attempt
    ) -> tuple[Answer, float]:
        connection = self._connection
        if connection is None or not connection.usable:
            connection = self._connection = await self._connect(attempt)
        # Signed when it can leave at once, so that the timestamp is fresh.
        data, offset = self._wire.writer.write(body, credentials)
        return await connection.exchange(data, attempt), offset

    async def _connect(self, attempt: Attempt) -> Connection:
        self.abort()
        self._connection = None
        wire = self._wire
        return await Connection.open(
            wire.host, wire.port, parser=wire.parser(), tls=wire.tls, deadline=attempt.deadline
        )

    def _failed(self, body: bytes, cause: Exception, attempt: Attempt) -> DataStreamError:
        request = self._wire.call.request(self._wire.url, body)
        if isinstance(cause, Unreadable):
            cause = httpx.RemoteProtocolError(str(cause))
        error = transport_error(request, cause, attempt)
        error.operation = request.extensions.get("operation")
        return error


def _date(answer: Answer) -> str | None:
    for name, value in answer.headers:
        if name == b"date":
            return value.decode("latin-1")
    return None
