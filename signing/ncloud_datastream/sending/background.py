"""A dispatcher in the background thread's event loop, and what passes between threads."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import cast

from ncloud_datastream.wire import background as background_loop

from .dispatcher import Dispatcher
from .messages import Message
from .plan import Plan

END = cast(Message, object())
"""What stands for the end of the messages."""

POLL = 0.5
"""Seconds that a thread waits at a time: not every system lets Ctrl-C end a long wait."""


class Inbox(AsyncIterator[Message]):
    """Messages on their way to the loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.items: deque[Message] = deque()
        self.ended = False
        self._loop = loop
        self._waiting: asyncio.Event | None = None

    async def __anext__(self) -> Message:
        items = self.items
        while not items:
            waiting = self._waiting = asyncio.Event()
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
        """Wake the loop, if it waits; called in the other thread after something was put in."""
        # Once for all that is put in until the loop's next turn: waking it takes a system call.
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            call(self._loop, waiting.set)


class Background:
    """A dispatcher in the background thread.

    Args:
        plan: How messages are sent.
        listener: Makes, in the calling thread, what is called in the loop's when there is news.
    """

    dispatcher: Dispatcher
    inbox: Inbox
    loop: asyncio.AbstractEventLoop

    def __init__(
        self, plan: Plan, listener: Callable[[asyncio.AbstractEventLoop], Callable[[], None]]
    ) -> None:
        self._plan = plan
        self._listener = listener
        self._up: Future[None] = Future()
        self._ended: Future[threading.Thread | None] = Future()

    def start(self) -> None:
        """Start it, and wait until the dispatcher is there.

        Raises:
            ConfigurationError: The program is ending.
        """
        self.loop = background_loop.shared.acquire()
        try:
            self._notify = self._listener(self.loop)
            del self._listener  # it may hold who owns this, and would keep it alive
            call(self.loop, self._begin)
            self._up.result()
        except BaseException:
            # Interrupted? Then nobody will use what comes up yet.
            self._up.add_done_callback(self._abandon)
            raise

    def stop(self) -> None:
        """Let the dispatcher stop."""
        call(self.loop, self.dispatcher.stop)

    def abort(self) -> None:
        """Let the dispatcher end at once."""
        call(self.loop, self.dispatcher.abort)

    def join(self, patience: float | None) -> None:
        """Wait until it has ended, but no longer than `patience`, if that is given."""
        until = None if patience is None else time.monotonic() + patience
        while not self._ended.done() and (until is None or time.monotonic() < until):
            left = POLL if until is None else max(0.0, until - time.monotonic())
            with suppress(TimeoutError):
                thread = self._ended.result(min(left, POLL))
                if thread is not None:  # nobody else uses the loop: its thread ends, too
                    thread.join(left)

    def _abandon(self, up: Future[None]) -> None:
        if up.exception() is None:
            self.abort()

    def _begin(self) -> None:
        self._task = self.loop.create_task(self._run())

    async def _run(self) -> None:
        try:
            await self._send()
        finally:
            self._ended.set_result(background_loop.shared.release())

    async def _send(self) -> None:
        try:
            self.inbox = Inbox(self.loop)
            wire = self._plan.wire()
            # How far the source is read ahead is for the other threads to decide.
            self.dispatcher = Dispatcher(self._plan, wire, self.inbox, sys.maxsize, self._notify)
        except Exception as error:  # noqa: BLE001 - it is raised in the other thread
            self._up.set_exception(error)
            return
        self.dispatcher.start()
        self._up.set_result(None)
        await self.dispatcher.wait_closed()
        await wire.aclose()


def call(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    """Call a function in a loop's thread; where the loop has ended, there is nothing left to do."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function)
