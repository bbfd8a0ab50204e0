"""uvicorn's reading of requests, made to pass over offers of another protocol.

Java's HttpClient offers HTTP/2 with its first request where there is no TLS. A server may pass over
that, but uvicorn's parser ends such a request after the head and takes the body for the other
protocol's.
"""

from __future__ import annotations

import sys

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Protocol(HttpToolsProtocol):
    """Reads a request that offers an upgrade again, as one that does not.

    uvicorn serves nothing of a request that it believes to be the beginning of a WebSocket, and
    then leaves the connection to `handle_websocket_upgrade`.
    """

    _head = b""
    _end = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        while self._head:
            data = self._head + data[self._end :]
            self._head = b""
            super().data_received(data)

    def _should_upgrade(self) -> bool:
        # A CONNECT is an upgrade to the parser too, whatever its headers.
        return self.scope["method"] != "CONNECT"

    def handle_websocket_upgrade(self) -> None:
        """Keep the request's head without the offer, and where in the data it ended."""
        lines = [f"{self.scope['method']} ".encode() + self.url + b" HTTP/1.1"]
        for name, value in self.headers:
            if name == b"connection":
                value = b",".join(
                    option
                    for option in value.split(b",")
                    if option.strip(b" \t").lower() != b"upgrade"
                )
            lines.append(name + b": " + value)
        self._head = b"\r\n".join([*lines, b"", b""])
        upgrade = sys.exception()  # the parser's, which uvicorn is dealing with
        assert upgrade is not None
        self._end = upgrade.args[0]
        # After a request that closes the connection, the old parser would read no more.
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
