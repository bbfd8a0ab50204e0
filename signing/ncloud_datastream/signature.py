"""Signature v2 of NAVER Cloud Platform, as two pure functions: no clock, no I/O, no HTTP library.

The algorithm is that of NCP's own shell sample, as quoted at https://ydontustudy.tistory.com/169,
and of NCP's program ncp-iam-authenticator, whose published signature is a test vector. That the
timestamp header must equal the signed timestamp is documented at
https://api-gov.ncloud-docs.com/docs/api-call-lgc-requestresponse. NCP documents neither how a query
is encoded nor that the message host expects the same string to sign. Our reading: both hosts expect
the exact bytes of the request line.
"""

import binascii
import hmac

TIMESTAMP_HEADER = "x-ncp-apigw-timestamp"
ACCESS_KEY_HEADER = "x-ncp-iam-access-key"
SIGNATURE_HEADER = "x-ncp-apigw-signature-v2"


def string_to_sign(method: str, target: str, timestamp: int, access_key: str) -> str:
    """Return the string to sign of a request.

    Args:
        method: The HTTP method, upper case.
        target: The request target exactly as in the request line: the full path, and ``?`` and the
            query if there is one, percent-encoded as sent.
        timestamp: Milliseconds since 1970-01-01T00:00:00Z; the timestamp header must have the same
            value.
        access_key: The access key; its header must have the same value.
    """
    return f"{method} {target}\n{timestamp}\n{access_key}"


def sign(secret_key: str, message: str) -> str:
    """Return the signature of a string to sign: the Base64 of its HMAC-SHA256."""
    digest = hmac.digest(secret_key.encode(), message.encode(), "sha256")
    return binascii.b2a_base64(digest, newline=False).decode("ascii")
