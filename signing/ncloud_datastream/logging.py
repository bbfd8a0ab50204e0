"""A `logging` handler that sends log records to a topic, and the loggers of this package.

::

    import logging

    from ncloud_datastream import DataStream
    from ncloud_datastream.logging import DataStreamHandler

    with DataStream() as ds, ds.producer(topic="h4j6l-logs", when_full="raise") as producer:
        logging.getLogger().addHandler(DataStreamHandler(producer))

The loggers of this package:

- ``ncloud_datastream``: one line per call or message at DEBUG, retries at INFO, possible problems
  at WARNING, failed messages whose result was never retrieved at ERROR.
- ``ncloud_datastream.wire``: two lines per attempt at DEBUG, with authentication headers masked.
- ``ncloud_datastream.wire.body``: request and response bodies, only if this logger's own level is
  DEBUG, since they contain user data.
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
"""Loggers whose records are not sent, with all their children: this package and the libraries it
uses. Otherwise sending a message would log records that are sent as messages in turn."""

FLUSH_TIMEOUT = 10.0
"""Maximum seconds of `DataStreamHandler.flush`."""

WARN_EVERY = 10.0
"""Minimum seconds between two warnings about dropped records."""

_THREADS = "ncloud-datastream"

_log = logging.getLogger("ncloud_datastream")


class _Line(NamedTuple):
    """A formatted record with its key."""

    record: logging.LogRecord
    key: str
    value: str


class DataStreamHandler(logging.Handler):
    """Formats each log record and sends it as a message through a producer.

    It never blocks: if the producer's buffer is full or the producer is closed, the record is
    dropped, counted, and reported by a WARNING of the logger ``ncloud_datastream``, the first at
    once and later ones at most every 10 seconds. Records that the producer accepted and could not
    deliver are reported by the producer. No lock is held while sending, so threads do not wait for
    each other.

    Records of this package and of the libraries it uses (`LEFT_OUT`) are not sent, nor is anything
    that is logged in the package's own threads, including callbacks of the producer. They go only
    to other handlers; if there are none, records at WARNING and above go to `logging.lastResort`,
    like those of loggers without a handler.

    In a forked child, records are dropped and counted: replace this handler there with one on a
    producer of the child. Closing the handler does not close the producer.

    Args:
        producer: A producer of a `DataStream`.
        topic: The name of the topic; None for the producer's default.
        key: The key of each message, or a function that returns it for a record; by default the
            name of the record's logger. If the producer has ``ordered="key"`` and ``partitions=``,
            messages with equal keys stay in order.

    Raises:
        ConfigurationError: The producer belongs to an `AsyncDataStream`, and so to one event loop,
            while records come from any thread; or the key is neither a string nor a callable.
    """

    def __init__(
        self, producer: Producer, topic: str | None = None, key: Key = attrgetter("name")
    ) -> None:
        if iscoroutinefunction(producer.send):
            raise ConfigurationError(
                "DataStreamHandler: use a producer of DataStream, in asynchronous programs too. "
                "A producer of AsyncDataStream belongs to one event loop, while records come from "
                "any thread."
            )
        if not isinstance(key, str) and not callable(key):
            raise ConfigurationError(
                f"DataStreamHandler: key must be a string or a callable, not {key!r}."
            )
        super().__init__()
        self._producer = producer
        self._topic = topic
        self._key = key
        self._sending = threading.local()
        self.after_fork()
        forks.register(self)

    def after_fork(self) -> None:
        """Reset the lock and the counters: a thread of the parent may have held the lock."""
        self._counting = threading.RLock()
        self._dropped = 0
        self._reported = 0
        self._warned_at = -WARN_EVERY

    @property
    def dropped(self) -> int:
        """The number of records not sent: buffer full, producer closed, or formatting failed."""
        return self._dropped

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Create no lock: a producer can be shared between threads."""
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
        except Exception:  # noqa: BLE001 - as handlers do: logging must not raise
            self._drop(None)
            self.handleError(record)
            return
        sending = self._sending
        if getattr(sending, "queue", None) is not None:
            # Logged by a signal handler or a finalizer while this thread sends: queue it.
            sending.queue.append(line)
            return
        queue = sending.queue = deque((line,))
        try:
            while queue:
                self._send(queue.popleft())
        finally:
            sending.queue = None

    def flush(self) -> None:
        """Wait until all records logged before are settled, for at most 10 seconds."""
        try:
            self._producer.flush(timeout=FLUSH_TIMEOUT)
        except DataStreamError as error:
            _log.warning("Log records may not have been sent: %s", error)

    def close(self) -> None:
        """Close the handler; the producer stays open and keeps sending."""
        self._warn("")
        super().close()

    def _send(self, line: _Line) -> None:
        try:
            self._producer.send(key=line.key, value=line.value, topic=self._topic, timeout=0)
        except DataStreamError as error:
            self._drop(error)
        except Exception:  # noqa: BLE001 - for example a key that is not a string
            self._drop(None)
            self.handleError(line.record)

    def _drop(self, error: DataStreamError | None) -> None:
        """Count a dropped record; warn unless `logging` has reported the error itself."""
        with self._counting:
            self._dropped += 1
            if error is None:
                self._reported += 1
                return
            now = time.monotonic()
            if now - self._warned_at < WARN_EVERY:
                return
            self._warned_at = now
        self._warn(f"; the last error was: {error}")

    def _warn(self, why: str) -> None:
        with self._counting:
            dropped, self._reported = self._dropped - self._reported, self._dropped
        if dropped:
            _log.warning("Log records dropped: %d%s", dropped, why)


def _is_left_out(record: logging.LogRecord) -> bool:
    """Return whether a record comes from this package or the libraries it uses."""
    if record.name.partition(".")[0] in LEFT_OUT:
        return True
    thread = record.threadName or threading.current_thread().name
    return thread.startswith(_THREADS)


def _has_other_handler(record: logging.LogRecord) -> bool:
    """Return whether a record also goes to a handler of another class."""
    logger: logging.Logger | None = logging.getLogger(record.name)
    while logger is not None:
        if any(not isinstance(handler, DataStreamHandler) for handler in logger.handlers):
            return True
        logger = logger.parent if logger.propagate else None
    return False


def _as_last_resort(record: logging.LogRecord) -> None:
    if logging.lastResort is not None and record.levelno >= logging.lastResort.level:
        logging.lastResort.handle(record)
