"""A worker's way to the service through httpx: for a proxy, and for a user's own transport.

A message is sent by the client's own ``send_message``, one attempt at a time. What became of it is
told as carefully as httpx allows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from ncloud_datastream.attempt import Attempt
from ncloud_datastream.errors import ConfigurationError, DataStreamError
from ncloud_datastream.retry import Retry

from .messages import Message
from .request import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream.client import AsyncDataStream, DataStream

_SHORTEST = 0.001

Send = Callable[[Message, float], Awaitable[object]]
"""Sends a message within so many seconds."""


class AsyncCarrier:
    """Sends with an `AsyncDataStream`, whose transport gives each message a connection.

    Args:
        client: The client.
    """

    def __init__(self, client: AsyncDataStream) -> None:
        self._client = client

    def way(self) -> HttpxWay:
        """Return a new worker's way."""
        return HttpxWay(self._send)

    async def aclose(self) -> None:
        """Nothing to do: the connections are the client's."""

    async def _send(self, message: Message, seconds: float) -> None:
        once = self._client.with_options(timeout=seconds, retry=Retry(1, max_elapsed=seconds))
        await once.send_message(**message._asdict())


class ThreadCarrier:
    """Sends with a `DataStream`, in a thread for each worker.

    Args:
        client: The client.
        concurrency: Threads at the most.
    """

    def __init__(self, client: DataStream, concurrency: int) -> None:
        self._client = client
        self._threads = ThreadPoolExecutor(concurrency, "ncloud-datastream-send")

    def way(self) -> HttpxWay:
        """Return a new worker's way."""
        return HttpxWay(self._send)

    async def aclose(self) -> None:
        """Let the threads end, as soon as their calls do."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _send(self, message: Message, seconds: float) -> None:
        once = self._client.with_options(timeout=seconds, retry=Retry(1, max_elapsed=seconds))
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, lambda: once.send_message(**message._asdict()))


class HttpxWay:
    """The way of one worker.

    Args:
        send: Sends a message.
    """

    def __init__(self, send: Send) -> None:
        self._send = send

    async def send(self, message: Message, attempt: Attempt) -> DataStreamError | None:
        try:
            encode(message)
        except ConfigurationError as error:
            return error
        # From here on, until httpx is done with it, nobody can tell.
        attempt.written = True
        try:
            await self._send(message, max(attempt.left, _SHORTEST))
        except ConfigurationError:
            raise
        except DataStreamError as error:
            return error
        return None

    def abort(self) -> None:
        """Nothing to do: the worker is cancelled, and its call with it."""
