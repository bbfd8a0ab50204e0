"""Hand-written signatures, and the emulator's diagnosis of them."""

from __future__ import annotations

import base64
import hmac

from ncloud_datastream_emulator import Diagnosis
from ncloud_datastream_emulator.diagnosis import diagnose

NOW = 1_790_000_000_000
KEY, OTHER_KEY = "ACCESSACCESSACCESS01", "ACCESSACCESSACCESS02"
SECRET, OTHER_SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "other" * 8
ACCOUNTS = {KEY: SECRET, OTHER_KEY: OTHER_SECRET}
TOPICS = "/api/v1/topics"
QUERY = f"{TOPICS}?searchText=%EC%A3%BC%EB%AC%B8%20a&sortBy=topicName"
BODY = b'{"topic": "a"}'


def b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def sign(text: str | bytes, secret: str | bytes = SECRET, digest: str = "sha256") -> bytes:
    text = text.encode() if isinstance(text, str) else text
    secret = secret.encode() if isinstance(secret, str) else secret
    return hmac.digest(secret, text, digest)


def find(
    signature: str,
    target: str = QUERY,
    *,
    method: str = "GET",
    timestamp: str = str(NOW),
    key: str = KEY,
    name: str = "x-ncp-apigw-signature-v2",
    **headers: str,
) -> Diagnosis:
    lines = {
        "host": "127.0.0.1:8765",
        "x-ncp-apigw-timestamp": timestamp,
        "x-ncp-iam-access-key": key,
        name: signature,
        **headers,
    }
    raw = [(name.encode(), value.encode()) for name, value in lines.items()]
    found = diagnose(method, target, raw, BODY, ACCOUNTS, NOW, ["datastream.apigw.ntruss.com"])
    said = repr(found)
    assert SECRET not in said
    assert OTHER_SECRET not in said
    right = b64(sign(f"{method} {target}\n{timestamp}\n{key}"))
    assert right not in said
    return found


def right(target: str = QUERY, method: str = "GET") -> str:
    return f"{method} {target}\n{NOW}\n{KEY}"
