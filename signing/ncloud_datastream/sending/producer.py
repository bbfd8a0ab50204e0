"""A producer for threads: it sends single messages and returns a future for each.

Three kinds of threads are involved. Any thread sends; the thread of the background loop delivers
and completes the futures; and a thread of the producer calls callbacks and writes to the log, one
at a time, so that neither can block the loop. A callback may wait for other futures: they are
completed without this thread.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from functools import partial
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import NamedTuple, Self
from weakref import WeakSet

from ncloud_datastream.errors import ConfigurationError, WaitTimeoutError

from .background import Background
from .buffer import Buffer, Record, flush_timed_out, size_of
from .dispatcher import State
from .futures import DeliveryFuture
from .handover import Latch
from .messages import Delivery
from .producer_plan import CLOSED, EXIT_TIMEOUT, ProducerPlan, check_timeout, leftovers
from .unretrieved import SPACING, UnretrievedFailures, log_undelivered

_log = logging.getLogger("ncloud_datastream")


class _Callbacks(NamedTuple):
    """The callbacks for a message whose outcome is known."""

    position: int
    record: Record[DeliveryFuture]
    calls: list[Callable[[], object]]


class Producer:
    """Sends single messages in the background; created by `DataStream.producer`.

    It can be shared between threads; each process needs its own. Use it in a ``with`` statement, or
    call `close`: both flush the buffer.
    """

    def __init__(self, plan: ProducerPlan) -> None:
        self._plan = plan
        self._buffer: Buffer[DeliveryFuture] = plan.buffer()
        # Reentrant, because a signal handler may send; written in C, so no signal interrupts it.
        self._lock = threading.RLock()
        self._senders: deque[Latch] = deque()
        self._background: Background | None = None
        self._calls: SimpleQueue[_Callbacks | Delivery | None] = SimpleQueue()
        self._caller: threading.Thread | None = None
        self._unretrieved = UnretrievedFailures()
        self._report_to = self._report if plan.on_delivery is None else None
        self._closed = False
        self._ended = False
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
        """The number of messages that are not settled, including those in flight."""
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
        """Put a message into the buffer and return a future of its delivery report.

        The future's ``result()`` returns the `Delivery`, or raises its error, whose ``delivery``
        attribute is the `Delivery`. A failure whose result is never retrieved is logged at ERROR.

        Args:
            key: The key of the message.
            value: The content of the message, at most 1 MB.
            topic: The name of the topic; None for the producer's default.
            partition: The index of the partition; None for the partition that ``partitions=``
                assigns to the key, or without it for the service's choice.
            timeout: Maximum seconds to wait for space in the buffer; None for no limit. In a
                callback `send` does not wait: the message takes the space of the message that the
                callback is for.

        Raises:
            BufferFullError: The buffer is full, or stays full until the timeout.
            ConfigurationError: The producer is closed or belongs to the parent process, or there is
                no topic.
        """
        if timeout is not None:
            check_timeout("sendMessage", timeout)
        message = self._plan.message(topic, key, value, partition)
        self._check_process()
        self._plan.check_open()
        buffer = self._buffer
        record = Record(DeliveryFuture(self._report_to), size_of(message))
        until: float | None = None
        while True:
            with self._lock:
                if self._closed:
                    raise ConfigurationError(CLOSED)
                if buffer.has_room(record.size) or threading.current_thread() is self._caller:
                    background = self._background or self._start()
                    index = buffer.add(record, message, background.inbox.items)
                    if self._ended:
                        self._settle_rest(background, index)
                    break
                if self._plan.when_full == "raise":
                    raise buffer.full()
                turn = Latch()
                self._senders.append(turn)
            if until is None and timeout is not None:
                until = time.monotonic() + timeout
            with self._unlocked():
                self._wait_for_space(turn, until, timeout)
        background.inbox.wake()
        return record.future

    def flush(self, timeout: float | None = None) -> None:
        """Wait until all messages sent before are settled: futures done and callbacks called.

        In a callback it waits only for the futures, since callbacks are called one at a time.

        Args:
            timeout: Maximum seconds to wait; None for no limit other than `Retry` and the client's
                timeout, which bound every message.

        Raises:
            WaitTimeoutError: The timeout expired; sending continues. It is a `WaitError` and a
                `TimeoutError`.
            ConfigurationError: The producer belongs to the parent process.
        """
        check_timeout("flush", timeout)
        self._check_process()
        background = self._background
        if background is None:
            return
        background.inbox.wake()  # for a send that was interrupted before it did
        if threading.current_thread() is self._caller:
            records = list(self._buffer.records.values())
            left = wait([record.future for record in records], timeout).not_done
            if left:
                raise flush_timed_out(len(left), timeout)
            return
        done = Latch()
        with self._lock:
            flush = self._buffer.flush(done.set)
        if flush is None:
            return
        try:
            with self._unlocked():
                in_time = done.wait(None if timeout is None else time.monotonic() + timeout)
            if not in_time:
                raise self._buffer.timed_out(flush, timeout)
        finally:
            with self._lock:
                self._buffer.cancel_flush(flush)

    def close(self, timeout: float | None = None) -> None:
        """Flush the buffer and close the producer; every future is settled afterwards.

        Messages that are not settled in time, or when this call is interrupted, get the outcome
        `Outcome.UNSENT` or `Outcome.UNKNOWN`.

        Args:
            timeout: Maximum seconds to wait; None for no limit.

        Raises:
            ConfigurationError: The producer belongs to the parent process.
        """
        check_timeout("close", timeout)
        self._check_process()
        with self._lock:
            self._closed = True
            self._wake_senders(-1)  # those that wait for space fail
            background, caller = self._background, self._caller
        try:
            with suppress(WaitTimeoutError):
                self.flush(timeout)
        finally:
            if background is not None:
                background.abort()
                with self._unlocked():
                    background.join(EXIT_TIMEOUT)
                with self._lock:
                    self._settle_rest(background, background.dispatcher.taken)
            self._calls.put(None)
            if caller is not None and caller is not threading.current_thread():
                with self._unlocked():
                    caller.join(EXIT_TIMEOUT)
            _open.discard(self)

    def close_at_exit(self, timeout: float) -> None:
        """Close the producer at program exit; log undelivered messages at ERROR."""
        if self._process != os.getpid():
            return
        futures = [record.future for record in list(self._buffer.records.values())]
        self.close(timeout=timeout)
        log_undelivered(futures)

    @contextmanager
    def _unlocked(self) -> Iterator[None]:
        """Release the lock while this thread waits.

        The thread holds it only in a signal handler, which may have interrupted `send`.
        """
        times = 0
        with suppress(RuntimeError):  # this thread does not hold it any more
            while True:
                self._lock.release()
                times += 1
        try:
            yield
        finally:
            for _ in range(times):
                self._lock.acquire()

    def _check_process(self) -> None:
        if self._process != os.getpid():
            raise ConfigurationError(
                "The producer belongs to the parent process; create one in each process after the "
                "fork. Nothing was sent."
            )

    def _wait_for_space(self, turn: Latch, until: float | None, timeout: float | None) -> None:
        try:
            if not turn.wait(until):
                raise self._buffer.full(timeout)
        except BaseException:
            with self._lock:
                if turn in self._senders:
                    self._senders.remove(turn)
                else:  # pragma: no cover - woken just as the timeout expired
                    self._wake_senders(1)
            raise

    def _wake_senders(self, count: int) -> None:
        """Wake this many senders that wait for space; the lock is held."""
        while self._senders and count:
            self._senders.popleft().set()
            count -= 1

    def _start(self) -> Background:
        background = Background(self._plan.plan, self._take_deliveries)
        caller = threading.Thread(
            target=self._call_back, name="ncloud-datastream-producer", daemon=True
        )
        try:
            background.start()
            caller.start()
        except BaseException as error:
            background.abandon()
            if caller.ident is not None:
                self._calls.put(None)
            if isinstance(error, RuntimeError):
                raise ConfigurationError(
                    f"No thread could be started for the producer ({error}). Nothing was sent."
                ) from error
            raise
        self._caller, self._background = caller, background
        return background

    # --- in the loop's thread

    def _take_deliveries(self) -> None:
        background = self._background
        if background is None:  # abandoned before it was used
            return
        dispatcher = background.dispatcher
        ready = dispatcher.ready
        with self._lock:
            while ready:
                self._settle(ready.popleft())
            if dispatcher.state > State.TAKING and not self._ended:
                # Ended by `close`, or by a failure that affects all messages.
                self._settle_rest(background, dispatcher.taken)

    def _settle_rest(self, background: Background, index: int) -> None:
        """Settle the messages that the dispatcher will not take; `index` is the first one's."""
        self._ended = True
        for delivery in leftovers(background.inbox.items, index, background.dispatcher.failure):
            self._settle(delivery)

    def _settle(self, delivery: Delivery) -> None:
        """Complete a message's future; settle it now, or after its callbacks. The lock is held."""
        record = self._buffer.records[delivery.index]
        calls = record.future.settle(delivery)
        if self._plan.on_delivery is not None:
            calls.append(partial(self._plan.on_delivery, delivery))
        if calls:
            self._calls.put(_Callbacks(delivery.index, record, calls))
        else:
            self._release(record)
            self._buffer.settled(delivery.index)

    def _release(self, record: Record[DeliveryFuture]) -> None:
        self._buffer.release(record)
        if self._senders:
            # One per message; all when the buffer is empty, as no other message will free space.
            self._wake_senders(1 if self._buffer.messages else -1)

    # --- in the thread for callbacks

    def _call_back(self) -> None:
        ended = False
        while not (ended and self._calls.empty()):
            try:
                calls = self._calls.get(
                    timeout=SPACING if self._unretrieved.has_suppressed else None
                )
            except Empty:
                self._unretrieved.log_suppressed()
                continue
            if calls is None:
                self._caller = None  # from here on `_report` logs directly
                ended = True
            else:
                self._call(calls)
        self._unretrieved.log_suppressed()

    def _call(self, calls: _Callbacks | Delivery) -> None:
        if isinstance(calls, Delivery):
            self._unretrieved.log(calls)
            return
        with self._lock:
            self._release(calls.record)
        for call in calls.calls:
            try:
                call()
            except BaseException:  # noqa: BLE001 - must not affect other callbacks
                _log.exception("A producer callback failed; the outcome is not affected.")
        with self._lock:
            self._buffer.settled(calls.position)

    def _report(self, delivery: Delivery) -> None:
        """Log a failure whose result was never retrieved; called by the future's finalizer.

        That can happen anywhere, even within `send`.
        """
        if self._caller is None:
            self._unretrieved.log(delivery)
        else:
            self._calls.put(delivery)


_open: WeakSet[Producer] = WeakSet()


@atexit.register
def _close_at_exit() -> None:
    until = time.monotonic() + EXIT_TIMEOUT
    for producer in list(_open):
        producer.close_at_exit(max(0.0, until - time.monotonic()))
