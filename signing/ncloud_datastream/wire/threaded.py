"""The blocking wire for asynchronous code: blocking transports in worker threads.

It lets a user's blocking transport, or a tool that intercepts httpx, see the calls that a blocking
client makes on its background loop.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue

from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.calls.call import Call
from ncloud_datastream.errors import ConfigurationError

from .interception import intercepted
from .wire import AsyncWire, Wire


class _Job:
    """An attempt for a worker thread, and the future that receives its outcome."""

    def __init__(self, call: Call, attempt: Attempt) -> None:
        self.call = call
        self.attempt = attempt
        self.context = copy_context()  # tracers keep the current span in it
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Answer] = self.loop.create_future()

    def run(self, wire: Wire) -> None:
        """Make the attempt and set the outcome."""
        outcome: Answer | Exception
        try:
            outcome = self.context.run(wire.send, self.call, self.attempt)
        except BaseException as error:  # noqa: BLE001 - raised where the future is awaited
            outcome = _awaitable(error)
        with suppress(RuntimeError):  # the event loop is closed, so nothing waits
            self.loop.call_soon_threadsafe(self._settle, outcome)

    def _settle(self, outcome: Answer | Exception) -> None:
        if self.done.done():
            return
        if isinstance(outcome, Answer):
            self.done.set_result(outcome)
        else:
            self.done.set_exception(outcome)


class BackgroundWire:
    """Carries the asynchronous calls of a blocking client the same way as its blocking calls.

    Args:
        wire: The client's wire.
        tasks: The asynchronous wire, closed with this one; None if the client has a transport of
            the user's, which carries everything.
        size: Maximum number of requests in flight.
    """

    def __init__(self, wire: Wire, tasks: AsyncWire | None, size: int) -> None:
        self._tasks = tasks
        self._threaded = ThreadedWire(wire, size)

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make one attempt at a call; see `Wire.send`."""
        if self._tasks is None or intercepted():
            return await self._threaded.send(call, attempt)
        return await self._tasks.send(call, attempt)

    async def aclose(self) -> None:
        """Stop the threads and close the asynchronous wire."""
        await self._threaded.aclose()
        if self._tasks is not None:
            await self._tasks.aclose()


class ThreadedWire:
    """Carries asynchronous calls over a blocking wire.

    The threads are daemons: a thread blocked in a transport does not keep the program running.

    Args:
        wire: The blocking wire; closing this does not close it.
        size: Maximum number of threads.
    """

    def __init__(self, wire: Wire, size: int) -> None:
        self._wire = wire
        self._size = size
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads = 0
        self._busy = 0

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make one attempt at a call; see `Wire.send`.

        Raises:
            ConfigurationError: No thread could be started, for example at interpreter shutdown.
        """
        if self._busy >= self._threads and self._threads < self._size:
            self._start_thread()
        job = _Job(call, attempt)
        self._busy += 1
        self._jobs.put(job)
        try:
            return await job.done
        finally:
            self._busy -= 1

    async def aclose(self) -> None:
        """Stop the threads once their calls end."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name="ncloud-datastream-send", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise ConfigurationError(
                f"No thread could be started to send messages ({error}). Nothing was sent."
            ) from error
        self._threads += 1

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run(self._wire)


def _awaitable(error: BaseException) -> Exception:
    """Return an exception that a future accepts and that fails only the attempt."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return ConnectionAbortedError(f"the transport raised {type(error).__name__}")
