"""From a call to the bytes of its request; what does not change is put together once."""

from __future__ import annotations

import re

from ncloud_datastream.calls.call import Call, Headers
from ncloud_datastream.calls.servers import Server
from ncloud_datastream.errors import ConfigurationError
from ncloud_datastream.signature import ACCESS_KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream.auth import Stamp

# What cannot stand in a request line or in a header: it would end the line, or not be sent.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"[!-~]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")

_KEPT = 64


class RequestWriter:
    """Writes the requests to one server.

    Args:
        server: The server.
    """

    def __init__(self, server: Server) -> None:
        self._host = f"Host: {server.authority}\r\n"
        self._fixed: dict[Headers, str] = {}

    def head(self, call: Call) -> str:
        """Return the beginning of a request, up to the headers that sign it.

        Raises:
            ConfigurationError: A part of it cannot be sent.
        """
        if _TARGET.fullmatch(call.target) is None or _TOKEN.fullmatch(call.method) is None:
            raise ConfigurationError(
                f"{call.operation}: the method or the request target holds a character that "
                "cannot be sent. Nothing was sent."
            )
        fixed = self._fixed.get(call.headers)
        if fixed is None:
            fixed = _lines(call)
            if not call.signed:  # a signature is used once, and not kept
                if len(self._fixed) >= _KEPT:
                    self._fixed.clear()
                self._fixed[call.headers] = fixed
        return f"{call.method} {call.target} HTTP/1.1\r\n{self._host}{fixed}"


def request_bytes(head: str, stamp: Stamp | None, call: Call) -> bytes:
    """Return a whole request.

    Args:
        head: See `RequestWriter.head`.
        stamp: What signs it; None where its headers do already.
        call: The call.
    """
    signed = (
        ""
        if stamp is None
        else f"{TIMESTAMP_HEADER}: {stamp.timestamp}\r\n{ACCESS_KEY_HEADER}: {stamp.access_key}\r\n"
        f"{SIGNATURE_HEADER}: {stamp.signature}\r\n"
    )
    body = call.body
    # GET and its like announce a length only where they have a body (RFC 9110, 8.6).
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
            # The value may be a secret: only the name is told.
            raise ConfigurationError(
                f"{call.operation}: the header {name[:80]!r} holds a character that cannot be "
                "sent. Nothing was sent."
            )
    return "".join(f"{name}: {value}\r\n" for name, value in call.headers)
