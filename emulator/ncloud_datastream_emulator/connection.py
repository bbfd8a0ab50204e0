"""The uvicorn protocol of a connection, which also registers its transport with the server."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .upgrade import Parser


class Connection(HttpToolsProtocol):
    """Serves one connection.

    Args:
        opened: The transports of all open connections; this connection adds and removes its own.
        options: The arguments that uvicorn passes to its protocols.
    """

    def __init__(self, opened: set[asyncio.Transport], **options: Any) -> None:
        super().__init__(**options)
        parser: Any = Parser(self)
        self.parser = parser
        self._opened = opened

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._opened.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._opened.discard(self.transport)
        super().connection_lost(exc)
