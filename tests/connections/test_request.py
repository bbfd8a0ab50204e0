"""The bytes of a request: the same as httpx writes, and safe against header injection."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from ncloud_datastream import ConfigurationError, Credentials, SignatureAuth, sign, string_to_sign
from ncloud_datastream.calls.call import Call
from ncloud_datastream.calls.headers import standard_headers
from ncloud_datastream.calls.servers import Server
from ncloud_datastream.wire.request import RequestWriter, request_bytes

SERVER = Server.at("message", "http://127.0.0.1:8765")
HEADERS = (*standard_headers().items(), ("Content-Type", "application/json"))
NOW = 1_700_000_000.0
AUTH = SignatureAuth(Credentials("AK", "SK"), {"message": SERVER.url}, lambda: NOW)


def call(method: str = "POST", target: str = "/api/produce", **more: Any) -> Call:
    given = {"headers": HEADERS, "body": b'{"a":1}', **more}
    return Call(SERVER, "sendMessage", method, target, **given)


def written(made: Call, *, signed: bool = True) -> bytes:
    head = RequestWriter(made.server).head(made)
    pair = AUTH.credentials(0.0)
    stamp = AUTH.stamp(made.method, made.target, pair) if signed else None
    return request_bytes(head, stamp, made)


def read(data: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    line, *headers = head.decode("latin-1").split("\r\n")
    return line, dict(header.split(": ", 1) for header in headers), body


def test_a_request_has_the_headers_that_httpx_sends_and_the_signature() -> None:
    line, headers, body = read(written(call()))
    assert line == "POST /api/produce HTTP/1.1"
    assert body == b'{"a":1}'
    message = string_to_sign("POST", "/api/produce", int(NOW * 1000), "AK")
    assert headers == {
        "Host": "127.0.0.1:8765",
        **dict(HEADERS),
        "x-ncp-apigw-timestamp": str(int(NOW * 1000)),
        "x-ncp-iam-access-key": "AK",
        "x-ncp-apigw-signature-v2": sign("SK", message),
        "Content-Length": "7",
    }
    httpxs = httpx.Request("POST", SERVER.url + "/api/produce", content=body)
    assert headers["Host"] == httpxs.headers["Host"]
    assert headers["Content-Length"] == httpxs.headers["Content-Length"]


def test_a_signed_call_is_not_signed_again() -> None:
    _, headers, _ = read(written(call(), signed=False))
    assert not any("ncp" in name for name in headers)


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [
        ("GET", b"", None),
        ("DELETE", b"", None),
        ("DELETE", b"{}", "2"),
        ("POST", b"", "0"),
        ("PUT", b"", "0"),
        ("PATCH", b"", "0"),
    ],
)
def test_content_length_is_sent_if_a_body_is_expected(
    method: str, body: bytes, length: str | None
) -> None:
    _, headers, _ = read(written(call(method, body=body)))
    assert headers.get("Content-Length") == length


@pytest.mark.parametrize(
    ("url", "host"), [("https://[::1]:8765", "[::1]:8765"), ("https://one.example", "one.example")]
)
def test_the_host_header_omits_the_default_port(url: str, host: str) -> None:
    made = call()._replace(server=Server.at("message", url))
    assert read(written(made))[1]["Host"] == host


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/a b"),
        ("GET", "/a\r\nX: y"),
        ("GET", "/ä"),
        ("GET", ""),
        ("GE T", "/"),
        ("GET\n", "/"),
        ("", "/"),
    ],
)
def test_an_invalid_request_line_is_rejected(method: str, target: str) -> None:
    with pytest.raises(ConfigurationError, match="sendMessage: the method or the request target"):
        written(call(method, target))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X", "secret\r\nY: z"),
        ("X", "secret\x00"),
        ("X", "secret\x7f"),
        ("X", "secret 한"),
        ("X Y", "secret"),
        ("", "secret"),
        ("X:", "secret"),
    ],
)
def test_an_invalid_header_is_rejected_without_showing_its_value(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match="Nothing was sent") as caught:
        written(call(headers=((name, value),)))
    assert repr(name) in str(caught.value)
    assert "secret" not in str(caught.value)


def test_cached_headers_are_never_mixed_up() -> None:
    """More sets of headers than the cache holds."""
    writer = RequestWriter(SERVER)
    for number in [*range(200), 0, 199]:
        made = call(headers=(("X-Number", str(number)), ("X-Word", "ä\t~")))
        _, headers, _ = read(request_bytes(writer.head(made), None, made))
        assert headers["X-Number"] == str(number)
        assert headers["X-Word"] == "ä\t~"
