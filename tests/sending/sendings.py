"""Clients of every form with one blocking interface, and the checks on what they deliver."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any, TypeVar

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from ncloud_datastream import (
    AsyncDataStream,
    AsyncProducer,
    Credentials,
    DataStream,
    Delivery,
    Message,
    Outcome,
    Retry,
)
from ncloud_datastream.sending.asynchronous import AsyncSending
from sending.server import Server

T = TypeVar("T")

KEYS = Credentials("AK", "SK")
PLAIN_TLS = ssl.create_default_context()
ONCE = Retry(max_attempts=1)

LONG = 20.0
"""Seconds after which a test that waits has failed."""

LOOPS = ("async", *(["uvloop"] if find_spec("uvloop") else []))
FORMS = (*LOOPS, "blocking")
"""The asynchronous client in asyncio's own event loop and in uvloop's, and the blocking client."""

every_form = pytest.mark.parametrize("form", ["async", "blocking"])
every_loop = pytest.mark.parametrize("form", FORMS)
"""For what depends on the transports of the event loop."""


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
    """What a run delivered, and the exception that stopped it."""

    deliveries: list[Delivery]
    failure: BaseException | None = None

    def check(self, sent: list[Message]) -> None:
        """Check that every message has exactly one delivery, its own."""
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
    """Run a coroutine in the event loop of an asynchronous form."""
    factory = None
    if form == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(steps)


class Blocking:
    """A blocking view of an asynchronous object, whose methods run in the loop of a portal."""

    def __init__(self, inner: Any, portal: BlockingPortal) -> None:
        self._inner = inner
        self._portal = portal

    def _call(self, step: Callable[..., Any], *arguments: Any) -> Any:
        result = self._portal.call(step, *arguments)
        if isinstance(result, asyncio.Future):
            return BlockingFuture(result, self._portal)
        if isinstance(result, AsyncSending | AsyncProducer):
            return Blocking(result, self._portal)
        return result

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found
        return lambda *args, **kwargs: self._call(partial(found, *args, **kwargs))

    def __repr__(self) -> str:
        return repr(self._inner)

    def __enter__(self) -> Blocking:
        self._call(self._inner.__aenter__)
        return self

    def __exit__(self, *error: Any) -> None:
        self._call(self._inner.__aexit__, *error)

    def __iter__(self) -> Blocking:
        return self

    def __next__(self) -> Any:
        try:
            return self._call(self._inner.__anext__)
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self, timeout: float | None = None) -> None:
        bound = {} if timeout is None else {"timeout": timeout}
        self._call(partial(self._inner.aclose, **bound))


class BlockingFuture(Blocking):
    """The same for a delivery's future."""

    async def _wait(self, timeout: float | None) -> None:
        if not self._inner.done():
            async with asyncio.timeout(timeout):
                await asyncio.wait([self._inner])

    def result(self, timeout: float | None = None) -> Any:
        self._portal.call(self._wait, timeout)
        return self._inner.result()

    def exception(self, timeout: float | None = None) -> Any:
        self._portal.call(self._wait, timeout)
        return self._inner.exception()


@contextmanager
def opened(form: str, server: Server | str, **more: Any) -> Iterator[Any]:
    """A client of this server; an asynchronous one behind a blocking view."""
    made = options(server, **more)
    if form == "blocking":
        with DataStream(**made) as ds:
            yield ds
        return
    with (
        start_blocking_portal("asyncio", {"use_uvloop": form == "uvloop"}) as portal,
        Blocking(portal.call(partial(AsyncDataStream, **made)), portal) as ds,
    ):
        yield ds


def send(
    form: str,
    server: Server | str,
    source: Any,
    *,
    client: dict[str, Any] | None = None,
    **arguments: Any,
) -> Result:
    """Send to the end and return all deliveries."""
    result = Result([])
    with opened(form, server, **(client or {})) as ds:
        try:
            for delivery in ds.send_messages(source, **arguments):
                result.deliveries.append(delivery)
        except Exception as error:
            result.failure = error
    return result


async def as_async(source: Iterable[Message]) -> AsyncIterator[Message]:
    for message in source:
        await asyncio.sleep(0)
        yield message


class Counted(Iterator[Message]):
    """A source that counts the messages taken from it."""

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
    """Let the loop run until a condition holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.002)


def whole(deliveries: list[Delivery], taken: int) -> Result:
    """Check that every message taken has exactly one delivery."""
    assert sorted(delivery.index for delivery in deliveries) == list(range(taken))
    return Result(deliveries)


def wait_until(condition: Callable[[], object]) -> None:
    """Poll until a condition holds."""
    waits = threading.Event()
    for _ in range(int(LONG / 0.002)):
        if condition():
            return
        waits.wait(0.002)
    raise AssertionError("the condition did not become true in time")
