"""Tunnels through an http proxy with CONNECT (RFC 9110, section 9.3.6), without I/O."""

from __future__ import annotations

import base64
from typing import NamedTuple

import httpx

from ncloud_datastream.calls.answer import Answer

from .parser import Parser


class TunnelError(OSError):
    """The proxy did not open a tunnel; no byte of the request was sent."""


class HttpProxy(NamedTuple):
    """An http proxy."""

    host: str
    port: int
    credentials: str | None
    """The value of ``Proxy-Authorization``, or None for a proxy without authentication."""
    headers: tuple[tuple[str, str], ...] = ()
    """Additional headers of the CONNECT request."""

    def __repr__(self) -> str:
        return f"HttpProxy({self.host}:{self.port})"

    @classmethod
    def of(cls, proxy: httpx.Proxy) -> HttpProxy:
        """Return the proxy that an `httpx.Proxy` describes."""
        credentials = None
        if proxy.auth is not None:
            pair = ":".join(proxy.auth).encode()
            credentials = f"Basic {base64.b64encode(pair).decode('ascii')}"
        url = proxy.url
        return cls(url.host, url.port or 80, credentials, tuple(proxy.headers.multi_items()))

    def for_httpx(self) -> httpx.Proxy:
        """Return the proxy as an `httpx.Proxy`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        headers = list(self.headers)
        if self.credentials is not None:
            headers.append(("Proxy-Authorization", self.credentials))
        return httpx.Proxy(f"http://{host}:{self.port}", headers=headers)

    def connect(self, host: str, port: int) -> bytes:
        """Return the CONNECT request for a tunnel to a server."""
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.credentials is not None:
            lines.append(f"Proxy-Authorization: {self.credentials}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Tunnel:
    """Reads the proxy's response to CONNECT."""

    def __init__(self) -> None:
        self._parser = Parser()
        self._parser.expect("CONNECT")

    def feed(self, data: bytes) -> bool:
        """Process data from the proxy, b"" for end of stream; return whether the tunnel is open.

        Raises:
            OSError: The proxy rejected the request, or its response is not valid.
        """
        answer = self._parser.feed(data) if data else self._parser.finish()
        if answer is None:
            return False
        self._check(answer)
        return True

    def _check(self, answer: Answer) -> None:
        if not 200 <= answer.status < 300:
            hint = "; check its user name and password" if answer.status == 407 else ""
            raise TunnelError(f"the proxy rejected CONNECT with status {answer.status}{hint}")
        if self._parser.excess:
            # The server never sends first: this data would pass for its response.
            raise TunnelError("the proxy sent more than its response to CONNECT")
