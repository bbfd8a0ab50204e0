"""The futures that `send` returns, for threads and for tasks."""

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

OnUnretrieved = Callable[[Delivery], object]

failures: WeakSet[DeliveryFuture | AsyncDeliveryFuture] = WeakSet()
"""Failed futures that are still referenced."""


class DeliveryFuture(Future[Delivery]):
    """The future of a message's delivery report.

    `result` returns the `Delivery`, or raises its error, whose ``delivery`` attribute is the
    `Delivery`. A message that has been sent cannot be cancelled.

    Methods that wait or read do not take the lock of `Future`, which `settle` takes: they can be
    interrupted by a signal handler that flushes or closes the producer.

    Args:
        on_unretrieved: Called with the delivery of a failed message whose result was never
            retrieved.
    """

    # Class attributes: there may be very many futures, and most never need another value.
    _delivery: Delivery | None = None
    _on_unretrieved: OnUnretrieved | None = None
    _settling: int | None = None
    _callbacks: list[Callable[[], object]] | None = None

    def __init__(self, on_unretrieved: OnUnretrieved | None) -> None:
        super().__init__()
        self._waiting: list[Latch] = []
        if on_unretrieved is not None:
            self._on_unretrieved = on_unretrieved

    def cancel(self) -> bool:
        """Return False: a message that has been sent cannot be cancelled."""
        return False

    def settle(self, delivery: Delivery) -> list[Callable[[], object]]:
        """Set the delivery; return the callbacks to call."""
        self._settling = threading.get_ident()
        error = failure_of(delivery)
        if error is not None:
            failures.add(self)
        self._delivery = delivery
        for latch in self._waiting:
            latch.set()
        # For `wait`, `as_completed` and callbacks of the standard library.
        if error is None:
            self.set_result(delivery)
        else:
            self.set_exception(error)
        self._settling = None
        callbacks, self._callbacks = self._callbacks, None
        return callbacks or []

    @property
    def failed(self) -> Delivery | None:
        """The delivery if it failed, else None."""
        delivery = self._delivery
        return None if delivery is None or delivery.error is None else delivery

    @property
    def is_unretrieved(self) -> bool:
        """Return whether the message failed and its result was never retrieved."""
        return self.failed is not None and self._on_unretrieved is not None

    def mark_retrieved(self) -> None:
        """Mark the result as retrieved: a failure is no longer reported."""
        self._on_unretrieved = None

    def done(self) -> bool:
        return self._delivery is not None

    def result(self, timeout: float | None = None) -> Delivery:
        delivery = self._wait(timeout)
        if delivery.error is None:
            return delivery
        try:
            raise delivery.error
        finally:
            del self, delivery  # the traceback of the error must not keep them alive

    def exception(self, timeout: float | None = None) -> BaseException | None:
        return self._wait(timeout).error

    def add_done_callback(self, fn: Callable[[Future[Delivery]], Any]) -> None:
        self.mark_retrieved()
        super().add_done_callback(partial(self._call_back, fn))

    def _wait(self, timeout: float | None) -> Delivery:
        self.mark_retrieved()
        if self._delivery is None:
            latch = Latch()
            self._waiting.append(latch)
            # Check again: a thread that settled it just now may not have seen the latch.
            if self._delivery is None:
                latch.wait(None if timeout is None else time.monotonic() + timeout)
        if self._delivery is None:
            raise TimeoutError
        return self._delivery

    def _call_back(self, fn: Callable[[Future[Delivery]], Any], future: Future[Delivery]) -> None:
        if self._settling == threading.get_ident():
            # This thread must not be blocked by a callback.
            self._callbacks = [*(self._callbacks or ()), partial(fn, future)]
        else:
            fn(future)

    def __del__(self) -> None:
        if self.failed is not None and self._on_unretrieved is not None:
            self._on_unretrieved(self.failed)


class AsyncDeliveryFuture(asyncio.Future[Delivery]):
    """The future of a message's delivery report.

    Awaiting it returns the `Delivery`, or raises its error, whose ``delivery`` attribute is the
    `Delivery`. Cancelling a task that awaits it cancels the future, but not the message.

    Args:
        on_unretrieved: Called with the delivery of a failed message whose result was never
            retrieved.
    """

    failed: Delivery | None = None
    """The delivery if it failed, else None."""

    _retrieved = False

    def __init__(self, on_unretrieved: OnUnretrieved | None) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self._on_unretrieved = on_unretrieved

    def settle(self, delivery: Delivery) -> None:
        """Set the delivery."""
        error = failure_of(delivery)
        if error is not None:
            self.failed = delivery
            failures.add(self)
        if self.cancelled():
            self._retrieved = False  # the task that awaited it was cancelled
        elif error is None:
            self.set_result(delivery)
        else:
            self.set_exception(error)
            super().exception()  # marks it as retrieved: asyncio would log it as well

    @property
    def is_unretrieved(self) -> bool:
        """Return whether the message failed and its result was never retrieved."""
        return self.failed is not None and self._on_unretrieved is not None and not self._retrieved

    def mark_retrieved(self) -> None:
        """Mark the result as retrieved: a failure is no longer reported."""
        self._retrieved = True

    def result(self) -> Delivery:
        self.mark_retrieved()
        return super().result()

    def exception(self) -> BaseException | None:
        self.mark_retrieved()
        return super().exception()

    def add_done_callback(
        self, fn: Callable[[Any], object], *, context: Context | None = None
    ) -> None:
        self.mark_retrieved()
        super().add_done_callback(fn, context=context)

    def __await__(self) -> Generator[Any, None, Delivery]:
        self.mark_retrieved()
        return super().__await__()

    def __del__(self) -> None:
        if self.failed is not None and self._on_unretrieved is not None and not self._retrieved:
            self._on_unretrieved(self.failed)


def failure_of(delivery: Delivery) -> DataStreamError | None:
    """Return the error of a delivery with its ``delivery`` attribute set, or None."""
    error = delivery.error
    if error is not None:
        error.delivery = delivery
    return error
