"""The generated client, its copies, and proxies: requests are signed and go nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    DataStream,
    ForeignHostError,
    Retry,
    SignatureAuth,
    TransportError,
)
from ncloud_datastream_api import AuthenticatedClient, Client
from ncloud_datastream_api.api.message import send_message
from ncloud_datastream_api.api.topic import get_topic_prefix
from ncloud_datastream_api.errors import UnexpectedStatus
from ncloud_datastream_api.models import SendMessageRequest
from wire.clients import calling
from wire.helpers import MESSAGE, close, done, each_kind, options, two_servers
from wire.proof import KEYS, proved
from wire.server import RawServer, answer

COPIES: dict[str, Callable[[Client], Client]] = {
    "itself": lambda client: client,
    "all changes": lambda client: (
        client.with_headers({"X-Trace": "7"})
        .with_cookies({"c": "d"})
        .with_timeout(httpx.Timeout(20))
    ),
}

each_copy = pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)


@pytest.fixture(autouse=True)
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    """The environment's proxy for plain http, which must not be used."""
    with RawServer() as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, server.url)
        yield server
        assert server.connections == 0


def stock(server: RawServer, message: RawServer) -> Client:
    """The generated client alone, with the signing middleware."""
    auth = SignatureAuth(KEYS, {"management": server.url, "message": message.url})
    return Client(
        base_url=server.url,
        raise_on_unexpected_status=True,
        verify_ssl=False,
        httpx_args={"auth": auth, "trust_env": False},
    )


async def call(kind: str, client: Client, function: Any = get_topic_prefix, **more: Any) -> Any:
    """Call a generated function, in a thread for a blocking one."""
    if kind == "sync":
        return await anyio.to_thread.run_sync(partial(function.sync, client=client, **more))
    return await function.asyncio(client=client, **more)


async def check_signed(kind: str, client: Client, management: RawServer) -> Any:
    """Check that a call is signed and that messages are not signed for the wrong server."""
    assert (await call(kind, client)).prefix == "abcde-"
    with pytest.raises(ForeignHostError, match="belongs to the message server"):
        await call(kind, client, send_message, body=SendMessageRequest(**MESSAGE))
    return proved(await anyio.to_thread.run_sync(management.take), management)


@each_copy
@each_kind
async def test_the_stock_client_signs_with_the_middleware_alone(
    kind: str, copy: Callable[[Client], Client]
) -> None:
    with two_servers() as (management, message):
        client = copy(stock(management, message))
        await check_signed(kind, client, management)
        management.respond = lambda seen: answer(404)
        with pytest.raises(UnexpectedStatus):
            await call(kind, client)
        assert message.connections == 0


@each_copy
@each_kind
@pytest.mark.parametrize("client", [DataStream, AsyncDataStream])
async def test_copies_of_the_inner_client_sign_blocking_and_asynchronous_calls(
    copy: Callable[[Client], Client], kind: Any, client: Any
) -> None:
    """Closing a copy does not close the client."""
    with two_servers() as (management, message):
        ds = client(**options(management, message))
        copied = copy(ds.client.with_headers({"X-Copy": "1"}))
        seen = await check_signed(kind, copied, management)
        assert seen.header("x-copy") == "1"
        if kind == "sync":
            copied.get_httpx_client().close()
        else:
            await copied.get_async_httpx_client().aclose()
        await done(ds.get_topic_prefix())
        proved(await anyio.to_thread.run_sync(management.take), management)
        await close(ds)
        with pytest.raises(ConfigurationError, match="closed"):
            await call(kind, ds.client.with_headers({"X-Copy": "1"}))
        assert message.connections == 0


CHANGES: dict[str, Callable[[Any], Any]] = {
    "with_headers": lambda client: client.with_headers({"X-Tenant": "b", "X-Own": "b"}),
    "with_cookies": lambda client: client.with_cookies({"tenant": "b", "own": "b"}),
    "with_timeout": lambda client: client.with_timeout(httpx.Timeout(1)),
}


def state(client: Client | AuthenticatedClient) -> tuple[Any, ...]:
    """Return the headers, cookies and timeout of a client."""
    return tuple(
        (dict(each.headers), dict(each.cookies), each.timeout)
        for each in (client.get_httpx_client(), client.get_async_httpx_client())
    )


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("kind", [Client, AuthenticatedClient])
@pytest.mark.parametrize("used", [False, True])
def test_a_copy_does_not_change_the_original(
    change: Callable[[Any], Any], kind: type[Client] | type[AuthenticatedClient], used: bool
) -> None:
    def made() -> Any:
        token = {"token": "t"} if kind is AuthenticatedClient else {}
        own: dict[str, Any] = {"headers": {"X-Own": "a"}, "cookies": {"own": "a"}}
        return kind("http://127.0.0.1", timeout=httpx.Timeout(9), verify_ssl=False, **own, **token)

    client, alike = made(), made()
    if used:
        state(client)
    copy = change(client)
    assert type(copy) is kind
    copied = state(copy)
    assert state(client) == state(alike) != copied
    # They share no mutable state.
    if kind is AuthenticatedClient:
        other = change(change(client))
        other.token = "another"
        assert dict(other.get_httpx_client().headers)["authorization"] == "Bearer another"
        assert client._headers == alike._headers


@pytest.mark.parametrize("inner", [False, True])
def test_headers_of_a_copy_are_not_sent_by_the_original(inner: bool) -> None:
    with two_servers() as (management, message), DataStream(**options(management, message)) as ds:
        client = ds.client if inner else stock(management, message)
        get_topic_prefix.sync(client=client)
        get_topic_prefix.sync(client=client.with_headers({"X-Tenant": "b"}))
        get_topic_prefix.sync(client=client)
        before, marked, after = (management.take() for _ in range(3))
        assert marked.header("x-tenant") == "b"
        for seen in (before, after):
            assert "x-tenant" not in dict(seen.headers)


@each_kind
@pytest.mark.parametrize("source", ["argument", "environment"])
def test_a_proxy_to_https_sees_only_connect(
    kind: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(lambda seen: answer(403)) as proxy:
        chosen = {"proxy": proxy.url}
        if source == "environment":
            chosen = {}
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        once = Retry(max_attempts=1)
        with calling(kind, credentials=KEYS, verify=False, retry=once, **chosen) as call:
            with pytest.raises(TransportError) as caught:
                call("send_message", **MESSAGE)
            assert not caught.value.maybe_delivered
            seen = proxy.take()
            assert seen.request_line[:2] == [b"CONNECT", b"api.datastream.naverncp.com:443"]
            assert b"x-ncp" not in seen.head.lower() + seen.body + seen.rest
            assert proxy.nothing_more()
