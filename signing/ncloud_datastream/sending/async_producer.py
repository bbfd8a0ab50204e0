"""A producer for the tasks of one event loop: the asynchronous counterpart of `Producer`."""

from __future__ import annotations

import asyncio
import atexit
import logging
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import nullcontext, suppress
from types import TracebackType
from typing import Self

from ncloud_datastream.errors import ConfigurationError, WaitTimeoutError

from .buffer import Buffer, Record, size_of
from .dispatcher import Dispatcher, State
from .futures import AsyncDeliveryFuture
from .messages import Delivery, Message
from .plan import Carrier
from .producer_plan import CLOSED, EXIT_TIMEOUT, ProducerPlan, check_timeout, leftovers
from .unretrieved import SPACING, UnretrievedFailures, log_undelivered

_log = logging.getLogger("ncloud_datastream")


class _Inbox(AsyncIterator[Message]):
    """A queue of messages to the dispatcher."""

    def __init__(self) -> None:
        self.items: deque[Message] = deque()
        self._waiting: asyncio.Future[None] | None = None

    async def __anext__(self) -> Message:
        while not self.items:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        return self.items.popleft()

    def wake(self) -> None:
        """Wake the dispatcher after a message was added."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class AsyncProducer:
    """The asynchronous counterpart of `Producer`; created by `AsyncDataStream.producer`.

    It belongs to one event loop. Use it in an ``async with`` statement, or call `aclose`: both
    flush the buffer.
    """

    _wire: Carrier
    _guard: AsyncGenerator[None, None]

    def __init__(self, plan: ProducerPlan) -> None:
        self._plan = plan
        self._buffer: Buffer[AsyncDeliveryFuture] = plan.buffer()
        self._senders: deque[asyncio.Future[None]] = deque()
        self._inbox = _Inbox()
        self._dispatcher: Dispatcher | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unretrieved = UnretrievedFailures()
        self._log_timer: asyncio.TimerHandle | None = None
        self._report_to = self._report if plan.on_delivery is None else None
        self._closed = False
        self._ended = False

    def __repr__(self) -> str:
        return f"AsyncProducer({self._plan.plan!r}, topic={self._plan.topic!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose(timeout=None if kind is None else EXIT_TIMEOUT)

    @property
    def buffered(self) -> int:
        """The number of messages that are not settled, including those in flight."""
        return self._buffer.messages

    async def send(
        self,
        *,
        key: str,
        value: str,
        topic: str | None = None,
        partition: int | None = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Delivery]:
        """Put a message into the buffer and return a future of its delivery report.

        Tasks that wait for space get it in the order of their calls. See `Producer.send` for the
        arguments and errors.
        """
        if timeout is not None:
            check_timeout("sendMessage", timeout)
        message = self._plan.message(topic, key, value, partition)
        if self._closed:
            raise ConfigurationError(CLOSED)
        self._check_loop()
        self._plan.check_open()
        size = size_of(message)
        if self._senders or not self._buffer.has_room(size):
            await self._wait_for_space(size, timeout)
        dispatcher = self._dispatcher or await self._start()
        record = Record(AsyncDeliveryFuture(self._report_to), size)
        index = self._buffer.add(record, message, self._inbox.items)
        if self._ended:
            self._settle_rest(dispatcher, index)
        else:
            self._inbox.wake()
        return record.future

    async def flush(self, timeout: float | None = None) -> None:
        """Wait until all messages sent before are settled; see `Producer.flush`."""
        check_timeout("flush", timeout)
        if not self._buffer.records:
            return
        done = self._check_loop().create_future()
        flush = self._buffer.flush(lambda: _wake(done))
        assert flush is not None
        try:
            async with asyncio.timeout(timeout):
                await done
        except TimeoutError:
            raise self._buffer.timed_out(flush, timeout) from None
        finally:
            self._buffer.cancel_flush(flush)

    async def aclose(self, timeout: float | None = None) -> None:
        """Flush and close; see `Producer.close`. If cancelled, it closes at once."""
        check_timeout("aclose", timeout)
        dispatcher = self._dispatcher
        if dispatcher is not None and not self._ended:
            self._check_loop()
        self._closed = True
        for waiting in self._senders:
            _wake(waiting)
        if dispatcher is None:
            return
        try:
            with suppress(WaitTimeoutError):
                await self.flush(timeout)
        finally:
            await asyncio.shield(asyncio.ensure_future(self._end(dispatcher)))

    def close_at_exit(self) -> None:
        """Log at ERROR the messages left in the buffer when the event loop ended."""
        log_undelivered([record.future for record in self._buffer.records.values()])

    def _check_loop(self) -> asyncio.AbstractEventLoop:
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError(
                "A producer of AsyncDataStream needs a running asyncio event loop. Under trio, use "
                "DataStream.producer. Nothing was sent."
            ) from None
        if self._loop is None:
            self._loop = running
        elif self._loop is not running:
            raise ConfigurationError(
                "The producer belongs to another event loop; create one in each. Nothing was sent."
            )
        return running

    async def _wait_for_space(self, size: int, timeout: float | None) -> None:
        if self._plan.when_full == "raise":
            raise self._buffer.full()
        waiting = self._check_loop().create_future()
        self._senders.append(waiting)
        try:
            # `asyncio.timeout(None)` would cost more than everything else here.
            async with nullcontext() if timeout is None else asyncio.timeout(timeout):
                await waiting
                # It is now first in line and stays there until there is enough space.
                while not (self._closed or self._buffer.has_room(size)):
                    waiting = self._senders[0] = self._check_loop().create_future()
                    await waiting
        except TimeoutError:
            raise self._buffer.full(timeout) from None
        finally:
            self._senders.remove(waiting)
            self._wake_sender()
        if self._closed:
            raise ConfigurationError(CLOSED)

    async def _start(self) -> Dispatcher:
        self._wire = self._plan.plan.wire()
        dispatcher = self._dispatcher = Dispatcher(
            self._plan.plan,
            self._wire,
            self._inbox,
            sys.maxsize,
            self._take_deliveries,
            outlives_loop=True,
        )
        dispatcher.start()
        _open.add(self)
        self._guard = self._until_shutdown()
        await anext(self._guard)
        return dispatcher

    async def _until_shutdown(self) -> AsyncGenerator[None, None]:
        """Flush and close when the event loop shuts down its asynchronous generators."""
        try:
            yield
        finally:
            if not self._ended:
                futures = [record.future for record in self._buffer.records.values()]
                await self.aclose(timeout=EXIT_TIMEOUT)
                log_undelivered(futures)

    async def _end(self, dispatcher: Dispatcher) -> None:
        dispatcher.abort()
        await dispatcher.wait_closed()
        await self._wire.aclose()
        self._log_suppressed()
        _open.discard(self)
        with suppress(RuntimeError):  # if the guard itself called this
            await self._guard.aclose()

    def _take_deliveries(self) -> None:
        dispatcher = self._dispatcher
        assert dispatcher is not None
        ready = dispatcher.ready
        while ready:
            self._settle(ready.popleft())
        if dispatcher.state > State.TAKING and not self._ended:
            # Ended by `aclose`, or by a failure that affects all messages.
            self._settle_rest(dispatcher, dispatcher.taken)

    def _settle_rest(self, dispatcher: Dispatcher, index: int) -> None:
        """Settle the messages that the dispatcher will not take; `index` is the first one's."""
        self._ended = True
        for delivery in leftovers(self._inbox.items, index, dispatcher.failure):
            self._settle(delivery)

    def _settle(self, delivery: Delivery) -> None:
        record = self._buffer.records[delivery.index]
        record.future.settle(delivery)
        self._buffer.release(record)
        if self._plan.on_delivery is not None:
            try:
                self._plan.on_delivery(delivery)
            except (Exception, asyncio.CancelledError):  # noqa: BLE001 - must not affect others
                _log.exception("A producer callback failed; the outcome is not affected.")
        self._buffer.settled(delivery.index)
        self._wake_sender()

    def _wake_sender(self) -> None:
        """Wake the first task that waits for space; the others stay in line behind it."""
        if self._senders:
            _wake(self._senders[0])

    def _report(self, delivery: Delivery) -> None:
        """Log a failure whose result was never retrieved; called by the future's finalizer."""
        self._unretrieved.log(delivery)
        loop = self._loop
        if self._unretrieved.has_suppressed and self._log_timer is None and loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._log_later, loop)

    def _log_later(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._log_timer is None:
            self._log_timer = loop.call_later(SPACING, self._log_suppressed)

    def _log_suppressed(self) -> None:
        self._unretrieved.log_suppressed()
        if self._log_timer is not None:
            self._log_timer.cancel()
            self._log_timer = None


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


_open: set[AsyncProducer] = set()
"""Producers that have started and not ended."""


@atexit.register
def _close_at_exit() -> None:
    for producer in list(_open):
        producer.close_at_exit()
