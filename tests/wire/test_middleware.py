"""The signing middleware in its clients, on sockets: what is signed, repeated, refused."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from email.utils import formatdate
from typing import Any

import anyio
import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    AuthenticationError,
    ConfigurationError,
    DataStream,
    ForeignHostError,
    Retry,
    ServerError,
    SignatureAuth,
    TransportError,
    UnexpectedAnswerError,
)
from ncloud_datastream_api import Client
from ncloud_datastream_api.api.message import send_message
from ncloud_datastream_api.api.topic import get_topic_prefix
from ncloud_datastream_api.errors import UnexpectedStatus
from ncloud_datastream_api.models import SendMessageRequest
from wire.clients import KINDS, Caller, calling
from wire.proof import KEYS, proved
from wire.server import RawServer, Seen, answer

NOON = 1_700_000_000.0
PREFIX = answer(body=b'{"prefix": "abcde-"}')
ONCE = Retry(max_attempts=1)
MESSAGE = {"topic": "abcde-orders", "key": "k", "value": "v"}

each_kind = pytest.mark.parametrize("kind", KINDS)


@contextmanager
def two_servers(
    respond: Callable[[Seen], bytes] = lambda seen: PREFIX,
) -> Iterator[list[RawServer]]:
    with ExitStack() as stack:
        yield [stack.enter_context(RawServer(respond)) for _ in range(2)]


def options(management: RawServer, message: RawServer | None = None, **more: Any) -> dict[str, Any]:
    message = message or management
    urls = {"management_url": management.url, "message_url": message.url}
    return {"credentials": KEYS, "verify": False, **urls, **more}


# --- the clock -----------------------------------------------------------------------------------


def strict(now: float) -> Callable[[Seen], bytes]:
    """A gateway that refuses what was signed five minutes or more from its own time."""

    def respond(seen: Seen) -> bytes:
        if abs(float(seen.header("x-ncp-apigw-timestamp")) / 1000 - now) < 300:
            return PREFIX
        return answer(401, b"", headers=(f"Date: {formatdate(now, usegmt=True)}",))

    return respond


CALLS: dict[str, Callable[[Caller], Any]] = {
    "GET": lambda call: call("get_topic_prefix"),
    "POST": lambda call: call("send_message", **MESSAGE),
    "DELETE": lambda call: call("delete_connector", "t", "c"),
}


@each_kind
@pytest.mark.parametrize("name", CALLS)
def test_a_clock_that_is_off_costs_one_request_once(kind: str, name: str) -> None:
    with (
        RawServer(strict(NOON + 900)) as server,
        calling(kind, **options(server, clock=lambda: NOON)) as call,
    ):
        CALLS[name](call)
        first, second = proved(server.take(), server), proved(server.take(), server)
        assert first.request_line == second.request_line
        assert first.body == second.body
        CALLS[name](call)
        third = proved(server.take(), server)
        assert server.nothing_more()
    stamps = [float(seen.header("x-ncp-apigw-timestamp")) for seen in (first, second, third)]
    assert stamps == [NOON * 1000, (NOON + 900) * 1000, (NOON + 900) * 1000]


@each_kind
def test_a_second_401_is_raised_and_counted_as_one_attempt(kind: str) -> None:
    dates = itertools.count(NOON + 900, 900)

    def respond(seen: Seen) -> bytes:
        return answer(401, b"", headers=(f"Date: {formatdate(next(dates), usegmt=True)}",))

    with (
        RawServer(respond) as server,
        calling(kind, **options(server, clock=lambda: NOON)) as call,
    ):
        with pytest.raises(AuthenticationError) as caught:
            call("send_message", **MESSAGE)
        assert [proved(server.take(), server).method for _ in range(2)] == ["POST", "POST"]
        assert server.nothing_more()
    assert caught.value.attempts == 1
    assert not caught.value.maybe_delivered


@each_kind
@pytest.mark.parametrize("headers", [(), ("Date: yesterday",), ("Date: ",)])
def test_a_401_that_tells_no_time_is_raised_at_once(kind: str, headers: tuple[str, ...]) -> None:
    with (
        RawServer(lambda seen: answer(401, b"", headers=headers)) as server,
        calling(kind, **options(server)) as call,
    ):
        with pytest.raises(AuthenticationError):
            call("get_topic_prefix")
        proved(server.take(), server)
        assert server.nothing_more()


PARALLEL = 8


def all_at_once(now: float) -> Callable[[Seen], bytes]:
    """A strict gateway that answers the first requests only when all of them are there."""
    barrier = threading.Barrier(PARALLEL)
    judge = strict(now)

    def respond(seen: Seen) -> bytes:
        said = judge(seen)
        if said is not PREFIX:
            barrier.wait(20)
        return said

    return respond


def check_each_was_repeated_once(server: RawServer) -> None:
    stamps = [server.take().header("x-ncp-apigw-timestamp") for _ in range(2 * PARALLEL)]
    assert server.nothing_more()
    assert sorted(stamps) == [str(int(at * 1000)) for at in (NOON, NOON + 900) for _ in range(8)]


def test_parallel_first_calls_of_threads_all_learn() -> None:
    with (
        RawServer(all_at_once(NOON + 900)) as server,
        DataStream(**options(server, clock=lambda: NOON)) as ds,
        ThreadPoolExecutor(PARALLEL) as threads,
    ):
        calls = [threads.submit(ds.get_topic_prefix) for _ in range(PARALLEL)]
        assert {call.result().prefix for call in calls} == {"abcde-"}
        check_each_was_repeated_once(server)


async def test_parallel_first_calls_of_tasks_all_learn() -> None:
    with RawServer(all_at_once(NOON + 900)) as server:
        async with (
            AsyncDataStream(**options(server, clock=lambda: NOON)) as ds,
            anyio.create_task_group() as group,
        ):
            for _ in range(PARALLEL):
                group.start_soon(ds.get_topic_prefix)
        await anyio.to_thread.run_sync(check_each_was_repeated_once, server)


@each_kind
def test_each_attempt_is_signed_afresh(kind: str) -> None:
    clock = itertools.count(NOON)
    said = [*[answer(429, b"", headers=("Retry-After: 0",))] * 2, PREFIX]
    answers = iter(said)
    with (
        RawServer(lambda seen: next(answers)) as server,
        calling(kind, **options(server, clock=lambda: next(clock))) as call,
    ):
        call("get_topic_prefix")
        stamps = [
            proved(server.take(), server).header("x-ncp-apigw-timestamp") for _ in range(len(said))
        ]
    assert stamps == [str(int((NOON + second) * 1000)) for second in range(len(said))]


# --- where to ------------------------------------------------------------------------------------


@each_kind
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name", ["GET", "POST"])
def test_a_redirect_is_not_followed(kind: str, status: int, name: str) -> None:
    with two_servers() as (server, foreign):
        for target in (foreign.url, server.url, ""):
            location = f"Location: {target}/elsewhere"
            server.respond = lambda seen, to=location: answer(status, b"", headers=(to,))
            with calling(kind, **options(server)) as call:
                with pytest.raises(UnexpectedAnswerError, match="/elsewhere") as caught:
                    CALLS[name](call)
                assert caught.value.status_code == status
                proved(server.take(), server)
                assert server.nothing_more()
        assert foreign.connections == 0


def test_a_redirect_is_not_followed_on_demand() -> None:
    with two_servers() as (server, foreign):
        server.respond = lambda seen: answer(302, b"", headers=(f"Location: {foreign.url}",))
        with DataStream(**options(server)) as ds, pytest.raises(UnexpectedAnswerError):
            ds.client.get_httpx_client().get("/x", follow_redirects=True)
        proved(server.take(), server)
        assert foreign.connections == 0


@pytest.mark.parametrize("extensions", [{}, {"server": "management"}, {"server": "message"}])
def test_an_absolute_url_to_a_foreign_origin_is_refused(extensions: dict[str, str]) -> None:
    with two_servers() as (server, foreign), DataStream(**options(server)) as ds:
        with pytest.raises(ForeignHostError, match=foreign.netloc):
            ds.client.get_httpx_client().get(f"{foreign.url}/x", extensions=extensions)
        assert server.connections == foreign.connections == 0


def test_without_a_signature_too_only_the_servers_are_sent_to() -> None:
    with two_servers() as (server, foreign), DataStream(**options(server)) as ds:
        with pytest.raises(ForeignHostError, match="none of this client's servers"):
            ds.client.get_httpx_client().get(f"{foreign.url}/x", auth=None)
        assert server.connections == foreign.connections == 0


def test_an_absolute_url_to_the_other_server_is_refused() -> None:
    with two_servers() as (management, message), DataStream(**options(management, message)) as ds:
        httpx_client = ds.client.get_httpx_client()
        for server, name in ((management, "message"), (message, "management")):
            with pytest.raises(ForeignHostError, match=f"belongs to the {name} server"):
                httpx_client.get(f"{server.url}/x", extensions={"server": name})
            assert management.connections == message.connections == 0
        httpx_client.get(f"{message.url}/x")
        proved(message.take(), message)


# --- the stock client ----------------------------------------------------------------------------

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
