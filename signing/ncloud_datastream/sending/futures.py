"""What `send` returns: futures of what becomes of a message, for threads and for tasks."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextvars import Context
from functools import partial
from typing import Any
from weakref import WeakSet

from ncloud_datastream.errors import DataStreamError

from .handover import Latch
from .messages import Delivery

Unasked = Callable[[Delivery], object]

failures: WeakSet[DeliveryFuture | AsyncDeliveryFuture] = WeakSet()
"""Futures that are held by somebody and have failed."""


class DeliveryFuture(Future[Delivery]):
    """What will become of a message.

    `result` returns its `Delivery`, or raises the delivery's error, whose ``delivery`` it is. A
    message that has been sent cannot be cancelled.

    Nothing here that waits or looks holds the lock of `Future`, which `settle` takes: a signal's
    handler that flushes or closes the producer may strike in the midst of it.

    Args:
        unasked: Takes the delivery of a message that failed, where nobody has asked for it.
    """

    # Of the class, as there may be very many futures, most of which need no other value.
    _delivery: Delivery | None = None
    _unasked: Unasked | None = None
    _settling: int | None = None
    _callbacks: list[Callable[[], object]] | None = None

    def __init__(self, unasked: Unasked | None) -> None:
        super().__init__()
        self._waiting: list[Latch] = []
        if unasked is not None:
            self._unasked = unasked

    def cancel(self) -> bool:
        """Return False: the message has been sent."""
        return False

    def settle(self, delivery: Delivery) -> list[Callable[[], object]]:
        """Say what became of the message; return the callbacks that are due."""
        self._settling = threading.get_ident()
        error = failure_of(delivery)
        if error is not None:
            failures.add(self)
        self._delivery = delivery
        for latch in self._waiting:
            latch.set()
        # Only for what the standard library does with futures: `wait`, `as_completed`, callbacks.
        if error is None:
            self.set_result(delivery)
        else:
            self.set_exception(error)
        self._settling = None
        callbacks, self._callbacks = self._callbacks, None
        return callbacks or []

    @property
    def failed(self) -> Delivery | None:
        """The delivery, where it failed."""
        delivery = self._delivery
        return None if delivery is None or delivery.error is None else delivery

    @property
    def is_unasked(self) -> bool:
        """Return whether the message failed and nobody knows."""
        return self.failed is not None and self._unasked is not None

    def told(self) -> None:
        """Note that somebody knows what became of the message, or will."""
        self._unasked = None

    def done(self) -> bool:
        return self._delivery is not None

    def result(self, timeout: float | None = None) -> Delivery:
        delivery = self._wait(timeout)
        if delivery.error is None:
            return delivery
        try:
            raise delivery.error
        finally:
            del self, delivery  # the traceback of the error must not hold them

    def exception(self, timeout: float | None = None) -> BaseException | None:
        return self._wait(timeout).error

    def add_done_callback(self, fn: Callable[[Future[Delivery]], Any]) -> None:
        self.told()
        super().add_done_callback(partial(self._call_back, fn))

    def _wait(self, timeout: float | None) -> Delivery:
        self.told()
        if self._delivery is None:
            latch = Latch()
            self._waiting.append(latch)
            # Looked at again: whoever settled it meanwhile may not have seen the latch.
            if self._delivery is None:
                latch.wait(None if timeout is None else time.monotonic() + timeout)
        if self._delivery is None:
            raise TimeoutError
        return self._delivery

    def _call_back(self, fn: Callable[[Future[Delivery]], Any], future: Future[Delivery]) -> None:
        if self._settling == threading.get_ident():
            # This thread is not one that may be held up.
            self._callbacks = [*(self._callbacks or ()), partial(fn, future)]
        else:
            fn(future)

    def __del__(self) -> None:
        if self.failed is not None and self._unasked is not None:
            self._unasked(self.failed)


class AsyncDeliveryFuture(asyncio.Future[Delivery]):
    """What will become of a message.

    Awaiting it gives its `Delivery`, or raises the delivery's error, whose ``delivery`` it is.
    Whoever is cancelled while he awaits it cancels the future, but not the message.

    Args:
        unasked: Takes the delivery of a message that failed, where nobody has asked for it.
    """

    failed: Delivery | None = None
    """The delivery, where it failed."""

    _asked = False

    def __init__(self, unasked: Unasked | None) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self._unasked = unasked

    def settle(self, delivery: Delivery) -> None:
        """Say what became of the message."""
        error = failure_of(delivery)
        if error is not None:
            self.failed = delivery
            failures.add(self)
        if self.cancelled():
            self._asked = False  # whoever waited for it was cancelled
        elif error is None:
            self.set_result(delivery)
        else:
            self.set_exception(error)
            super().exception()  # asyncio would tell of it in words of its own

    @property
    def is_unasked(self) -> bool:
        """Return whether the message failed and nobody knows."""
        return self.failed is not None and self._unasked is not None and not self._asked

    def told(self) -> None:
        """Note that somebody knows what became of the message, or will."""
        self._asked = True

    def result(self) -> Delivery:
        self.told()
        return super().result()

    def exception(self) -> BaseException | None:
        self.told()
        return super().exception()

    def add_done_callback(
        self, fn: Callable[[Any], object], *, context: Context | None = None
    ) -> None:
        self.told()
        super().add_done_callback(fn, context=context)

    def __await__(self) -> Generator[Any, None, Delivery]:
        self.told()
        return super().__await__()

    def __del__(self) -> None:
        if self.failed is not None and self._unasked is not None and not self._asked:
            self._unasked(self.failed)


def failure_of(delivery: Delivery) -> DataStreamError | None:
    """Return the error that a delivery's future raises, which knows its delivery; or None."""
    error = delivery.error
    if error is not None:
        error.delivery = delivery
    return error
