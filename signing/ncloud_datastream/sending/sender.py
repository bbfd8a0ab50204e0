"""The asynchronous form of a sending."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from types import TracebackType
from typing import Self

from ncloud_datastream.errors import ConfigurationError

from .crew import Crew
from .messages import Delivery, Message
from .plan import Plan, Tally
from .way import Carrier


class AsyncSending(AsyncIterator[Delivery]):
    """Messages being sent: an asynchronous iterator over what became of them.

    Every message that is taken from the source gets exactly one `Delivery`, in the order of
    completion. Where the loop may be left early, use it in an ``async with`` statement: what is in
    flight then has up to the timeout to end (nothing when cancelled), and `unfinished` lists what
    was not handed out.

    Made by `AsyncDataStream.send_messages`; for one event loop.
    """

    _carrier: Carrier
    _finalizer: weakref.finalize[..., AsyncSending]

    def __init__(self, messages: Iterable[Message] | AsyncIterable[Message], plan: Plan) -> None:
        self._source = _source_of(messages)
        self._plan = plan
        self._tally = None if plan.progress is None else Tally(plan.progress)
        self._news = asyncio.Event()
        self._crew: Crew | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"AsyncSending({self._plan!r})"

    @property
    def unfinished(self) -> list[Delivery]:
        """The deliveries that were not handed out; complete when the sending has been closed."""
        return [] if self._crew is None else list(self._crew.ready)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Delivery:
        if self._closed:
            raise StopAsyncIteration
        crew = self._crew or self._start()
        while not crew.ready:
            if crew.done:
                await self._finish(crew)
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        if self._tally is not None:
            self._tally.count(crew.ready[0])
        return crew.hand_out()

    async def __aenter__(self) -> Self:
        if self._crew is None and not self._closed:
            self._start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        if self._crew is not None and kind is not None and not issubclass(kind, Exception):
            self._crew.abort()
        await self.aclose()

    async def aclose(self) -> None:
        """Take no more messages, let those in flight end, and close the connections.

        The attempts in flight have the rest of their timeout; none is repeated.
        """
        self._closed = True
        if self._crew is None:
            return
        self._crew.stop()
        await self._dismiss(self._crew)

    def _start(self) -> Crew:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError(
                "send_messages needs asyncio, whose event loop is not running here; under trio, "
                "use DataStream.send_messages in a thread. Nothing was sent."
            ) from None
        plan = self._plan
        self._carrier = plan.carrier()
        crew = self._crew = Crew.of(plan, self._source, self._carrier, self._news.set, plan.ahead)
        # Whoever leaves a loop without closing must not leave the workers behind.
        self._finalizer = weakref.finalize(self, _abandon, loop, crew)
        self._finalizer.atexit = False
        crew.start()
        return crew

    async def _finish(self, crew: Crew) -> None:
        """End after the last delivery; raise what ended the source, if something did."""
        self._closed = True
        if self._tally is not None:
            self._tally.report()
        await self._dismiss(crew)
        if crew.failure is not None:
            raise crew.failure

    async def _dismiss(self, crew: Crew) -> None:
        """Wait for the workers to go, and close what they shared."""
        try:
            await crew.dismissed()
        finally:
            # Cancelled meanwhile? Then the account is closed at once.
            crew.abort()
            self._finalizer.detach()
            await asyncio.shield(asyncio.ensure_future(self._carrier.aclose()))


class _Steady(AsyncIterator[Message]):
    """An ordinary iterator, which is read without waiting."""

    _carrier: Carrier
    _finalizer: weakref.finalize[..., AsyncSending]

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


def _abandon(loop: asyncio.AbstractEventLoop, crew: Crew) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(crew.abort)
