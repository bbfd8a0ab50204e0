"""The service as an ASGI application, for any server that provides the raw path."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from functools import partial
from typing import Any

from .guard import LARGEST_BODY
from .records import Response
from .service import Service

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _DisconnectedError(Exception):
    """The client disconnected before the request was complete."""


WAIT = "ncloud_datastream.wait"
"""ASGI extension of servers that must not wait: they receive a message in place of a delay."""

DROP = "ncloud_datastream.drop"
"""ASGI extension of servers that can close a connection without a response."""


class Application:
    """Reads a request, passes it to the service and writes the response.

    With a server that has the extension `WAIT` it awaits nothing but `receive` and `send`, which
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
        handle = partial(self._service.handle, method, path, query, scope["headers"], body)
        extensions = scope.get("extensions") or {}
        if WAIT not in extensions and self._service.may_wait(method, path):
            response = await _in_thread(handle)
        else:
            response = handle()
        if response.delay and WAIT in extensions:
            await send({"type": WAIT, "seconds": response.delay})
        elif response.delay and not await _is_connected_after(response.delay, receive):
            return
        if response.is_lost:
            if DROP not in extensions:
                raise RuntimeError("This server cannot drop a response.")
            await send({"type": DROP})
            return
        await send(
            {
                "type": "http.response.start",
                "status": response.status,
                "headers": [
                    (name.encode("latin-1"), value.encode("latin-1"))
                    for name, value in response.headers
                ],
            }
        )
        await send({"type": "http.response.body", "body": response.body})


async def _in_thread(handle: Callable[[], Response]) -> Response:
    """Run a request in its own thread, so that requests that wait do not block others."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Response] = loop.create_future()

    def settle(response: Response | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if response is not None:
            done.set_result(response)
        elif error is not None:
            done.set_exception(error)

    def run() -> None:
        response = error = None
        try:
            response = handle()
        except BaseException as raised:  # noqa: BLE001 - raised again in the event loop
            error = raised
        with suppress(RuntimeError):  # the event loop has been closed
            loop.call_soon_threadsafe(settle, response, error)

    threading.Thread(target=run, name="ncloud-datastream-emulator-wait", daemon=True).start()
    return await done


async def _is_connected_after(seconds: float, receive: Receive) -> bool:
    """Wait this number of seconds; return whether the client is still connected."""
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
    """Return the body, or None as soon as it is known to be too large."""
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
