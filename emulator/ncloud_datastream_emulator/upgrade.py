"""A request parser that ignores protocol upgrades.

Java's HttpClient offers an upgrade to HTTP/2 in its first request without TLS. A server may ignore
it, but httptools ends such a request after its head and treats the body as the other protocol's.
"""

from __future__ import annotations

from typing import Any

import httptools


class Parser:
    """Parses a request with an upgrade offer a second time, without the offer.

    It wraps the parser of httptools for a protocol with its callbacks. The protocol receives the
    beginning of such a request twice and the rest once.

    Args:
        protocol: The receiver of the callbacks of `httptools.HttpRequestParser`.
    """

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._parser = self._new()
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._is_offer = False

    def feed_data(self, data: bytes) -> None:
        """Parse more data.

        Raises:
            httptools.HttpParserError: The data is not HTTP.
            httptools.HttpParserUpgrade: The request is a CONNECT, an upgrade to httptools.
        """
        while data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as end:
                if not self._is_offer:
                    raise
                data = self._head() + data[end.args[0] :]
                # After a request that closes the connection, the old parser accepts no more data.
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
        """Return whether the connection stays open after the request."""
        return self._parser.should_keep_alive()

    def should_upgrade(self) -> bool:
        """Return whether another protocol follows the head."""
        return self._parser.should_upgrade()

    # Callbacks of httptools.

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
        """Return the head of the request without the upgrade offer."""
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
