"""Serves the application on a socket: uvicorn in its own thread."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import MutableMapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from .app import DROP, Application, Receive, Scope, Send

_KEEP_ALIVE_SECONDS = 75

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound
"""The address to use in a URL in place of the wildcard addresses."""

_ITERATIONS = 3
"""Iterations of the event loop after which a newly accepted connection is registered."""


class Server:
    """A socket and the thread that serves it.

    The socket is bound immediately but refuses connections until `start`, so that its URL is known
    before the first connection.

    Args:
        app: The application to serve.
        host: The address to listen on.
        port: The port; 0 for any free port.

    Raises:
        OSError: The address cannot be bound.
    """

    def __init__(self, app: Application, host: str, port: int) -> None:
        self._app = app
        self._socket = _bind(host, port)
        name, number = self._socket.getsockname()[:2]
        name = _LOOPBACK.get(name) or name
        self.url = f"http://[{name}]:{number}" if ":" in name else f"http://{name}:{number}"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self.connections: set[asyncio.Transport] = set()
        """The open connections; modified in the server's thread only."""
        self._thread: threading.Thread | None = None

    @property
    def is_serving(self) -> bool:
        """Return whether the server has been started."""
        return self._thread is not None

    def start(self) -> None:
        """Start serving, and return once connections are accepted."""
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(started,), name="ncloud-datastream-emulator", daemon=True
        )
        self._thread.start()
        started.result()

    def stop(self) -> None:
        """Close the socket and all connections, and join the thread."""
        if self._thread is None or self._loop is None:
            self._socket.close()
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self, started: Future[None]) -> None:
        try:
            asyncio.run(self._serve(started))
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)
        finally:
            self._socket.close()

    async def _serve(self, started: Future[None]) -> None:
        import uvicorn  # imported here because the in-process transport does not need it

        from .connection import Connection

        connection: Any = partial(Connection, self.connections)
        config = uvicorn.Config(
            self._serve_one,
            interface="asgi3",
            proxy_headers=False,
            http=connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        # Not `serve`, which polls for its end ten times a second and installs signal handlers.
        await server.startup(sockets=[self._socket])
        self._loop = asyncio.get_running_loop()
        started.set_result(None)
        await self._stop.wait()
        await self._stop_accepting()
        for transport in list(self.connections):
            transport.abort()
        await server.shutdown(sockets=[self._socket])

    async def _stop_accepting(self) -> None:
        """Stop accepting, and let pending accepts finish: asyncio would never close those."""
        with suppress(NotImplementedError):  # loops without readers do not have this problem
            asyncio.get_running_loop().remove_reader(self._socket)
        for _ in range(_ITERATIONS):
            await asyncio.sleep(0)

    async def _serve_one(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with support for closing its connection without a response."""

        async def send_or_drop(message: MutableMapping[str, Any]) -> None:
            if message["type"] != DROP:
                await send(message)
                return
            for transport in list(self.connections):
                if transport.get_extra_info("peername")[:2] == tuple(scope["client"]):
                    transport.abort()
            # uvicorn sends an error response of its own unless it has seen the disconnect.
            while (await receive())["type"] != "http.disconnect":
                pass

        await self._app({**scope, "extensions": {DROP: {}}}, receive, send_or_drop)


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )[0]
    # asyncio sets TCP_NODELAY only on sockets whose protocol is TCP rather than 0.
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except BaseException:
        listener.close()
        raise
    return listener
