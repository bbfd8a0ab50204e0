"""A message in flight, and the errors of messages that were interrupted."""

from __future__ import annotations

from collections.abc import Hashable

from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.errors import DataStreamError, TransportError

from .messages import Message


class Job:
    """A message in flight.

    Args:
        index: The position of the message in the source.
        message: The message.
    """

    __slots__ = ("attempt", "attempts", "began", "error", "index", "key", "message")

    def __init__(self, index: int, message: Message) -> None:
        self.index = index
        self.message = message
        self.key: Hashable = None
        """The key that is kept in order: messages with equal keys are sent one after the other."""
        self.attempts = 0
        self.began = 0.0
        self.attempt: Attempt | None = None
        """The attempt in flight."""
        self.error: DataStreamError | None = None
        """The error of the last attempt."""

    def cut_off(self) -> DataStreamError:
        """Return the error of this message if sending stops now."""
        if self.attempt is None:
            return self.error or unsent("sending stopped before this message was attempted")
        earlier = self.error is not None and self.error.maybe_delivered
        error = failed(
            "sending stopped before the response arrived", maybe=self.attempt.written or earlier
        )
        error.attempts = self.attempts
        return error


def unsent(reason: str) -> TransportError:
    """Return the error of a message that was never written to a connection."""
    return failed(reason, maybe=False)


def failed(reason: str, *, maybe: bool, cause: Exception | None = None) -> TransportError:
    """Return the error of a message that got no response.

    Args:
        reason: What happened.
        maybe: Whether the service may have accepted the message.
        cause: The underlying exception.
    """
    doubt = "The service may have acted on the call" if maybe else "Nothing was sent"
    error = TransportError(f"sendMessage: {reason}. {doubt}.")
    error.operation = "sendMessage"
    error.maybe_delivered = maybe
    error.__cause__ = cause
    return error
