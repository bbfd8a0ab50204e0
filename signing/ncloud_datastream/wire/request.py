"""Serialization of a call to the bytes of its request, with unchanging headers cached."""

from __future__ import annotations

import re

from ncloud_datastream.calls.call import Call, Headers
from ncloud_datastream.calls.servers import Server
from ncloud_datastream.errors import ConfigurationError
from ncloud_datastream.signature import ACCESS_KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream.auth import Stamp

# The allowed characters: anything else would end the line, or cannot be sent.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"[!-~]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")

_CACHE_SIZE = 64


class RequestWriter:
    """Serializes the requests to one server.

    Args:
        server: The server.
    """

    def __init__(self, server: Server) -> None:
        self._host = f"Host: {server.authority}\r\n"
        self._fixed: dict[Headers, str] = {}

    def head(self, call: Call) -> str:
        """Return the start of a request, up to the authentication headers.

        Raises:
            ConfigurationError: The method, the target or a header cannot be sent.
        """
        if _TARGET.fullmatch(call.target) is None or _TOKEN.fullmatch(call.method) is None:
            raise ConfigurationError(
                f"{call.operation}: the method or the request target contains a character that "
                "cannot be sent. Nothing was sent."
            )
        fixed = self._fixed.get(call.headers)
        if fixed is None:
            fixed = _lines(call)
            if not call.signed:  # the headers include a signature, which is used once
                if len(self._fixed) >= _CACHE_SIZE:
                    self._fixed.clear()
                self._fixed[call.headers] = fixed
        return f"{call.method} {call.target} HTTP/1.1\r\n{self._host}{fixed}"


def request_bytes(head: str, stamp: Stamp | None, call: Call) -> bytes:
    """Return the bytes of a complete request.

    Args:
        head: The result of `RequestWriter.head`.
        stamp: The signature, or None if the headers of the call include one.
        call: The call.
    """
    signed = (
        ""
        if stamp is None
        else f"{TIMESTAMP_HEADER}: {stamp.timestamp}\r\n{ACCESS_KEY_HEADER}: {stamp.access_key}\r\n"
        f"{SIGNATURE_HEADER}: {stamp.signature}\r\n"
    )
    body = call.body
    # GET and DELETE send Content-Length only with a body (RFC 9110, section 8.6).
    length = (
        f"Content-Length: {len(body)}\r\n"
        if body or call.method in ("POST", "PUT", "PATCH")
        else ""
    )
    return f"{head}{signed}{length}\r\n".encode("latin-1") + body


def _lines(call: Call) -> str:
    for name, value in call.headers:
        try:
            value.encode("latin-1")
        except UnicodeEncodeError:
            allowed = False
        else:
            allowed = _TOKEN.fullmatch(name) is not None and _VALUE.fullmatch(value) is not None
        if not allowed:
            # The value may be a secret, so the message shows only the name.
            raise ConfigurationError(
                f"{call.operation}: the header {name[:80]!r} contains a character that cannot be "
                "sent. Nothing was sent."
            )
    return "".join(f"{name}: {value}\r\n" for name, value in call.headers)
