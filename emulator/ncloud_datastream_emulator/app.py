"""The service as an ASGI application, for any server that gives the raw path."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from functools import partial
from typing import Any

from .guard import LARGEST_BODY
from .records import Answer
from .service import Service

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _DisconnectedError(Exception):
    """The caller went away before the request was whole."""


WAIT = "ncloud_datastream.wait"
"""An extension of servers in which no time may pass: they are told of a wait instead."""

DROP = "ncloud_datastream.drop"
"""An extension of servers that can end a connection without an answer, when told to."""


class Application:
    """Reads a request, has it answered, writes the answer.

    It never waits but for `receive` and `send` where the server has the extension `WAIT`, which
    the in-process transport relies on.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            raise NotImplementedError(f"The emulator does not serve {scope['type']}.")
        try:
            body = await _read_body(scope["headers"], receive)
        except _DisconnectedError:
            return
        method, path = scope["method"], scope["raw_path"].decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        ask = partial(self._service.answer, method, path, query, scope["headers"], body)
        extensions = scope.get("extensions") or {}
        if WAIT not in extensions and self._service.may_wait(method, path):
            answer = await _in_thread(ask)
        else:
            answer = ask()
        if answer.delay and WAIT in extensions:
            await send({"type": WAIT, "seconds": answer.delay})
        elif answer.delay and not await _is_connected_after(answer.delay, receive):
            return
        if answer.is_lost:
            if DROP not in extensions:
                raise RuntimeError("This server cannot lose an answer.")
            await send({"type": DROP})
            return
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [
                    (name.encode("latin-1"), value.encode("latin-1"))
                    for name, value in answer.headers
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer.body})


async def _in_thread(ask: Callable[[], Answer]) -> Answer:
    """Have a request answered in a thread of its own, however many others wait in theirs."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[Answer] = loop.create_future()

    def settle(answer: Answer | None, error: BaseException | None) -> None:
        if answered.cancelled():
            return
        if answer is not None:
            answered.set_result(answer)
        elif error is not None:
            answered.set_exception(error)

    def run() -> None:
        answer = error = None
        try:
            answer = ask()
        except BaseException as raised:  # noqa: BLE001 - it is raised where it is waited for
            error = raised
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, answer, error)

    threading.Thread(target=run, name="ncloud-datastream-emulator-wait", daemon=True).start()
    return await answered


async def _is_connected_after(seconds: float, receive: Receive) -> bool:
    """Wait, but not longer than the caller does."""
    gone = asyncio.ensure_future(_disconnect(receive))
    try:
        await asyncio.wait([gone], timeout=seconds)
        return not gone.done()
    finally:
        gone.cancel()


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read_body(headers: list[tuple[bytes, bytes]], receive: Receive) -> bytes | None:
    """Read the body, or stop and give None as soon as it is certain to be too large."""
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and int(value) > LARGEST_BODY:
            return None
    chunks = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _DisconnectedError
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > LARGEST_BODY:
            return None
        more = message.get("more_body", False)
    return b"".join(chunks)
