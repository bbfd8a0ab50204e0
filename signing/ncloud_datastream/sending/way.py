"""What a crew needs of a way to the service."""

from __future__ import annotations

from typing import Protocol

from ncloud_datastream.attempt import Attempt
from ncloud_datastream.errors import DataStreamError

from .messages import Message


class Way(Protocol):
    """Carries the messages of one worker, one at a time."""

    async def send(self, message: Message, attempt: Attempt) -> DataStreamError | None:
        """Try once to send a message; return why it failed, or None where it is delivered.

        Args:
            message: The message.
            attempt: Its deadline; ``written`` says at any moment whether a byte may have left.

        Raises:
            ConfigurationError: No message can be sent.
        """

    def abort(self) -> None:
        """Close at once what is open."""


class Carrier(Protocol):
    """Makes the workers' ways to the service."""

    def way(self) -> Way:
        """Return a new worker's way."""
        ...

    async def aclose(self) -> None:
        """Close what the ways share."""
