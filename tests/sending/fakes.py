"""A fake wire: sending without sockets, controlled step by step."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

from ncloud_datastream import Delivery, Message, Outcome, Retry
from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.calls.call import Call
from ncloud_datastream.calls.headers import standard_headers
from ncloud_datastream.calls.options import Options
from ncloud_datastream.calls.servers import Server
from ncloud_datastream.sending.dispatcher import Dispatcher
from ncloud_datastream.sending.encode import Encoder
from ncloud_datastream.sending.plan import Plan

Behave = Callable[[Message, Attempt], Any]
"""Returns a response, None for a success, an exception to raise, or an awaitable."""

ONCE = Retry(max_attempts=1)
BOLD = Retry(max_attempts=3, max_elapsed=1e6, at_least_once=True)


def answered(status: int = 200, body: bytes = b"{}", **headers: object) -> Answer:
    found = [
        (name.replace("_", "-").encode(), str(value).encode()) for name, value in headers.items()
    ]
    return Answer(status, found, body)


def too_many(seconds: int = 0) -> Answer:
    return answered(429, retry_after=seconds)


def options(**more: Any) -> Options:
    servers = {"message": Server.at("message", "https://message.example")}
    return Options(
        **{
            "servers": servers,
            "retry": Retry(1),
            "timeout": 30.0,
            "headers": standard_headers(),
            **more,
        }
    )


def call_of(message: Message) -> Call:
    return Encoder(options()).call(message)


class Wire:
    """A wire whose attempts end as `behave` decides."""

    def __init__(self, behave: Behave = lambda message, attempt: None) -> None:
        self.behave = behave
        self.begun: list[Message] = []
        self.attempts: list[Attempt] = []
        self.in_flight = 0
        self.most = 0
        self.closed = 0

    async def aclose(self) -> None:
        self.closed += 1

    async def send(self, call: Call, attempt: Attempt) -> Answer:
        attempt.watch()
        message = Message(**json.loads(call.body))
        self.begun.append(message)
        self.attempts.append(attempt)
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            found = self.behave(message, attempt)
            if isinstance(found, Awaitable):
                found = await found
            await asyncio.sleep(0)
        finally:
            self.in_flight -= 1
        if isinstance(found, BaseException):
            raise found
        return answered() if found is None else found

    @property
    def values(self) -> list[str]:
        return [message.value for message in self.begun]


class Gate:
    """Holds attempts, written in part, until it is opened."""

    def __init__(self, holds: Callable[[Message], bool] = lambda message: True) -> None:
        self._holds = holds
        self._open = asyncio.Event()

    def open(self) -> None:
        self._open.set()

    def __call__(self, message: Message, attempt: Attempt) -> Any:
        attempt.written = True
        return self._wait() if self._holds(message) else None

    async def _wait(self) -> None:
        await self._open.wait()


def numbered(count: int, *, keys: int = 1_000_000) -> list[Message]:
    return [Message("t", f"k{n % keys}", str(n)) for n in range(count)]


def planned(
    wire: Any,
    *,
    retry: Retry = ONCE,
    timeout: float = 30.0,
    **more: Any,
) -> Plan:
    """A plan for this wire, or for the wire that this function returns."""
    chosen = options(retry=retry, timeout=timeout)
    arguments: dict[str, Any] = {
        "wire": wire if callable(wire) else lambda: wire,
        "call": Encoder(chosen).call,
        "check_open": lambda: None,
        "learn": lambda date, offset: False,
        "options": chosen,
        "concurrency": 4,
        "ordered": None,
        "rate": None,
        "progress": None,
        "description": "nowhere",
    }
    return Plan(**{**arguments, **more})


async def each(messages: Iterable[Message]) -> AsyncIterator[Message]:
    for message in messages:
        yield message


class Work:
    """A dispatcher and its deliveries."""

    def __init__(
        self,
        wire: Wire,
        source: int | AsyncIterator[Message],
        *,
        ahead: int = 1000,
        keys: int = 1_000_000,
        **more: Any,
    ) -> None:
        if isinstance(source, int):
            source = each(numbered(source, keys=keys))
        self.notified = 0
        self.dispatcher = Dispatcher(planned(wire, **more), wire, source, ahead, self.notify)
        self.got: list[Delivery] = []

    def notify(self) -> None:
        self.notified += 1

    def take(self) -> list[Delivery]:
        while self.dispatcher.ready:
            self.got.append(self.dispatcher.hand_out())
        return self.got

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0)

    async def settled(self) -> None:
        """Let everything proceed as far as it can."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def end(self) -> list[Delivery]:
        """Take all deliveries, to the end."""
        async with asyncio.timeout(10):
            while not self.dispatcher.is_done:
                self.take()
                await asyncio.sleep(0)
            await self.dispatcher.wait_closed()
        return self.take()


async def begun(wire: Wire, source: int | AsyncIterator[Message], **more: Any) -> Work:
    """A dispatcher that has proceeded as far as it can."""
    work = Work(wire, source, **more)
    work.dispatcher.start()
    await work.settled()
    return work


async def worked(wire: Wire, source: int | AsyncIterator[Message], **more: Any) -> Work:
    """A dispatcher that is done."""
    work = Work(wire, source, **more)
    work.dispatcher.start()
    await work.end()
    return work


def outcomes(deliveries: list[Delivery]) -> list[Outcome]:
    return [delivery.outcome for delivery in sorted(deliveries, key=lambda each: each.index)]


def by_turns(*answers: object) -> Wire:
    """A wire with one response after the other, whatever the message."""
    left = list(answers)
    return Wire(lambda message, attempt: left.pop(0))


class Clock:
    """A clock that tests advance."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now
