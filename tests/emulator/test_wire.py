"""What only shows on a socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

TOPICS = "/api/v1/topics"


@contextmanager
def connection(caller: Any) -> Iterator[socket.socket]:
    url = urlsplit(caller.emulator.url)
    with socket.create_connection((url.hostname, url.port), timeout=10) as opened:
        yield opened


def exchange(caller: Any, *parts: bytes, end: bool = True) -> bytes:
    """Send bytes and read until the other side closes."""
    received = b""
    # The other side may close before it has read everything: what it said until then counts.
    with connection(caller) as opened, suppress(OSError):
        for part in parts:
            opened.sendall(part)
        if end:
            opened.shutdown(socket.SHUT_WR)
        while chunk := opened.recv(65536):
            received += chunk
    return received


def head(caller: Any, method: str, target: str, *more: str) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *more]
    lines += [f"{name}: {value}" for name, value in caller.headers(method, target).items()]
    return "\r\n".join([*lines, "", ""]).encode()


def works(caller: Any) -> bool:
    return bool(caller("GET", TOPICS).status_code == 200)


@pytest.fixture
def caller(serve: Callable[..., Any]) -> Any:
    return serve()


def test_the_main_way_from_topic_to_message(caller: Any) -> None:
    topic = caller.topic()
    for value in ("a", "b"):
        body = {"topic": topic["topicName"], "key": "k", "value": value, "partition": 0}
        assert caller("POST", "/api/produce", body).status_code == 200
    kept = caller.emulator.messages(topic["topicName"])
    assert [(message.value, message.offset) for message in kept] == [("a", 0), ("b", 1)]
    connector = {
        "consumerSpec": "SMALL",
        "exportType": "OBJECT_STORAGE",
        "location": "s3a://bucket",
        "includeTopicInPath": True,
        "dateFormat": "DAY",
        "roleNrn": "nrn:PUB:IAM::1:Role/a",
    }
    path = f"{TOPICS}/{topic['topicId']}"
    made = caller("POST", f"{path}/connectors", connector).json()
    assert caller("GET", f"{path}/connectors").json() == made
    assert caller("DELETE", f"{path}/connectors/{made['id']}").content == b""
    caller("POST", f"{path}/schemas", {"schemaType": "AVRO", "schema": '"string"'})
    assert caller("GET", f"{path}/schemas").json()["totalCount"] == 1
    assert caller("DELETE", path).json() is True
    assert caller("GET", path).json()["code"] == "InvalidTopicNotFound"


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe garbage\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /api/v1/topics?searchText=\xea\xb0\x80 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET ?x HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"A" * 200_000,
    ],
)
def test_garbage_is_turned_away(
    caller: Any, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = exchange(caller, garbage)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert works(caller)
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize(
    "half",
    [
        b"",
        b"GET /api/v1/to",
        b"GET /api/v1/topics HTTP/1.1\r\nHost: a\r\nx-ncp-apigw-ti",
        b"POST /api/produce HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
    ],
)
def test_half_a_request_hinders_nobody(caller: Any, half: bytes) -> None:
    with connection(caller) as one, connection(caller) as two:
        one.sendall(half)
        two.sendall(half)
        assert works(caller)
    assert works(caller)
    # What never became a request is no call either.
    assert {each.target for each in caller.emulator.calls} == {TOPICS}


def test_a_stop_waits_for_no_half_request(caller: Any) -> None:
    with connection(caller) as opened:
        opened.sendall(b"POST /api/produce HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        assert works(caller)
        caller.emulator.stop()
        assert opened.recv(10) == b""


def test_an_absolute_target_is_a_path(caller: Any) -> None:
    request = head(caller, "GET", TOPICS, "Connection: close")
    absolute = request.replace(b"GET /", b"GET http://localhost/", 1)
    assert exchange(caller, absolute).startswith(b"HTTP/1.1 200 OK\r\n")
    assert caller.emulator.calls[-1].target == TOPICS


def test_requests_in_a_row_are_answered_in_a_row(caller: Any) -> None:
    first, second = head(caller, "GET", "/nope"), head(caller, "GET", TOPICS, "Connection: close")
    answers = exchange(caller, first + second, end=False)
    assert answers.index(b"HTTP/1.1 404") < answers.index(b"HTTP/1.1 200")


def test_a_body_in_chunks(caller: Any) -> None:
    name = caller.topic()["topicName"]
    body = json.dumps({"topic": name, "key": "k", "value": "v" * 100}).encode()
    request = head(
        caller, "POST", "/api/produce", "Transfer-Encoding: chunked", "Connection: close"
    )
    chunks = [b"1\r\n" + bytes([byte]) + b"\r\n" for byte in body]
    answer = exchange(caller, request, *chunks, b"0\r\n\r\n", end=False)
    assert answer.startswith(b"HTTP/1.1 200")
    assert caller.emulator.calls[-1].body == body


def test_a_caller_that_wants_to_be_asked_for_the_body(caller: Any) -> None:
    body = b'{"topic": "t", "key": "k", "value": "v"}'
    expecting = ("Expect: 100-continue", "Connection: close")
    request = head(caller, "POST", "/api/produce", f"Content-Length: {len(body)}", *expecting)
    assert exchange(caller, request, body, end=False).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    request = head(caller, "POST", "/api/produce", "Content-Length: 99999999", *expecting)
    assert exchange(caller, request, end=False).startswith(b"HTTP/1.1 413 ")


UPGRADES = [
    # What Java's HttpClient sends first where there is no TLS.
    ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAB"),
    ("Connection: Upgrade", "Upgrade: websocket"),
    ("Connection: Upgrade", "Connection: keep-alive", "UPGRADE: a, b"),
]


@pytest.mark.parametrize("upgrade", UPGRADES, ids=lambda upgrade: upgrade[1])
@pytest.mark.parametrize("size", [1, 100, 1_000_000], ids=lambda size: f"by {size}")
def test_an_upgrade_is_not_taken_up(caller: Any, upgrade: tuple[str, ...], size: int) -> None:
    name = caller.topic()["topicName"]
    body = json.dumps({"topic": name, "key": "k", "value": "v" * 100}).encode()
    length = f"Content-Length: {len(body)}"
    requests = [
        head(caller, "GET", TOPICS, *upgrade),
        head(caller, "POST", "/api/produce", *upgrade, length) + body,
        head(caller, "POST", "/api/produce", *upgrade, "Transfer-Encoding: chunked")
        + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
        head(caller, "GET", TOPICS, "Connection: close"),
    ]
    sent = b"".join(requests)
    parts = [sent[start : start + size] for start in range(0, len(sent), size)]
    answers = exchange(caller, *parts, end=False)
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 4
    calls = caller.emulator.calls[-4:]
    assert [call.body for call in calls] == [b"", body, body, b""]
    # The record shows what was sent, the offer included.
    assert ["upgrade" in call.header_names for call in calls] == [True, True, True, False]


@pytest.mark.parametrize("connection", ["upgrade, close", "close,Upgrade"])
def test_an_upgrade_changes_nothing_else(caller: Any, connection: str) -> None:
    body = b'{"topic": "t", "key": "k", "value": "v"}'
    more = ("Expect: 100-continue", f"Content-Length: {len(body)}", "Upgrade: x")
    request = head(caller, "POST", "/api/produce", *more, f"Connection: {connection}")
    # What comes after a request that closes is not read.
    answer = exchange(caller, request, body + head(caller, "GET", TOPICS), end=False)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 ")
    assert answer.count(b"HTTP/1.1 ") == 2
    assert [call.body for call in caller.emulator.calls] == [body]


def test_upgrades_in_a_row_are_no_more_than_requests(caller: Any) -> None:
    offer = b"GET /nope HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    last = head(caller, "GET", TOPICS, "Connection: close")
    answers = exchange(caller, offer * 1000 + last, end=False)
    assert answers.count(b"HTTP/1.1 404 ") == 1000
    assert answers.count(b"HTTP/1.1 200 ") == 1


def test_a_head_request_has_no_body(caller: Any) -> None:
    answer = exchange(caller, head(caller, "HEAD", TOPICS, "Connection: close"), end=False)
    assert answer.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
    assert b"\r\nallow: GET, POST\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_one_date_and_no_server_header(caller: Any) -> None:
    answer = exchange(caller, head(caller, "GET", TOPICS, "Connection: close"), end=False)
    lines = answer.split(b"\r\n\r\n")[0].lower().split(b"\r\n")
    assert [line for line in lines if line.startswith((b"date:", b"server:"))] == [
        b"date: mon, 21 sep 2026 14:13:20 gmt"
    ]


def test_connections_are_kept(caller: Any) -> None:
    with connection(caller) as opened:
        for _ in range(2):
            opened.sendall(head(caller, "GET", TOPICS))
            received = b""
            while not received.endswith(b'{"list":[]}'):
                received += opened.recv(65536)
            assert b"connection: close" not in received


def test_nagle_is_off(caller: Any) -> None:
    """Without it every answer would wait 40 ms for an acknowledgement."""
    assert caller.emulator._server._socket.proto == socket.IPPROTO_TCP
