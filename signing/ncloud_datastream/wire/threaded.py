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
        answer: Answer | None = None
        failure: BaseException | None = None
        try:
            answer = wire.send(self.call, self.attempt)
        except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
            failure = error
        with suppress(RuntimeError):  # the loop has ended meanwhile, and nobody waits
            self.loop.call_soon_threadsafe(self._settle, answer, failure)

    def _settle(self, answer: Answer | None, failure: BaseException | None) -> None:
        if self.done.done():
            return
        if answer is not None:
            self.done.set_result(answer)
        elif isinstance(failure, Exception):
            self.done.set_exception(failure)
        else:
            self.done.cancel()


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
