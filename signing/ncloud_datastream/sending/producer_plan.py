"""What both producers are asked to do, checked before anything begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, Literal

from ncloud_datastream.errors import ConfigurationError, DataStreamError

from .buffer import Buffer
from .job import unsent
from .messages import Delivery, Message, Outcome
from .plan import Plan

OnDelivery = Callable[[Delivery], object]

WhenFull = Literal["wait", "raise"]

CLOSED = "The producer is closed; make a new one. Nothing was sent."

EXIT_TIMEOUT = 10.0
"""Seconds that a producer has to send what it holds when its block is left by an exception, when
the program ends or when its event loop does."""


@dataclass(frozen=True, slots=True)
class ProducerPlan:
    """How a producer works.

    Args:
        plan: How messages are sent; what is accepted is sent even if the client is closed then.
        check_open: Raises where the client was closed.
        topic: The topic of messages that name none; None where each has to.
        max_buffered: Messages that are not settled, in flight included, at the most.
        max_buffered_bytes: Bytes of memory that their keys and values take at the most.
        when_full: ``"wait"`` for room, or ``"raise"``.
        on_delivery: Called with each `Delivery`.

    Raises:
        ConfigurationError: One of them cannot be right.
    """

    plan: Plan
    check_open: Callable[[], object]
    topic: str | None
    max_buffered: int
    max_buffered_bytes: int
    when_full: WhenFull
    on_delivery: OnDelivery | None

    def __post_init__(self) -> None:
        if self.topic is not None and (not isinstance(self.topic, str) or not self.topic):
            raise ConfigurationError(f"producer: topic must be a topic's name: {self.topic!r}.")
        if self.when_full not in ("wait", "raise"):
            raise ConfigurationError(
                f'producer: when_full must be "wait" or "raise": {self.when_full!r}.'
            )
        called = self.on_delivery
        if called is not None and (not callable(called) or iscoroutinefunction(called)):
            raise ConfigurationError(
                "producer: on_delivery must be an ordinary function, or another callable."
            )
        self.buffer()

    def buffer(self) -> Buffer[Any]:
        """Return an empty buffer."""
        return Buffer(self.max_buffered, self.max_buffered_bytes)

    def message(self, topic: str | None, key: str, value: str, partition: int | None) -> Message:
        """Return the message that `send` is asked for.

        Raises:
            ConfigurationError: There is no topic.
        """
        name = self.topic if topic is None else topic
        if name is None:
            raise ConfigurationError(
                "sendMessage: no topic; name one here or when the producer is made. "
                "Nothing was sent."
            )
        return Message(name, key, value, partition)


def check_timeout(what: str, timeout: float | None) -> None:
    """Refuse a timeout that is no number of seconds.

    Raises:
        ConfigurationError: It is none.
    """
    if timeout is not None and (
        isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout >= 0
    ):
        raise ConfigurationError(
            f"{what}: timeout must be a number of seconds, 0 or more, or None: {timeout!r}."
        )


def leftover(message: Message, index: int, why: BaseException | None) -> Delivery:
    """Return the delivery of a message whose turn did not come.

    Args:
        message: The message.
        index: Its place.
        why: What ended the sending, where it was not its end.
    """
    reason = "" if why is None else f": {why}"
    error = unsent(f"the producer ended before its turn{reason}")
    error.__cause__ = why if isinstance(why, DataStreamError) else None
    return Delivery(message, Outcome.UNSENT, index, 0, error)
