"""What goes in and what comes out: messages, and what became of each."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

from ncloud_datastream.errors import ApiError, DataStreamError, UnexpectedAnswerError


class Message(NamedTuple):
    """A message to send; immutable.

    Nothing is checked here: a message that cannot be sent gets its `Delivery` like any other.
    """

    topic: str
    """The name of the topic, prefix included; not its id."""

    key: str
    """The key of the message. It does not choose the partition; see `partition_for`."""

    value: str
    """The content, at most 1 MB."""

    partition: int | None = None
    """The index of the partition; where it is None, the service sends the message to a random one.
    """


class Outcome(enum.Enum):
    """What became of a message."""

    DELIVERED = "delivered"
    """The service said that it has it."""

    REJECTED = "rejected"
    """The service answered with a 3xx or 4xx: it certainly does not have it."""

    UNSENT = "unsent"
    """Nothing of it was written: the service certainly does not have it."""

    UNKNOWN = "unknown"
    """It was written in part or whole, and no answer, an unreadable one or a 5xx came back: the
    service may have it or not."""


def outcome_of(error: DataStreamError) -> Outcome:
    """Return what became of a message whose last attempt ended with this error."""
    if error.maybe_delivered:
        return Outcome.UNKNOWN
    if isinstance(error, ApiError | UnexpectedAnswerError):
        return Outcome.REJECTED
    return Outcome.UNSENT


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message."""

    message: Message
    """The message, as it came from the source."""

    outcome: Outcome
    """What became of it."""

    index: int
    """Its place in the source, counted from 0."""

    attempts: int
    """How many times it was tried."""

    error: DataStreamError | None
    """Why it was not delivered; None where it was."""


class Progress(NamedTuple):
    """How far a sending is: the deliveries that were handed out so far."""

    delivered: int
    rejected: int
    unsent: int
    unknown: int
    elapsed: float
    """Seconds since the sending began."""

    rate: float
    """Deliveries a second, of late."""

    @property
    def total(self) -> int:
        """All deliveries so far."""
        return self.delivered + self.rejected + self.unsent + self.unknown
