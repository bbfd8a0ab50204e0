"""Hand-over between threads: messages into the event loop, notifications out of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import cast

from .messages import Message

POLL = 0.5
"""Seconds per wait of a thread: Ctrl-C cannot interrupt a long wait on every platform."""

END = cast(Message, object())
"""Marks the end of an inbox."""


class _Waiting(asyncio.Event):
    """Set when there is a message for the waiting loop."""

    is_woken = False


class Inbox(AsyncIterator[Message]):
    """A queue of messages from any thread to the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.items: deque[Message] = deque()
        self.ended = False
        self._loop = loop
        self._waiting: _Waiting | None = None

    async def __anext__(self) -> Message:
        items = self.items
        while not items:
            waiting = self._waiting = _Waiting()
            # Check again: a thread that added a message just now may not have seen the event.
            if not items:
                await waiting.wait()
        self._waiting = None
        message = items.popleft()
        if message is END:
            self.ended = True
            raise StopAsyncIteration
        return message

    def wake(self) -> None:
        """Wake the loop if it waits; called from another thread after a message was added."""
        # Once per turn of the loop, however many messages were added: it takes a system call.
        waiting = self._waiting
        if waiting is not None and not waiting.is_woken:
            waiting.is_woken = True
            call(self._loop, waiting.set)


class Notifier:
    """Wakes the thread that waits for deliveries, at most once per turn of the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._lock.acquire()
        self._waiting = False

    def notify(self) -> None:
        """Wake the waiting thread; called in the loop's thread."""
        if self._waiting:
            self._waiting = False
            self._loop.call_soon(self._release)

    def wait(self, is_ready: Callable[[], object], seconds: float) -> None:
        """Wait for `notify` for at most `seconds`; return at once if `is_ready` is true."""
        self._waiting = True
        if not is_ready():
            self._lock.acquire(timeout=seconds)
        self._waiting = False

    def _release(self) -> None:
        if self._lock.locked():
            self._lock.release()


class Latch:
    """A one-shot event for one waiting thread that is safe against signal handlers.

    An exception that a signal handler raises inside `threading.Event` or `Condition` can leave
    their internal lock in an inconsistent state.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def set(self) -> None:
        """Set the latch; call it once only."""
        self._lock.release()

    def wait(self, until: float | None) -> bool:
        """Wait until the latch is set and return whether it was set in time.

        Args:
            until: The deadline, on `time.monotonic`'s clock; None for no deadline.
        """
        # Short waits: Ctrl-C cannot interrupt a long wait on every platform.
        while True:
            left = POLL if until is None else min(POLL, max(0.0, until - time.monotonic()))
            if self._lock.acquire(timeout=left):
                return True
            if until is not None and time.monotonic() >= until:
                return False


def call(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    """Call a function in the thread of an event loop; do nothing if the loop is closed."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function)
