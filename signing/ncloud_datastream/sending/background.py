"""A dispatcher in the event loop of the background thread, for use from other threads."""

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
from .handover import POLL, Inbox, Notifier, call
from .job import unsent
from .messages import Delivery, Message, Outcome
from .plan import Plan


class Background:
    """A dispatcher in the event loop of the background thread.

    Args:
        plan: How messages are sent.
        notify: Called in the loop's thread for new deliveries; None for `Notifier.notify`.
    """

    dispatcher: Dispatcher
    inbox: Inbox
    notifier: Notifier

    def __init__(self, plan: Plan, notify: Callable[[], None] | None = None) -> None:
        self.process = os.getpid()
        """The process id of the thread; it does not exist in a forked child."""
        self._plan = plan
        self._notify = notify
        self._loop: asyncio.AbstractEventLoop
        self._up: Future[None] = Future()
        self._ended: Future[threading.Thread | None] = Future()

    def start(self) -> None:
        """Start the dispatcher and wait until it runs.

        Raises:
            ConfigurationError: The interpreter is shutting down.
        """
        self._loop = background_loop.shared.acquire()
        try:
            call(self._loop, self._begin)
            self._up.result()
        except BaseException:
            self.abandon()  # if interrupted, the dispatcher that still starts has no user
            raise

    def abandon(self) -> None:
        """Abort the dispatcher as soon as it has started."""
        self._up.add_done_callback(self._abandon)

    def stop(self) -> None:
        """Stop the dispatcher; see `Dispatcher.stop`."""
        call(self._loop, self.dispatcher.stop)

    def abort(self) -> None:
        """Abort the dispatcher; a call from a forked child does not reach the loop."""
        call(self._loop, self.dispatcher.abort)

    def join(self, timeout: float | None) -> None:
        """Wait until the dispatcher has ended, or for at most `timeout` seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        # Short waits: Ctrl-C cannot interrupt a long wait on every platform.
        while True:
            left = POLL if until is None else max(0.0, until - time.monotonic())
            if self._has_ended(min(left, POLL)) or not left:
                return

    def settle_rest(self) -> None:
        """Settle as UNSENT the messages that the dispatcher, which is done, has not taken."""
        dispatcher, items = self.dispatcher, self.inbox.items
        ready = dispatcher.ready
        while items:
            if isinstance(items[0], Message):
                error = unsent("sending stopped before this message was attempted")
                delivery = Delivery(items[0], Outcome.UNSENT, dispatcher.taken, 0, error)
                # No calls from here to `del`: Python runs signal handlers after calls.
                ready += (delivery,)
                dispatcher.tally.count(Outcome.UNSENT)
                dispatcher.taken += 1
            del items[0]

    def _has_ended(self, seconds: float) -> bool:
        try:
            thread = self._ended.result(seconds)
        except TimeoutError:
            return False
        if thread is not None:  # this was the last user of the loop, so its thread ends too
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
            self.notifier = Notifier(loop)
            wire = self._plan.wire()
            # The other thread reads the source and limits how far it is read ahead.
            notify = self._notify or self.notifier.notify
            self.dispatcher = Dispatcher(self._plan, wire, self.inbox, sys.maxsize, notify)
        except Exception as error:  # noqa: BLE001 - raised in the other thread
            self._up.set_exception(error)
            return
        self.dispatcher.start()
        self._up.set_result(None)
        await self.dispatcher.wait_closed()
        await wire.aclose()
