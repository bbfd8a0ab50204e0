"""Ways to a service that there is not: sending without sockets, each step as a test wants it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, TypeVar

from ncloud_datastream import DataStreamError, Delivery, Message, Outcome, RateLimitedError, Retry
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.sending.dispatcher import Crew
from ncloud_datastream.sending.plan import Plan

E = TypeVar("E", bound=DataStreamError)

Behave = Callable[[Message, Attempt], Any]


def error(kind: type[E], *, retryable: bool = False, maybe: bool = False, **more: Any) -> E:
    """An error as an attempt ends with it."""
    made = kind(kind.__name__)
    made.retryable, made.maybe_delivered = retryable, maybe
    for name, value in more.items():
        setattr(made, name, value)
    return made


def too_many(seconds: float | None = 0.0) -> RateLimitedError:
    return error(RateLimitedError, retryable=True, retry_after=seconds)


class Service:
    """Carries messages as `behave` says: it returns an error or None, or waits for either."""

    def __init__(self, behave: Behave = lambda message, attempt: None) -> None:
        self.behave = behave
        self.ways: list[FakeWay] = []
        self.begun: list[Message] = []
        self.attempts: list[Attempt] = []
        self.in_flight = 0
        self.most = 0
        self.closed = 0

    def way(self) -> FakeWay:
        self.ways.append(FakeWay(self))
        return self.ways[-1]

    async def aclose(self) -> None:
        self.closed += 1

    async def send(self, message: Message, attempt: Attempt) -> DataStreamError | None:
        self.begun.append(message)
        self.attempts.append(attempt)
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            found = self.behave(message, attempt)
            answered: DataStreamError | None = (
                await found if isinstance(found, Awaitable) else found
            )
            await asyncio.sleep(0)
            return answered
        finally:
            self.in_flight -= 1

    @property
    def values(self) -> list[str]:
        return [message.value for message in self.begun]


class FakeWay:
    """The way of one worker."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.aborted = 0

    async def send(self, message: Message, attempt: Attempt) -> DataStreamError | None:
        return await self._service.send(message, attempt)

    def abort(self) -> None:
        self.aborted += 1


class Gate:
    """Holds up what comes, written in part, until it is opened."""

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


def planned(service: Any, **options: Any) -> Plan:
    """A plan that takes messages to this service."""
    arguments: dict[str, Any] = {
        "carrier": lambda: service,
        "retry": Retry(1),
        "timeout": 30.0,
        "concurrency": 4,
        "ordered": None,
        "rate": None,
        "progress": None,
        "description": "to nowhere",
    }
    return Plan(**{**arguments, **options})


BOLD = Retry(max_attempts=3, max_elapsed=1e6, at_least_once=True)


async def each(messages: Iterable[Message]) -> AsyncIterator[Message]:
    for message in messages:
        yield message


class Work:
    """A crew at work on some messages."""

    def __init__(
        self,
        service: Service,
        source: int | AsyncIterator[Message],
        *,
        ahead: int = 1000,
        keys: int = 1_000_000,
        **options: Any,
    ) -> None:
        if isinstance(source, int):
            source = each(numbered(source, keys=keys))
        self.notified = 0
        plan = planned(service, **options)
        self.crew = Crew.of(plan, source, service, self.notify, ahead)
        self.got: list[Delivery] = []

    def notify(self) -> None:
        self.notified += 1

    def take(self) -> list[Delivery]:
        while self.crew.ready:
            self.got.append(self.crew.hand_out())
        return self.got

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0)

    async def settled(self) -> None:
        """Let everything go as far as it goes by itself."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def end(self) -> list[Delivery]:
        """Take all that comes, to the end."""
        async with asyncio.timeout(10):
            while not self.crew.done:
                self.take()
                await asyncio.sleep(0)
            await self.crew.dismissed()
        return self.take()


async def worked(service: Service, source: int | AsyncIterator[Message], **options: Any) -> Work:
    """A crew that has done all its work."""
    work = Work(service, source, **options)
    work.crew.start()
    await work.end()
    return work


def outcomes(deliveries: list[Delivery]) -> list[Outcome]:
    return [delivery.outcome for delivery in sorted(deliveries, key=lambda each: each.index)]


def by_turns(*answers: DataStreamError | None) -> Service:
    """One answer after the other, whatever the message."""
    left = list(answers)
    return Service(lambda message, attempt: left.pop(0))


class Clock:
    """A clock that goes forward as the tests want."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now
