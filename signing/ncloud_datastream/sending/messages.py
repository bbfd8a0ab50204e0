"""Messages and their delivery reports."""

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

    It is not validated here: a message that cannot be sent gets a `Delivery` like any other.
    """

    topic: str
    """The name of the topic, prefix included; not its id."""

    key: str
    """The key of the message. It does not select the partition; see `partition_for`."""

    value: str
    """The content, at most 1 MB."""

    partition: int | None = None
    """The index of the partition; if None, the service chooses a random one."""


def checked(item: object) -> Message:
    """Return an item of the source if it is a `Message`.

    Raises:
        ConfigurationError: It is not.
    """
    if isinstance(item, Message):
        return item
    raise ConfigurationError(
        f"send_messages: the source yielded {type(item).__name__} instead of Message. The messages "
        "before it were sent; this item and everything after it were not."
    )


def check_source(messages: object) -> None:
    """Reject iterables that are not a source of messages.

    Raises:
        ConfigurationError: It is a single message, or text.
    """
    if isinstance(messages, Message | str | bytes):
        raise ConfigurationError(
            f"send_messages: messages must be an iterable of Message, not a single "
            f"{type(messages).__name__}; pass a list. Nothing was sent."
        )


class Outcome(enum.Enum):
    """The outcome of a message."""

    DELIVERED = "delivered"
    """The service confirmed that it has the message."""

    REJECTED = "rejected"
    """The service responded with a 3xx or 4xx: it does not have the message."""

    UNSENT = "unsent"
    """Nothing was written to a connection: the service does not have the message."""

    UNKNOWN = "unknown"
    """The request was written in part or whole, and the response was missing, unreadable or a 5xx:
    the service may or may not have the message."""


def outcome_of(error: DataStreamError) -> Outcome:
    """Return the outcome of a message whose last attempt failed with this error."""
    if error.maybe_delivered:
        return Outcome.UNKNOWN
    if isinstance(error, ApiError | UnexpectedAnswerError):
        return Outcome.REJECTED
    return Outcome.UNSENT


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery report of one message."""

    message: Message
    """The message, as the source yielded it."""

    outcome: Outcome
    """The outcome."""

    index: int
    """The position of the message in the source, counted from 0."""

    attempts: int
    """The number of attempts."""

    error: DataStreamError | None
    """Why the message was not delivered; None if it was."""


class Progress(NamedTuple):
    """The number of messages per outcome so far."""

    delivered: int
    rejected: int
    unsent: int
    unknown: int
    elapsed: float
    """Seconds since sending began."""

    rate: float
    """Delivery reports per second since the last progress callback."""

    @property
    def total(self) -> int:
        """All messages with an outcome so far."""
        return self.delivered + self.rejected + self.unsent + self.unknown
