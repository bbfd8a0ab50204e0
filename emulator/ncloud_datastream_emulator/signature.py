"""The gateway's check of signature v2, implemented from NCP's description alone.

It shares no code with the client's signer, so that a mistake in one cannot hide in the other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

_TIMESTAMP = "x-ncp-apigw-timestamp"
_ACCESS_KEY = "x-ncp-iam-access-key"
_SIGNATURE = "x-ncp-apigw-signature-v2"
_HEADERS = {name.encode(): name for name in (_TIMESTAMP, _ACCESS_KEY, _SIGNATURE)}

_WINDOW_MS = 5 * 60 * 1000
_DIGITS = re.compile(r"[0-9]{1,20}")


class SignatureError(Exception):
    """The signature of a request is invalid; the message says what is expected."""


def check(
    method: str,
    target: str,
    headers: Iterable[tuple[bytes, bytes]],
    secrets: Mapping[str, str],
    now_ms: int,
) -> str:
    """Check a signature and return its access key.

    Args:
        method: The HTTP method.
        target: Path and query as received.
        headers: The request's headers, names in lower case.
        secrets: Secret keys by access key.
        now_ms: The gateway's time, in milliseconds since 1970.

    Returns:
        The access key.

    Raises:
        SignatureError: A header is missing, repeated or malformed, the timestamp differs from the
            gateway's clock by five minutes or more, the access key is unknown, or the signature
            does not match the request.
    """
    timestamp, access_key, signature = _read(headers)
    _check_timestamp(timestamp, now_ms)
    secret = secrets.get(access_key)
    if secret is None:
        raise SignatureError(f"The access key in {_ACCESS_KEY} is unknown.")
    # HTTP servers drop a bare question mark at the end, so a signature that includes it is valid
    # as well.
    for candidate in (target,) if "?" in target else (target, f"{target}?"):
        message = f"{method} {candidate}\n{timestamp}\n{access_key}"
        digest = hmac.digest(secret.encode(), message.encode("latin-1"), hashlib.sha256)
        if hmac.compare_digest(base64.b64encode(digest), signature):
            return access_key
    raise SignatureError(
        f"The signature does not match. It must be the Base64-encoded HMAC-SHA256 of "
        f'"{method} {target}", a line feed, the timestamp, a line feed and the access key, with '
        f"method, path and query as received."
    )


def _read(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str, bytes]:
    found: dict[str, bytes] = {}
    for raw_name, value in headers:
        name = _HEADERS.get(raw_name)
        if name is None:
            continue
        if name in found:
            raise SignatureError(f"The header {name} is present more than once.")
        found[name] = value
    missing = [name for name in _HEADERS.values() if not found.get(name)]
    if missing:
        raise SignatureError(
            f"Authentication information is missing: the request has no {' and no '.join(missing)}."
        )
    return (
        found[_TIMESTAMP].decode("latin-1"),
        found[_ACCESS_KEY].decode("latin-1"),
        found[_SIGNATURE],
    )


def _check_timestamp(timestamp: str, now_ms: int) -> None:
    if not _DIGITS.fullmatch(timestamp):
        raise SignatureError(f"{_TIMESTAMP} must be milliseconds since 1970 in decimal digits.")
    off = int(timestamp) - now_ms
    if abs(off) < _WINDOW_MS:
        return
    if abs(int(timestamp) * 1000 - now_ms) < _WINDOW_MS:
        raise SignatureError(f"{_TIMESTAMP} is in seconds; it must be in milliseconds since 1970.")
    raise SignatureError(
        f"{_TIMESTAMP} is {abs(off) / 60_000:.1f} minutes {'ahead of' if off > 0 else 'behind'} "
        f"the gateway's clock; the difference must be less than 5 minutes."
    )
