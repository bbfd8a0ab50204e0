"""The keys of a server role, asked of the metadata service of an NCP server.

Only the address given is asked, without proxies and redirects, with a bound on time and size.
"""

from __future__ import annotations

import json
import re
import time
from datetime import datetime

from .credentials import Credentials
from .errors import ConfigurationError

TIMEOUT = 2.0
"""Seconds for both questions together."""

_PATH = "/latest/meta-data/iam/security-credentials/"
_LIMIT = 64 * 1024


def find(address: str) -> tuple[Credentials | None, str]:
    """Return the role's keys, or None and the reason why there are none.

    Raises:
        ConfigurationError: The service answered for a role, but not with a usable pair.
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
    return _read(body, f"the server role {role}"), "found"


def _read(body: str, source: str) -> Credentials:
    try:
        answer = json.loads(body)
        expiry = answer.get("Expiration")
        expires_at = None if expiry is None else datetime.fromisoformat(expiry)
        access_key, secret_key = answer["AccessKeyId"], answer["SecretAccessKey"]
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        kind = type(error).__name__
    else:
        del answer, body
        return Credentials(access_key, secret_key, expires_at, source=source)
    # Raised out here, where no local variable holds the answer and no error shows a part of it.
    answer, body = None, ""
    raise ConfigurationError(f"The metadata service's answer for {source} has no pair: {kind}.")


def _get(address: str, path: str, deadline: float) -> tuple[int, str]:
    """Return status and body, or 0 and what went wrong, in words."""
    import http.client

    left = deadline - time.monotonic()
    if left <= 0:
        return 0, f"no answer within {TIMEOUT:g} s"
    connection = http.client.HTTPConnection(address, timeout=left)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        body = bytearray()
        while chunk := response.read1(4096):
            body += chunk
            left = deadline - time.monotonic()
            if len(body) > _LIMIT or left <= 0:
                return 0, "the answer is too long"
        if response.status != 200:
            return response.status, f"it answered {response.status}"
        return 200, body.decode("utf-8", errors="replace")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return 0, f"no answer: {getattr(error, 'strerror', None) or type(error).__name__}"
    finally:
        connection.close()
