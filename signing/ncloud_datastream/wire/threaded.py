"""The blocking wire for tasks: a user's own blocking transport, in worker threads."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from queue import SimpleQueue

from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.calls.call import Call
from ncloud_datastream.errors import ConfigurationError

from .wire import Wire


class _Job:
    """An attempt on its way to a thread, and its outcome on the way back."""

    def __init__(self, call: Call, attempt: Attempt) -> None:
        self.call = call
        self.attempt = attempt
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Answer] = self.loop.create_future()

    def run(self, wire: Wire) -> None:
        """Make the attempt."""
        outcome: Answer | Exception
        try:
            outcome = wire.send(self.call, self.attempt)
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
