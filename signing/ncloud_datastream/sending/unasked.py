"""Failures that nobody asks for: one line each at ERROR, and a count where there are many."""

from __future__ import annotations

import atexit
import logging
import time
from collections.abc import Iterable

from .futures import AsyncDeliveryFuture, DeliveryFuture, failures
from .messages import Delivery, Outcome

SPACING = 1.0
"""Seconds between two lines at the least."""

_log = logging.getLogger("ncloud_datastream")


class UnaskedFailures:
    """Tells the log of messages that were not delivered, each at most once."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._untold = 0

    def __del__(self) -> None:
        self.tell_rest()  # of futures that were kept longer than their producer

    def tell(self, delivery: Delivery) -> None:
        """Tell of a message that was not delivered, or count it where one was just told of."""
        now = time.monotonic()
        if self._last is not None and now - self._last < SPACING:
            self._untold += 1
            return
        self._last = now
        more, self._untold = self._untold, 0
        _log.error(
            "a message was not delivered, and nobody asked what became of it: topic %r, %s: %s%s",
            delivery.message.topic,
            delivery.outcome.name,
            delivery.error,
            f" (and {more} more since the last such line)" if more else "",
        )

    @property
    def is_silent(self) -> bool:
        """Return whether some have been counted and not told of."""
        return self._untold > 0

    def tell_rest(self) -> None:
        """Tell how many have been counted and not told of."""
        more, self._untold = self._untold, 0
        if more:
            _log.error("%d more messages were not delivered, and nobody asked", more)


def tell_of_the_end(futures: Iterable[DeliveryFuture | AsyncDeliveryFuture]) -> None:
    """Tell of the messages that a producer could not deliver before its program or loop ended.

    Args:
        futures: Of all that it held when the end came; they are not told of again.
    """
    lost: list[Outcome] = []
    for future in futures:
        future.told()
        if future.failed is not None:
            lost.append(future.failed.outcome)
        elif not future.done():  # its loop has ended without a word
            lost.append(Outcome.UNKNOWN)
    if lost:
        _log.error(
            "the end came before a producer was closed: %d of its messages were not delivered, "
            "%d of them in doubt",
            len(lost),
            lost.count(Outcome.UNKNOWN),
        )


@atexit.register
def _tell_of_what_is_held() -> None:
    unasked = [future for future in list(failures) if future.is_unasked]
    for future in unasked:
        future.told()
    if unasked:
        _log.error(
            "at the end of the program: %d messages were not delivered, and nobody asked",
            len(unasked),
        )
