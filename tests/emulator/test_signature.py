"""The gateway's signature check."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from ncloud_datastream_emulator import signature

TIMESTAMP, KEY, SIGNATURE = (
    "x-ncp-apigw-timestamp",
    "x-ncp-iam-access-key",
    "x-ncp-apigw-signature-v2",
)
PREFIX = "/api/v1/topic-prefix"
HOST = "https://datastream.apigw.ntruss.com"


def details(call: Any, headers: Any, target: str = PREFIX) -> str:
    """Return the details of a rejection, which is the gateway's 401 with a Date."""
    response = call.client.get(f"{HOST}{target}", headers=headers)
    assert response.status_code == 401
    assert response.headers["date"] == "Mon, 21 Sep 2026 14:13:20 GMT"
    error = response.json()["error"]
    assert (error["errorCode"], error["message"]) == ("200", "Authentication Failed")
    assert call.emulator.calls[-1].signature_valid is False
    secrets = [call.emulator.credentials, call.emulator.main_credentials]
    assert not any(each.secret_key in response.text for each in secrets)
    return str(error["details"])


@pytest.mark.parametrize(
    ("method", "path", "timestamp", "keys", "expected"),
    [
        # The first is NCP's own; the other was computed with OpenSSL.
        (
            "GET",
            "/cluster/kubeconfig",
            1668407407855,
            ("access", "secret"),
            "LTJli9+OKT2KvUXxiKslMfu5FIOmDN83avehOvgUFp0=",
        ),
        (
            "GET",
            "/api/v1/topics?sortBy=topicName&descending=false",
            1700000000000,
            ("AK_TEST", "SK_TEST"),
            "jLoQd3bP54WjoFgTSYhx7bYrGYOD7ihimBRQ3OGdyZ4=",
        ),
    ],
)
def test_known_signatures_are_valid(
    sign: Callable[..., dict[str, str]],
    method: str,
    path: str,
    timestamp: int,
    keys: tuple[str, str],
    expected: str,
) -> None:
    credentials = SimpleNamespace(access_key=keys[0], secret_key=keys[1])
    headers = sign(method, path, credentials, timestamp / 1000)
    assert headers[SIGNATURE] == expected
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert signature.check(method, path, raw, dict([keys]), timestamp) == keys[0]


@pytest.mark.parametrize("off", [-299_999, 0, 299_999])
def test_a_timestamp_within_five_minutes_is_valid(call: Any, off: int) -> None:
    headers = call.headers("GET", PREFIX, off / 1000)
    assert call.client.get(f"{HOST}{PREFIX}", headers=headers).status_code == 200


@pytest.mark.parametrize("off", [-300_000, 300_000, -450_000, 10**9])
def test_a_timestamp_five_minutes_off_is_rejected(call: Any, off: int) -> None:
    side = "ahead of" if off > 0 else "behind"
    assert details(call, call.headers("GET", PREFIX, off / 1000)) == (
        f"{TIMESTAMP} is {abs(off) / 60_000:.1f} minutes {side} the gateway's clock; the "
        "difference must be less than 5 minutes. Otherwise the signature is correct."
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "no x-ncp-apigw-timestamp"),
        ("abc", "decimal digits"),
        ("-1", "decimal digits"),
        ("１７", "decimal digits"),
        ("9" * 21, "decimal digits"),
        ("1790000000", "in seconds"),
    ],
)
def test_a_timestamp_is_milliseconds_in_decimal_digits(call: Any, value: str, reason: str) -> None:
    headers = {**call.headers("GET", PREFIX), TIMESTAMP: value.encode()}
    assert reason in details(call, headers)


@pytest.mark.parametrize("missing", [{TIMESTAMP}, {KEY}, {SIGNATURE}, {TIMESTAMP, KEY, SIGNATURE}])
def test_a_missing_header_is_named(call: Any, missing: set[str]) -> None:
    headers = {
        name: value for name, value in call.headers("GET", PREFIX).items() if name not in missing
    }
    found = details(call, headers)
    assert {name for name in (TIMESTAMP, KEY, SIGNATURE) if name in found} == missing


