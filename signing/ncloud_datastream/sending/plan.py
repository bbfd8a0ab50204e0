"""The validated options of a run of `send_messages` or of a producer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.calls.call import Call
from ncloud_datastream.calls.exchange import Learn
from ncloud_datastream.calls.options import Options
from ncloud_datastream.calls.servers import MESSAGE, Server
from ncloud_datastream.errors import ConfigurationError

from .messages import Message, Outcome, Progress
from .partitions import Partitioner

PROGRESS_EVERY = 1.0
"""Seconds between two progress callbacks."""

Report = Callable[[Progress], object]


class Carrier(Protocol):
    """The transport that sends attempts."""

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        """Send one attempt of a call and return the response."""
        ...

    async def aclose(self) -> None:
        """Close its connections."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How messages are sent.

    Args:
        wire: Creates the carrier, in the event loop that uses it.
        call: Builds the call that sends a message.
        check_open: Raises if the client is closed.
        learn: Stores the clock offset.
        options: The options of the client.
        concurrency: Maximum number of messages in flight.
        ordered: ``"key"`` sends messages with equal keys in order.
        rate: Maximum number of messages per second; None for no limit.
        progress: Called about every second and at the end.
        description: The target URL, for ``repr``.
        partitioner: Sets the partition of messages that name none; None leaves it to the service.
        stops_without_topic: Whether consecutive 404s for the topic stop the run if nothing has
            been delivered before.

    Raises:
        ConfigurationError: An argument is invalid.
    """

    wire: Callable[[], Carrier]
    call: Callable[[Message], Call]
    check_open: Callable[[], object]
    learn: Learn
    options: Options
    concurrency: int
    ordered: Literal["key"] | None
    rate: float | None
    progress: Report | None
    description: str
    partitioner: Partitioner | None = None
    stops_without_topic: bool = True

    def __post_init__(self) -> None:
        concurrency, rate = self.concurrency, self.rate
        if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
            raise ConfigurationError(
                f"send_messages: concurrency must be an integer, 1 or more, not {concurrency!r}."
            )
        if self.ordered not in (None, "key"):
            raise ConfigurationError(
                f'send_messages: ordered must be "key" or None, not {self.ordered!r}.'
            )
        if rate is not None and (
            isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < 1e9
        ):
            raise ConfigurationError(
                f"send_messages: rate must be messages per second, above 0, not {rate!r}."
            )
        if self.progress is not None and not callable(self.progress):
            raise ConfigurationError("send_messages: progress must be callable.")

    @property
    def server(self) -> Server:
        """The server that messages are sent to."""
        return self.options.servers[MESSAGE]

    @property
    def ahead(self) -> int:
        """The number of messages read ahead: taken from the source and not yet handed out.

        With per-key order messages wait for their predecessors, so more are read to find
        `concurrency` messages that can be sent.
        """
        return (2 if self.ordered is None else 8) * self.concurrency

    def __repr__(self) -> str:
        order = "" if self.ordered is None else f", ordered={self.ordered!r}"
        return f"{self.description}, concurrency={self.concurrency}{order}"


class Tally:
    """Counts messages by outcome and reports progress.

    Args:
        report: The progress callback, or None.
    """

    def __init__(self, report: Report | None) -> None:
        self._report = report
        self._counts = dict.fromkeys(Outcome, 0)
        self._total = 0
        self._began = self._last = time.monotonic()
        self._reported = 0

    def count(self, outcome: Outcome) -> None:
        """Count a message."""
        self._counts[outcome] += 1
        self._total += 1

    @property
    def delivered(self) -> int:
        """The number of delivered messages."""
        return self._counts[Outcome.DELIVERED]

    @property
    def progress(self) -> Progress:
        """The counts so far."""
        now = time.monotonic()
        passed = now - self._last
        rate = (self._total - self._reported) / passed if passed > 0 else 0.0
        counts = self._counts
        return Progress(
            counts[Outcome.DELIVERED],
            counts[Outcome.REJECTED],
            counts[Outcome.UNSENT],
            counts[Outcome.UNKNOWN],
            now - self._began,
            rate,
        )

    def report_if_due(self) -> None:
        """Call the progress callback if the last call was `PROGRESS_EVERY` ago.

        An exception of the callback is raised where the next delivery was requested; that delivery
        is not lost and can be requested again.
        """
        if self._report is not None and time.monotonic() - self._last >= PROGRESS_EVERY:
            self.report()

    def report(self) -> None:
        """Call the progress callback."""
        if self._report is None:
            return
        progress = self.progress
        self._last, self._reported = time.monotonic(), self._total
        self._report(progress)
