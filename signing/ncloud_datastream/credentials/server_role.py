"""The keys of a server role, from the metadata service of an NCP server.

Requests go only to the given address, without proxies or redirects, and are bounded in time and
size.
"""

from __future__ import annotations

import json
import re
import socket
import time
from contextlib import closing
from datetime import datetime
from typing import Any

from ncloud_datastream.errors import ConfigurationError

from .making import Make, Pair

TIMEOUT = 2.0
"""Seconds for both requests together."""

_PATH = "/latest/meta-data/iam/security-credentials/"
_LIMIT = 64 * 1024


def find(make: Make[Pair], address: str) -> tuple[Pair | None, str]:
    """Return the role's keys, or None and the reason why there are none.

    Raises:
        ConfigurationError: The service returned no usable pair for the role.
    """
    deadline = time.monotonic() + TIMEOUT
    status, body = _get(address, _PATH, deadline)
    if status != 200:
        return None, body
    role = next(iter(body.split()), "")
    if not re.fullmatch(r"[A-Za-z0-9._~:@=+,-]{1,256}", role) or set(role) <= {"."}:
        return None, "no role is set on this server"
    status, body = _get(address, _PATH + role, deadline)
    if status != 200:
        return None, body
    try:
        return _read(make, body, f"the server role {role}"), "found"
    finally:
        # Keeps the keys out of tracebacks that show local variables.
        del body


def _read(make: Make[Pair], body: str, source: str) -> Pair:
    try:
        answer = json.loads(body)
        expiry = answer.get("Expiration")
        expires_at = None if expiry is None else datetime.fromisoformat(expiry)
        access_key, secret_key = answer["AccessKeyId"], answer["SecretAccessKey"]
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        kind = type(error).__name__
    else:
        try:
            return make(access_key, secret_key, expires_at, source=source)
        finally:
            del answer, body, access_key, secret_key
    # Raised here, where no local variable or exception has a part of the response.
    answer, body, expiry = None, "", None
    raise ConfigurationError(f"The metadata service returned no key pair for {source}: {kind}.")


def _get(address: str, path: str, deadline: float) -> tuple[int, str]:
    """Return the status code and the body, or 0 and the reason of the failure."""
    import http.client

    try:
        left = _left(deadline)
        with closing(http.client.HTTPConnection(address, timeout=left)) as connection:
            connection.connect()
            connection.sock = _Bounded(connection.sock, deadline)
            connection.request("GET", path, headers={"Connection": "close"})
            with connection.getresponse() as response:
                body = response.read(_LIMIT + 1)
    except TimeoutError:
        return 0, f"no response within {TIMEOUT:g} s"
    except (OSError, http.client.HTTPException, ValueError, OverflowError) as error:
        return 0, f"no response: {getattr(error, 'strerror', None) or type(error).__name__}"
    if response.status != 200:
        return response.status, f"HTTP {response.status}"
    if len(body) > _LIMIT:
        return 0, "the response is too long"
    if response.length:
        return 0, "the response is cut short"
    return 200, body.decode("utf-8", errors="replace")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Bounded(socket.socket):
    """A connected socket with one deadline for all its reads."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._deadline = deadline
        super().__init__(fileno=connected.detach())

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(_left(self._deadline))
        return super().recv_into(buffer, nbytes, flags)
