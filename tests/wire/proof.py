"""Proof of a signature by OpenSSL, from nothing but the bytes that a socket got."""

from __future__ import annotations

import base64
import subprocess

from ncloud_datastream import Credentials
from wire.server import RawServer, Seen

ACCESS_KEY = "AKwire0123456789"
SECRET_KEY = "SK'$\"\\`wire=+/%~"
KEYS = Credentials(ACCESS_KEY, SECRET_KEY)


def by_openssl(message: bytes) -> str:
    """The signature of a message under the secret key."""
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-binary"]
    command += ["-macopt", f"hexkey:{SECRET_KEY.encode().hex()}"]
    done = subprocess.run(command, input=message, capture_output=True, check=True)
    return base64.b64encode(done.stdout).decode("ascii")


def proved(seen: Seen, server: RawServer) -> Seen:
    """The request, if it is one, whole, rightly addressed and signed as OpenSSL signs it."""
    method, target, version = seen.request_line
    assert version == b"HTTP/1.1"
    assert seen.rest == b""
    assert seen.header("host") == server.netloc
    assert seen.header("x-ncp-iam-access-key") == ACCESS_KEY
    timestamp = seen.header("x-ncp-apigw-timestamp").encode()
    message = b"%s %s\n%s\n%s" % (method, target, timestamp, ACCESS_KEY.encode())
    assert seen.header("x-ncp-apigw-signature-v2") == by_openssl(message)
    assert SECRET_KEY.encode() not in seen.head + seen.body
    return seen
