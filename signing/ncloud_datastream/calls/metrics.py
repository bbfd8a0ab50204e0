"""Seen from outside in numbers: OpenTelemetry's metrics, where somebody collects them.

The names follow the semantic conventions for HTTP clients and for messaging. Where OpenTelemetry
is not installed nothing is imported, and where no meter provider was set nothing is recorded.
"""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Iterable
from typing import Any, Protocol
from weakref import WeakValueDictionary

from ncloud_datastream._version import __version__
from ncloud_datastream.errors import ApiError, DataStreamError, UnexpectedAnswerError

from .call import Call
from .servers import Server

SEND = "sendMessage"

_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
"""The bounds of the histograms' buckets: those that the conventions advise."""

SPACING = 0.05
"""Seconds between two durations of messages with one fate, at the least: to record one costs about
a third of what it costs to send a message."""

Attributes = dict[str, str | int]


class Fill(Protocol):
    """What a buffer holds."""

    messages: int
    bytes: int


_fills: WeakValueDictionary[int, Fill] = WeakValueDictionary()


def watch(fill: Fill) -> None:
    """Have a buffer's fill reported, as long as it lives."""
    _fills[id(fill)] = fill
    instruments()


class Instruments:
    """What one meter provider collects from this package.

    Args:
        api: OpenTelemetry's interface for metrics.
        provider: The meter provider.
    """

    def __init__(self, api: Any, provider: Any) -> None:
        self.provider = provider
        self._observation = api.Observation
        self._sent: dict[tuple[Server, object, str, str | None], _Sent] = {}
        meter = provider.get_meter("ncloud_datastream", __version__)
        self._requests = _histogram(
            meter, "http.client.request.duration", "Duration of HTTP client requests."
        )
        self._operations = _histogram(
            meter, "messaging.client.operation.duration", "Duration of the sending of a message."
        )
        # Counted here and asked for when somebody looks: that costs a message next to nothing.
        meter.create_observable_counter(
            "messaging.client.sent.messages",
            [self._observe_sent],
            unit="{message}",
            description="Messages that were tried to send, by what became of them.",
        )
        for name, unit, description in (
            ("messages", "{message}", "Messages in producers that are not settled."),
            ("bytes", "By", "Bytes of memory that their keys and values take."),
        ):
            meter.create_observable_up_down_counter(
                f"ncloud.datastream.producer.buffer.{name}",
                [functools.partial(self._observe_fill, name)],
                unit=unit,
                description=description,
            )

    def call(
        self, call: Call, status: int | None, error: BaseException | None, seconds: float
    ) -> None:
        """Record a call that has ended.

        Args:
            call: The call.
            status: The status of its answer, where there was one.
            error: What it ended with, where it failed.
            seconds: How long it took, repeats included.
        """
        attributes: Attributes = {
            "http.request.method": call.method,
            "server.address": call.server.host,
            "server.port": call.server.port,
        }
        if status:
            attributes["http.response.status_code"] = status
        if error is not None:
            attributes["error.type"] = type_of(error)
        self._requests.record(seconds, attributes)
        if call.operation == SEND:
            self.message(call.server, None, error, seconds)

    def message(
        self, server: Server, topic: object, error: BaseException | None, seconds: float
    ) -> None:
        """Record a message that was tried to send; its duration, if none was just recorded.

        Args:
            server: Where to.
            topic: The name of its topic, where it is known.
            error: What it ended with, where it failed.
            seconds: How long it took, repeats included.
        """
        topic = topic if isinstance(topic, str) else None
        kind = None if error is None else type_of(error)
        key = (server, topic, _outcome(error), kind)
        now = time.monotonic()
        with _counting:
            sent = self._sent.get(key)
            if sent is None:
                sent = self._sent[key] = _Sent(*key)
            sent.count += 1
            if now < sent.next_duration:
                return
            sent.next_duration = now + SPACING
        self._operations.record(seconds, sent.attributes)

    def _observe_sent(self, options: object) -> Iterable[Any]:
        with _counting:
            return [self._observation(each.count, each.attributes) for each in self._sent.values()]

    def _observe_fill(self, name: str, options: object) -> Iterable[Any]:
        fills = [fill() for fill in _fills.valuerefs()]
        return [self._observation(sum(getattr(fill, name) for fill in fills if fill is not None))]


class _Sent:
    """Messages with one fate.

    Args:
        server: Where they were sent to.
        topic: The name of their topic.
        outcome: What became of them.
        kind: What they ended with, where they failed.
    """

    def __init__(self, server: Server, topic: object, outcome: str, kind: str | None) -> None:
        self.count = 0
        self.next_duration = 0.0
        """When the next duration is recorded, by the monotonic clock."""
        self.attributes: Attributes = {
            "messaging.system": "ncloud_datastream",
            "messaging.operation.name": SEND,
            "messaging.operation.type": "send",
            "server.address": server.host,
            "server.port": server.port,
            "ncloud.datastream.outcome": outcome,
        }
        if isinstance(topic, str):
            self.attributes["messaging.destination.name"] = topic
        if kind is not None:
            self.attributes["error.type"] = kind


def instruments() -> Instruments | None:
    """Return what this package records with, or None where nobody collects metrics."""
    api = _opentelemetry()
    if api is None:
        return None
    provider = api.get_meter_provider()
    found = _instruments
    if found is None or found.provider is not provider:
        # The interface's own providers only stand in for one that is not set, or collect nothing.
        if type(provider).__module__.startswith(api.__name__):
            return None
        found = instruments_of(api, provider)
    return found


def instruments_of(api: Any, provider: Any) -> Instruments:
    """Return what this package records with for a meter provider; it is made once."""
    global _instruments
    with _making:
        found = _instruments
        if found is None or found.provider is not provider:
            found = _instruments = Instruments(api, provider)
        return found


_instruments: Instruments | None = None

# Two, for metrics are collected under locks of OpenTelemetry's that the making needs, too.
_making = threading.Lock()
_counting = threading.Lock()


def after_fork() -> None:
    """Go on in a child: other threads of the parent may have held the locks."""
    global _making, _counting
    _making, _counting = threading.Lock(), threading.Lock()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=after_fork)


@functools.cache
def _opentelemetry() -> Any:
    """Return OpenTelemetry's interface for metrics, or None where it is not installed."""
    try:
        from opentelemetry import metrics
    except ImportError:
        return None
    return metrics


def _histogram(meter: Any, name: str, description: str) -> Any:
    create = functools.partial(meter.create_histogram, name=name, unit="s", description=description)
    try:
        return create(explicit_bucket_boundaries_advisory=_SECONDS)
    except TypeError:  # OpenTelemetry before 1.30
        return create()


def type_of(error: BaseException) -> str:
    """Return a failure's ``error.type``: the status that refused, or else the error's class."""
    status: int | None = getattr(error, "status_code", None)
    return str(status) if status is not None and status >= 300 else type(error).__name__


def _outcome(error: BaseException | None) -> str:
    """Return the outcome of a message, by the names that deliveries have for it."""
    if error is None:
        return "delivered"
    if not isinstance(error, DataStreamError) or error.maybe_delivered:
        return "unknown"
    return "rejected" if isinstance(error, ApiError | UnexpectedAnswerError) else "unsent"
