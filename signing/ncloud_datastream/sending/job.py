"""A message on its way, and the errors of those that do not get to its end."""

from __future__ import annotations

from collections.abc import Hashable

from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.errors import DataStreamError, TransportError

from .messages import Message


class Job:
    """A message on its way.

    Args:
        index: Its place in the source.
        message: The message.
    """

    __slots__ = ("attempt", "attempts", "began", "error", "index", "key", "message")

    def __init__(self, index: int, message: Message) -> None:
        self.index = index
        self.message = message
        self.key: Hashable = None
        """What it shares with the messages whose order is kept."""
        self.attempts = 0
        self.began = 0.0
        self.attempt: Attempt | None = None
        """The attempt that is being made."""
        self.error: DataStreamError | None = None
        """What the last attempt ended with."""

    def cut_off(self) -> DataStreamError:
        """Return the error of this message if the sending ends now."""
        if self.attempt is None:
            return self.error or unsent("the sending ended before its turn")
        earlier = self.error is not None and self.error.maybe_delivered
        error = failed(
            "the sending ended before the answer came", maybe=self.attempt.written or earlier
        )
        error.attempts = self.attempts
        return error


def unsent(reason: str) -> TransportError:
    """Return the error of a message of which nothing was written."""
    return failed(reason, maybe=False)


def failed(reason: str, *, maybe: bool, cause: Exception | None = None) -> TransportError:
    """Return the error of a message that got no answer.

    Args:
        reason: Why.
        maybe: Whether the service may have it.
        cause: What it follows from.
    """
    doubt = "The service may have acted on the call" if maybe else "Nothing of it was sent"
    error = TransportError(f"sendMessage: {reason}. {doubt}.")
    error.operation = "sendMessage"
    error.maybe_delivered = maybe
    error.__cause__ = cause
    return error
