"""The asynchronous form of a sending."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from types import TracebackType
from typing import Self

from ncloud_datastream.errors import ConfigurationError

from .dispatcher import Dispatcher
from .messages import Delivery, Message
from .plan import Carries, Plan, Tally


class AsyncSending(AsyncIterator[Delivery]):
    """Messages being sent: an asynchronous iterator over what became of them.

    Every message that is taken from the source gets exactly one `Delivery`, in the order of
    completion. Where the loop may be left early, use it in an ``async with`` statement: what is in
    flight then has up to the timeout to end (nothing when cancelled), and `unfinished` lists what
    was not handed out.

    Made by `AsyncDataStream.send_messages`; for one event loop.
    """

    _wire: Carries
    _finalizer: weakref.finalize[..., AsyncSending]

    def __init__(self, messages: Iterable[Message] | AsyncIterable[Message], plan: Plan) -> None:
        self._source = _source_of(messages)
        self._plan = plan
        self._tally = None if plan.progress is None else Tally(plan.progress)
        self._news = asyncio.Event()
        self._dispatcher: Dispatcher | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"AsyncSending({self._plan!r})"

    @property
    def unfinished(self) -> list[Delivery]:
        """The deliveries that were not handed out; complete when the sending has been closed."""
        return [] if self._dispatcher is None else list(self._dispatcher.ready)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Delivery:
        if self._closed:
            raise StopAsyncIteration
        dispatcher = self._dispatcher or self._start()
        while not dispatcher.ready:
            if dispatcher.is_done:
                await self._finish(dispatcher)
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        if self._tally is not None:
            self._tally.count(dispatcher.ready[0])
        return dispatcher.hand_out()

    async def __aenter__(self) -> Self:
        if self._dispatcher is None and not self._closed:
            self._start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        if self._dispatcher is not None and kind is not None and not issubclass(kind, Exception):
            self._dispatcher.abort()
        await self.aclose()

    async def aclose(self) -> None:
        """Take no more messages, let those in flight end, and close the connections.

        The attempts in flight have the rest of their timeout; none is repeated.
        """
        self._closed = True
        if self._dispatcher is None:
            return
        self._dispatcher.stop()
        await self._end(self._dispatcher)

    def _start(self) -> Dispatcher:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError(
                "send_messages needs asyncio, whose event loop is not running here; under trio, "
                "use DataStream.send_messages in a thread. Nothing was sent."
            ) from None
        plan = self._plan
        self._wire = plan.wire()
        dispatcher = self._dispatcher = Dispatcher(
            plan, self._wire, self._source, plan.ahead, self._news.set
        )
        # Whoever leaves a loop without closing must not leave the workers behind.
        self._finalizer = weakref.finalize(self, _abandon, loop, dispatcher)
        self._finalizer.atexit = False
        dispatcher.start()
        return dispatcher

    async def _finish(self, dispatcher: Dispatcher) -> None:
        """End after the last delivery; raise what ended the source, if something did."""
        self._closed = True
        if self._tally is not None:
            self._tally.report()
        await self._end(dispatcher)
        if dispatcher.failure is not None:
            raise dispatcher.failure

    async def _end(self, dispatcher: Dispatcher) -> None:
        """Wait for the workers to go, and close what they shared."""
        try:
            await dispatcher.wait_closed()
        finally:
            # Cancelled meanwhile? Then the account is closed at once.
            dispatcher.abort()
            self._finalizer.detach()
            await asyncio.shield(asyncio.ensure_future(self._wire.aclose()))


class _Steady(AsyncIterator[Message]):
    """An ordinary iterator, which is read without waiting."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._messages = iter(messages)

    async def __anext__(self) -> Message:
        for message in self._messages:
            return message
        raise StopAsyncIteration


def _source_of(messages: Iterable[Message] | AsyncIterable[Message]) -> AsyncIterator[Message]:
    if isinstance(messages, AsyncIterable):
        return aiter(messages)
    if isinstance(messages, Iterable):
        return _Steady(messages)
    kind = type(messages).__name__
    raise ConfigurationError(f"send_messages: messages must be iterable, not {kind}.")


def _abandon(loop: asyncio.AbstractEventLoop, dispatcher: Dispatcher) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(dispatcher.abort)
