"""What is asked: one request to one server, whole, not yet signed."""

from __future__ import annotations

import json
from typing import NamedTuple

import httpx

from ncloud_datastream.signature import ACCESS_KEY_HEADER, SIGNATURE_HEADER

from .servers import MESSAGE, Server

MASKED = frozenset({ACCESS_KEY_HEADER, SIGNATURE_HEADER})
"""The headers that no error, log or trace shows the value of, in lower case."""

Headers = tuple[tuple[str, str], ...]

encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
"""Encodes a request body to the text that httpx encodes it to."""


class Call(NamedTuple):
    """One request.

    Carriers add what follows from it: ``Host``, ``Content-Length`` and, where `signed` is False,
    the three headers of the signature, afresh at each attempt.
    """

    server: Server
    operation: str
    """The operationId of the document, or method and path where there is none."""
    method: str
    """Upper case."""
    target: str
    """The request target as it stands in the request line."""
    headers: Headers
    body: bytes = b""
    signed: bool = False
    """Do `headers` hold a signature already? Then it is sent as it is."""
    documented: bool = True
    """Is `operation` an operationId?"""
    expects_object: bool = False
    """Is a 2xx whose body is no JSON object unreadable? Else its reader decides."""

    @property
    def to_message_server(self) -> bool:
        """Whether it goes to the message server, whose answers have a form of their own."""
        return self.server.name == MESSAGE

    @property
    def url(self) -> str:
        """The URL."""
        return self.server.url + self.target

    def request(self) -> httpx.Request:
        """Return the request as httpx has it, for errors: what authenticates it is masked.

        One of many messages is there without its body: its `Delivery` has the message.
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
