"""The message log that stores messages in a broker."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from ncloud_datastream_emulator.log import Message
from ncloud_datastream_emulator.problems import GatewayError

from .broker import Broker
from .errors import EXTRA, BrokerError

if TYPE_CHECKING:
    from .topics import Topics

_ADDRESS = re.compile(r"([^\s/:]+|\[[0-9a-f:.]+\]):(\d{1,5})")
_IN_ORDER = attrgetter("partition", "offset")

_GLANCE = 1.0
"""The timeout in seconds of reads for the page."""

_PAUSE = 10.0
"""Seconds without reads for the page after one that timed out."""


@dataclass(slots=True)
class _TopicLog:
    """The known state of an existing topic."""

    partitions: int
    retention_ms: int
    messages: list[Message] = field(default_factory=list)
    next: dict[int, int] = field(default_factory=dict)
    """The next offset to read in each partition."""
    seen: tuple[dict[int, int], list[Message]] = field(default_factory=lambda: ({}, []))
    """The end offsets and the last messages at the latest read for the page."""


class KafkaLog:
    """Stores messages in the topics of its own broker, and includes those of Kafka clients.

    Args:
        address: The address of the broker: ``HOST:PORT``, with port 0 for any free port.
        user: The SASL user name.
        password: The SASL password.
        lock: The service's lock, which every caller holds.

    Raises:
        ValueError: The address is malformed.
    """

    waits = True

    def __init__(self, address: str, user: str, password: str, lock: threading.Lock) -> None:
        found = _ADDRESS.fullmatch(address)
        if found is None or int(found[2]) > 65535:
            raise ValueError(f"Kafka's address must be HOST:PORT, but is {address!r}.")
        self._broker = Broker(found[1].strip("[]"), int(found[2]), user, password)
        self._topics: Topics | None = None
        self._logs: dict[str, _TopicLog] = {}
        self._gone: dict[str, list[Message]] = {}
        self._look_again = 0.0
        self._lock = lock
        # Guards the one consumer, and everything that is read with it.
        self._reading = threading.Lock()

    @property
    def endpoint(self) -> str:
        return self._broker.address

    @property
    def ca(self) -> str:
        """The path of the CA certificate that Kafka clients must trust.

        Raises:
            BrokerError: The broker has never been started.
        """
        return str(self._broker.ca)

    def start(self) -> None:
        """Start the broker, which may have to be downloaded first.

        Raises:
            BrokerError: Something is missing; the message names it.
        """
        try:
            from .topics import Topics
        except ImportError:
            raise BrokerError(EXTRA) from None
        self._broker.start()
        try:
            self._topics = Topics(self._broker)
        except BaseException:
            self._broker.stop()
            raise

    def stop(self) -> None:
        """Read new messages, and stop the broker."""
        if self._topics is None:
            return
        try:
            # A broker that has crashed cannot be read any more.
            with contextlib.suppress(BrokerError):
                for topic in list(self._logs):
                    self._catch_up(topic)
        finally:
            self._topics.close()
            self._topics = None
            self._broker.stop()

    def create(self, topic: str, partitions: int, retention_ms: int) -> None:
        with _serving():
            topics = self._reach()
            with self._unlocked():
                topics.create(topic, partitions, retention_ms)
        self._logs[topic] = _TopicLog(partitions, retention_ms)

    def change(self, topic: str, partitions: int, retention_ms: int) -> None:
        log = self._logs[topic]
        with _serving():
            topics = self._reach()
            with self._unlocked():
                if partitions > log.partitions:
                    topics.grow(topic, partitions)
                    log.partitions = partitions
                if retention_ms != log.retention_ms:
                    topics.retain(topic, retention_ms)
                    log.retention_ms = retention_ms

    def delete(self, topic: str) -> None:
        with _serving():
            self._catch_up(topic)
            topics = self._reach()
            with self._unlocked(), self._reading:
                topics.delete(topic)
        self._gone.setdefault(topic, []).extend(self._logs.pop(topic).messages)

    def clear(self) -> None:
        self._gone.clear()

    def append(self, topic: str, key: str, value: str, partition: int) -> None:
        with _serving():
            topics = self._reach()
            with self._unlocked():
                topics.produce(topic, key, value, partition)

    def messages(self, topic: str) -> list[Message]:
        """By partition and offset; messages of deleted topics of this name come first.

        Raises:
            BrokerError: The broker has exited without having been stopped.
        """
        found = list(self._gone.get(topic, ()))
        if (log := self._logs.get(topic)) is not None:
            if self._topics is not None:
                self._catch_up(topic)
            found += log.messages
        return found

    def latest(self, topic: str, most: int) -> tuple[list[Message], int]:
        """In the order of arrival. Only the ends of partitions are read, however many are new."""
        gone, log = self._gone.get(topic, []), self._logs.get(topic)
        if log is None:  # deleted while other topics were read
            return gone[-most:], len(gone)
        if self._topics is not None and time.monotonic() >= self._look_again:
            try:
                log.seen = self._look(topic, log, most)
            except BrokerError:
                self._look_again = time.monotonic() + _PAUSE
        ends, last = log.seen
        return [*gone, *last][-most:], len(gone) + sum(ends.values())

    def _look(self, topic: str, log: _TopicLog, most: int) -> tuple[dict[int, int], list[Message]]:
        topics = self._reach()
        with self._unlocked():
            if not self._reading.acquire(timeout=_GLANCE):
                raise BrokerError("The broker is busy with another read.")
            try:
                ends = topics.ends(topic, _GLANCE)
                if ends == log.seen[0]:
                    return log.seen
                spans = {number: (max(0, end - most), end) for number, end in ends.items() if end}
                return ends, topics.read(topic, spans, _GLANCE)[-most:]
            finally:
                self._reading.release()

    @contextlib.contextmanager
    def _unlocked(self) -> Iterator[None]:
        """Release the service's lock during a request to the broker."""
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()

    def _reach(self) -> Topics:
        self._broker.check()  # fails now rather than after the long timeout of its clients
        assert self._topics is not None
        return self._topics

    def _catch_up(self, topic: str) -> None:
        """Read the messages of a topic since the last read, from any sender."""
        log, topics = self._logs[topic], self._reach()
        with self._unlocked(), self._reading:
            ends = topics.ends(topic)
            spans = {
                number: (log.next.get(number, 0), end)
                for number, end in ends.items()
                if end > log.next.get(number, 0)
            }
            if spans:
                found = topics.read(topic, spans)
                log.messages = sorted([*log.messages, *found], key=_IN_ORDER)
                log.next |= ends


@contextlib.contextmanager
def _serving() -> Iterator[None]:
    """Translate broker errors to the gateway's error for an unreachable service."""
    try:
        yield
    except BrokerError as error:
        raise GatewayError("500", str(error)) from error
