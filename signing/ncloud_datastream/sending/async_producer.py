"""A producer for the tasks of one event loop: one message now and another later."""

from __future__ import annotations

import asyncio
import atexit
import logging
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Self
from weakref import WeakSet

from ncloud_datastream.errors import ConfigurationError, WaitTimeoutError

from .buffer import Buffer, Record, size_of
from .dispatcher import Dispatcher, State
from .futures import AsyncDeliveryFuture
from .messages import Delivery, Message
from .plan import Carries
from .producer_plan import CLOSED, EXIT_TIMEOUT, ProducerPlan, check_timeout, leftover
from .unasked import SPACING, UnaskedFailures, tell_of_the_end

_log = logging.getLogger("ncloud_datastream")


class _Inbox(AsyncIterator[Message]):
    """Messages on their way to the dispatcher."""

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
        """Wake who waits for a message, after one was put in."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class AsyncProducer:
    """The asynchronous twin of `Producer`; made by `AsyncDataStream.producer`, for one event loop.

    Use it in an ``async with`` statement, or `aclose` it: leaving the block sends what is left.
    """

    _wire: Carries
    _guard: AsyncGenerator[None, None]

    def __init__(self, plan: ProducerPlan) -> None:
        self._plan = plan
        self._buffer: Buffer[AsyncDeliveryFuture] = plan.buffer()
        self._senders: deque[asyncio.Future[None]] = deque()
        self._inbox = _Inbox()
        self._dispatcher: Dispatcher | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unasked = UnaskedFailures()
        self._teller: asyncio.TimerHandle | None = None
        self._report_to = self._report if plan.on_delivery is None else None
        self._closed = False
        self._ended = False
        _open.add(self)

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
        """Messages that are not settled, those in flight included."""
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
        """Send a message as soon as there is room, and return a future of what becomes of it.

        Whoever waits for room gets it in turn. See `Producer.send`, also for the arguments and
        errors.
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
            await self._wait_for_room(size, timeout)
        dispatcher = self._dispatcher or await self._start()
        record = Record(AsyncDeliveryFuture(self._report_to), size)
        index = self._buffer.add(record, message, self._inbox.items)
        if self._ended:
            self._account_for_rest(dispatcher, index)
        else:
            self._inbox.wake()
        return record.future

    async def flush(self, timeout: float | None = None) -> None:
        """Wait until all that was sent before is settled; see `Producer.flush`."""
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
            raise self._buffer.late(flush, timeout) from None
        finally:
            self._buffer.give_up(flush)

    async def aclose(self, timeout: float | None = None) -> None:
        """Send what is left, and end; see `Producer.close`. Cancelled, it ends at once."""
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
        """Say at ERROR what was left when its loop ended without a chance to send it."""
        tell_of_the_end([record.future for record in self._buffer.records.values()])

    def _check_loop(self) -> asyncio.AbstractEventLoop:
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError(
                "A producer needs asyncio, whose event loop is not running here; under trio, use "
                "DataStream.producer. Nothing was sent."
            ) from None
        if self._loop is None:
            self._loop = running
        elif self._loop is not running:
            raise ConfigurationError(
                "The producer belongs to another event loop; make one in each. Nothing was sent."
            )
        return running

    async def _wait_for_room(self, size: int, timeout: float | None) -> None:
        if self._plan.when_full == "raise":
            raise self._buffer.full()
        waiting = self._check_loop().create_future()
        self._senders.append(waiting)
        try:
            async with asyncio.timeout(timeout):
                await waiting
                # It is the first one now, and stays that: others wait behind it.
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
        self._guard = self._until_the_end()
        await anext(self._guard)
        return dispatcher

    async def _until_the_end(self) -> AsyncGenerator[None, None]:
        """Be ended by the loop before it ends itself, and send what is left then."""
        try:
            yield
        finally:
            if not self._ended:
                futures = [record.future for record in self._buffer.records.values()]
                await self.aclose(timeout=EXIT_TIMEOUT)
                tell_of_the_end(futures)

    async def _end(self, dispatcher: Dispatcher) -> None:
        dispatcher.abort()
        await dispatcher.wait_closed()
        await self._wire.aclose()
        self._tell_rest()
        _open.discard(self)
        with suppress(RuntimeError):  # it is what this is called from
            await self._guard.aclose()

    def _take_deliveries(self) -> None:
        dispatcher = self._dispatcher
        assert dispatcher is not None
        ready = dispatcher.ready
        while ready:
            self._settle(ready.popleft())
        if dispatcher.state > State.TAKING and not self._ended:
            # The end that `aclose` brings, or a failure that no message would survive.
            self._account_for_rest(dispatcher, dispatcher.taken)

    def _account_for_rest(self, dispatcher: Dispatcher, index: int) -> None:
        """Account for what the dispatcher will not take any more, which begins at a place."""
        self._ended = True
        items = self._inbox.items
        while items:
            self._settle(leftover(items.popleft(), index, dispatcher.failure))
            index += 1

    def _settle(self, delivery: Delivery) -> None:
        record = self._buffer.records[delivery.index]
        record.future.settle(delivery)
        self._buffer.leave(record)
        if self._plan.on_delivery is not None:
            try:
                self._plan.on_delivery(delivery)
            except (Exception, asyncio.CancelledError):  # noqa: BLE001 - it must not end the others
                _log.exception("A callback of a producer failed; the delivery itself stands.")
        self._buffer.settled(delivery.index)
        self._wake_sender()

    def _wake_sender(self) -> None:
        """Wake the first one who waits for room; the others wait behind it."""
        if self._senders:
            _wake(self._senders[0])

    def _report(self, delivery: Delivery) -> None:
        """Tell of a failure that nobody asks for; called wherever its future is let go of."""
        self._unasked.tell(delivery)
        loop = self._loop
        if self._unasked.is_silent and self._teller is None and loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._tell_soon, loop)

    def _tell_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._teller is None:
            self._teller = loop.call_later(SPACING, self._tell_rest)

    def _tell_rest(self) -> None:
        self._unasked.tell_rest()
        if self._teller is not None:
            self._teller.cancel()
            self._teller = None


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


_open: WeakSet[AsyncProducer] = WeakSet()


@atexit.register
def _close_at_exit() -> None:
    for producer in list(_open):
        producer.close_at_exit()
