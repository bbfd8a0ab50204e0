"""The validated options of both producers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
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

CLOSED = "The producer is closed; create a new one. Nothing was sent."

EXIT_TIMEOUT = 10.0
"""Seconds that a producer has to flush its buffer when an exception leaves its block, or when the
program or its event loop ends."""


@dataclass(frozen=True, slots=True)
class ProducerPlan:
    """The options of a producer.

    Args:
        plan: How messages are sent; accepted messages are sent even if the client is closed later.
        check_open: Raises if the client is closed.
        topic: The default topic; None if every message has to name one.
        max_buffered: Maximum number of messages that are not settled, including those in flight.
        max_buffered_bytes: Maximum memory of their keys and values, in bytes.
        when_full: ``"wait"`` for space, or ``"raise"``.
        on_delivery: The delivery callback.

    Raises:
        ConfigurationError: An argument is invalid.
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
            raise ConfigurationError(
                f"producer: topic must be the name of a topic, not {self.topic!r}."
            )
        if self.when_full not in ("wait", "raise"):
            raise ConfigurationError(
                f'producer: when_full must be "wait" or "raise", not {self.when_full!r}.'
            )
        called = self.on_delivery
        if called is not None and (not callable(called) or iscoroutinefunction(called)):
            raise ConfigurationError(
                "producer: on_delivery must be a callable and not a coroutine function."
            )
        self.buffer()

    def buffer(self) -> Buffer[Any]:
        """Return an empty buffer."""
        return Buffer(self.max_buffered, self.max_buffered_bytes)

    def message(self, topic: str | None, key: str, value: str, partition: int | None) -> Message:
        """Return the message for the arguments of `send`.

        Raises:
            ConfigurationError: Neither the call nor the producer names a topic.
        """
        name = self.topic if topic is None else topic
        if name is None:
            raise ConfigurationError(
                "sendMessage: no topic. Pass topic= to send, or to producer(). Nothing was sent."
            )
        return Message(name, key, value, partition)


def check_timeout(what: str, timeout: float | None) -> None:
    """Reject a timeout that is not a number of seconds.

    Raises:
        ConfigurationError: It is not 0 or more, nor None.
    """
    if timeout is not None and (
        isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout >= 0
    ):
        raise ConfigurationError(
            f"{what}: timeout must be seconds, 0 or more, or None, not {timeout!r}."
        )


def leftovers(
    messages: deque[Message], index: int, why: BaseException | None
) -> Iterator[Delivery]:
    """Take all messages that the dispatcher will not take, and yield their deliveries.

    Args:
        messages: The messages; empty afterwards.
        index: The index of the first one.
        why: The exception that stopped the producer, or None if it was closed.
    """
    reason = "" if why is None else f": {why}"
    while messages:
        message = messages.popleft()
        error = unsent(f"the producer stopped before this message was attempted{reason}")
        error.__cause__ = why if isinstance(why, DataStreamError) else None
        yield Delivery(message, Outcome.UNSENT, index, 0, error)
        index += 1
