"""Logs failed messages whose result was never retrieved, one line per second with a count."""

from __future__ import annotations

import atexit
import logging
import time
from collections.abc import Iterable

from .futures import AsyncDeliveryFuture, DeliveryFuture, failures
from .messages import Delivery, Outcome

SPACING = 1.0
"""Minimum seconds between two log lines."""

_log = logging.getLogger("ncloud_datastream")


class UnretrievedFailures:
    """Logs messages that were not delivered, each at most once."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._suppressed = 0

    def __del__(self) -> None:
        self.log_suppressed()  # for futures that outlive their producer

    def log(self, delivery: Delivery) -> None:
        """Log a message that was not delivered, or count it if another was logged just before."""
        now = time.monotonic()
        if self._last is not None and now - self._last < SPACING:
            self._suppressed += 1
            return
        self._last = now
        more, self._suppressed = self._suppressed, 0
        _log.error(
            "A message was not delivered and its result was never retrieved: topic %r, %s: %s%s",
            delivery.message.topic,
            delivery.outcome.name,
            delivery.error,
            f" (and {more} more since the last such line)" if more else "",
        )

    @property
    def has_suppressed(self) -> bool:
        """Return whether failures have been counted and not logged yet."""
        return self._suppressed > 0

    def log_suppressed(self) -> None:
        """Log the number of failures that have been counted and not logged yet."""
        more, self._suppressed = self._suppressed, 0
        if more:
            _log.error(
                "%d more messages were not delivered and their results were never retrieved.", more
            )


def log_undelivered(futures: Iterable[DeliveryFuture | AsyncDeliveryFuture]) -> None:
    """Log the messages that a producer could not deliver before its program or event loop ended.

    Args:
        futures: The futures of all messages in the buffer at that time; they are not logged again.
    """
    lost: list[Outcome] = []
    for future in futures:
        future.mark_retrieved()
        if future.failed is not None:
            lost.append(future.failed.outcome)
        elif not future.done():  # its event loop ended without settling it
            lost.append(Outcome.UNKNOWN)
    if lost:
        _log.error(
            "The program or event loop ended before a producer was closed: %d messages were not "
            "delivered, %d of them with an unknown outcome.",
            len(lost),
            lost.count(Outcome.UNKNOWN),
        )


@atexit.register
def _log_referenced() -> None:
    unretrieved = [future for future in list(failures) if future.is_unretrieved]
    for future in unretrieved:
        future.mark_retrieved()
    if unretrieved:
        _log.error(
            "At program exit: %d messages were not delivered and their results were never "
            "retrieved.",
            len(unretrieved),
        )
