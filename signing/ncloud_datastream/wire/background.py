"""One event loop in a daemon thread, for blocking programs that send many messages.

All who need one share it: it begins with the first and ends with the last.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress

from ncloud_datastream.errors import ConfigurationError

from . import forks

_NAME = "ncloud-datastream"


class BackgroundLoop:
    """The loop, while somebody uses it."""

    def __init__(self) -> None:
        self.after_fork()
        forks.register(self)

    def after_fork(self) -> None:
        """Begin anew: the thread is the parent's."""
        self._lock = threading.Lock()
        self._users = 0
        self._thread: _LoopThread | None = None

    def acquire(self) -> asyncio.AbstractEventLoop:
        """Return the loop, which runs until `release` was called as often as this.

        Raises:
            ConfigurationError: It cannot be started, as at the end of the program.
        """
        with self._lock:
            if self._thread is None:
                self._thread = _LoopThread()
            self._users += 1
            return self._thread.loop

    def release(self) -> threading.Thread | None:
        """Let the loop end, if nobody else uses it; return the thread that ends then."""
        with self._lock:
            self._users -= 1
            if self._users or self._thread is None:
                return None
            ending, self._thread = self._thread, None
        return ending.stop()


class _LoopThread:
    """A thread and the loop that it runs."""

    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        up: Future[None] = Future()
        self._thread = threading.Thread(target=self._main, args=(up,), name=_NAME, daemon=True)
        try:
            if sys.is_finalizing():  # a thread would start, but never run
                raise RuntimeError("the interpreter is shutting down")
            self._thread.start()
            up.result()
        except Exception as error:
            raise ConfigurationError(
                f"No thread can be started to send from ({error}), as at the end of the program. "
                "Nothing was sent."
            ) from error
        except BaseException:
            # Interrupted? Then nobody will use what comes up yet.
            up.add_done_callback(lambda _: self.stop())
            raise

    def _main(self, up: Future[None]) -> None:
        try:
            with asyncio.Runner() as runner:
                runner.run(self._run(up))
        except Exception as error:
            if up.done():
                raise
            up.set_exception(error)

    async def _run(self, up: Future[None]) -> None:
        self.loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        up.set_result(None)
        await self._stopped.wait()

    def stop(self) -> threading.Thread:
        """Let the loop end; return its thread."""
        with suppress(RuntimeError):  # it has ended by itself
            self.loop.call_soon_threadsafe(self._stopped.set)
        return self._thread


shared = BackgroundLoop()
"""The one that this process has."""
