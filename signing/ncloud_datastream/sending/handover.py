"""What threads hand over to each other: messages into the loop's thread, and news out of it."""

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
"""Seconds that a thread waits at a time: not every system lets Ctrl-C end a long wait."""

END = cast(Message, object())
"""What stands in an inbox after the last message."""


class _Waiting(asyncio.Event):
    """That the loop waits."""

    is_woken = False


class Inbox(AsyncIterator[Message]):
    """Messages on their way to the loop's thread, from any others."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.items: deque[Message] = deque()
        self.ended = False
        self._loop = loop
        self._waiting: _Waiting | None = None

    async def __anext__(self) -> Message:
        items = self.items
        while not items:
            waiting = self._waiting = _Waiting()
            # Looked at again: whoever put something in before may not have seen that we wait.
            if not items:
                await waiting.wait()
        self._waiting = None
        message = items.popleft()
        if message is END:
            self.ended = True
            raise StopAsyncIteration
        return message

    def wake(self) -> None:
        """Wake the loop, if it waits; called in another thread after something was put in."""
        # Once for all that is put in until the loop's next turn: waking it takes a system call.
        waiting = self._waiting
        if waiting is not None and not waiting.is_woken:
            waiting.is_woken = True
            call(self._loop, waiting.set)


class News:
    """Wakes the thread that waits for deliveries, once for all that one turn of the loop brings."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._lock.acquire()
        self._waiting = False

    def tell(self) -> None:
        """There is news; called in the loop's thread."""
        if self._waiting:
            self._waiting = False
            self._loop.call_soon(self._release)

    def wait(self, news: Callable[[], object], seconds: float) -> None:
        """Wait until there is news, at the most `seconds`; not at all if there is already."""
        self._waiting = True
        if not news():
            self._lock.acquire(timeout=seconds)
        self._waiting = False

    def _release(self) -> None:
        if self._lock.locked():
            self._lock.release()


class Latch:
    """Something that happens once and that one thread waits for; no signal breaks the wait.

    An exception that a signal's handler raises in the midst of a `threading.Event` or `Condition`
    can leave its lock in a state that it does not expect.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def set(self) -> None:
        """It has happened; to be called once."""
        self._lock.release()

    def wait(self, until: float | None) -> bool:
        """Wait until it happens, and return whether it did in time.

        Args:
            until: The time on `time.monotonic`'s clock; None for as long as it takes.
        """
        # In short waits, as not every system lets Ctrl-C end a long one.
        while True:
            left = POLL if until is None else min(POLL, max(0.0, until - time.monotonic()))
            if self._lock.acquire(timeout=left):
                return True
            if until is not None and time.monotonic() >= until:
                return False


def call(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    """Call a function in a loop's thread; where the loop has ended, there is nothing left to do."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function)
