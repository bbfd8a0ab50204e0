from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import ncloud_datastream_emulator
import pytest
from ncloud_datastream_emulator import signature

TIMESTAMP, KEY, SIGNATURE = (
    "x-ncp-apigw-timestamp",
    "x-ncp-iam-access-key",
    "x-ncp-apigw-signature-v2",
)
PREFIX = "/api/v1/topic-prefix"


def refusal(call: Any, headers: dict[str, str], target: str = PREFIX) -> str:
    """The details of a refusal, and proof that it is the gateway's 401 with a Date."""
    url = f"https://datastream.apigw.ntruss.com{target}"
    answer = call.client.get(url, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["date"] == "Mon, 21 Sep 2026 14:13:20 GMT"
    error = answer.json()["error"]
    assert (error["errorCode"], error["message"]) == ("200", "Authentication Failed")
    assert call.emulator.calls[-1].signature_valid is False
    secrets = [call.emulator.credentials, call.emulator.main_credentials]
    assert not any(each.secret_key in answer.text for each in secrets)
    assert SIGNATURE not in headers or headers[SIGNATURE] not in answer.text
    return str(error["details"])


@pytest.mark.parametrize(
    ("method", "path", "timestamp", "keys", "expected"),
    [
        # The first is NCP's own; the others were made with OpenSSL.
        (
            "GET",
            "/cluster/kubeconfig",
            1668407407855,
            ("access", "secret"),
            "LTJli9+OKT2KvUXxiKslMfu5FIOmDN83avehOvgUFp0=",
        ),
        (
            "GET",
            "/api/v1/topics",
            1700000000000,
            ("AK_TEST", "SK_TEST"),
            "ThxJJVpdhFHYe2E3Xw119ykalvilafpjFwJFRvSwWks=",
        ),
        (
            "GET",
            "/api/v1/topics?sortBy=topicName&descending=false",
            1700000000000,
            ("AK_TEST", "SK_TEST"),
            "jLoQd3bP54WjoFgTSYhx7bYrGYOD7ihimBRQ3OGdyZ4=",
        ),
        (
            "POST",
            "/api/produce",
            1700000000000,
            ("AK_TEST", "SK_TEST"),
            "BVTZW2RuiOgPvuC+9PdebAvGDKBucIAz6mEYZJI5Xpo=",
        ),
    ],
)
def test_known_signatures(
    sign: Callable[..., dict[str, str]],
    method: str,
    path: str,
    timestamp: int,
    keys: tuple[str, str],
    expected: str,
) -> None:
    credentials = SimpleNamespace(access_key=keys[0], secret_key=keys[1])
    assert sign(method, path, credentials, timestamp / 1000)[SIGNATURE] == expected
    headers = [
        (TIMESTAMP.encode(), str(timestamp).encode()),
        (KEY.encode(), keys[0].encode()),
        (SIGNATURE.encode(), expected.encode()),
    ]
    assert signature.check(method, path, headers, dict([keys]), timestamp) == keys[0]


@pytest.mark.parametrize("off", [-299_999, -1, 0, 1, 299_999])
def test_inside_the_window(call: Any, off: int) -> None:
    headers = call.headers("GET", PREFIX, off / 1000)
    assert call.client.get(url(call), headers=headers).status_code == 200


@pytest.mark.parametrize("off", [-300_000, 300_000, -450_000, 10**9])
def test_outside_the_window(call: Any, off: int) -> None:
    details = refusal(call, call.headers("GET", PREFIX, off / 1000))
    side = "ahead of" if off > 0 else "behind"
    assert details == (
        f"{TIMESTAMP} is {abs(off) / 60_000:.1f} minutes {side} the gateway's clock; "
        "the difference must be less than 5 minutes. Otherwise the signature is correct."
    )


def test_seconds_are_no_milliseconds(call: Any) -> None:
    now = call.clock()
    call.clock.now = now / 1000
    headers = call.headers("GET", PREFIX)
    call.clock.now = now
    assert "in seconds" in refusal(call, headers)


def url(call: Any) -> str:
    return f"https://datastream.apigw.ntruss.com{PREFIX}"


@pytest.mark.parametrize("value", ["", "abc", "-1", "1e3", "１７", "9" * 21])
def test_a_timestamp_is_digits(call: Any, value: str) -> None:
    headers = call.headers("GET", PREFIX)
    answer = call.client.get(url(call), headers={**headers, TIMESTAMP: value.encode("utf-8")})
    assert answer.status_code == 401
    expected = "no x-ncp-apigw-timestamp" if not value else "decimal digits"
    assert expected in answer.json()["error"]["details"]


@pytest.mark.parametrize("missing", [{TIMESTAMP}, {KEY}, {SIGNATURE}, {TIMESTAMP, KEY, SIGNATURE}])
def test_a_missing_header_is_named(call: Any, missing: set[str]) -> None:
    headers = {
        name: value for name, value in call.headers("GET", PREFIX).items() if name not in missing
    }
    details = refusal(call, headers)
    assert {name for name in (TIMESTAMP, KEY, SIGNATURE) if name in details} == missing


def test_a_header_given_twice(call: Any) -> None:
    headers = [*call.headers("GET", PREFIX).items(), (TIMESTAMP, "1")]
    answer = call.client.get(url(call), headers=headers)
    assert answer.status_code == 401
    assert f"{TIMESTAMP} is present more than once" in answer.json()["error"]["details"]


def test_an_unknown_access_key(call: Any) -> None:
    assert "unknown" in refusal(call, {**call.headers("GET", PREFIX), KEY: "A" * 20})


@pytest.mark.parametrize("value", ["A", "ThxJJVpdhFHYe2E3Xw119ykalvilafpjFwJFRvSwWks=", "서명"])
def test_a_wrong_signature_tells_what_was_received(call: Any, value: str) -> None:
    headers: Any = {**call.headers("GET", PREFIX), SIGNATURE: value.encode()}
    answer = call.client.get(f"{url(call)}?a=%20b", headers=headers)
    assert answer.status_code == 401
    assert f'"GET {PREFIX}?a=%20b"' in answer.json()["error"]["details"]


@pytest.mark.parametrize("other", ["method", "path", "query", "timestamp", "secret"])
def test_each_part_is_signed(call: Any, sign: Any, other: str) -> None:
    parts = ["GET", f"{PREFIX}?a=1", call.emulator.credentials, call.clock()]
    changed = {
        "method": "POST",
        "path": "/api/v1/topics?a=1",
        "query": PREFIX,
        "secret": SimpleNamespace(
            access_key=call.emulator.credentials.access_key,
            secret_key=call.emulator.main_credentials.secret_key,
        ),
    }
    places = ["method", "path", "secret"]
    if other == "query":
        parts[1] = changed["query"]
    elif other != "timestamp":
        parts[places.index(other)] = changed[other]
    headers = sign(*parts)
    if other == "timestamp":
        headers[TIMESTAMP] = str(int(headers[TIMESTAMP]) + 1)
    assert "does not match" in refusal(call, headers, f"{PREFIX}?a=1")


TARGETS = [
    "/api/v1/topics/a%2Fb",
    "/api/v1/topics/a%2fb",
    "/api/v1/topics?searchText=%EC%A3%BC%EB%AC%B8",
    "/api/v1/topics?searchText=a+b",
    "/api/v1/topics?searchText=a%20b",
    "/api/v1/topics?searchText=a/b:c@d,e;f",
    "/api/v1/topics?searchText=%ff%00",
    "/api/v1/topics?searchText=",
    "/api/v1/topics?searchText",
    "/api/v1/topics?a=1&&a=2&",
    "/api/v1/topics/a%3Fb?x=?y",
    "/api/v1/topics/%EC%A3%BC",
    "/api/v1/topics/..%2F..",
]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("socket", [True, False])
def test_the_target_is_checked_as_it_was_sent(
    call: Any, serve: Callable[..., Any], sign: Any, target: str, socket: bool
) -> None:
    caller = serve() if socket else call
    base = caller.emulator.url if socket else "https://datastream.apigw.ntruss.com"
    request = httpx.Request("GET", base)
    # httpx would tidy some of these: the raw path is set behind its back.
    request.url = httpx.URL(base, raw_path=target.encode())
    sent = request.url.raw_path.decode()
    request.headers.update(sign("GET", sent, caller.emulator.credentials, caller.clock()))
    response = caller.client.send(request)
    assert response.status_code in {200, 404}, response.text
    last = caller.emulator.calls[-1]
    assert (last.target, last.signature_valid) == (sent, True)


def test_an_encoded_slash_leads_nowhere_else(call: Any) -> None:
    topic = call.topic()
    answer = call("DELETE", f"/api/v1/topics/{topic['topicId']}%2Fconnectors%2Fc")
    assert answer.json()["code"] == "InvalidTopicNotFound"
    assert call.emulator.calls[-1].operation == "deleteTopic"


@pytest.mark.parametrize("signed", [PREFIX, f"{PREFIX}?"])
@pytest.mark.parametrize("sent", [PREFIX, f"{PREFIX}?"])
@pytest.mark.parametrize("socket", [True, False])
def test_a_bare_question_mark_may_be_signed_or_not(
    call: Any, serve: Callable[..., Any], sign: Any, signed: str, sent: str, socket: bool
) -> None:
    caller = serve() if socket else call
    base = caller.emulator.url if socket else "https://datastream.apigw.ntruss.com"
    headers = sign("GET", signed, caller.emulator.credentials, caller.clock())
    request = httpx.Request("GET", base, headers=headers)
    request.url = httpx.URL(base, raw_path=sent.encode())
    assert caller.client.send(request).status_code == 200


def test_the_check_shares_nothing_with_the_signer() -> None:
    """Neither the check nor anything in the package imports what signs; credentials alone are."""
    imports: dict[str, set[str]] = {}
    for path in Path(ncloud_datastream_emulator.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                imports.setdefault(path.name, set()).update(
                    f"{node.module}.{name.name}" for name in node.names
                )
            if isinstance(node, ast.ImportFrom) and node.level:
                imports.setdefault(path.name, set()).add(f".{node.module}")
            if isinstance(node, ast.Import):
                imports.setdefault(path.name, set()).update(name.name for name in node.names)
    ours = {
        (name, each)
        for name, found in imports.items()
        for each in found
        if each.startswith("ncloud_datastream") and not each.startswith("ncloud_datastream_emu")
    }
    assert ours == {
        ("emulator.py", "ncloud_datastream.Credentials"),
        ("initial.py", "ncloud_datastream.Credentials"),
        ("pytest_plugin.py", "ncloud_datastream.AsyncDataStream"),
        ("pytest_plugin.py", "ncloud_datastream.DataStream"),
    }
    assert not any(each.startswith((".", "ncloud")) for each in imports["signature.py"])
