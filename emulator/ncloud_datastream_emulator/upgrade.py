"""The parser of requests, made to pass over offers of another protocol.

Java's HttpClient offers HTTP/2 with its first request where there is no TLS. A server may pass over
that, but httptools' parser ends such a request after the head and takes the body for the other
protocol's.
"""

from __future__ import annotations

from typing import Any

import httptools


class Parser:
    """Reads a request that offers an upgrade again, as one that does not.

    It stands between httptools' parser and a protocol that has its callbacks, which sees the
    beginning of such a request twice and the rest once.

    Args:
        protocol: What takes the callbacks of `httptools.HttpRequestParser`.
    """

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._parser = self._new()
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._is_offer = False

    def feed_data(self, data: bytes) -> None:
        """Read on.

        Raises:
            httptools.HttpParserError: It is no HTTP.
            httptools.HttpParserUpgrade: It is a CONNECT, which is an upgrade to httptools.
        """
        while data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as end:
                if not self._is_offer:
                    raise
                data = self._head() + data[end.args[0] :]
                # After a request that closes the connection, the old one would read no more.
                self._parser = self._new()
            else:
                data = b""

    def get_method(self) -> bytes:
        """Return the method of the request."""
        return self._parser.get_method()

    def get_http_version(self) -> str:
        """Return the version of the request."""
        return self._parser.get_http_version()

    def should_keep_alive(self) -> bool:
        """Return whether the connection is kept after the request."""
        return self._parser.should_keep_alive()

    def should_upgrade(self) -> bool:
        """Return whether what follows the head is another protocol."""
        return self._parser.should_upgrade()

    # What httptools calls.

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers = []
        self._is_offer = False
        self._protocol.on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._protocol.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))
        self._protocol.on_header(name, value)

    def on_headers_complete(self) -> None:
        self._is_offer = self._parser.should_upgrade() and self._parser.get_method() != b"CONNECT"
        if not self._is_offer:
            self._protocol.on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._protocol.on_body(body)

    def on_message_complete(self) -> None:
        if not self._is_offer:
            self._protocol.on_message_complete()

    def _new(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def _head(self) -> bytes:
        """Write the request's head without the offer."""
        lines = [self._parser.get_method() + b" " + self._url + b" HTTP/1.1"]
        for name, value in self._headers:
            if name.lower() == b"connection":
                value = b",".join(
                    option
                    for option in value.split(b",")
                    if option.strip(b" \t").lower() != b"upgrade"
                )
            lines.append(name + b": " + value)
        return b"\r\n".join([*lines, b"", b""])
