"""A producer for the tasks of one event loop: one message now and another later."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import suppress
from contextvars import Context
from types import TracebackType
from typing import Any, NamedTuple, Self, cast

from ncloud_datastream.errors import ConfigurationError, WaitTimeoutError

from .buffer import size_of
from .dispatcher import Dispatcher, State
from .messages import Delivery, Message
from .plan import Carries
from .producer_plan import EXIT_TIMEOUT, ProducerPlan, check_timeout, failure_of, leftover
from .unasked import UnaskedFailures, tell_of_the_end

_END = cast(Message, object())

_CLOSED = "The producer is closed; make a new one. Nothing was sent."

_log = logging.getLogger("ncloud_datastream")


class AsyncDeliveryFuture(asyncio.Future[Delivery]):
    """What will become of a message.

    Awaiting it gives its `Delivery`, or raises the delivery's error, whose ``delivery`` it is.

    Args:
        unasked: Takes the delivery of a message that failed, where nobody has asked for it.
    """

    def __init__(self, unasked: Callable[[Delivery], object] | None) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self._unasked = unasked
        self.failed: Delivery | None = None
        """The delivery, where it failed."""

    def settle(self, delivery: Delivery) -> None:
        """Say what became of the message."""
        error = failure_of(delivery)
        if error is not None:
            self.failed = delivery
        if self.done():  # whoever waited was cancelled, and this with him
            return
        if error is None:
            self.set_result(delivery)
        else:
            self.set_exception(error)
            super().exception()  # asyncio would tell of it in words of its own

    def result(self) -> Delivery:
        self._unasked = None
        return super().result()

    def exception(self) -> BaseException | None:
        self._unasked = None
        return super().exception()

    def add_done_callback(
        self, fn: Callable[[Any], object], *, context: Context | None = None
    ) -> None:
        self._unasked = None
        super().add_done_callback(fn, context=context)

    def __await__(self) -> Generator[Any, None, Delivery]:
        self._unasked = None
        return super().__await__()

    def __del__(self) -> None:
        if self.failed is not None and self._unasked is not None:
            self._unasked(self.failed)


class _Record(NamedTuple):
    """A message that is not settled."""

    future: AsyncDeliveryFuture
    size: int


class _Flush(NamedTuple):
    """Somebody waits until all that was sent before is settled."""

    mark: int
    left: set[int]
    done: asyncio.Future[None]


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
        message = self.items.popleft()
        if message is _END:
            raise StopAsyncIteration
        return message

    def put(self, message: Message) -> None:
        """Put a message in, and wake who waits for one."""
        self.items.append(message)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class AsyncProducer:
    """The asynchronous twin of `Producer`; made by `AsyncDataStream.producer`, for one event loop.

    Use it in an ``async with`` statement, or `aclose` it: leaving the block sends what is left.
    """

    def __init__(self, plan: ProducerPlan) -> None:
        self._plan = plan
        self._buffer = plan.buffer()
        self._records: dict[int, _Record] = {}
        self._next = 0
        self._flushes: list[_Flush] = []
        self._senders: deque[asyncio.Future[None]] = deque()
        self._inbox = _Inbox()
        self._dispatcher: Dispatcher | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wire: Carries | None = None
        self._unasked = UnaskedFailures()
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

        See `Producer.send`, also for the arguments and errors.
        """
        check_timeout("sendMessage", timeout)
        message = self._plan.message(topic, key, value, partition)
        size = size_of(message)
        self._check_usable()
        if self._senders or not self._buffer.has_room(size):
            await self._wait_for_room(size, timeout)
        dispatcher = self._dispatcher or await self._start()
        if self._closed:
            raise ConfigurationError(_CLOSED)
        index = self._next
        self._next += 1
        future = AsyncDeliveryFuture(self._unasked.tell if self._plan.on_delivery is None else None)
        self._records[index] = _Record(future, size)
        self._buffer.add(size)
        if self._ended:
            self._settle(leftover(message, index, dispatcher.failure))
        else:
            self._inbox.put(message)
        return future

    async def flush(self, timeout: float | None = None) -> None:
        """Wait until all that was sent before is settled; see `Producer.flush`."""
        check_timeout("flush", timeout)
        if not self._records:
            return
        flush = _Flush(self._next, set(self._records), asyncio.get_running_loop().create_future())
        self._flushes.append(flush)
        try:
            async with asyncio.timeout(timeout):
                await flush.done
        except TimeoutError:
            raise WaitTimeoutError(
                f"flush: {len(flush.left):,} messages are not settled after {timeout:g} s; they go "
                "on being sent."
            ) from None
        finally:
            self._flushes.remove(flush)

    async def aclose(self, timeout: float | None = None) -> None:
        """Send what is left, and end; see `Producer.close`. Cancelled, it ends at once."""
        check_timeout("aclose", timeout)
        self._closed = True
        for waiting in self._senders:
            _wake(waiting)
        dispatcher = self._dispatcher
        if dispatcher is None:
            return
        try:
            with suppress(WaitTimeoutError):
                await self.flush(timeout)
            if not self._records:
                self._inbox.put(_END)
                await dispatcher.wait_closed()
        finally:
            await asyncio.shield(asyncio.ensure_future(self._end(dispatcher)))

    def _check_usable(self) -> None:
        if self._closed:
            raise ConfigurationError(_CLOSED)
        if self._loop is not None and self._loop is not asyncio.get_running_loop():
            raise ConfigurationError(
                "The producer belongs to another event loop; make one in each. Nothing was sent."
            )
        self._plan.plan.check_open()

    async def _wait_for_room(self, size: int, timeout: float | None) -> None:
        if self._plan.when_full == "raise":
            raise self._buffer.full()
        waiting = asyncio.get_running_loop().create_future()
        self._senders.append(waiting)
        try:
            async with asyncio.timeout(timeout):
                while not self._closed and not (
                    self._senders[0] is waiting and self._buffer.has_room(size)
                ):
                    await waiting
                    if not self._buffer.has_room(size) and not self._closed:
                        place = self._senders.index(waiting)
                        waiting = self._senders[place] = asyncio.get_running_loop().create_future()
        except TimeoutError:
            raise self._buffer.full(timeout) from None
        finally:
            self._senders.remove(waiting)
            if self._senders:
                _wake(self._senders[0])

    async def _start(self) -> Dispatcher:
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError(
                "A producer needs asyncio, whose event loop is not running here; under trio, use "
                "DataStream.producer. Nothing was sent."
            ) from None
        self._wire = self._plan.plan.wire()
        dispatcher = self._dispatcher = Dispatcher(
            self._plan.plan, self._wire, self._inbox, sys.maxsize, self._take_deliveries
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
            if not self._closed:
                futures = [record.future for record in self._records.values()]
                await self.aclose(timeout=EXIT_TIMEOUT)
                tell_of_the_end([future.failed for future in futures])

    async def _end(self, dispatcher: Dispatcher) -> None:
        dispatcher.abort()
        await dispatcher.wait_closed()
        self._account_for_rest(dispatcher)
        if self._wire is not None:
            await self._wire.aclose()
        self._unasked.tell_rest()
        with suppress(RuntimeError):  # it is what this is called from
            await self._guard.aclose()

    def _take_deliveries(self) -> None:
        dispatcher = self._dispatcher
        assert dispatcher is not None
        ready = dispatcher.ready
        while ready:
            self._settle(ready.popleft())
        if dispatcher.state > State.TAKING:
            self._account_for_rest(dispatcher)

    def _account_for_rest(self, dispatcher: Dispatcher) -> None:
        """Account for what the dispatcher will not take any more."""
        self._ended = True
        index, items = dispatcher.taken, self._inbox.items
        while items:
            message = items.popleft()
            if message is not _END:
                self._settle(leftover(message, index, dispatcher.failure))
                index += 1

    def _settle(self, delivery: Delivery) -> None:
        record = self._records.pop(delivery.index)
        record.future.settle(delivery)
        self._buffer.remove(record.size)
        if self._plan.on_delivery is not None:
            try:
                self._plan.on_delivery(delivery)
            except Exception:  # noqa: BLE001 - a callback must not end the others
                _log.exception("on_delivery failed; the delivery itself stands")
        for flush in self._flushes:
            flush.left.discard(delivery.index)
            if not flush.left:
                _wake(flush.done)
        if self._senders:
            _wake(self._senders[0])


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
