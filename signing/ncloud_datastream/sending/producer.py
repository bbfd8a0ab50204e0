"""A producer for threads: one message now and another later, each with a future.

Three kinds of threads meet here. Any thread sends; the background loop delivers, and completes the
futures; and one thread of the producer's own calls the callbacks and the log, so that neither can
hold up the loop. It calls one at a time: a callback that waits for others does so as any other
code, since none of what it waits for depends on a callback.
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
from .buffer import Buffer, Record, late, size_of
from .dispatcher import State
from .futures import DeliveryFuture
from .handover import Latch
from .messages import Delivery
from .producer_plan import CLOSED, EXIT_TIMEOUT, ProducerPlan, check_timeout, leftover
from .unasked import SPACING, UnaskedFailures, tell_of_the_end

_log = logging.getLogger("ncloud_datastream")


class _Callbacks(NamedTuple):
    """What is to be called for a message whose outcome is known."""

    place: int
    record: Record[DeliveryFuture]
    calls: list[Callable[[], object]]


class Producer:
    """Sends messages one at a time as they come; made by `DataStream.producer`.

    Safe to share between threads; each process makes its own. Use it in a ``with`` statement, or
    `close` it: leaving the block sends what is left.
    """

    def __init__(self, plan: ProducerPlan) -> None:
        self._plan = plan
        self._buffer: Buffer[DeliveryFuture] = plan.buffer()
        # Reentrant, as a signal's handler may send, and of C, which no signal interrupts.
        self._lock = threading.RLock()
        self._senders: deque[Latch] = deque()
        self._background: Background | None = None
        self._calls: SimpleQueue[_Callbacks | Delivery | None] = SimpleQueue()
        self._caller: threading.Thread | None = None
        self._unasked = UnaskedFailures()
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
                takes. In a callback there is no waiting: the message takes the place of the one
                that the callback is about.

        Raises:
            BufferFullError: There is no room, or none in time.
            ConfigurationError: The producer is closed or its process's parent's, or there is no
                topic.
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
                        self._account_for_rest(background, index)
                    break
                if self._plan.when_full == "raise":
                    raise buffer.full()
                turn = Latch()
                self._senders.append(turn)
            if until is None and timeout is not None:
                until = time.monotonic() + timeout
            with self._unlocked():
                self._wait_for_room(turn, until, timeout)
        background.inbox.wake()
        return record.future

    def flush(self, timeout: float | None = None) -> None:
        """Wait until all that was sent before is settled: its futures done, its callbacks called.

        In a callback it waits for the futures alone: callbacks are called one after the other.

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
        background = self._background
        if background is None:
            return
        background.inbox.wake()  # of one who was interrupted before he could
        if threading.current_thread() is self._caller:
            records = list(self._buffer.records.values())
            left = wait([record.future for record in records], timeout).not_done
            if left:
                raise late(len(left), timeout)
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
                raise self._buffer.late(flush, timeout)
        finally:
            with self._lock:
                self._buffer.give_up(flush)

    def close(self, timeout: float | None = None) -> None:
        """Send what is left, and end: every future is settled then.

        What is not settled in time gets the outcome `Outcome.UNSENT` or `Outcome.UNKNOWN`; so does
        all that is left where this is interrupted.

        Args:
            timeout: Seconds to wait at the most; None for as long as it takes.

        Raises:
            ConfigurationError: The producer is its process's parent's.
        """
        check_timeout("close", timeout)
        self._check_process()
        with self._lock:
            self._closed = True
            self._wake_senders(-1)  # who waits for room does not get any
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
                    self._account_for_rest(background, background.dispatcher.taken)
            self._calls.put(None)
            if caller is not None and caller is not threading.current_thread():
                with self._unlocked():
                    caller.join(EXIT_TIMEOUT)
            _open.discard(self)

    def close_at_exit(self, timeout: float) -> None:
        """Send what is left within a time, and say at ERROR what could not be."""
        if self._process != os.getpid():
            return
        futures = [record.future for record in list(self._buffer.records.values())]
        self.close(timeout=timeout)
        tell_of_the_end(futures)

    @contextmanager
    def _unlocked(self) -> Iterator[None]:
        """Let go of the lock while this thread waits for others.

        Only a signal's handler has it: it runs in the midst of what it has interrupted, such as
        `send`.
        """
        times = 0
        with suppress(RuntimeError):  # it is not this thread's any more
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
                "The producer belongs to the parent process; make one in each process, after it "
                "was forked. Nothing was sent."
            )

    def _wait_for_room(self, turn: Latch, until: float | None, timeout: float | None) -> None:
        try:
            if not turn.wait(until):
                raise self._buffer.full(timeout)
        except BaseException:
            with self._lock:
                if turn in self._senders:
                    self._senders.remove(turn)
                else:  # pragma: no cover - it came at the very moment of the end
                    self._wake_senders(1)
            raise

    def _wake_senders(self, count: int) -> None:
        """Let so many of those who wait for room look for it; the lock is held."""
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
                    f"No thread can be started to send from ({error}). Nothing was sent."
                ) from error
            raise
        self._caller, self._background = caller, background
        return background

    # --- in the loop's thread

    def _take_deliveries(self) -> None:
        background = self._background
        if background is None:  # it was given up before it was used
            return
        dispatcher = background.dispatcher
        ready = dispatcher.ready
        with self._lock:
            while ready:
                self._settle(ready.popleft())
            if dispatcher.state > State.TAKING and not self._ended:
                # The end that `close` brings, or a failure that no message would survive.
                self._account_for_rest(background, dispatcher.taken)

    def _account_for_rest(self, background: Background, index: int) -> None:
        """Account for what the dispatcher will not take any more, which begins at a place."""
        self._ended = True
        items = background.inbox.items
        while items:
            self._settle(leftover(items.popleft(), index, background.dispatcher.failure))
            index += 1

    def _settle(self, delivery: Delivery) -> None:
        """Settle a message, or have it settled after its callbacks; the lock is held."""
        record = self._buffer.records[delivery.index]
        calls = record.future.settle(delivery)
        if self._plan.on_delivery is not None:
            calls.append(partial(self._plan.on_delivery, delivery))
        if calls:
            self._calls.put(_Callbacks(delivery.index, record, calls))
        else:
            self._leave(record)
            self._buffer.settled(delivery.index)

    def _leave(self, record: Record[DeliveryFuture]) -> None:
        self._buffer.leave(record)
        if self._senders:
            # One at a time; all, once no more messages are to leave.
            self._wake_senders(1 if self._buffer.messages else -1)

    # --- in the thread for callbacks

    def _call_back(self) -> None:
        ended = False
        while not (ended and self._calls.empty()):
            try:
                calls = self._calls.get(timeout=SPACING if self._unasked.is_silent else None)
            except Empty:
                self._unasked.tell_rest()
                continue
            if calls is None:
                self._caller = None  # whoever reports from here on tells by himself
                ended = True
            else:
                self._call(calls)
        self._unasked.tell_rest()

    def _call(self, calls: _Callbacks | Delivery) -> None:
        if isinstance(calls, Delivery):
            self._unasked.tell(calls)
            return
        with self._lock:
            self._leave(calls.record)
        for call in calls.calls:
            try:
                call()
            except BaseException:  # noqa: BLE001 - a callback must not end the others
                _log.exception("A callback of a producer failed; the delivery itself stands.")
        with self._lock:
            self._buffer.settled(calls.place)

    def _report(self, delivery: Delivery) -> None:
        """Tell of a failure that nobody asks for; called wherever its future is let go of.

        That may be anywhere, in the middle of `send` even.
        """
        if self._caller is None:
            self._unasked.tell(delivery)
        else:
            self._calls.put(delivery)


_open: WeakSet[Producer] = WeakSet()


@atexit.register
def _close_at_exit() -> None:
    until = time.monotonic() + EXIT_TIMEOUT
    for producer in list(_open):
        producer.close_at_exit(max(0.0, until - time.monotonic()))
