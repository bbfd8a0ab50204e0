"""Verification of a signature from the bytes that a socket received."""

from __future__ import annotations

import base64
import hmac

from ncloud_datastream import Credentials
from wire.server import RawServer, Seen

ACCESS_KEY = "AKwire0123456789"
SECRET_KEY = "SK'$\"\\`wire=+/%~"
KEYS = Credentials(ACCESS_KEY, SECRET_KEY)


def signature(message: bytes) -> str:
    """Return the signature of a message with the secret key."""
    return base64.b64encode(hmac.digest(SECRET_KEY.encode(), message, "sha256")).decode("ascii")


def proved(seen: Seen, server: RawServer) -> Seen:
    """Return the request after checking that it is complete, addressed correctly and signed."""
    method, target, version = seen.request_line
    assert version == b"HTTP/1.1"
    assert seen.rest == b""
    assert seen.header("host") == server.netloc
    assert seen.header("x-ncp-iam-access-key") == ACCESS_KEY
    timestamp = seen.header("x-ncp-apigw-timestamp").encode()
    message = b"%s %s\n%s\n%s" % (method, target, timestamp, ACCESS_KEY.encode())
    assert seen.header("x-ncp-apigw-signature-v2") == signature(message)
    assert SECRET_KEY.encode() not in seen.head + seen.body
    return seen
