"""The blocking `Sending`: the dispatcher runs in the event loop of a background thread.

The source is read in the thread that iterates, since many sources (a database cursor, a file) are
bound to their thread. Messages pass through one deque and deliveries through another; a thread
wakes the other only if it waits, once for many messages.
"""

from __future__ import annotations

import os
import warnings
import weakref
from collections import deque
from collections.abc import AsyncIterable, Iterable, Iterator
from itertools import chain, islice, repeat
from types import TracebackType
from typing import Self

from ncloud_datastream.errors import ConfigurationError

from .background import Background
from .handover import END, POLL
from .messages import Delivery, Message, Progress, check_source, checked
from .plan import Plan, Tally

GRACE = 1.0
"""Seconds that messages in flight have to finish after Ctrl-C."""


class Sending(Iterator[Delivery]):
    """A run of `send_messages`: an iterator over the delivery reports.

    Every message that is taken from the source gets exactly one `Delivery`, in order of completion.
    If the loop may exit early, use it in a ``with`` statement: attempts in flight then have up to
    the timeout to finish (one second after Ctrl-C), and `unfinished` lists the deliveries that were
    not handed out.

    The source is read when the next delivery is requested: a source that blocks also delays
    deliveries that are ready. Created by `DataStream.send_messages`; use it from one thread.
    """

    def __init__(self, messages: Iterable[Message], plan: Plan) -> None:
        if not isinstance(messages, Iterable):
            kind = type(messages).__name__
            hint = "; AsyncDataStream takes it" if isinstance(messages, AsyncIterable) else ""
            raise ConfigurationError(f"send_messages: messages must be iterable, not {kind}{hint}.")
        check_source(messages)
        # Endless, so that every read yields an item.
        self._source = chain(messages, repeat(END))
        # Taken from the source and not validated yet. Python runs signal handlers after calls, so a
        # message moves into this deque, and from here into the inbox, within a single call: Ctrl-C
        # cannot lose it in between.
        self._pending: deque[Message] = deque()
        self._from_pending = iter(self._pending.popleft, None)
        self._plan = plan
        self._background: Background | None = None
        self._taken = 0
        self._handed = 0
        self._failure: Exception | None = None
        self._begun = False
        self._closed = False

    def __repr__(self) -> str:
        return f"Sending({self._plan!r})"

    @property
    def unfinished(self) -> list[Delivery]:
        """The deliveries that were not handed out; complete after `close`."""
        return [] if self._background is None else list(self._background.dispatcher.ready)

    @property
    def progress(self) -> Progress:
        """The number of messages per outcome, handed out or not; from any thread."""
        background = self._background
        return (Tally(None) if background is None else background.dispatcher.tally).progress

    def run(self) -> Progress:
        """Send all messages and return the number per outcome.

        Raises:
            Exception: The exception that `messages` raised, or the error that stopped the run.
        """
        for _ in self:
            pass
        return self.progress

    def __iter__(self) -> Self:
        return self

    def __del__(self) -> None:
        if not getattr(self, "_begun", True):
            warnings.warn(
                "send_messages: nothing was sent because the result was never iterated; use a for "
                "loop or run()",
                RuntimeWarning,
                stacklevel=2,
                source=self,
            )

    def __next__(self) -> Delivery:
        if self._closed:
            raise StopIteration
        background = self._background or self._start()
        if background.process != os.getpid():
            raise ConfigurationError(
                "send_messages: this Sending belongs to the parent process; call send_messages in "
                "the child process. Nothing was sent."
            )
        dispatcher = background.dispatcher
        ready = dispatcher.ready
        self._feed(background)
        while not ready:
            if self._feed(background):
                continue
            if dispatcher.is_done:
                # From here on only messages that were never taken are added to `ready`.
                self._settle_rest(background)
                if not ready:
                    self._finish(background)
                    raise StopIteration
            else:
                background.notifier.wait(lambda: ready or dispatcher.is_done, POLL)
        dispatcher.tally.report_if_due()
        # No calls from here on: Python runs signal handlers after calls, and Ctrl-C would lose the
        # delivery.
        delivery = ready[0]
        del ready[0]
        self._handed += 1
        return delivery

    def __enter__(self) -> Self:
        if self._background is None and not self._closed:
            self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        interrupted = kind is not None and not issubclass(kind, Exception)
        self._close(GRACE if interrupted else None)

    def close(self) -> None:
        """Take no more messages, let attempts in flight finish, and close the connections.

        Attempts in flight have the rest of their timeout; none is retried.
        """
        self._close(None)

    def _start(self) -> Background:
        self._begun = True
        background = Background(self._plan)
        background.start()
        # A loop that is left without closing must not leave the thread behind.
        self._finalizer = weakref.finalize(self, background.abort)
        self._background = background
        return background

    def _feed(self, background: Background) -> bool:
        """Take a message from the source if the read-ahead allows it; return whether it did."""
        inbox, dispatcher = background.inbox, background.dispatcher
        # After a failure that affects all messages, the rest of the source is not read.
        if inbox.ended or dispatcher.is_done:
            return False
        if self._failure is not None or dispatcher.failure is not None:
            return False
        if self._taken - self._handed >= self._plan.ahead:
            return False
        pending = self._pending
        try:
            if not pending:
                pending.extend(islice(self._source, 1))
            if pending[0] is not END:
                checked(pending[0])
        except Exception as error:  # noqa: BLE001 - raised again to the caller
            self._failure = error
            inbox.items.append(END)
            pending.clear()
        else:
            self._put(background)
        self._taken += 1
        inbox.wake()
        return True

    def _put(self, background: Background) -> None:
        """Move the pending message into the inbox."""
        background.inbox.items.extend(islice(self._from_pending, len(self._pending)))

    def _settle_rest(self, background: Background) -> None:
        self._put(background)
        background.settle_rest()

    def _finish(self, background: Background) -> None:
        """Close after the last delivery; raise the exception that stopped the run, if any."""
        self._closed = True
        background.dispatcher.tally.report()
        self._close(None)
        failure = self._failure or background.dispatcher.failure
        if failure is not None:
            raise failure

    def _close(self, timeout: float | None) -> None:
        """Stop and wait for the attempts in flight, for at most `timeout` seconds."""
        self._begun = self._closed = True
        background = self._background
        if background is None or background.process != os.getpid():
            return
        try:
            background.stop()
            background.join(timeout)
        finally:
            # If interrupted or timed out, settle what is left at once.
            background.abort()
            background.join(GRACE)
            if background.dispatcher.is_done:
                self._settle_rest(background)
            self._finalizer.detach()
