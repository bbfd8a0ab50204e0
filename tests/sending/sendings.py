"""Sending in the forms that there are, and looking at what came out."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeVar

import pytest
from ncloud_datastream import (
    AsyncDataStream,
    Credentials,
    DataStream,
    Delivery,
    Message,
    Outcome,
    Retry,
)
from sending.server import Server

T = TypeVar("T")

KEYS = Credentials("AK", "SK")
PLAIN_TLS = ssl.create_default_context()
ONCE = Retry(max_attempts=1)

FORMS = ("async", "blocking", *(["uvloop"] if find_spec("uvloop") else []))
"""The asynchronous form in asyncio's own loop and in uvloop's, and the blocking form."""

every_form = pytest.mark.parametrize("form", FORMS)


def messages(count: int, *, keys: int = 7) -> list[Message]:
    return [Message("h4j6l-orders", f"k{n % keys}", f"v{n}") for n in range(count)]


def options(server: Server | str, **more: Any) -> dict[str, Any]:
    """The arguments of a client of this server."""
    url = server if isinstance(server, str) else server.url
    defaults = {
        "credentials": KEYS,
        "message_url": url,
        "management_url": url,
        "verify": PLAIN_TLS,
        "retry": ONCE,
        "timeout": 20.0,
    }
    return {**defaults, **more}


@dataclass
class Result:
    """What a sending gave."""

    deliveries: list[Delivery]
    failure: BaseException | None = None

    def check(self, sent: list[Message]) -> None:
        """Every message has exactly one delivery, its own."""
        assert sorted(delivery.index for delivery in self.deliveries) == list(range(len(sent)))
        for delivery in self.deliveries:
            assert delivery.message is sent[delivery.index]
            assert (delivery.error is None) == (delivery.outcome is Outcome.DELIVERED)

    @property
    def outcomes(self) -> Counter[Outcome]:
        return Counter(delivery.outcome for delivery in self.deliveries)

    @property
    def only(self) -> Delivery:
        (delivery,) = self.deliveries
        return delivery


def run(form: str, steps: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in the loop of an asynchronous form."""
    factory = None
    if form == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(steps)


def send(
    form: str,
    server: Server | str,
    source: Iterable[Message],
    *,
    client: dict[str, Any] | None = None,
    **arguments: Any,
) -> Result:
    """Send to the end, and return all that came."""
    made = options(server, **(client or {}))
    result = Result([])
    if form == "blocking":
        _send_blocking(made, source, arguments, result)
    else:
        run(form, _send_async(made, source, arguments, result))
    return result


def _send_blocking(
    made: dict[str, Any], source: Iterable[Message], arguments: dict[str, Any], result: Result
) -> None:
    with DataStream(**made) as ds:
        try:
            for delivery in ds.send_messages(source, **arguments):
                result.deliveries.append(delivery)
        except BaseException as error:
            result.failure = error


async def _send_async(
    made: dict[str, Any], source: Iterable[Message], arguments: dict[str, Any], result: Result
) -> None:
    async with AsyncDataStream(**made) as ds:
        try:
            async for delivery in ds.send_messages(source, **arguments):
                result.deliveries.append(delivery)
        except BaseException as error:
            result.failure = error


async def as_async(source: Iterable[Message]) -> AsyncIterator[Message]:
    for message in source:
        await asyncio.sleep(0)
        yield message


class Counted(Iterator[Message]):
    """A source that says how much of it was taken."""

    def __init__(self, source: Iterable[Message], watch: Callable[[int], None] = id) -> None:
        self._source = iter(source)
        self.taken = 0
        self._watch = watch

    def __next__(self) -> Message:
        message = next(self._source)
        self.taken += 1
        self._watch(self.taken)
        return message


async def until(condition: Callable[[], object]) -> None:
    """Let the loop run until something holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.002)


def whole(deliveries: list[Delivery], taken: int) -> Result:
    """Every message that was taken has exactly one delivery."""
    assert sorted(delivery.index for delivery in deliveries) == list(range(taken))
    return Result(deliveries)
