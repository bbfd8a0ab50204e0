"""A transport that runs the application in the caller's thread, without a socket."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import httpx

from .app import DROP, WAIT, Application


def transport(app: Application) -> httpx.MockTransport:
    """Return a transport for sync and async clients.

    It is a `MockTransport` rather than a class of its own because tools that record calls patch the
    transports of httpx only and silently skip any other.
    """

    def handle(request: httpx.Request) -> httpx.Response:
        return _run(app, request)

    return httpx.MockTransport(handle)


def _run(app: Application, request: httpx.Request) -> httpx.Response:
    path, _, query = request.url.raw_path.partition(b"?")
    scope: dict[str, Any] = {
        "type": "http",
        "method": request.method,
        "raw_path": path,
        "query_string": query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "extensions": {WAIT: {}, DROP: {}},
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": request.content, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == WAIT:
            _pretend_to_wait(request, message["seconds"])
        elif message["type"] == DROP:
            text = "Server disconnected without sending a response."
            raise httpx.RemoteProtocolError(text, request=request)
        else:
            sent.append(message)

    # The application awaits nothing external, so one step runs it to completion.
    run = app(scope, receive, send)
    try:
        run.send(None)
    except StopIteration:
        pass
    else:
        run.close()
        raise RuntimeError("The application must not wait in process.")
    start, body = sent
    content = b"" if request.method == "HEAD" else body["body"]
    return httpx.Response(start["status"], headers=start["headers"], content=content)


def _pretend_to_wait(request: httpx.Request, seconds: float) -> None:
    """Raise a read timeout if the client's is shorter than the delay; otherwise return at once."""
    timeout = request.extensions.get("timeout", {}).get("read")
    if timeout is not None and timeout < seconds:
        raise httpx.ReadTimeout(f"No response within {timeout:g} s.", request=request)
