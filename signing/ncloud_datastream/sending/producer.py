"""A producer for threads: one message now and another later, each with a future.

Three kinds of threads meet here. Any thread sends; the background loop delivers; and one thread of
the producer's own settles: it completes the futures and calls the callbacks, so that neither can
hold up the loop. What runs in a callback may send and flush like any other code: the settling
thread then goes on settling while it waits.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, NamedTuple, Self
from weakref import WeakSet

from ncloud_datastream.errors import ConfigurationError, WaitTimeoutError

from .background import Background
from .buffer import size_of
from .dispatcher import State
from .handover import END
from .messages import Delivery
from .producer_plan import EXIT_TIMEOUT, ProducerPlan, check_timeout, failure_of, leftover
from .unasked import UnaskedFailures, tell_of_the_end

_log = logging.getLogger("ncloud_datastream")

_CLOSED = "The producer is closed; make a new one. Nothing was sent."


class DeliveryFuture(Future[Delivery]):
    """What will become of a message.

    `result` returns its `Delivery`, or raises the delivery's error, whose ``delivery`` it is. A
    message that has been sent cannot be cancelled.

    Args:
        unasked: Takes the delivery of a message that failed, where nobody has asked for it.
    """

    def __init__(self, unasked: Callable[[Delivery], object] | None) -> None:
        super().__init__()
        self._unasked = unasked
        self.failed: Delivery | None = None
        """The delivery, where it failed."""

    def cancel(self) -> bool:
        """Return False: the message has been sent."""
        return False

    def settle(self, delivery: Delivery) -> None:
        """Say what became of the message."""
        error = failure_of(delivery)
        if error is None:
            self.set_result(delivery)
        else:
            self.failed = delivery
            self.set_exception(error)

    def result(self, timeout: float | None = None) -> Delivery:
        self._unasked = None
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        self._unasked = None
        return super().exception(timeout)

    def add_done_callback(self, fn: Callable[[Future[Delivery]], Any]) -> None:
        self._unasked = None
        super().add_done_callback(fn)

    def __del__(self) -> None:
        if self.failed is not None and self._unasked is not None:
            self._unasked(self.failed)


class _Unasked(NamedTuple):
    """A delivery that nobody asks for, on its way to the thread that tells of it."""

    delivery: Delivery


class _Record(NamedTuple):
    """A message that is not settled."""

    future: DeliveryFuture
    size: int


class _Flush:
    """Somebody waits until all that was sent before is settled."""

    def __init__(self, mark: int, left: int) -> None:
        self.mark = mark
        self.left = left
        self.done = threading.Event()

    def settled(self, index: int) -> None:
        """Note that a message is settled."""
        if index < self.mark:
            self.left -= 1
            if self.left == 0:
                self.done.set()


class Producer:
    """Sends messages one at a time as they come; made by `DataStream.producer`.

    Safe to share between threads; each process makes its own. Use it in a ``with`` statement, or
    `close` it: leaving the block sends what is left.
    """

    def __init__(self, plan: ProducerPlan) -> None:
        self._plan = plan
        self._buffer = plan.buffer()
        self._lock = threading.Condition()
        self._records: dict[int, _Record] = {}
        self._next = 0
        self._flushes: list[_Flush] = []
        self._background: Background | None = None
        self._deliveries: SimpleQueue[Delivery | _Unasked | None] = SimpleQueue()
        self._settler: threading.Thread | None = None
        self._settling: list[int] = []
        self._unasked = UnaskedFailures()
        self._closed = False
        self._ended = False
        self._failure: BaseException | None = None
        self._process = os.getpid()
        _open.add(self)

    def __repr__(self) -> str:
        return f"Producer({self._plan.plan!r}, topic={self._plan.topic!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        if self._process == os.getpid():
            self.close(timeout=None if kind is None else EXIT_TIMEOUT)

    @property
    def buffered(self) -> int:
        """Messages that are not settled, those in flight included."""
        return self._buffer.messages

    def send(
        self,
        *,
        key: str,
        value: str,
        topic: str | None = None,
        partition: int | None = None,
        timeout: float | None = None,
    ) -> Future[Delivery]:
        """Send a message, at once, and return a future of what becomes of it.

        The future's ``result()`` is the `Delivery`, or raises the delivery's error (whose
        ``delivery`` it is). A failure that nobody asks for is logged at ERROR.

        Args:
            key: The key of the message.
            value: The content of the message, at most 1 MB.
            topic: The name of the topic; None for the producer's.
            partition: The index of the partition; None for the one that ``partitions=`` gives the
                key, else for the service's choice.
            timeout: Seconds to wait for room in the buffer at the most; None for as long as it
                takes.

        Raises:
            BufferFullError: There is no room, or none in time.
            ConfigurationError: The producer is closed or its process's parent's, or there is no
                topic.
        """
        check_timeout("sendMessage", timeout)
        message = self._plan.message(topic, key, value, partition)
        size = size_of(message)
        self._check_usable()
        with self._lock:
            if not self._buffer.has_room(size):
                self._wait_for_room(size, timeout)
            if self._closed:
                raise ConfigurationError(_CLOSED)
            background = self._background or self._start()
            future = DeliveryFuture(self._report if self._plan.on_delivery is None else None)
            index = self._next
            self._next += 1
            self._records[index] = _Record(future, size)
            self._buffer.add(size)
            if self._ended:
                self._deliveries.put(leftover(message, index, self._failure))
            else:
                background.inbox.items.append(message)
        background.inbox.wake()
        return future

    def flush(self, timeout: float | None = None) -> None:
        """Wait until all that was sent before is settled: its futures done, its callbacks called.

        Legal in a callback, too, where the message that the callback is about does not count.

        Args:
            timeout: Seconds to wait at the most; None for as long as it takes, which `Retry` and
                the client's timeout bound for each message.

        Raises:
            WaitTimeoutError: It took longer; it is a `WaitError` and a `TimeoutError`. What was
                sent goes on.
            ConfigurationError: The producer is its process's parent's.
        """
        check_timeout("flush", timeout)
        self._check_process()
        mine = threading.current_thread() is self._settler
        with self._lock:
            left = len(self._records) - (len(self._settling) if mine else 0)
            if left <= 0:
                return
            flush = _Flush(self._next, left)
            self._flushes.append(flush)
        try:
            if mine:
                self._settle_until(flush.done.is_set, timeout)
            else:
                flush.done.wait(timeout)
            if not flush.done.is_set():
                raise WaitTimeoutError(
                    f"flush: {flush.left:,} messages are not settled after {timeout:g} s; they go "
                    "on being sent."
                )
        finally:
            with self._lock:
                self._flushes.remove(flush)

    def close(self, timeout: float | None = None) -> None:
        """Send what is left, and end: every future is settled then.

        What is not settled in time gets the outcome `Outcome.UNSENT` or `Outcome.UNKNOWN`.

        Args:
            timeout: Seconds to wait at the most; None for as long as it takes.

        Raises:
            ConfigurationError: The producer is its process's parent's.
        """
        check_timeout("close", timeout)
        self._check_process()
        with self._lock:
            self._closed = True
            self._lock.notify_all()  # who waits for room does not get any
            background = self._background
        if background is None:
            _open.discard(self)
            return
        with suppress(WaitTimeoutError):
            self.flush(timeout)
        background.inbox.items.append(END)
        background.inbox.wake()
        settler = self._settler
        mine = threading.current_thread() is settler
        if len(self._records) > (len(self._settling) if mine else 0):
            background.abort()
        background.join(EXIT_TIMEOUT)
        self._account_for_rest(background)
        self._deliveries.put(None)
        if settler is not None and not mine:
            settler.join(EXIT_TIMEOUT)
        _open.discard(self)

    def _check_process(self) -> None:
        if self._process != os.getpid():
            raise ConfigurationError(
                "The producer belongs to the parent process; make one in each process, after it "
                "was forked. Nothing was sent."
            )

    def _check_usable(self) -> None:
        self._check_process()
        if self._closed:
            raise ConfigurationError(_CLOSED)
        self._plan.plan.check_open()

    def _wait_for_room(self, size: int, timeout: float | None) -> None:
        """Wait until there is room; the lock is held, and is let go of meanwhile."""
        if self._plan.when_full == "raise":
            raise self._buffer.full()

        def ready() -> bool:
            return self._closed or self._buffer.has_room(size)

        if threading.current_thread() is self._settler:
            self._lock.release()
            try:
                self._settle_until(ready, timeout)
            finally:
                self._lock.acquire()
        else:
            self._lock.wait_for(ready, timeout)
        if not ready():
            raise self._buffer.full(timeout)

    def _start(self) -> Background:
        background = Background(self._plan.plan, self._take_deliveries)
        background.start()
        self._background = background
        self._settler = threading.Thread(
            target=self._settle_all, name="ncloud-datastream-producer", daemon=True
        )
        self._settler.start()
        return background

    # --- in the loop's thread

    def _take_deliveries(self) -> None:
        background = self._background
        assert background is not None
        dispatcher = background.dispatcher
        ready = dispatcher.ready
        while ready:
            self._deliveries.put(ready.popleft())
        if dispatcher.state > State.TAKING and not self._ended:
            # The end that `close` puts in, or a failure that no message would survive.
            self._account_for_rest(background)

    def _account_for_rest(self, background: Background) -> None:
        """Account for what the dispatcher will not take any more."""
        dispatcher, items = background.dispatcher, background.inbox.items
        with self._lock:
            if self._ended:
                return
            self._ended = True
            self._failure = dispatcher.failure
            index = dispatcher.taken
            while items:
                message = items.popleft()
                if message is not END:
                    self._deliveries.put(leftover(message, index, self._failure))
                    index += 1

    # --- in the settling thread

    def _settle_all(self) -> None:
        while (delivery := self._deliveries.get()) is not None:
            self._settle(delivery)
        self._unasked.tell_rest()
        self._settler = None

    def _report(self, delivery: Delivery) -> None:
        """Tell of a failure that nobody asks for; called wherever its future is let go of.

        That may be anywhere, in the middle of `send` even: it is told of in the settling thread.
        """
        if self._settler is None:
            self._unasked.tell(delivery)
        else:
            self._deliveries.put(_Unasked(delivery))

    def _settle_until(self, done: Callable[[], bool], timeout: float | None) -> None:
        """Go on settling until something is so, for whoever waits for it in a callback."""
        until = None if timeout is None else time.monotonic() + timeout
        while not done():
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                return
            try:
                delivery = self._deliveries.get(timeout=left)
            except Empty:
                return
            if delivery is None:
                self._deliveries.put(None)  # for the thread's own end
                return
            self._settle(delivery)

    def _settle(self, delivery: Delivery | _Unasked) -> None:
        if isinstance(delivery, _Unasked):
            self._unasked.tell(delivery.delivery)
            return
        index = delivery.index
        record = self._records[index]
        self._settling.append(index)
        try:
            record.future.settle(delivery)
            if self._plan.on_delivery is not None:
                try:
                    self._plan.on_delivery(delivery)
                except Exception:  # noqa: BLE001 - a callback must not end the others
                    _log.exception("on_delivery failed; the delivery itself stands")
        finally:
            self._settling.pop()
            with self._lock:
                del self._records[index]
                self._buffer.remove(record.size)
                for flush in self._flushes:
                    flush.settled(index)
                # One who waits at a time; all, once no more settlements are to come.
                if self._buffer.messages:
                    self._lock.notify()
                else:
                    self._lock.notify_all()

    def close_at_exit(self) -> None:
        """Send what is left within `EXIT_TIMEOUT`, and say at ERROR what could not be."""
        if self._process != os.getpid() or not self._records:
            return
        futures = [record.future for record in list(self._records.values())]
        self.close(timeout=EXIT_TIMEOUT)
        tell_of_the_end([future.failed for future in futures])


_open: WeakSet[Producer] = WeakSet()


@atexit.register
def _close_at_exit() -> None:
    for producer in list(_open):
        producer.close_at_exit()
