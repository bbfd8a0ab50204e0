"""What `send` returns: futures of what becomes of a message, for threads and for tasks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextvars import Context
from functools import partial
from typing import Any

from ncloud_datastream.errors import DataStreamError

from .messages import Delivery

Unasked = Callable[[Delivery], object]


class DeliveryFuture(Future[Delivery]):
    """What will become of a message.

    `result` returns its `Delivery`, or raises the delivery's error, whose ``delivery`` it is. A
    message that has been sent cannot be cancelled.

    Args:
        unasked: Takes the delivery of a message that failed, where nobody has asked for it.
    """

    failed: Delivery | None = None
    """The delivery, where it failed."""

    _unasked: Unasked | None = None
    _settling: int | None = None

    def __init__(self, unasked: Unasked | None) -> None:
        super().__init__()
        self._unasked = unasked
        self._callbacks: list[Callable[[], object]] = []

    def cancel(self) -> bool:
        """Return False: the message has been sent."""
        return False

    def settle(self, delivery: Delivery) -> list[Callable[[], object]]:
        """Say what became of the message; return the callbacks that are due."""
        self._settling = threading.get_ident()
        error = failure_of(delivery)
        if error is None:
            self.set_result(delivery)
        else:
            self.failed = delivery
            self.set_exception(error)
        self._settling = None
        callbacks, self._callbacks = self._callbacks, []
        return callbacks

    def told(self) -> None:
        """Note that somebody knows what became of the message, or will."""
        self._unasked = None

    def result(self, timeout: float | None = None) -> Delivery:
        self.told()
        try:
            return super().result(timeout)
        finally:
            del self  # the traceback of the error that this raises must not hold it

    def exception(self, timeout: float | None = None) -> BaseException | None:
        self.told()
        return super().exception(timeout)

    def add_done_callback(self, fn: Callable[[Future[Delivery]], Any]) -> None:
        self.told()
        super().add_done_callback(partial(self._call_back, fn))

    def _call_back(self, fn: Callable[[Future[Delivery]], Any], future: Future[Delivery]) -> None:
        if self._settling == threading.get_ident():
            # This thread is not one that may be held up.
            self._callbacks.append(partial(fn, future))
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
        if self.cancelled():
            self._asked = False  # whoever waited for it was cancelled
        elif error is None:
            self.set_result(delivery)
        else:
            self.set_exception(error)
            super().exception()  # asyncio would tell of it in words of its own

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
