"""The bytes of a request: as httpx would write them, and signed."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ncloud_datastream import (
    ConfigurationError,
    Credentials,
    Message,
    SignatureAuth,
    sign,
    string_to_sign,
)
from ncloud_datastream.calls.headers import standard_headers
from ncloud_datastream.sending.request import Call, Writer, encode
from ncloud_datastream_api.models import SendMessageRequest

URL = "http://127.0.0.1:8765"
CALL = Call.documented(standard_headers())
TEXT = st.text(st.characters(exclude_categories=("Cs",)))


@given(TEXT, TEXT, TEXT, st.none() | st.integers())
def test_the_body_is_that_of_the_generated_model(
    topic: str, key: str, value: str, partition: int | None
) -> None:
    model = SendMessageRequest(topic=topic, key=key, value=value)
    if partition is not None:
        model.partition = partition
    by_httpx = httpx.Request("POST", URL, json=model.to_dict()).content
    encoded = encode(Message(topic, key, value, partition))
    assert json.loads(encoded) == json.loads(by_httpx) == model.to_dict()
    # Nor is it longer; httpx itself writes blanks before 0.28.
    assert len(encoded) <= len(by_httpx)


BAD: list[Any] = [
    Message("t", "k", "\ud800"),
    Message("t", "k", b"bytes"),  # type: ignore[arg-type]
    Message("t", "k", float("nan")),  # type: ignore[arg-type]
    Message("t", {1}, "v"),  # type: ignore[arg-type]
    ("t", "k", "v", None),
    "four",
    None,
]


@pytest.mark.parametrize("message", BAD, ids=repr)
def test_what_cannot_be_sent_is_said_and_not_shown(message: Any) -> None:
    with pytest.raises(ConfigurationError, match="Nothing was sent") as caught:
        encode(message)
    assert not caught.value.maybe_delivered


def test_a_message_that_nests_too_deep() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ConfigurationError):
        encode(Message("t", "k", deep))
    while deep:  # taken apart by hand: the interpreter would recurse
        deep = deep[0]


def test_the_head_is_what_httpx_would_send() -> None:
    auth = SignatureAuth(Credentials("AK", "SK"), {"message": URL}, lambda: 1_700_000_000.0)
    data, offset = Writer(auth, URL, CALL).write(b'{"a":1}')
    head, _, body = data.partition(b"\r\n\r\n")
    line, *headers = head.decode("ascii").split("\r\n")
    assert line == "POST /api/produce HTTP/1.1"
    assert body == b'{"a":1}'
    assert offset == 0.0
    message = string_to_sign("POST", "/api/produce", 1_700_000_000_000, "AK")
    assert dict(header.split(": ", 1) for header in headers) == {
        "Host": "127.0.0.1:8765",
        **standard_headers(),
        "Content-Type": "application/json",
        "x-ncp-apigw-timestamp": "1700000000000",
        "x-ncp-iam-access-key": "AK",
        "x-ncp-apigw-signature-v2": sign("SK", message),
        "Content-Length": "7",
    }


def test_the_host_is_written_as_a_url_has_it() -> None:
    auth = SignatureAuth(Credentials("AK", "SK"))
    for url, host in [("https://[::1]:8765", "[::1]:8765"), ("https://example.com", "example.com")]:
        data, _ = Writer(auth, url, CALL).write(b"")
        assert f"\r\nHost: {host}\r\n".encode() in data


def test_errors_get_an_unsigned_request() -> None:
    request = CALL.request(URL, b"{}")
    assert str(request.url) == URL + "/api/produce"
    assert request.extensions["operation"] == "sendMessage"
    assert request.extensions["server"] == "message"
    assert not any("ncp" in name for name in request.headers)
    assert json.loads(request.content) == {}
