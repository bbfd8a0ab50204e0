"""What is asked: one request to one server, whole, not yet signed."""

from __future__ import annotations

from typing import NamedTuple

import httpx

from ..signature import ACCESS_KEY_HEADER, SIGNATURE_HEADER
from .servers import Server

MASKED = frozenset({ACCESS_KEY_HEADER, SIGNATURE_HEADER})
"""The headers that no error, log or trace shows the value of, in lower case."""

Headers = tuple[tuple[str, str], ...]


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

    @property
    def url(self) -> str:
        """The URL."""
        return self.server.url + self.target

    def request(self) -> httpx.Request:
        """Return the request as httpx has it, for errors: what authenticates it is masked."""
        headers = [
            (name, "***" if name.lower() in MASKED else value) for name, value in self.headers
        ]
        extensions = {"server": self.server.name}
        if self.documented:
            extensions["operation"] = self.operation
        return httpx.Request(
            self.method, self.url, headers=headers, content=self.body, extensions=extensions
        )
