"""A dispatcher in the event loop of the background thread, for code of other threads."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from ncloud_datastream.wire import background as background_loop

from .dispatcher import Dispatcher
from .handover import POLL, Inbox, News, call
from .job import unsent
from .messages import Delivery, Message, Outcome
from .plan import Plan


class Background:
    """A dispatcher in the loop of the background thread.

    Args:
        plan: How messages are sent.
        notify: Called in the loop's thread when there is news; None for `News.tell`.
    """

    dispatcher: Dispatcher
    inbox: Inbox
    news: News

    def __init__(self, plan: Plan, notify: Callable[[], None] | None = None) -> None:
        self.process = os.getpid()
        """The process that the thread is in: a forked child has none."""
        self._plan = plan
        self._notify = notify
        self._loop: asyncio.AbstractEventLoop
        self._up: Future[None] = Future()
        self._ended: Future[threading.Thread | None] = Future()

    def start(self) -> None:
        """Start it, and wait until the dispatcher is there.

        Raises:
            ConfigurationError: The program is ending.
        """
        self._loop = background_loop.shared.acquire()
        try:
            call(self._loop, self._begin)
            self._up.result()
        except BaseException:
            self.abandon()  # interrupted? Then nobody will use what comes up yet
            raise

    def abandon(self) -> None:
        """Let it end as soon as it is there."""
        self._up.add_done_callback(self._abandon)

    def stop(self) -> None:
        """Let the dispatcher stop."""
        call(self._loop, self.dispatcher.stop)

    def abort(self) -> None:
        """Let the dispatcher end at once; of a forked child, the loop takes no notice."""
        call(self._loop, self.dispatcher.abort)

    def join(self, patience: float | None) -> None:
        """Wait until it has ended, but no longer than `patience`, if that is given."""
        until = None if patience is None else time.monotonic() + patience
        # In short waits, as not every system lets Ctrl-C end a long one.
        while True:
            left = POLL if until is None else max(0.0, until - time.monotonic())
            if self._has_ended(min(left, POLL)) or not left:
                return

    def account_for_rest(self) -> None:
        """Account for the messages that the dispatcher, which is done, has not taken any more."""
        dispatcher, items = self.dispatcher, self.inbox.items
        ready = dispatcher.ready
        while items:
            if isinstance(items[0], Message):
                error = unsent("the sending ended before its turn")
                delivery = Delivery(items[0], Outcome.UNSENT, dispatcher.taken, 0, error)
                # No calls until it is done: Ctrl-C strikes after calls.
                ready += (delivery,)
                dispatcher.tally.count(Outcome.UNSENT)
                dispatcher.taken += 1
            del items[0]

    def _has_ended(self, seconds: float) -> bool:
        try:
            thread = self._ended.result(seconds)
        except TimeoutError:
            return False
        if thread is not None:  # nobody else uses the loop: its thread ends, too
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _abandon(self, up: Future[None]) -> None:
        if up.exception() is None:
            self.abort()

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._run())

    async def _run(self) -> None:
        try:
            await self._send()
        finally:
            self._ended.set_result(background_loop.shared.release())

    async def _send(self) -> None:
        loop = self._loop
        try:
            self.inbox = Inbox(loop)
            self.news = News(loop)
            wire = self._plan.wire()
            # How far the source is read ahead is for the other thread to decide, which reads it.
            notify = self._notify or self.news.tell
            self.dispatcher = Dispatcher(self._plan, wire, self.inbox, sys.maxsize, notify)
        except Exception as error:  # noqa: BLE001 - it is raised in the other thread
            self._up.set_exception(error)
            return
        self.dispatcher.start()
        self._up.set_result(None)
        await self.dispatcher.wait_closed()
        await wire.aclose()
