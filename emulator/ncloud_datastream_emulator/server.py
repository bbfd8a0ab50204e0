"""The application on a socket: uvicorn in a thread of its own."""

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

_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - it is looked for, not bound
"""What stands in a URL for all addresses, which are none that can be called."""

_TURNS = 3
"""Turns of the loop after which a connection that was just accepted is on the list."""


class Server:
    """A listening socket, and the thread that serves it.

    The socket is bound at once and refuses connections until `start`, so that its URL can be told
    to someone before the first connection.

    Args:
        app: What to serve.
        host: The address to listen on.
        port: The port, 0 for any that is free.

    Raises:
        OSError: The address cannot be had.
    """

    def __init__(self, app: Application, host: str, port: int) -> None:
        self._app = app
        self._socket = _bind(host, port)
        name, number = self._socket.getsockname()[:2]
        name = _HERE.get(name) or name
        self.url = f"http://[{name}]:{number}" if ":" in name else f"http://{name}:{number}"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self.connections: set[asyncio.Transport] = set()
        """Those that are open; they come and go in the server's thread."""
        self._thread: threading.Thread | None = None

    @property
    def is_serving(self) -> bool:
        """Whether it was started."""
        return self._thread is not None

    def start(self) -> None:
        """Serve, and return once connections are accepted."""
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(started,), name="ncloud-datastream-emulator", daemon=True
        )
        self._thread.start()
        started.result()

    def stop(self) -> None:
        """Close the socket and all connections, and wait for the thread to end."""
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
        import uvicorn  # only here: in process nobody needs it

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
        # Not `serve`, which looks ten times a second whether it shall stop, and minds the signals.
        await server.startup(sockets=[self._socket])
        self._loop = asyncio.get_running_loop()
        started.set_result(None)
        await self._stop.wait()
        await self._accept_no_more()
        for transport in list(self.connections):
            transport.abort()
        await server.shutdown(sockets=[self._socket])

    async def _accept_no_more(self) -> None:
        """Let what is just being accepted become a connection: asyncio would never close it."""
        with suppress(NotImplementedError):  # loops without readers do not have that trouble
            asyncio.get_running_loop().remove_reader(self._socket)
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def _serve_one(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, and be able to end its connection without an answer."""

        async def send_or_drop(message: MutableMapping[str, Any]) -> None:
            if message["type"] != DROP:
                await send(message)
                return
            for transport in list(self.connections):
                if transport.get_extra_info("peername")[:2] == tuple(scope["client"]):
                    transport.abort()
            # Without an answer uvicorn would send one, unless it has seen the connection's end.
            while (await receive())["type"] != "http.disconnect":
                pass

        await self._app({**scope, "extensions": {DROP: {}}}, receive, send_or_drop)


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )[0]
    # asyncio turns off Nagle's delay on sockets only where the protocol says TCP, not 0.
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except BaseException:
        listener.close()
        raise
    return listener
