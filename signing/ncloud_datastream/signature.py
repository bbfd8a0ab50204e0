"""Signature v2 of NAVER Cloud Platform, as two pure functions: no clock, no I/O, no HTTP library.

The recipe is that of NCP's own shell sample, as quoted at https://ydontustudy.tistory.com/169, and
of NCP's program ncp-iam-authenticator, whose published signature is a test vector. That the header
holds the very timestamp that is signed is said at
https://api-gov.ncloud-docs.com/docs/api-call-lgc-requestresponse. No page says how a query is
encoded, nor that the message host wants the same string: our reading is the request line, byte for
byte, on both hosts.
"""

import binascii
import hmac

TIMESTAMP_HEADER = "x-ncp-apigw-timestamp"
ACCESS_KEY_HEADER = "x-ncp-iam-access-key"
SIGNATURE_HEADER = "x-ncp-apigw-signature-v2"


def string_to_sign(method: str, target: str, timestamp: int, access_key: str) -> str:
    """Return the text that a request's signature is computed over.

    Args:
        method: The HTTP method, upper case.
        target: The request target exactly as it stands in the request line: the full path and,
            where there is one, ``?`` and the query, percent-encoded as sent.
        timestamp: Milliseconds since 1970-01-01T00:00:00Z; the timestamp header must carry the
            same number.
        access_key: The access key, as in its header.
    """
    return f"{method} {target}\n{timestamp}\n{access_key}"


def sign(secret_key: str, message: str) -> str:
    """Return the signature of `message`: Base64 of its HMAC-SHA256 under the secret key."""
    digest = hmac.digest(secret_key.encode(), message.encode(), "sha256")
    return binascii.b2a_base64(digest, newline=False).decode("ascii")
