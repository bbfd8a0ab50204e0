"""Requests built by the session and by httpx are the same; changed httpx settings are honored."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    AuthenticationError,
    DataStream,
    NotFoundError,
    Retry,
    TransportError,
    UnexpectedAnswerError,
)
from ncloud_datastream_api.api.topic import get_topic_prefix
from wire.helpers import PREFIX, close, done, each_client, http, options
from wire.operations import Operation, operations
from wire.proof import proved
from wire.server import RawServer, Seen, answer

NOON = 1_700_000_000.0
OPERATIONS = operations()

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer(lambda seen: PREFIX) as server:
        yield server


# --- equal requests


def by_the_short_cut(client: Any) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise AssertionError("httpx built a request")

    http(client).build_request = fails


def by_httpx(client: Any) -> None:
    async def hook(request: httpx.Request) -> None:
        pass

    hooks = [lambda request: None] if isinstance(client, DataStream) else [hook]
    http(client).event_hooks = {"request": hooks}


TEXTS = ["x", "a b/../c 한국어 😀 %25%2F+&=;?#'\"\\<>{}[]|^`~!*()$,:@", "\x00\r\n\x7f"]


async def sent(
    kind: Any, choose: Callable[[Any], None], server: RawServer, operation: Operation, **more: Any
) -> list[Seen]:
    """Return the requests of an operation: with all arguments, and with only the required ones."""
    given = [operation.filled(text) for text in TEXTS]
    needed = {each.name for each in operation.arguments if each.required}
    given.append({name: value for name, value in given[0].items() if name in needed})
    client = kind(**options(server, clock=lambda: NOON, **more))
    choose(client)
    for arguments in given:
        with suppress(UnexpectedAnswerError):  # the response fits only a few operations
            await done(getattr(client, operation.name)(**arguments))
    await close(client)
    return [proved(server.take(), server) for _ in given]


def meaning(seen: Seen) -> Any:
    """Return a request without the order of its headers and without `Connection`."""
    headers = sorted(pair for pair in seen.headers if pair[0] != "connection")
    if httpx.__version__ < "0.28" and seen.body:  # it writes JSON with spaces and escapes
        headers = [pair for pair in headers if pair[0] != "content-length"]
        return seen.request_line, headers, json.loads(seen.body)
    return seen.request_line, headers, seen.body


@every_operation
async def test_requests_do_not_depend_on_client_builder_or_carrier(
    operation: Operation, server: RawServer
) -> None:
    transport = httpx.AsyncHTTPTransport()
    requests = [
        await sent(DataStream, by_the_short_cut, server, operation),
        await sent(AsyncDataStream, by_httpx, server, operation),
        await sent(AsyncDataStream, by_the_short_cut, server, operation, transport=transport),
    ]
    first, *others = [list(map(meaning, each)) for each in requests]
    assert others == [first, first]
    assert server.nothing_more()


# --- settings of the httpx client


CHANGES: dict[str, tuple[Callable[[Any], Any], Callable[[Seen], bool]]] = {
    "headers": (
        lambda client: client.headers.update({"X-Trace": "7"}),
        lambda seen: seen.header("x-trace") == "7",
    ),
    "a standard header": (
        lambda client: client.headers.update({"User-Agent": "other"}),
        lambda seen: seen.header("user-agent") == "other",
    ),
    "cookies": (
        lambda client: client.cookies.set("a", "b"),
        lambda seen: seen.header("cookie") == "a=b",
    ),
    "params": (
        lambda client: setattr(client, "params", {"a": "b"}),
        lambda seen: seen.target == "/api/v1/topic-prefix?a=b",
    ),
    "auth": (
        lambda client: setattr(client, "auth", ("user", "password")),
        lambda seen: seen.header("authorization") == "Basic dXNlcjpwYXNzd29yZA==",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
@each_client
async def test_settings_of_the_httpx_client_are_honored(
    kind: Any, change: str, server: RawServer
) -> None:
    make, is_honored = CHANGES[change]
    client = kind(**options(server))
    await done(client.get_topic_prefix())
    make(http(client))
    assert (await done(client.get_topic_prefix())).prefix == "abcde-"
    await close(client)
    proved(server.take(), server)
    seen = server.take()
    assert is_honored(seen)
    if change != "auth":
        proved(seen, server)


@each_client
async def test_hooks_are_called(kind: Any, server: RawServer) -> None:
    called: list[Any] = []

    def on_request(request: httpx.Request) -> None:
        called.append(request.method)
        request.headers["X-Hook"] = "1"

    def on_response(response: httpx.Response) -> None:
        called.append(response.status_code)

    async def on_async_request(request: httpx.Request) -> None:
        on_request(request)

    async def on_async_response(response: httpx.Response) -> None:
        on_response(response)

    client = kind(**options(server))
    hooks: dict[str, list[Any]] = {"request": [on_request], "response": [on_response]}
    if kind is AsyncDataStream:
        hooks = {"request": [on_async_request], "response": [on_async_response]}
    for name in ("request", "response"):
        http(client).event_hooks = {name: hooks[name]}
        await done(client.get_topic_prefix())
    await close(client)
    assert called == ["GET", 200]
    assert proved(server.take(), server).header("x-hook") == "1"
    proved(server.take(), server)


@pytest.fixture
def silent() -> Iterator[RawServer]:
    """A server that responds only after the test."""
    over = threading.Event()

    def respond(seen: Seen) -> bytes:
        over.wait(30)
        return PREFIX

    with RawServer(respond) as server:
        try:
            yield server
        finally:
            over.set()


@pytest.mark.parametrize("level", ["client", "call", "copy"])
@each_client
async def test_a_timeout_of_httpx_bounds_the_attempt(
    kind: Any, level: str, silent: RawServer
) -> None:
    client = kind(**options(silent, timeout=25.0, retry=Retry(max_attempts=1)))
    began = time.monotonic()
    with pytest.raises((TransportError, TimeoutError)) as caught:
        if level == "client":
            http(client).timeout = 0.3
            await done(client.get_topic_prefix())
        elif level == "call":
            await done(http(client).get("/api/v1/topic-prefix", timeout=0.3))
        else:
            copied = client.client.with_timeout(httpx.Timeout(0.3))
            function = get_topic_prefix.sync if kind is DataStream else get_topic_prefix.asyncio
            await done(function(client=copied))
    assert time.monotonic() - began < 15
    if level != "copy":
        assert isinstance(caught.value, TransportError)
        assert "within the deadline" in str(caught.value)
        assert caught.value.maybe_delivered
    await close(client)


@each_client
async def test_a_longer_timeout_of_httpx_counts_for_each_send(kind: Any) -> None:
    release = threading.Event()

    def respond(seen: Seen) -> bytes:
        release.wait(0.3)
        return PREFIX

    with RawServer(respond) as server:
        client = kind(**options(server, timeout=0.05, retry=Retry(max_attempts=1)))
        request = http(client).build_request("GET", "/api/v1/topic-prefix", timeout=20.0)
        before = dict(request.extensions)
        for _ in range(2):
            assert (await done(http(client).send(request))).json() == {"prefix": "abcde-"}
            assert request.extensions == before
        await close(client)


# --- as an ordinary httpx client


@each_client
async def test_the_session_works_as_an_httpx_client(kind: Any, server: RawServer) -> None:
    client = kind(**options(server))
    await done(http(client).request("GET", "/bare"))
    assert proved(server.take(), server).target == "/bare"
    found = await done(http(client).get("/x", params={"q": "a b"}))
    assert (found.status_code, found.json()) == (200, {"prefix": "abcde-"})
    assert found.request.url.params["q"] == "a b"
    seen = proved(server.take(), server)
    assert seen.method == "GET"
    await done(http(client).post("/form", data={"a": "b"}))
    seen = proved(server.take(), server)
    assert (seen.header("content-type"), seen.body) == ("application/x-www-form-urlencoded", b"a=b")
    await done(http(client).put("/bytes", content=b"\x00\xff"))
    assert proved(server.take(), server).body == b"\x00\xff"
    if kind is DataStream:
        with http(client).stream("GET", "/streamed") as streamed:
            assert b"".join(streamed.iter_bytes()) == b'{"prefix": "abcde-"}'
    else:
        async with http(client).stream("GET", "/streamed") as streamed:
            assert b"".join([part async for part in streamed.aiter_bytes()])
    assert proved(server.take(), server).target == "/streamed"
    await close(client)


@each_client
async def test_a_body_can_be_streamed(kind: Any, server: RawServer) -> None:
    def parts() -> Iterator[bytes]:
        yield b"one"
        yield b"two"

    async def async_parts() -> Any:
        for part in parts():
            yield part

    client = kind(**options(server))
    content: Any = parts() if kind is DataStream else async_parts()
    await done(http(client).post("/x", content=content))
    assert proved(server.take(), server).body == b"onetwo"
    await close(client)


@pytest.mark.parametrize("choose", [by_the_short_cut, by_httpx])
@each_client
async def test_the_repeat_after_clock_skew_does_not_count_as_an_attempt(
    kind: Any, choose: Callable[[Any], None]
) -> None:
    def respond(seen: Seen) -> bytes:
        if seen.header("x-ncp-apigw-timestamp") == str(int(NOON * 1000)):
            return answer(401, b"", headers=(f"Date: {formatdate(NOON + 900, usegmt=True)}",))
        return PREFIX if seen.method == "GET" else answer(404)

    with RawServer(respond) as server:
        for call, attempts in (("get_topic_prefix", 0), ("delete_connector", 1)):
            client = kind(**options(server, clock=lambda: NOON, retry=Retry(max_attempts=1)))
            choose(client)
            if attempts == 0:
                assert (await done(getattr(client, call)())).prefix == "abcde-"
            else:
                with pytest.raises(NotFoundError) as caught:
                    await done(getattr(client, call)("t", "c"))
                assert caught.value.attempts == attempts
            await close(client)
            for _ in range(2):
                proved(server.take(), server)
            assert server.nothing_more()


@pytest.mark.parametrize("choose", [by_the_short_cut, by_httpx])
@each_client
async def test_the_request_stored_in_an_error_is_masked(
    kind: Any, choose: Callable[[Any], None], server: RawServer
) -> None:
    server.respond = lambda seen: answer(401, b"")
    client = kind(**options(server))
    choose(client)
    with pytest.raises(AuthenticationError) as caught:
        await done(client.create_topic(name="x"))
    await close(client)
    assert caught.value.response is not None
    request = caught.value.response.request
    for name in ("x-ncp-iam-access-key", "x-ncp-apigw-signature-v2"):
        assert request.headers.get_list(name) == ["***"]
    assert (request.method, str(request.url)) == ("POST", f"{server.url}/api/v1/topics")
    assert json.loads(request.content) == {"name": "x"}


@pytest.mark.parametrize("choose", [by_the_short_cut, by_httpx])
@each_client
async def test_with_options_adds_headers(
    kind: Any, choose: Callable[[Any], None], server: RawServer
) -> None:
    client = kind(**options(server))
    changed = client.with_options(headers={"X-Tenant": "b", "accept": "text/plain"})
    for each in (client, changed):
        choose(each)
        await done(each.get_topic_prefix())
    await close(client)
    before, marked = (proved(server.take(), server) for _ in range(2))
    assert "x-tenant" not in dict(before.headers)
    assert (marked.header("x-tenant"), marked.header("accept")) == ("b", "text/plain")
