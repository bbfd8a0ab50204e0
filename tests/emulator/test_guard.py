"""The page and the paths below /_emulator/ serve programs on this machine and the page itself.

A page of another site, open in a browser on this machine, can send requests to it, and can point a
domain of its own to a loopback address (DNS rebinding). Its Host or its Origin reveals it.
"""

from __future__ import annotations

import json
import socket
import tracemalloc
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from ncloud_datastream_emulator import Emulator

HERE = "http://localhost:8765"
ORDER = {"operation_id": "listTopics", "status": 418}
CALLS = "/_emulator/calls"
# Requests that are accepted, with their bodies.
OWN: list[tuple[str, str, Any, int]] = [
    ("GET", CALLS, None, 200),
    ("GET", "/_emulator/messages?topic=t", None, 200),
    ("GET", "/_emulator/state", None, 200),
    ("GET", "/_emulator/page.js", None, 200),
    ("POST", "/_emulator/answers", ORDER, 204),
    ("POST", "/_emulator/topics", {"name": "a"}, 400),
    ("POST", "/_emulator/messages", {"topic": "a", "key": "", "value": ""}, 404),
    ("POST", "/_emulator/reset", {}, 204),
]
PATHS = [
    *OWN,
    ("OPTIONS", "/_emulator/answers", None, 404),
    # The guard precedes routing, so that new paths are protected.
    ("GET", "/_emulator/added-one-day", None, 404),
    ("DELETE", "/_emulator/", None, 404),
]
TOPICS = "/api/v1/topics"


def list_topics(call: Any) -> httpx.Response:
    """List topics without a check against the document."""
    headers = call.headers("GET", TOPICS)
    response: httpx.Response = call.client.get(f"{HERE}{TOPICS}", headers=headers)
    return response


def request(call: Any, method: str, path: str, body: Any, **headers: str) -> httpx.Response:
    content = None if body is None else json.dumps(body).encode()
    usual = {} if body is None else {"content-type": "application/json"}
    response: httpx.Response = call.client.request(
        method, f"{HERE}{path}", content=content, headers=usual | headers
    )
    return response


def assert_rejected(call: Any, response: httpx.Response, status: int, reason: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in response.headers
    assert response.json().keys() == {"detail"}
    assert reason in response.json()["detail"]
    assert list_topics(call).json() == {"list": []}, "it had no effect"
    assert {each.operation for each in call.emulator.calls} == {"listTopics"}, "it is not a call"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("host", "emulator.attacker.example:8765"),
        ("host", "127.0.0.1.attacker.example:8765"),
        ("host", "localhost.attacker.example"),
        ("host", "localhost@attacker.example"),
        ("host", "attacker.example@localhost"),
        ("host", "datastream.apigw.ntruss.com"),
        ("host", "192.168.0.7"),
        ("host", "0.0.0.0:8765"),
        ("host", "[2001:db8::1]:8765"),
        ("host", "[::1"),
        ("host", "localhost:8765, attacker.example"),
        ("host", "localhost:x"),
        ("host", ""),
        ("origin", "http://attacker.example"),
        ("origin", "http://localhost:3000"),  # another program may serve anyone's pages there
        ("origin", "http://localhost"),
        ("origin", "http://127.0.0.1:8765"),
        ("origin", "http://localhost:8765.attacker.example"),
        ("origin", "file://localhost:8765"),
        ("origin", "null"),
        ("origin", ""),
    ],
)
def test_a_foreign_host_or_origin_is_rejected(call: Any, header: str, value: str) -> None:
    for method, path, body, _ in PATHS:
        reason = "another Host" if header == "host" else "another origin"
        assert_rejected(call, request(call, method, path, body, **{header: value}), 403, reason)


@pytest.mark.parametrize(
    "kind",
    [
        # A form, or a script without a preflight request, can send these.
        "text/plain",
        "text/plain; a=application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "",
        None,
    ],
)
def test_a_body_of_another_type_is_rejected(call: Any, kind: str | None) -> None:
    headers = {} if kind is None else {"content-type": kind}
    for _, path, body, _ in (each for each in OWN if each[0] == "POST"):
        response = call.client.post(
            f"{HERE}{path}", content=json.dumps(body).encode(), headers=headers
        )
        assert_rejected(call, response, 415, "application/json")


