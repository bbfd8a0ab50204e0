"""The blocking wire for tasks: a user's own blocking transport, in worker threads.

Thus what a blocking client does in its background loop is seen by whoever is to see its requests.
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
    """An attempt on its way to a thread, and its outcome on the way back."""

    def __init__(self, call: Call, attempt: Attempt) -> None:
        self.call = call
        self.attempt = attempt
        self.context = copy_context()  # tracers find the span there that is under way
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Answer] = self.loop.create_future()

    def run(self, wire: Wire) -> None:
        """Make the attempt."""
        outcome: Answer | Exception
        try:
            outcome = self.context.run(wire.send, self.call, self.attempt)
        except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
            outcome = _awaitable(error)
        with suppress(RuntimeError):  # the loop has ended meanwhile, and nobody waits
            self.loop.call_soon_threadsafe(self._settle, outcome)

    def _settle(self, outcome: Answer | Exception) -> None:
        if self.done.done():
            return
        if isinstance(outcome, Answer):
            self.done.set_result(outcome)
        else:
            self.done.set_exception(outcome)


class BackgroundWire:
    """Carries the calls of a blocking client's tasks, as its own calls are carried.

    Args:
        wire: The client's wire.
        tasks: The wire for tasks, closed with this; None where the client has a transport of the
            user's, which carries everything.
        size: Requests in flight at the most.
    """

    def __init__(self, wire: Wire, tasks: AsyncWire | None, size: int) -> None:
        self._tasks = tasks
        self._threaded = ThreadedWire(wire, size)

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make an attempt at a call; see `Wire.send`."""
        if self._tasks is None or intercepted():
            return await self._threaded.send(call, attempt)
        return await self._tasks.send(call, attempt)

    async def aclose(self) -> None:
        """Close what belongs to the tasks."""
        await self._threaded.aclose()
        if self._tasks is not None:
            await self._tasks.aclose()


class ThreadedWire:
    """Carries the calls of tasks over a blocking wire.

    The threads are daemons: one that a transport holds does not keep the program from ending.

    Args:
        wire: The wire, which is not closed here.
        size: Threads at the most.
    """

    def __init__(self, wire: Wire, size: int) -> None:
        self._wire = wire
        self._size = size
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads = 0
        self._busy = 0

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make an attempt at a call; see `Wire.send`.

        Raises:
            ConfigurationError: No thread can be started, as at the end of the program.
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
        """Let the threads end, as soon as their calls do."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name="ncloud-datastream-send", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise ConfigurationError(
                f"No thread can be started to send from ({error}). Nothing was sent."
            ) from error
        self._threads += 1

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run(self._wire)


def _awaitable(error: BaseException) -> Exception:
    """Return an exception that a task can be given, and that ends no more than its attempt."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return ConnectionAbortedError(f"the transport raised {type(error).__name__}")
