"""HTTP on a socket: framing, malformed requests, upgrades and connections."""

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
    # The server may close before it has read everything; its response until then counts.
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


GARBAGE = [
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
]


def test_malformed_requests_are_rejected(caller: Any, caplog: pytest.LogCaptureFixture) -> None:
    for garbage in GARBAGE:
        response = exchange(caller, garbage)
        assert response == b"" or response.startswith(b"HTTP/1.1 4"), garbage
        assert works(caller)
    assert [record for record in caplog.records if record.exc_info] == []


INCOMPLETE = [
    b"",
    b"GET /api/v1/to",
    b"GET /api/v1/topics HTTP/1.1\r\nHost: a\r\nx-ncp-apigw-ti",
    b"POST /api/produce HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
]


def test_incomplete_requests_block_neither_others_nor_stop(caller: Any) -> None:
    for incomplete in INCOMPLETE:
        with connection(caller) as opened:
            opened.sendall(incomplete)
            assert works(caller)
    assert {each.target for each in caller.emulator.calls} == {TOPICS}
    with connection(caller) as opened:
        opened.sendall(INCOMPLETE[-1])
        assert works(caller)
        caller.emulator.stop()
        assert opened.recv(10) == b""


def test_an_absolute_target_is_reduced_to_its_path(caller: Any) -> None:
    request = head(caller, "GET", TOPICS, "Connection: close")
    absolute = request.replace(b"GET /", b"GET http://localhost/", 1)
    assert exchange(caller, absolute).startswith(b"HTTP/1.1 200 OK\r\n")
    assert caller.emulator.calls[-1].target == TOPICS


def test_pipelined_requests_get_their_responses_in_order(caller: Any) -> None:
    first, second = head(caller, "GET", "/nope"), head(caller, "GET", TOPICS, "Connection: close")
    answers = exchange(caller, first + second, end=False)
    assert answers.index(b"HTTP/1.1 404") < answers.index(b"HTTP/1.1 200")


def test_a_chunked_body_is_read(caller: Any) -> None:
    name = caller.topic()["topicName"]
    body = json.dumps({"topic": name, "key": "k", "value": "v" * 100}).encode()
    request = head(
        caller, "POST", "/api/produce", "Transfer-Encoding: chunked", "Connection: close"
    )
    chunks = [b"1\r\n" + bytes([byte]) + b"\r\n" for byte in body]
    answer = exchange(caller, request, *chunks, b"0\r\n\r\n", end=False)
    assert answer.startswith(b"HTTP/1.1 200")
    assert caller.emulator.calls[-1].body == body


def test_a_client_that_expects_100_continue_receives_it(caller: Any) -> None:
    body = b'{"topic": "t", "key": "k", "value": "v"}'
    expecting = ("Expect: 100-continue", "Connection: close")
    request = head(caller, "POST", "/api/produce", f"Content-Length: {len(body)}", *expecting)
    assert exchange(caller, request, body, end=False).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    request = head(caller, "POST", "/api/produce", "Content-Length: 99999999", *expecting)
    assert exchange(caller, request, end=False).startswith(b"HTTP/1.1 413 ")


UPGRADES = [
    # The first request of Java's HttpClient without TLS.
    ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAB"),
    ("Connection: Upgrade", "Upgrade: websocket"),
    ("Connection: Upgrade", "Connection: keep-alive", "UPGRADE: a, b"),
]


@pytest.mark.parametrize("upgrade", UPGRADES, ids=lambda upgrade: upgrade[1])
@pytest.mark.parametrize("size", [1, 1_000_000], ids=lambda size: f"by {size}")
def test_an_upgrade_offer_is_ignored(caller: Any, upgrade: tuple[str, ...], size: int) -> None:
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
    assert ["upgrade" in call.header_names for call in calls] == [True, True, True, False]


@pytest.mark.parametrize("connection", ["upgrade, close", "close,Upgrade"])
def test_an_upgrade_offer_changes_neither_expect_nor_close(caller: Any, connection: str) -> None:
    body = b'{"topic": "t", "key": "k", "value": "v"}'
    more = ("Expect: 100-continue", f"Content-Length: {len(body)}", "Upgrade: x")
    request = head(caller, "POST", "/api/produce", *more, f"Connection: {connection}")
    # Data after a request that closes the connection is not read.
    answer = exchange(caller, request, body + head(caller, "GET", TOPICS), end=False)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 ")
    assert answer.count(b"HTTP/1.1 ") == 2
    assert [call.body for call in caller.emulator.calls] == [body]


def test_many_pipelined_upgrade_offers_are_ignored(caller: Any) -> None:
    offer = b"GET /nope HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    last = head(caller, "GET", TOPICS, "Connection: close")
    answers = exchange(caller, offer * 100 + last, end=False)
    assert answers.count(b"HTTP/1.1 404 ") == 100
    assert answers.count(b"HTTP/1.1 200 ") == 1


def test_a_head_request_has_headers_only_and_one_date(caller: Any) -> None:
    response = exchange(caller, head(caller, "HEAD", TOPICS, "Connection: close"), end=False)
    assert response.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
    assert response.endswith(b"\r\n\r\n")
    lines = response.lower().split(b"\r\n")
    assert [line for line in lines if line.startswith((b"date:", b"server:", b"allow:"))] == [
        b"date: mon, 21 sep 2026 14:13:20 gmt",
        b"allow: get, post",
    ]


def test_a_connection_serves_several_requests(caller: Any) -> None:
    with connection(caller) as opened:
        for _ in range(2):
            opened.sendall(head(caller, "GET", TOPICS))
            received = b""
            while not received.endswith(b'{"list":[]}'):
                received += opened.recv(65536)
            assert b"connection: close" not in received


def test_asyncio_disables_nagles_algorithm(caller: Any) -> None:
    """Otherwise every response would wait 40 ms for an acknowledgement."""
    assert caller.emulator._server._socket.proto == socket.IPPROTO_TCP