def test_a_body_that_is_too_large_is_not_read(call: Any) -> None:
    content = b" " * (10 * 1024 * 1024 + 1)
    headers = {"content-type": "application/json"}
    response = call.client.post(f"{HERE}/_emulator/answers", content=content, headers=headers)
    assert_rejected(call, response, 413, "10485760 bytes")


@pytest.mark.parametrize("host", ["LOCALHOST:8765", "127.0.0.1:8765", "127.0.0.2", "[::1]:8765"])
@pytest.mark.parametrize("scheme", ["http", "https", None])
def test_programs_and_the_own_page_are_served(call: Any, host: str, scheme: str | None) -> None:
    origin = {"origin": f"{scheme}://{host.lower()}"} if scheme else {}
    for method, path, body, status in OWN:
        assert request(call, method, path, body, host=host, **origin).status_code == status
    kind = {"content-type": "Application/JSON ; charset=utf-8"}
    assert request(call, "POST", "/_emulator/answers", ORDER, **kind).status_code == 204
    assert list_topics(call).status_code == 418


@pytest.mark.parametrize("host", ["EMULATOR", "192.168.0.7", "2001:db8::1", "0.0.0.0"])
def test_the_host_of_the_emulator_is_allowed(host: str) -> None:
    emulator = Emulator(host=host)
    name = f"[{host}]" if ":" in host else host.lower()
    with httpx.Client(transport=emulator.transport(), base_url=f"http://{name}:8765") as client:
        assert client.get("/", headers={"accept": "text/html"}).status_code == 200
        for own in (None, "localhost", "127.0.0.1:8765"):
            headers = {"host": own} if own else {}
            assert client.get(CALLS, headers=headers).status_code == 200
        assert client.get(CALLS, headers={"host": "192.168.0.8"}).status_code == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "::1"])
def test_the_guard_holds_on_a_socket(serve: Any, host: str) -> None:
    caller = serve(host=host)
    url = caller.emulator.url
    assert httpx.get(f"{url}{CALLS}", headers={"origin": url}).json() == []
    foreign = {"host": "attacker.example"}
    for wrong in (foreign, {"origin": "http://attacker.example"}):
        assert httpx.get(f"{url}{CALLS}", headers=wrong).status_code == 403
    signed = caller.headers("GET", TOPICS)
    assert httpx.get(f"{url}{TOPICS}", headers=signed | foreign).status_code == 200
    address = urlsplit(url)
    for lines in ("", "Host: localhost\r\nHost: attacker.example\r\n"):
        with socket.create_connection((address.hostname, address.port), timeout=30) as opened:
            opened.sendall(f"GET {CALLS} HTTP/1.0\r\n{lines}\r\n".encode())
            assert opened.recv(65536).startswith(b"HTTP/1.1 403 Forbidden\r\n")


@pytest.mark.parametrize("origin", [None, "http://attacker.example"])
@pytest.mark.parametrize("host", ["datastream.apigw.ntruss.com", "[::1]:8765", "emulator:8765"])
def test_the_signed_api_is_not_guarded(call: Any, host: str, origin: str | None) -> None:
    headers = {"host": host, "content-type": "text/plain"} | ({"origin": origin} if origin else {})
    name = call.emulator_prefix + "a"
    assert call("POST", TOPICS, {"name": name}, headers=headers).status_code == 200


# --- limits of pending responses ------------------------------------------------------------------


def order(call: Any, **order: Any) -> httpx.Response:
    return request(call, "POST", "/_emulator/answers", ORDER | order)


