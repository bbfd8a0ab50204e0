"""What a sending is asked to do, checked before anything begins."""

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
"""Seconds between two calls of a progress callback."""

Report = Callable[[Progress], object]


class Carries(Protocol):
    """A wire."""

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        """Make an attempt at a call."""
        ...

    async def aclose(self) -> None:
        """Close what it holds open."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How messages are to be sent.

    Args:
        wire: Makes the wire, in the event loop that it is used in.
        call: Makes the call that sends a message.
        check_open: Raises where the client was closed.
        learn: Learns the clock's offset.
        options: What the client is set up to do.
        concurrency: Messages in flight at the most.
        ordered: ``"key"`` keeps the order of messages with equal keys.
        rate: Messages a second at the most; None for no limit.
        progress: Called about every second and at the end.
        description: Where to and by what, for ``repr``.
        partitioner: Names the partition of messages that name none; None leaves it to the service.
        ends_without_topic: Whether refusals in a row for a topic that does not exist end the
            sending, where nothing was delivered before.

    Raises:
        ConfigurationError: One of them cannot be right.
    """

    wire: Callable[[], Carries]
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
    ends_without_topic: bool = True

    def __post_init__(self) -> None:
        concurrency, rate = self.concurrency, self.rate
        if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
            raise ConfigurationError(
                f"send_messages: concurrency must be whole and 1 or more: {concurrency!r}."
            )
        if self.ordered not in (None, "key"):
            raise ConfigurationError(
                f'send_messages: ordered must be "key" or None: {self.ordered!r}.'
            )
        if rate is not None and (
            isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < 1e9
        ):
            raise ConfigurationError(
                f"send_messages: rate must be a number of messages a second above 0: {rate!r}."
            )
        if self.progress is not None and not callable(self.progress):
            raise ConfigurationError("send_messages: progress must be callable.")

    @property
    def server(self) -> Server:
        """Where messages are sent to."""
        return self.options.servers[MESSAGE]

    @property
    def ahead(self) -> int:
        """Messages that are taken from the source and not handed out yet, at the most.

        Where keys are kept in order, messages wait for the one before them, and more have to be
        looked at to find `concurrency` that can go.
        """
        return (2 if self.ordered is None else 8) * self.concurrency

    def __repr__(self) -> str:
        order = "" if self.ordered is None else f", ordered={self.ordered!r}"
        return f"{self.description}, concurrency={self.concurrency}{order}"


class Tally:
    """Counts what became of messages, and reports it every so often.

    Args:
        report: Takes the counts; None where nobody does.
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
        """Messages that were delivered."""
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
        """Report, where that was done last a while ago.

        An exception of the callback goes to whoever asked for the delivery, which stays there to
        be asked for again.
        """
        if self._report is not None and time.monotonic() - self._last >= PROGRESS_EVERY:
            self.report()

    def report(self) -> None:
        """Report."""
        if self._report is None:
            return
        progress = self.progress
        self._last, self._reported = time.monotonic(), self._total
        self._report(progress)
