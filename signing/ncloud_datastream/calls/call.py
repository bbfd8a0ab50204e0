"""A request to one server, complete except for its signature."""

from __future__ import annotations

import json
from typing import NamedTuple

import httpx

from ncloud_datastream.signature import ACCESS_KEY_HEADER, SIGNATURE_HEADER

from .servers import MESSAGE, Server

MASKED = frozenset({ACCESS_KEY_HEADER, SIGNATURE_HEADER})
"""The headers, in lower case, whose values are masked in errors, logs and traces."""

Headers = tuple[tuple[str, str], ...]

encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
"""Encodes a request body as JSON, to the same text as httpx."""


class Call(NamedTuple):
    """One request.

    Carriers add the rest: ``Host``, ``Content-Length`` and, if `signed` is False, the three
    signature headers, computed again for each attempt.
    """

    server: Server
    operation: str
    """The operationId of the document, or method and path if there is none."""
    method: str
    """Upper case."""
    target: str
    """The request target, as in the request line."""
    headers: Headers
    body: bytes = b""
    signed: bool = False
    """Whether `headers` already have a signature; it is then sent unchanged."""
    documented: bool = True
    """Whether `operation` is an operationId."""
    expects_object: bool = False
    """Whether a 2xx must have a JSON object as its body; if False, the parser decides."""

    @property
    def to_message_server(self) -> bool:
        """Return whether it goes to the message host, whose responses have their own format."""
        return self.server.name == MESSAGE

    @property
    def url(self) -> str:
        """The URL."""
        return self.server.url + self.target

    def request(self) -> httpx.Request:
        """Return it as an httpx request, for errors, with the signature headers masked.

        The body is omitted if `expects_object` is set: the `Delivery` then has the message.
        """
        headers = [each for each in self.headers if each[0].lower() not in MASKED]
        headers += [(name, "***") for name in sorted(MASKED)]
        extensions = {"server": self.server.name}
        if self.documented:
            extensions["operation"] = self.operation
        body = b"" if self.expects_object else self.body
        return httpx.Request(
            self.method, self.url, headers=headers, content=body, extensions=extensions
        )