def test_a_billion_times_need_no_more_memory_than_one(call: Any) -> None:
    tracemalloc.start()
    try:
        assert order(call, times=1_000_000_000, body="x" * 1000).status_code == 204
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1_000_000
    assert [list_topics(call).status_code for _ in range(3)] == [418] * 3
    for times in (1_000_000_001, 10**4000):
        response = order(call, times=times)
        assert response.status_code == 400
        assert "at most 1000000000" in response.json()["detail"]


def test_ten_thousand_responses_can_be_pending(call: Any) -> None:
    for operation_id in ("listTopics", "getTopic"):
        for _ in range(5_000):
            call.emulator.answer_next(operation_id, 204)
    with pytest.raises(ValueError, match="10000 responses are pending"):
        call.emulator.answer_next("listTopics", 204)
    assert order(call, operation_id="createTopic").status_code == 400
    assert list_topics(call).status_code == 204
    call.emulator.answer_next("createTopic", 204)


def test_sixty_four_mebibytes_of_responses_can_be_pending(call: Any) -> None:
    mebibyte = b"x" * 1024 * 1024
    for _ in range(63):
        call.emulator.answer_next("listTopics", 200, mebibyte, times=2)
    half = {f"x-{number}": "x" * 1023 for number in range(1024)}
    with pytest.raises(ValueError, match="67108864 bytes"):
        call.emulator.answer_next("listTopics", 200, b"x" * 1024, headers=half)
    for _ in range(2):
        assert list_topics(call).content == mebibyte
    call.emulator.answer_next("listTopics", 200, b"x" * 1024, headers=half)


# --- bodies that cannot be read -------------------------------------------------------------------


@pytest.mark.parametrize("bracket", ["[]", "{}"])
def test_a_deep_body_is_a_400_or_accepted(call: Any, bracket: str) -> None:
    start, end = ("[", "]") if bracket == "[]" else ('{"a":', "}")
    for depth in (*range(880, 1000, 8), 100_000):
        deep = (start * depth + "1" + end * depth).encode()
        content = b'{"operation_id": "listTopics", "status": 418, "body": ' + deep + b"}"
        headers = {"content-type": "application/json"}
        response = call.client.post(f"{HERE}/_emulator/answers", content=content, headers=headers)
        if depth == 100_000 or response.status_code != 204:
            assert response.status_code == 400
            assert response.json() == {"detail": "The body is nested too deeply."}


def test_a_deep_value_is_a_value_error_in_python(call: Any) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deeply"):
        call.emulator.answer_next("listTopics", 200, deep)
    while deep:  # otherwise CPython deallocates it recursively
        deep = deep[0]


@pytest.mark.parametrize(
    "content",
    [
        b'{"operation_id": "listTopics", "status": 200, "body": "\\ud800"}',
        b'{"operation_id": "listTopics", "status": 200, "\\ud800": 1}',
        b'{"operation_id": "listTopics", "status": 200, "body": NaN}',
        b'{"operation_id": "listTopics", "status": 200, "body": "\xff"}',
        b'{"operation_id": "listTopics", "status": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_not_json_is_a_400(call: Any, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = call.client.post(f"{HERE}/_emulator/answers", content=content, headers=headers)
    assert_rejected(call, response, 400, "JSON")


@pytest.mark.parametrize(
    ("kind", "start", "core", "end"),
    [
        ("AVRO", '{"type":"array","items":', '"int"', "}"),
        ("JSON", '{"items":', "true", "}"),
        ("PROTOBUF", "message A {", "", "}"),
    ],
)
def test_a_deep_schema_is_a_400(
    call: Any, kind: str, start: str, core: str, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = f"{TOPICS}/{call.topic()['topicId']}/schemas"
    for depth in (*range(50, 1000, 190), 20_000):
        body = {"schemaType": kind, "schema": start * depth + core + end * depth}
        registered = call("POST", path, body).status_code
        checked = call("POST", f"{path}/validate/compatibility/latest", body).status_code
        assert {registered, checked} <= {200, 400, 409}
    # CPython 3.14 parses JSON of any depth: there the schema is merely incompatible.
    assert registered == 400
    assert checked in (200, 400)
    assert caplog.records == []
