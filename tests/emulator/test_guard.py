"""What the emulator answers for itself, it answers to programs here and to its own page alone.

A page of another site, open in the developer's browser, can send requests to this machine, and can
give its own name this machine's address (DNS rebinding). It can do neither with what it asks for
here: its Host or its Origin gives it away.
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
PATHS = [
    ("GET", "/_emulator/calls"),
    ("GET", "/_emulator/messages?topic=t"),
    ("GET", "/_emulator/state"),
    ("GET", "/_emulator/page.js"),
    ("POST", "/_emulator/answers"),
    ("OPTIONS", "/_emulator/answers"),
    # The guard stands before the paths, so that one that is added is behind it.
    ("GET", "/_emulator/added-one-day"),
    ("DELETE", "/_emulator/"),
]
TOPICS = "/api/v1/topics"


def list_topics(call: Any) -> httpx.Response:
    """Ask for something that the document need not have."""
    headers = call.headers("GET", TOPICS)
    answer: httpx.Response = call.client.get(f"{HERE}{TOPICS}", headers=headers)
    return answer


def ask(call: Any, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    body = json.dumps(ORDER).encode() if method == "POST" else None
    usual = {"content-type": "application/json"} if body else {}
    answer: httpx.Response = call.client.request(
        method, f"{HERE}{path}", content=body, headers=usual | headers
    )
    return answer


def assert_refused(call: Any, answer: httpx.Response, status: int, reason: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers
    assert answer.json().keys() == {"detail"}
    assert reason in answer.json()["detail"]
    assert call("GET", TOPICS).status_code == 200, "nothing was ordered"
    assert {each.operation for each in call.emulator.calls} == {"listTopics"}, "it is no call"


@pytest.mark.parametrize(
    "host",
    [
        "emulator.attacker.example",
        "emulator.attacker.example:8765",
        "127.0.0.1.attacker.example:8765",
        "localhost.attacker.example",
        "localhost@attacker.example",
        "attacker.example@localhost",
        "datastream.apigw.ntruss.com",
        "192.168.0.7",
        "0.0.0.0:8765",
        "[2001:db8::1]:8765",
        "[::1",
        "localhost:8765, attacker.example",
        "localhost:x",
        "",
    ],
)
def test_a_foreign_host_is_refused(call: Any, host: str) -> None:
    for method, path in PATHS:
        assert_refused(call, ask(call, method, path, {"host": host}), 403, "localhost")


@pytest.mark.parametrize(
    "origin",
    [
        "http://attacker.example",
        "https://attacker.example:8765",
        "http://localhost:3000",  # another program of this machine may serve anyone's pages
        "http://localhost",
        "http://127.0.0.1:8765",
        "http://localhost:8765.attacker.example",
        "file://localhost:8765",
        "null",
        "",
    ],
)
def test_a_foreign_origin_is_refused(call: Any, origin: str) -> None:
    for method, path in PATHS:
        assert_refused(call, ask(call, method, path, {"origin": origin}), 403, "origin")


@pytest.mark.parametrize(
    "kind",
    [
        # What a form, or a script without asking first, can send.
        "text/plain",
        "text/plain; a=application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "",
        None,
    ],
)
def test_a_body_of_another_type_is_refused(call: Any, kind: str | None) -> None:
    headers = {} if kind is None else {"content-type": kind}
    answer = call.client.post(
        f"{HERE}/_emulator/answers", content=json.dumps(ORDER).encode(), headers=headers
    )
    assert_refused(call, answer, 415, "application/json")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON ; charset=utf-8"])
def test_json_is_taken(call: Any, kind: str) -> None:
    assert ask(call, "POST", "/_emulator/answers", {"content-type": kind}).status_code == 204
    assert list_topics(call).status_code == 418


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8765", "127.0.0.1:8765", "127.0.0.2", "[::1]:8765", "[::1]"]
)
@pytest.mark.parametrize("scheme", ["http", "https", None])
def test_its_own_page_and_programs_are_answered(call: Any, host: str, scheme: str | None) -> None:
    origin = {"origin": f"{scheme}://{host.lower()}"} if scheme else {}
    for method, path in PATHS[:4]:
        assert ask(call, method, path, {"host": host, **origin}).status_code == 200
    assert ask(call, *PATHS[4], {"host": host, **origin}).status_code == 204


def test_a_body_that_is_too_large_is_not_read(call: Any) -> None:
    headers = {"content-type": "application/json"}
    answer = call.client.post(
        f"{HERE}/_emulator/answers", content=b" " * (10 * 1024 * 1024 + 1), headers=headers
    )
    assert_refused(call, answer, 413, "10485760 bytes")


@pytest.mark.parametrize("host", ["emulator", "EMULATOR", "192.168.0.7", "2001:db8::1", "0.0.0.0"])
def test_the_host_that_it_was_started_with_is_its_own(host: str) -> None:
    emulator = Emulator(host=host)
    name = f"[{host}]" if ":" in host else host.lower()
    with httpx.Client(transport=emulator.transport(), base_url=f"http://{name}:8765") as client:
        assert client.get("/_emulator/calls").status_code == 200
        assert client.get("/", headers={"accept": "text/html"}).status_code == 200
        for other in ("localhost", "127.0.0.1:8765"):
            assert client.get("/_emulator/calls", headers={"host": other}).status_code == 200
        other = {"host": "192.168.0.8"}
        assert client.get("/_emulator/calls", headers=other).status_code == 403


def test_all_addresses_are_served_and_the_own_paths_by_loopback(serve: Any) -> None:
    caller = serve(host="0.0.0.0")  # what containers need
    port = urlsplit(caller.emulator.url).port
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get("/_emulator/calls").status_code == 200
        foreign = {"host": f"attacker.example:{port}"}
        assert client.get("/_emulator/calls", headers=foreign).status_code == 403
        signed = caller.headers("GET", TOPICS)
        assert client.get(TOPICS, headers=signed | foreign).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_on_a_socket(serve: Any, host: str) -> None:
    caller = serve(host=host)
    url = caller.emulator.url
    assert httpx.get(f"{url}/_emulator/calls", headers={"origin": url}).json() == []
    assert httpx.get(url, headers={"accept": "text/html"}).status_code == 200
    for wrong in ({"host": "attacker.example"}, {"origin": "http://attacker.example"}):
        assert httpx.get(f"{url}/_emulator/calls", headers=wrong).status_code == 403
    assert caller("GET", TOPICS).status_code == 200


@pytest.mark.parametrize("lines", ["", "Host: localhost\r\nHost: attacker.example\r\n"])
def test_there_is_one_host(serve: Any, lines: str) -> None:
    url = urlsplit(serve().emulator.url)
    with socket.create_connection((url.hostname, url.port), timeout=30) as opened:
        opened.sendall(f"GET /_emulator/calls HTTP/1.0\r\n{lines}\r\n".encode())
        assert opened.recv(65536).startswith(b"HTTP/1.1 403 Forbidden\r\n")


@pytest.mark.parametrize("origin", [None, "http://attacker.example"])
@pytest.mark.parametrize(
    "host",
    ["datastream.apigw.ntruss.com", "localhost:8765", "127.0.0.1", "[::1]:8765", "emulator:8765"],
)
def test_the_service_is_not_behind_it(call: Any, host: str, origin: str | None) -> None:
    """What it answers has to be signed, so that nobody can ask it without knowing the keys."""
    headers = {"host": host, "content-type": "text/plain"} | ({"origin": origin} if origin else {})
    name = call.emulator_prefix + "a"
    assert call("POST", TOPICS, {"name": name}, headers=headers).status_code == 200


# --- what an order may cost -----------------------------------------------------------------------


def order(call: Any, **order: Any) -> httpx.Response:
    answer: httpx.Response = call.client.post(f"{HERE}/_emulator/answers", json=ORDER | order)
    return answer


def test_a_billion_times_cost_no_more_than_one(call: Any) -> None:
    tracemalloc.start()
    try:
        assert order(call, times=1_000_000_000, body="x" * 1000).status_code == 204
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1_000_000
    for _ in range(3):
        assert list_topics(call).status_code == 418


@pytest.mark.parametrize("times", [1_000_000_001, 10**4000])
def test_more_than_a_billion_times_are_refused(call: Any, times: int) -> None:
    answer = order(call, times=times)
    assert answer.status_code == 400
    assert "at most 1000000000" in answer.json()["detail"]


def test_ten_thousand_orders_can_wait(call: Any) -> None:
    for operation_id in ("listTopics", "getTopic"):
        for _ in range(5_000):
            call.emulator.answer_next(operation_id, 204)
    with pytest.raises(ValueError, match="10000 orders are waiting"):
        call.emulator.answer_next("listTopics", 204)
    assert order(call, operation_id="createTopic").status_code == 400
    assert list_topics(call).status_code == 204
    call.emulator.answer_next("createTopic", 204)


def test_sixty_four_mebibytes_of_orders_can_wait(call: Any) -> None:
    mebibyte = b"x" * 1024 * 1024
    for _ in range(63):
        call.emulator.answer_next("listTopics", 200, mebibyte, times=2)
    half = {f"x-{number}": "x" * 1023 for number in range(1024)}
    with pytest.raises(ValueError, match="67108864 bytes"):
        call.emulator.answer_next("listTopics", 200, b"x" * 1024, headers=half)
    for _ in range(2):
        assert list_topics(call).content == mebibyte
    call.emulator.answer_next("listTopics", 200, b"x" * 1024, headers=half)


# --- what cannot be read --------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [*range(880, 1000, 8), 100_000])
@pytest.mark.parametrize("bracket", ["[]", "{}"])
def test_a_deep_order_is_a_400_or_an_order(call: Any, depth: int, bracket: str) -> None:
    start, end = ("[", "]") if bracket == "[]" else ('{"a":', "}")
    deep = (start * depth + "1" + end * depth).encode()
    content = b'{"operation_id": "listTopics", "status": 418, "body": ' + deep + b"}"
    answer = call.client.post(
        f"{HERE}/_emulator/answers", content=content, headers={"content-type": "application/json"}
    )
    if depth == 100_000 or answer.status_code != 204:
        assert (answer.status_code, answer.json()) == (
            400,
            {"detail": "The body is nested too deeply."},
        )
        assert call("GET", TOPICS).status_code == 200


def test_a_deep_value_cannot_be_ordered_from_python(call: Any) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deeply"):
        call.emulator.answer_next("listTopics", 200, deep)
    while deep:  # CPython takes it apart level by level on its own stack else
        deep = deep[0]


@pytest.mark.parametrize(
    "content",
    [
        b'{"operation_id": "listTopics", "status": 200, "body": "\\ud800"}',
        b'{"operation_id": "listTopics", "status": 200, "\\ud800": 1}',
        b'{"operation_id": "\\ud800", "status": 200}',
        b'{"operation_id": "listTopics", "status": 200, "body": NaN}',
        b'{"operation_id": "listTopics", "status": 200, "body": "\xff"}',
        b'{"operation_id": "listTopics", "status": ' + b"9" * 5000 + b"}",
    ],
)
def test_an_order_that_is_no_json_is_a_400(call: Any, content: bytes) -> None:
    answer = call.client.post(
        f"{HERE}/_emulator/answers", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert "JSON" in answer.json()["detail"]
    assert call("GET", TOPICS).status_code == 200


@pytest.mark.parametrize("kind", ["AVRO", "JSON", "PROTOBUF"])
def test_a_deep_schema_is_a_400(call: Any, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    start, core, end = {
        "AVRO": ('{"type":"array","items":', '"int"', "}"),
        "JSON": ('{"items":', "true", "}"),
        "PROTOBUF": ("message A {", "", "}"),
    }[kind]
    path = f"{TOPICS}/{call.topic()['topicId']}/schemas"
    for depth in (*range(50, 1000, 50), 20_000):
        body = {"schemaType": kind, "schema": start * depth + core + end * depth}
        registered = call("POST", path, body).status_code
        checked = call("POST", f"{path}/validate/compatibility/latest", body).status_code
        assert {registered, checked} <= {200, 400, 409}
    # CPython 3.14 reads JSON however deep it is: it is then no more than incompatible.
    assert registered == 400
    assert checked in (200, 400)
    assert caplog.records == []
