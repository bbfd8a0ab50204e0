"""The stock client, its copies and proxies: all are signed, none seen by others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    ServerError,
    SignatureAuth,
    TransportError,
)
from ncloud_datastream_api import AuthenticatedClient, Client
from ncloud_datastream_api.api.message import send_message
from ncloud_datastream_api.api.topic import get_topic_prefix
from ncloud_datastream_api.errors import UnexpectedStatus
from ncloud_datastream_api.models import SendMessageRequest
from wire.clients import calling
from wire.pairs import MESSAGE, PREFIX, each_kind, options, two_servers
from wire.proof import KEYS, proved
from wire.server import RawServer, answer

ONCE = Retry(max_attempts=1)


COPIES: dict[str, Callable[[Client], Client]] = {
    "itself": lambda client: client,
    "with_headers": lambda client: client.with_headers({"X-Trace": "7"}),
    "with_cookies": lambda client: client.with_cookies({"c": "d"}),
    "with_timeout": lambda client: client.with_timeout(httpx.Timeout(20)),
    "all of them": lambda client: (
        client.with_headers({"X-Trace": "7"})
        .with_cookies({"c": "d"})
        .with_timeout(httpx.Timeout(20))
    ),
}

each_copy = pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    """A proxy that the environment names, and that nothing may go to in clear."""
    with RawServer() as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, server.url)
        yield server
        assert server.connections == 0


def stock(server: RawServer, message: RawServer) -> Client:
    """The generated client alone, with our middleware."""
    auth = SignatureAuth(KEYS, {"management": server.url, "message": message.url})
    return Client(
        base_url=server.url,
        raise_on_unexpected_status=True,
        verify_ssl=False,
        httpx_args={"auth": auth},
    )


@each_copy
def test_the_stock_client_signs_with_the_middleware_alone(copy: Callable[[Client], Client]) -> None:
    with two_servers() as (management, message):
        with copy(stock(management, message)) as client:
            found = get_topic_prefix.sync(client=client)
            assert found is not None
            assert found.prefix == "abcde-"
            assert proved(management.take(), management).target == "/api/v1/topic-prefix"
            management.respond = lambda seen: answer(404)
            with pytest.raises(UnexpectedStatus):
                get_topic_prefix.sync(client=client)
            proved(management.take(), management)
            with pytest.raises(ForeignHostError, match="belongs to the message server"):
                send_message.sync(client=client, body=SendMessageRequest(**MESSAGE))
        assert management.nothing_more()
        assert message.connections == 0


@each_copy
async def test_the_stock_client_signs_asynchronous_calls(copy: Callable[[Client], Client]) -> None:
    with two_servers() as (management, message):
        async with copy(stock(management, message)) as client:
            assert await get_topic_prefix.asyncio(client=client)
            with pytest.raises(ForeignHostError, match="belongs to the message server"):
                await send_message.asyncio(client=client, body=SendMessageRequest(**MESSAGE))
        proved(await anyio.to_thread.run_sync(management.take), management)
        assert message.connections == 0


@each_copy
def test_copies_of_the_client_inside_sign(
    copy: Callable[[Client], Client], proxy: RawServer
) -> None:
    with two_servers() as (management, message), DataStream(**options(management, message)) as ds:
        with copy(ds.client.with_headers({"X-Copy": "1"})) as client:
            assert get_topic_prefix.sync(client=client)
            assert proved(management.take(), management).header("x-copy") == "1"
            with pytest.raises(ForeignHostError, match="belongs to the message server"):
                send_message.sync(client=client, body=SendMessageRequest(**MESSAGE))
        # Their end is not the end of the client that they come from.
        assert ds.get_topic_prefix()
        proved(management.take(), management)
        assert message.connections == 0


@each_copy
async def test_copies_of_the_client_inside_sign_asynchronous_calls(
    copy: Callable[[Client], Client], proxy: RawServer
) -> None:
    with two_servers() as (management, message):
        async with AsyncDataStream(**options(management, message)) as ds:
            async with copy(ds.client.with_headers({"X-Copy": "1"})) as client:
                assert await get_topic_prefix.asyncio(client=client)
                seen = await anyio.to_thread.run_sync(management.take)
                assert proved(seen, management).header("x-copy") == "1"
                with pytest.raises(ForeignHostError, match="belongs to the message server"):
                    await send_message.asyncio(client=client, body=SendMessageRequest(**MESSAGE))
            assert await ds.get_topic_prefix()
        proved(await anyio.to_thread.run_sync(management.take), management)
        assert message.connections == 0


@each_copy
async def test_a_function_of_the_other_kind_signs(
    copy: Callable[[Client], Client], proxy: RawServer
) -> None:
    with two_servers() as (management, message):
        async with AsyncDataStream(**options(management, message)) as ds:
            with copy(ds.client) as client:
                assert await anyio.to_thread.run_sync(call_sync, client)
                assert await anyio.to_thread.run_sync(call_sync, client)
            for _ in range(2):
                proved(await anyio.to_thread.run_sync(management.take), management)
        with DataStream(**options(management, message)) as ds:
            async with copy(ds.client) as client:
                assert await get_topic_prefix.asyncio(client=client)
                assert await get_topic_prefix.asyncio(client=client)
            for _ in range(2):
                proved(await anyio.to_thread.run_sync(management.take), management)
            assert ds.get_topic_prefix
        assert message.connections == 0


def call_sync(client: Client) -> object:
    return get_topic_prefix.sync(client=client)


async def test_copies_end_with_the_client_that_they_come_from() -> None:
    with two_servers() as (management, message):
        ds = DataStream(**options(management, message))
        with ds.client.with_headers({"X-Copy": "1"}) as sync_copy:
            ds.close()
            with pytest.raises(ConfigurationError, match="closed"):
                get_topic_prefix.sync(client=sync_copy)
        async_ds = AsyncDataStream(**options(management, message))
        async with async_ds.client.with_headers({"X-Copy": "1"}) as async_copy:
            await async_ds.aclose()
            with pytest.raises(ConfigurationError, match="closed"):
                await get_topic_prefix.asyncio(client=async_copy)
        assert management.connections == message.connections == 0


CHANGES: dict[str, Callable[[Any], Any]] = {
    "with_headers": lambda client: client.with_headers({"X-Tenant": "b", "X-Own": "b"}),
    "with_cookies": lambda client: client.with_cookies({"tenant": "b", "own": "b"}),
    "with_timeout": lambda client: client.with_timeout(httpx.Timeout(1)),
}


def state(client: Client | AuthenticatedClient) -> tuple[Any, ...]:
    """What a client sends with each request, and how long it waits."""
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
    # Not through what they could share, either.
    if kind is AuthenticatedClient:
        other = change(change(client))
        other.token = "another"
        assert dict(other.get_httpx_client().headers)["authorization"] == "Bearer another"
        assert client._headers == alike._headers


def test_a_copy_for_one_tenant_does_not_mark_the_calls_of_another() -> None:
    with two_servers() as (management, message), stock(management, message) as client:
        get_topic_prefix.sync(client=client)
        with client.with_headers({"X-Tenant": "b"}).with_cookies({"tenant": "b"}) as copy:
            get_topic_prefix.sync(client=copy)
        get_topic_prefix.sync(client=client)
        before, marked, after = (management.take() for _ in range(3))
        assert marked.header("x-tenant") == "b"
        assert marked.header("cookie") == "tenant=b"
        for seen in (before, after):
            assert {"x-tenant", "cookie"}.isdisjoint(name for name, _ in seen.headers)


def test_a_copy_of_the_client_inside_does_not_mark_its_calls() -> None:
    with two_servers() as (management, message), DataStream(**options(management, message)) as ds:
        get_topic_prefix.sync(client=ds.client)
        with ds.client.with_headers({"X-Tenant": "b"}) as copy:
            get_topic_prefix.sync(client=copy)
        ds.get_topic_prefix()
        before, marked, after = (management.take() for _ in range(3))
        assert marked.header("x-tenant") == "b"
        for seen in (before, after):
            assert "x-tenant" not in {name for name, _ in seen.headers}


# --- proxies -------------------------------------------------------------------------------------


@each_kind
def test_no_proxy_of_the_environment_sees_what_goes_to_loopback(
    kind: str, proxy: RawServer
) -> None:
    with RawServer(lambda seen: PREFIX) as server, calling(kind, **options(server)) as call:
        call("get_topic_prefix")
        proved(server.take(), server)


@each_kind
@pytest.mark.parametrize("name", ["management", "message"])
def test_a_proxy_in_clear_is_refused(kind: str, name: str) -> None:
    with RawServer() as server:
        urls = {f"{name}_url": server.url}
        with (
            pytest.raises(ConfigurationError, match="proxy would see"),
            calling(kind, credentials=KEYS, verify=False, proxy="http://127.0.0.1:9", **urls),
        ):
            raise AssertionError("the client was made")
        assert server.connections == 0


@each_kind
@pytest.mark.parametrize("place", ["argument", "environment"])
def test_a_proxy_to_https_sees_no_header_of_ours(
    kind: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer(lambda seen: answer(403)) as proxy:
        chosen = {"proxy": proxy.url}
        if place == "environment":
            chosen = {}
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with calling(kind, credentials=KEYS, verify=False, retry=ONCE, **chosen) as call:
            with pytest.raises(TransportError) as caught:
                call("send_message", **MESSAGE)
            assert not caught.value.maybe_delivered
            seen = proxy.take()
            assert seen.request_line[:2] == [b"CONNECT", b"api.datastream.naverncp.com:443"]
            assert b"x-ncp" not in seen.head.lower() + seen.body + seen.rest
            assert proxy.nothing_more()


@each_kind
def test_an_error_of_the_service_is_typed_over_the_wire(kind: str) -> None:
    with (
        RawServer(lambda seen: answer(500, b"<html>")) as server,
        calling(kind, **options(server)) as call,
    ):
        with pytest.raises(ServerError) as caught:
            call("send_message", **MESSAGE)
        assert caught.value.maybe_delivered
        proved(server.take(), server)
