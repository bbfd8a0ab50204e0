"""The application without sockets: a transport that runs it in the caller's own thread."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import httpx

from .app import DROP, WAIT, Application


def transport(app: Application) -> httpx.MockTransport:
    """Make a transport for sync and async clients alike.

    It is a `MockTransport` and no class of its own, as tools that record calls know the transports
    of httpx only, and would record nothing else without a word.
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

    # The application never waits for anything outside, so that one step takes it to its end.
    run = app(scope, receive, send)
    try:
        run.send(None)
    except StopIteration:
        pass
    else:
        run.close()
        raise RuntimeError("the application waits, which it must not do in process")
    start, body = sent
    content = b"" if request.method == "HEAD" else body["body"]
    return httpx.Response(start["status"], headers=start["headers"], content=content)


def _pretend_to_wait(request: httpx.Request, seconds: float) -> None:
    """Fail as a caller does who has waited long enough; else no time passes."""
    patience = request.extensions.get("timeout", {}).get("read")
    if patience is not None and patience < seconds:
        raise httpx.ReadTimeout(f"No answer within {patience:g} s.", request=request)
