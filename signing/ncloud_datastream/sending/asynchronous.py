"""The asynchronous counterpart of `Sending`."""

from __future__ import annotations

import asyncio
import warnings
import weakref
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from types import TracebackType
from typing import Self

from ncloud_datastream.errors import ConfigurationError

from .dispatcher import Dispatcher
from .messages import Delivery, Message, Progress, check_source, checked
from .plan import Carrier, Plan, Tally


class AsyncSending(AsyncIterator[Delivery]):
    """A run of `send_messages`: an asynchronous iterator over the delivery reports.

    Every message that is taken from the source gets exactly one `Delivery`, in order of completion.
    If the loop may exit early, use it in an ``async with`` statement: attempts in flight then have
    up to the timeout to finish (no time if the task is cancelled), and `unfinished` lists the
    deliveries that were not handed out.

    Created by `AsyncDataStream.send_messages`; use it in one event loop.
    """

    _wire: Carrier
    _finalizer: weakref.finalize[..., AsyncSending]

    def __init__(self, messages: Iterable[Message] | AsyncIterable[Message], plan: Plan) -> None:
        self._source = _source_of(messages)
        self._plan = plan
        self._news = asyncio.Event()
        self._dispatcher: Dispatcher | None = None
        self._begun = False
        self._closed = False

    def __repr__(self) -> str:
        return f"AsyncSending({self._plan!r})"

    @property
    def unfinished(self) -> list[Delivery]:
        """The deliveries that were not handed out; complete after `aclose`."""
        return [] if self._dispatcher is None else list(self._dispatcher.ready)

    @property
    def progress(self) -> Progress:
        """The number of messages per outcome, handed out or not."""
        dispatcher = self._dispatcher
        return (Tally(None) if dispatcher is None else dispatcher.tally).progress

    async def run(self) -> Progress:
        """Send all messages and return the number per outcome; see `Sending.run`."""
        async for _ in self:
            pass
        return self.progress

    def __aiter__(self) -> Self:
        return self

    def __del__(self) -> None:
        if not getattr(self, "_begun", True):
            warnings.warn(
                "send_messages: nothing was sent because the result was never iterated; use async "
                "for or await run()",
                RuntimeWarning,
                stacklevel=2,
                source=self,
            )

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
        dispatcher.tally.report_if_due()
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
        """Take no more messages, let attempts in flight finish, and close the connections.

        Attempts in flight have the rest of their timeout; none is retried.
        """
        self._begun = self._closed = True
        if self._dispatcher is None:
            return
        self._dispatcher.stop()
        await self._end(self._dispatcher)

    def _start(self) -> Dispatcher:
        self._begun = True
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError(
                "send_messages: no asyncio event loop is running. Under trio, use "
                "DataStream.send_messages in a thread. Nothing was sent."
            ) from None
        plan = self._plan
        self._wire = plan.wire()
        dispatcher = self._dispatcher = Dispatcher(
            plan, self._wire, self._source, plan.ahead, self._news.set
        )
        # A loop that is left without closing must not leave the workers behind.
        self._finalizer = weakref.finalize(self, _abandon, loop, dispatcher)
        self._finalizer.atexit = False
        dispatcher.start()
        return dispatcher

    async def _finish(self, dispatcher: Dispatcher) -> None:
        """Close after the last delivery; raise the exception that stopped the run, if any."""
        self._closed = True
        dispatcher.tally.report()
        await self._end(dispatcher)
        if dispatcher.failure is not None:
            raise dispatcher.failure

    async def _end(self, dispatcher: Dispatcher) -> None:
        """Wait for the workers to end and close their connections."""
        try:
            await dispatcher.wait_closed()
        finally:
            # If cancelled, settle what is left at once.
            dispatcher.abort()
            self._finalizer.detach()
            await asyncio.shield(asyncio.ensure_future(self._wire.aclose()))


class _FromIterable(AsyncIterator[Message]):
    """Adapts an ordinary iterable, which is read without waiting."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._messages = iter(messages)

    async def __anext__(self) -> Message:
        for message in self._messages:
            return checked(message)
        raise StopAsyncIteration


class _FromAsyncIterable(AsyncIterator[Message]):
    """Adapts an asynchronous iterable and validates its items."""

    def __init__(self, messages: AsyncIterable[Message]) -> None:
        self._messages = aiter(messages)

    async def __anext__(self) -> Message:
        return checked(await anext(self._messages))


def _source_of(messages: Iterable[Message] | AsyncIterable[Message]) -> AsyncIterator[Message]:
    check_source(messages)
    if isinstance(messages, AsyncIterable):
        return _FromAsyncIterable(messages)
    if isinstance(messages, Iterable):
        return _FromIterable(messages)
    kind = type(messages).__name__
    raise ConfigurationError(f"send_messages: messages must be iterable, not {kind}.")


def _abandon(loop: asyncio.AbstractEventLoop, dispatcher: Dispatcher) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(dispatcher.abort)
