"""Metrics, recorded with OpenTelemetry if a meter provider is set.

The names follow the semantic conventions for HTTP clients and for messaging. Without OpenTelemetry
nothing is imported; without a meter provider nothing is recorded.
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
"""The bucket boundaries of the histograms, as advised by the semantic conventions."""

SPACING = 0.05
"""Seconds: the least time between two recorded durations of messages with the same attributes.
Recording one takes about a third as long as sending a message."""

Attributes = dict[str, str | int]


class Fill(Protocol):
    """The content of a buffer."""

    messages: int
    bytes: int


_fills: WeakValueDictionary[int, Fill] = WeakValueDictionary()


def watch(fill: Fill) -> None:
    """Report the content of a buffer while the buffer exists."""
    _fills[id(fill)] = fill
    instruments()


class Instruments:
    """The instruments of this package for one meter provider.

    Args:
        api: OpenTelemetry's metrics API.
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
            meter, "messaging.client.operation.duration", "Duration of sending a message."
        )
        # Counted here and read on collection, so that counting a message takes little time.
        meter.create_observable_counter(
            "messaging.client.sent.messages",
            [self._observe_sent],
            unit="{message}",
            description="Messages sent, by outcome.",
        )
        for name, unit, description in (
            ("messages", "{message}", "Messages in producers without an outcome yet."),
            ("bytes", "By", "Memory used by their keys and values."),
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
        """Record a finished call.

        Args:
            call: The call.
            status: The status code, if there was a response.
            error: The error, if it failed.
            seconds: Its duration, including retries.
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
        """Record a message, and its duration unless one was recorded within `SPACING`.

        Args:
            server: The server that it was sent to.
            topic: The name of its topic, if known.
            error: The error, if it failed.
            seconds: Its duration, including retries.
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
    """The messages with the same attributes.

    Args:
        server: The server that they were sent to.
        topic: The name of their topic.
        outcome: Their outcome.
        kind: Their ``error.type``, if they failed.
    """

    def __init__(self, server: Server, topic: object, outcome: str, kind: str | None) -> None:
        self.count = 0
        self.next_duration = 0.0
        """When the next duration is recorded, on `time.monotonic`'s clock."""
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
    """Return the instruments, or None if no metrics are collected."""
    api = _opentelemetry()
    if api is None:
        return None
    provider = api.get_meter_provider()
    found = _instruments
    if found is None or found.provider is not provider:
        # The API's own providers are placeholders that collect nothing.
        if type(provider).__module__.startswith(api.__name__):
            return None
        found = instruments_of(api, provider)
    return found


def instruments_of(api: Any, provider: Any) -> Instruments:
    """Return the instruments for a meter provider, creating them once."""
    global _instruments
    with _creating:
        found = _instruments
        if found is None or found.provider is not provider:
            found = _instruments = Instruments(api, provider)
        return found


_instruments: Instruments | None = None

# Two locks: collection runs under locks of OpenTelemetry that creating instruments needs too.
_creating = threading.Lock()
_counting = threading.Lock()


def after_fork() -> None:
    """Replace the locks in a child process: another thread of the parent may have held them."""
    global _creating, _counting
    _creating, _counting = threading.Lock(), threading.Lock()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=after_fork)


@functools.cache
def _opentelemetry() -> Any:
    """Return OpenTelemetry's metrics API, or None if it is not installed."""
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
    """Return the ``error.type``: the status code of the rejection, else the error's class."""
    status: int | None = getattr(error, "status_code", None)
    return str(status) if status is not None and status >= 300 else type(error).__name__


def _outcome(error: BaseException | None) -> str:
    """Return the outcome of a message, as the names of `Outcome` in lower case."""
    if error is None:
        return "delivered"
    if not isinstance(error, DataStreamError) or error.maybe_delivered:
        return "unknown"
    return "rejected" if isinstance(error, ApiError | UnexpectedAnswerError) else "unsent"
