"""What goes in and what comes out: messages, and what became of each."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

from ncloud_datastream.errors import (
    ApiError,
    ConfigurationError,
    DataStreamError,
    UnexpectedAnswerError,
)


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


def checked(item: object) -> Message:
    """Return an item of a source, which must be a message.

    Raises:
        ConfigurationError: It is none.
    """
    if isinstance(item, Message):
        return item
    raise ConfigurationError(
        f"send_messages: an item of the source is no Message but {type(item).__name__}. The "
        "messages before it were sent; it was not, nor what follows it."
    )


def check_source(messages: object) -> None:
    """Refuse what can be iterated over and is no source of messages.

    Raises:
        ConfigurationError: It is one message, or text.
    """
    if isinstance(messages, Message | str | bytes):
        raise ConfigurationError(
            f"send_messages: messages must be an iterable of Message, not one "
            f"{type(messages).__name__}; put it into a list. Nothing was sent."
        )


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
    """How far a sending is: what became of its messages so far."""

    delivered: int
    rejected: int
    unsent: int
    unknown: int
    elapsed: float
    """Seconds since the sending began."""

    rate: float
    """Deliveries a second, since the last report."""

    @property
    def total(self) -> int:
        """All deliveries so far."""
        return self.delivered + self.rejected + self.unsent + self.unknown