def test_a_repeated_header_and_an_unknown_access_key_are_rejected(call: Any) -> None:
    signed = call.headers("GET", PREFIX)
    repeated = details(call, [*signed.items(), (TIMESTAMP, "1")])
    assert f"{TIMESTAMP} is present more than once" in repeated
    assert "unknown" in details(call, {**signed, KEY: "A" * 20})


@pytest.mark.parametrize("value", ["A", "ThxJJVpdhFHYe2E3Xw119ykalvilafpjFwJFRvSwWks=", "서명"])
def test_the_rejection_quotes_the_target_as_received(call: Any, value: str) -> None:
    headers = {**call.headers("GET", PREFIX), SIGNATURE: value.encode()}
    found = details(call, headers, f"{PREFIX}?a=%20b")
    assert f'"GET {PREFIX}?a=%20b"' in found
    assert value not in found or value == "A"


@pytest.mark.parametrize("other", ["method", "path", "query", "timestamp", "secret"])
def test_each_part_of_the_string_is_signed(call: Any, sign: Any, other: str) -> None:
    keys = call.emulator.credentials
    if other == "secret":
        secret = call.emulator.main_credentials.secret_key
        keys = SimpleNamespace(access_key=keys.access_key, secret_key=secret)
    path = "/api/v1/topics" if other == "path" else PREFIX
    query = "" if other == "query" else "?a=1"
    headers = sign("POST" if other == "method" else "GET", path + query, keys, call.clock())
    if other == "timestamp":
        headers[TIMESTAMP] = str(int(headers[TIMESTAMP]) + 1)
    assert "does not match" in details(call, headers, f"{PREFIX}?a=1")


TARGETS = [
    "/api/v1/topics/a%2Fb",
    "/api/v1/topics/a%2fb",
    "/api/v1/topics?searchText=%EC%A3%BC%EB%AC%B8",
    "/api/v1/topics?searchText=a+b%20c",
    "/api/v1/topics?searchText=a/b:c@d,e;f",
    "/api/v1/topics?searchText=%ff%00",
    "/api/v1/topics?searchText",
    "/api/v1/topics?a=1&&a=2&",
    "/api/v1/topics/a%3Fb?x=?y",
    "/api/v1/topics/..%2F..",
]


@pytest.mark.parametrize("socket", [True, False])
def test_the_target_is_checked_as_it_was_sent(
    call: Any, serve: Callable[..., Any], sign: Any, socket: bool
) -> None:
    caller = serve() if socket else call
    base = caller.emulator.url if socket else HOST

    def send(sent: str, signed: str) -> int:
        headers = sign("GET", signed, caller.emulator.credentials, caller.clock())
        request = httpx.Request("GET", base, headers=headers)
        # httpx would normalize some of these, so the raw path is set afterwards.
        request.url = httpx.URL(base, raw_path=sent.encode())
        return int(caller.client.send(request).status_code)

    for target in TARGETS:
        assert send(target, target) in {200, 404}
        last = caller.emulator.calls[-1]
        assert (last.target, last.signature_valid) == (target, True)
    # Servers drop a bare question mark, so it may be signed or not.
    for sent in (PREFIX, f"{PREFIX}?"):
        assert [send(sent, signed) for signed in (PREFIX, f"{PREFIX}?")] == [200, 200]


def test_an_encoded_slash_stays_part_of_an_id(call: Any) -> None:
    topic = call.topic()
    response = call("DELETE", f"/api/v1/topics/{topic['topicId']}%2Fconnectors%2Fc")
    assert response.json()["code"] == "InvalidTopicNotFound"
    assert call.emulator.calls[-1].operation == "deleteTopic"
