"""The form for ordinary code: the same dispatcher, in the event loop of a background thread.

The source is read in the thread that asks for deliveries, since many sources (a database cursor, a
file) belong to theirs. Messages go over in one deque and deliveries come back in another; the two
threads wake each other only when the other one waits, and then for many messages at once.
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
"""Seconds that messages in flight have to end after Ctrl-C."""


class Sending(Iterator[Delivery]):
    """Messages being sent: an iterator over what became of them.

    Every message that is taken from the source gets exactly one `Delivery`, in the order of
    completion. Where the loop may be left early, use it in a ``with`` statement: what is in flight
    then has up to the timeout to end (a second after Ctrl-C), and `unfinished` lists what was not
    handed out.

    The source is read here, when a delivery is asked for: a source that blocks holds up the
    deliveries that are there already. Made by `DataStream.send_messages`; for one thread.
    """

    def __init__(self, messages: Iterable[Message], plan: Plan) -> None:
        if not isinstance(messages, Iterable):
            kind = type(messages).__name__
            hint = "; AsyncDataStream takes it" if isinstance(messages, AsyncIterable) else ""
            raise ConfigurationError(f"send_messages: messages must be iterable, not {kind}{hint}.")
        check_source(messages)
        # Never at its end: so each look takes one thing.
        self._source = chain(messages, repeat(END))
        # What has been taken and waits to be looked at. Ctrl-C strikes after calls: into here, and
        # from here into the inbox, a message goes within one call, and so is never in neither.
        self._at_hand: deque[Message] = deque()
        self._from_hand = iter(self._at_hand.popleft, None)
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
        """The deliveries that were not handed out; complete when the sending has been closed."""
        return [] if self._background is None else list(self._background.dispatcher.ready)

    @property
    def progress(self) -> Progress:
        """What became of the messages so far, handed out or not; from any thread."""
        background = self._background
        return (Tally(None) if background is None else background.dispatcher.tally).progress

    def run(self) -> Progress:
        """Send all, and return what became of it in numbers.

        Raises:
            Exception: What `messages` raises, or the error that ended the sending.
        """
        for _ in self:
            pass
        return self.progress

    def __iter__(self) -> Self:
        return self

    def __del__(self) -> None:
        if not getattr(self, "_begun", True):
            warnings.warn(
                "send_messages: nothing was sent, as the result was never iterated over; use a "
                "loop, or run()",
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
                "send_messages: this sending belongs to the parent process; begin another one in "
                "the child. Nothing was sent."
            )
        dispatcher = background.dispatcher
        ready = dispatcher.ready
        self._feed(background)
        while not ready:
            if self._feed(background):
                continue
            if dispatcher.is_done:
                # Nothing is added to `ready` from here on but what is written off.
                self._account_for_rest(background)
                if not ready:
                    self._finish(background)
                    raise StopIteration
            else:
                background.news.wait(lambda: ready or dispatcher.is_done, POLL)
        dispatcher.tally.report_if_due()
        # No calls from here on: Ctrl-C strikes after calls, and would take the delivery along.
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
        self._leave(GRACE if interrupted else None)

    def close(self) -> None:
        """Take no more messages, let those in flight end, and close the connections.

        The attempts in flight have the rest of their timeout; none is repeated.
        """
        self._leave(None)

    def _start(self) -> Background:
        self._begun = True
        background = Background(self._plan)
        background.start()
        # Whoever leaves a loop without closing must not leave the thread behind.
        self._finalizer = weakref.finalize(self, background.abort)
        self._background = background
        return background

    def _feed(self, background: Background) -> bool:
        """Take a message from the source, if there is room and there may be one."""
        inbox, dispatcher = background.inbox, background.dispatcher
        # What stops every message has stopped the dispatcher: the rest of the source stays untaken.
        if inbox.ended or dispatcher.is_done:
            return False
        if self._failure is not None or dispatcher.failure is not None:
            return False
        if self._taken - self._handed >= self._plan.ahead:
            return False
        hand = self._at_hand
        try:
            if not hand:
                hand.extend(islice(self._source, 1))
            if hand[0] is not END:
                checked(hand[0])
        except Exception as error:  # noqa: BLE001 - whatever the source raises, its user gets
            self._failure = error
            inbox.items.append(END)
            hand.clear()
        else:
            self._put(background)
        self._taken += 1
        inbox.wake()
        return True

    def _put(self, background: Background) -> None:
        """Put what is at hand into the inbox."""
        background.inbox.items.extend(islice(self._from_hand, len(self._at_hand)))

    def _account_for_rest(self, background: Background) -> None:
        self._put(background)
        background.account_for_rest()

    def _finish(self, background: Background) -> None:
        """End after the last delivery; raise what ended the source, if something did."""
        self._closed = True
        background.dispatcher.tally.report()
        self._leave(None)
        failure = self._failure or background.dispatcher.failure
        if failure is not None:
            raise failure

    def _leave(self, patience: float | None) -> None:
        """Stop; wait for what is in flight, but no longer than `patience`, if that is given."""
        self._begun = self._closed = True
        background = self._background
        if background is None or background.process != os.getpid():
            return
        try:
            background.stop()
            background.join(patience)
        finally:
            # Interrupted meanwhile, or out of patience? Then the account is closed at once.
            background.abort()
            background.join(GRACE)
            if background.dispatcher.is_done:
                self._account_for_rest(background)
            self._finalizer.detach()
