"""A handler for `logging` that sends records to a topic, and the loggers of this package.

::

    import logging

    from ncloud_datastream import DataStream
    from ncloud_datastream.logging import DataStreamHandler

    with DataStream() as ds, ds.producer(topic="h4j6l-logs", when_full="raise") as producer:
        logging.getLogger().addHandler(DataStreamHandler(producer))

What this package itself says:

- ``ncloud_datastream``: a line a call or message at DEBUG, retries at INFO, what the program should
  know at WARNING, messages that were lost and nobody asked for at ERROR.
- ``ncloud_datastream.wire``: two lines an attempt at DEBUG, the headers that authenticate masked.
- ``ncloud_datastream.wire.body``: bodies, where that logger's own level is DEBUG; they are the data
  of the program's users.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from inspect import iscoroutinefunction
from operator import attrgetter
from typing import NamedTuple

from .errors import ConfigurationError, DataStreamError
from .wire import forks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sending.producer import Producer

Key = str | Callable[[logging.LogRecord], str]

LEFT_OUT = frozenset(
    {
        "asyncio",
        "concurrent",  # .futures
        "httpcore",
        "httpx",
        "ncloud_datastream",
        "ncloud_datastream_api",
        "opentelemetry",
    }
)
"""The loggers, with all below them, whose records are left out: of this package, and of what it
sends with. Each message would otherwise make records that make messages."""

FLUSH_TIMEOUT = 10.0
"""Seconds that `DataStreamHandler.flush` takes at the most."""

TELL_EVERY = 10.0
"""Seconds between two warnings about records that were dropped, at the least."""

_THREADS = "ncloud-datastream"

_log = logging.getLogger("ncloud_datastream")


class _Line(NamedTuple):
    """A record on its way to the producer."""

    record: logging.LogRecord
    key: str
    value: str


class DataStreamHandler(logging.Handler):
    """Sends each record, as its formatter puts it, as a message of a producer.

    It never waits: where the producer has no room, or is closed, the record is dropped, counted,
    and told of by a WARNING of the logger ``ncloud_datastream``, the first at once and further ones
    every 10 seconds at the most. What the producer took and could not deliver, the producer tells
    of. It takes no lock while it sends, so that threads do not wait for each other.

    Records of this package and of what it sends with (`LEFT_OUT`) are left out, and so is
    everything that is logged in the package's own threads, callbacks of the producer included. They
    go to other handlers only; where there are none, those from WARNING on go to
    `logging.lastResort`, as those of loggers without a handler do.

    After a fork the child's records are dropped and counted: add a handler on a producer of its own
    there, in place of this one. Closing the handler does not close the producer.

    Args:
        producer: The producer, of a `DataStream`.
        topic: The name of the topic; None for the producer's.
        key: The key of each message, or what makes it from the record; by default the name of the
            record's logger. With ``ordered="key"`` and ``partitions=`` of the producer, messages
            with equal keys keep their order.

    Raises:
        ConfigurationError: It is the producer of an `AsyncDataStream`, which belongs to one event
            loop, while records come from anywhere; or the key is neither a string nor callable.
    """

    def __init__(
        self, producer: Producer, topic: str | None = None, key: Key = attrgetter("name")
    ) -> None:
        if iscoroutinefunction(producer.send):
            raise ConfigurationError(
                "DataStreamHandler: records come from any thread; give it DataStream().producer(), "
                "in asynchronous programs too, not that of an AsyncDataStream."
            )
        if not isinstance(key, str) and not callable(key):
            raise ConfigurationError(
                f"DataStreamHandler: key must be a string or a callable: {key!r}."
            )
        super().__init__()
        self._producer = producer
        self._topic = topic
        self._key = key
        self._sending = threading.local()
        self.after_fork()
        forks.register(self)

    def after_fork(self) -> None:
        """Count anew in a child: another thread of the parent may have held the lock."""
        self._counting = threading.RLock()
        self._dropped = 0
        self._told = 0
        self._told_at = -TELL_EVERY

    @property
    def dropped(self) -> int:
        """Records that were not sent, so far: without room, after the end, or without a form."""
        return self._dropped

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Have no lock: producers are safe to share between threads."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        if _is_left_out(record):
            if record.levelno >= logging.WARNING and not _has_other_handler(record):
                _as_last_resort(record)
            return False
        kept: object = self.filter(record)  # True or, since Python 3.12, another record
        if kept:
            self.emit(kept if isinstance(kept, logging.LogRecord) else record)
        return bool(kept)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            key = self._key if isinstance(self._key, str) else self._key(record)
            line = _Line(record, key, self.format(record))
        except Exception:  # noqa: BLE001 - as handlers do: the program goes on
            self._drop(None)
            self.handleError(record)
            return
        sending = self._sending
        if getattr(sending, "waiting", None) is not None:
            # Logged while this thread sends, by a signal handler or a finalizer: next in turn.
            sending.waiting.append(line)
            return
        waiting = sending.waiting = deque((line,))
        try:
            while waiting:
                self._send(waiting.popleft())
        finally:
            sending.waiting = None

    def flush(self) -> None:
        """Wait until what was logged before is settled, for 10 seconds at the most."""
        try:
            self._producer.flush(timeout=FLUSH_TIMEOUT)
        except DataStreamError as error:
            _log.warning("log records may not have been sent: %s", error)

    def close(self) -> None:
        """Take the handler out of use; the producer stays open, and goes on sending."""
        self._tell("")
        super().close()

    def _send(self, line: _Line) -> None:
        try:
            self._producer.send(key=line.key, value=line.value, topic=self._topic, timeout=0)
        except DataStreamError as error:
            self._drop(error)
        except Exception:  # noqa: BLE001 - as above: a key that is no string, say
            self._drop(None)
            self.handleError(line.record)

    def _drop(self, error: DataStreamError | None) -> None:
        """Count a record; tell of it, where `logging` does not."""
        with self._counting:
            self._dropped += 1
            if error is None:
                self._told += 1
                return
            now = time.monotonic()
            if now - self._told_at < TELL_EVERY:
                return
            self._told_at = now
        self._tell(f", the last one by: {error}")

    def _tell(self, why: str) -> None:
        with self._counting:
            dropped, self._told = self._dropped - self._told, self._dropped
        if dropped:
            _log.warning("log records dropped: %d%s", dropped, why)


def _is_left_out(record: logging.LogRecord) -> bool:
    """Return whether a record is of this package, or of what it sends with."""
    if record.name.partition(".")[0] in LEFT_OUT:
        return True
    thread = record.threadName or threading.current_thread().name
    return thread.startswith(_THREADS)


def _has_other_handler(record: logging.LogRecord) -> bool:
    """Return whether a record goes to a handler that is none of these."""
    logger: logging.Logger | None = logging.getLogger(record.name)
    while logger is not None:
        if any(not isinstance(handler, DataStreamHandler) for handler in logger.handlers):
            return True
        logger = logger.parent if logger.propagate else None
    return False


def _as_last_resort(record: logging.LogRecord) -> None:
    if logging.lastResort is not None and record.levelno >= logging.lastResort.level:
        logging.lastResort.handle(record)
