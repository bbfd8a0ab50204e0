"""One event loop in a daemon thread, for blocking programs that send many messages.

All users share it: it starts with the first and stops with the last.
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
    """The shared loop, running while it has users."""

    def __init__(self) -> None:
        self.after_fork()
        forks.register(self)

    def after_fork(self) -> None:
        """Reset the state in a forked child: the thread exists only in the parent."""
        self._lock = threading.Lock()
        self._users = 0
        self._thread: _LoopThread | None = None

    def acquire(self) -> asyncio.AbstractEventLoop:
        """Return the loop. It runs until every `acquire` is matched by a `release`.

        Raises:
            ConfigurationError: No thread could be started, for example at interpreter shutdown.
        """
        with self._lock:
            if self._thread is None:
                self._thread = _LoopThread()
            self._users += 1
            return self._thread.loop

    def release(self) -> threading.Thread | None:
        """Stop the loop if this was its last user, and return the thread that then ends."""
        with self._lock:
            self._users -= 1
            if self._users or self._thread is None:
                return None
            ending, self._thread = self._thread, None
        return ending.stop()


class _LoopThread:
    """A thread running an event loop."""

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
                f"No thread could be started to send messages ({error}). Nothing was sent."
            ) from error
        except BaseException:
            # Interrupted while starting: stop the loop as soon as it runs.
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
        """Stop the loop and return its thread."""
        with suppress(RuntimeError):  # it has already ended
            self.loop.call_soon_threadsafe(self._stopped.set)
        return self._thread


shared = BackgroundLoop()
"""The background loop of this process."""
