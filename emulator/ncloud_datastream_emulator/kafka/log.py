"""The log of messages that has a broker behind it."""

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
"""Seconds that a broker may take to answer someone who only looks."""

_PAUSE = 10.0
"""Seconds for which a broker that took longer is not looked at again."""


@dataclass(slots=True)
class _Room:
    """What is known of a topic that is there."""

    partitions: int
    retention_ms: int
    messages: list[Message] = field(default_factory=list)
    next: dict[int, int] = field(default_factory=dict)
    """The offset up to which each partition was read."""
    seen: tuple[dict[int, int], list[Message]] = field(default_factory=lambda: ({}, []))
    """The ends of the partitions and the last messages, when someone looked."""


class KafkaLog:
    """Keeps messages in the topics of a broker of its own, and counts what others send there.

    Args:
        address: Where the broker is to listen: ``HOST:PORT``, with port 0 for any that is free.
        user: Who may log in.
        password: With what.
        lock: The service's, which every caller holds.

    Raises:
        ValueError: This is no such address.
    """

    waits = True

    def __init__(self, address: str, user: str, password: str, lock: threading.Lock) -> None:
        found = _ADDRESS.fullmatch(address)
        if found is None or int(found[2]) > 65535:
            raise ValueError(f"Kafka's address is HOST:PORT, not {address!r}.")
        self._broker = Broker(found[1].strip("[]"), int(found[2]), user, password)
        self._topics: Topics | None = None
        self._rooms: dict[str, _Room] = {}
        self._gone: dict[str, list[Message]] = {}
        self._look_again = 0.0
        self._lock = lock
        # Of the one consumer, and of what is known by reading.
        self._reading = threading.Lock()

    @property
    def endpoint(self) -> str:
        return self._broker.address

    @property
    def ca(self) -> str:
        """The path of the certificate that Kafka clients have to trust.

        Raises:
            BrokerError: It was never started.
        """
        return str(self._broker.ca)

    def start(self) -> None:
        """Start the broker, which may have to be fetched first.

        Raises:
            BrokerError: The message says what is missing.
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
        """Read what is new, and stop the broker."""
        if self._topics is None:
            return
        try:
            # Of a broker that died, there is nothing more to be learned.
            with contextlib.suppress(BrokerError):
                for topic in list(self._rooms):
                    self._catch_up(topic)
        finally:
            self._topics.close()
            self._topics = None
            self._broker.stop()

    def create(self, topic: str, partitions: int, retention_ms: int) -> None:
        with _serving():
            topics = self._reach()
            with self._apart():
                topics.create(topic, partitions, retention_ms)
        self._rooms[topic] = _Room(partitions, retention_ms)

    def change(self, topic: str, partitions: int, retention_ms: int) -> None:
        room = self._rooms[topic]
        with _serving():
            topics = self._reach()
            with self._apart():
                if partitions > room.partitions:
                    topics.grow(topic, partitions)
                    room.partitions = partitions
                if retention_ms != room.retention_ms:
                    topics.retain(topic, retention_ms)
                    room.retention_ms = retention_ms

    def delete(self, topic: str) -> None:
        with _serving():
            self._catch_up(topic)
            topics = self._reach()
            with self._apart(), self._reading:
                topics.delete(topic)
        self._gone.setdefault(topic, []).extend(self._rooms.pop(topic).messages)

    def append(self, topic: str, key: str, value: str, partition: int) -> None:
        with _serving():
            topics = self._reach()
            with self._apart():
                topics.produce(topic, key, value, partition)

    def messages(self, topic: str) -> list[Message]:
        """By partition and offset; those of earlier topics of this name come first.

        Raises:
            BrokerError: The broker is gone without having been stopped.
        """
        found = list(self._gone.get(topic, ()))
        if (room := self._rooms.get(topic)) is not None:
            if self._topics is not None:
                self._catch_up(topic)
            found += room.messages
        return found

    def latest(self, topic: str, most: int) -> tuple[list[Message], int]:
        """In the order of their coming. They are read from the ends, however many are new."""
        gone, room = self._gone.get(topic, []), self._rooms.get(topic)
        if room is None:  # deleted while others were looked at
            return gone[-most:], len(gone)
        if self._topics is not None and time.monotonic() >= self._look_again:
            try:
                room.seen = self._look(topic, room, most)
            except BrokerError:
                self._look_again = time.monotonic() + _PAUSE
        ends, last = room.seen
        return [*gone, *last][-most:], len(gone) + sum(ends.values())

    def _look(self, topic: str, room: _Room, most: int) -> tuple[dict[int, int], list[Message]]:
        topics = self._reach()
        with self._apart():
            if not self._reading.acquire(timeout=_GLANCE):
                raise BrokerError("The broker keeps another reader waiting.")
            try:
                ends = topics.ends(topic, _GLANCE)
                if ends == room.seen[0]:
                    return room.seen
                spans = {number: (max(0, end - most), end) for number, end in ends.items() if end}
                return ends, topics.read(topic, spans, _GLANCE)[-most:]
            finally:
                self._reading.release()

    @contextlib.contextmanager
    def _apart(self) -> Iterator[None]:
        """Let other requests have their turn while the broker is asked."""
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()

    def _reach(self) -> Topics:
        self._broker.check()  # now, and not after the many seconds that its clients try
        assert self._topics is not None
        return self._topics

    def _catch_up(self, topic: str) -> None:
        """Read what was sent to a topic since the last time, whoever sent it."""
        room, topics = self._rooms[topic], self._reach()
        with self._apart(), self._reading:
            ends = topics.ends(topic)
            spans = {
                number: (room.next.get(number, 0), end)
                for number, end in ends.items()
                if end > room.next.get(number, 0)
            }
            if spans:
                found = topics.read(topic, spans)
                room.messages = sorted([*room.messages, *found], key=_IN_ORDER)
                room.next |= ends


@contextlib.contextmanager
def _serving() -> Iterator[None]:
    """Answer as the gateway does when it cannot reach the service behind it."""
    try:
        yield
    except BrokerError as error:
        raise GatewayError("500", str(error)) from error
