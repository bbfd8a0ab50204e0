"""Both clients: construction, options, closing and copying, without opening a socket."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import ssl
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import certifi
import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    Credentials,
    DataStream,
    Message,
    Outcome,
    Retry,
    SchemaType,
    TopicSortKey,
)
from ncloud_datastream.credentials import server_role
from ncloud_datastream.wire.session import AsyncSession, Session
from ncloud_datastream_api import Client
from ncloud_datastream_api.api.topic import get_topic_prefix

KEYS = Credentials("AK", "SK")

Either = DataStream | AsyncDataStream
Make = Callable[..., Any]

each_client = pytest.mark.parametrize("make", [DataStream, AsyncDataStream])


async def done(result: Awaitable[Any] | Any) -> Any:
    """Return the result of a method of either client."""
    return await result if isinstance(result, Awaitable) else result


async def close(client: Either) -> None:
    await done(client.close() if isinstance(client, DataStream) else client.aclose())


class Service(httpx.MockTransport):
    """Responds in process, and records the requests and how often it was closed."""

    def __init__(self, body: Any = None) -> None:
        super().__init__(self.respond)
        self.body = {"prefix": "abcde-"} if body is None else body
        self.requests: list[httpx.Request] = []
        self.closed = 0

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json=self.body, headers={"Set-Cookie": "a=b; Path=/"})

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


# --- credentials ---------------------------------------------------------------------------------


@each_client
async def test_keys_are_searched_when_the_client_is_created(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", "AKenv")
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", "SKenv")
    service = Service()
    client = make(transport=service)
    monkeypatch.delenv("NCLOUD_ACCESS_KEY_ID")
    monkeypatch.delenv("NCLOUD_SECRET_ACCESS_KEY")
    await done(client.get_topic_prefix())
    assert service.requests[0].headers["x-ncp-iam-access-key"] == "AKenv"
    addresses: list[str] = []

    def find(make: object, address: str) -> tuple[None, str]:
        addresses.append(address)
        return None, "no response"

    monkeypatch.setattr(server_role, "find", find)
    with pytest.raises(ConfigurationError, match="No credentials found"):
        make(transport=Service())
    assert addresses == ["169.254.169.254"]


@each_client
async def test_a_callable_is_called_once_in_a_thread_when_keys_are_needed(make: Make) -> None:
    threads: list[int] = []

    def keys() -> Credentials:
        threads.append(threading.get_ident())
        return KEYS

    service = Service()
    client = make(keys, transport=service)
    assert not threads
    for _ in range(2):
        await done(client.get_topic_prefix())
    assert [request.headers["x-ncp-iam-access-key"] for request in service.requests] == ["AK"] * 2
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


# --- options -------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [DataStream, AsyncDataStream])
def test_the_documented_defaults(make: Make) -> None:
    def default(function: Any, name: str) -> Any:
        return inspect.signature(function).parameters[name].default

    assert default(make, "timeout") == 30.0
    assert default(make, "verify") is True
    assert default(make.send_messages, "concurrency") == 64  # type: ignore[attr-defined]
    assert default(make.wait_for_topic, "timeout") == 300.0  # type: ignore[attr-defined]
    for session in (Session, AsyncSession):  # as httpx has them
        assert default(session.send, "stream") is False
        assert default(session.send, "follow_redirects") is False


@each_client
@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"timeout": "5"}, "timeout"),
        ({"timeout": None}, "timeout"),
        ({"timeout": True}, "timeout"),
        ({"retry": 3}, "retry"),
        ({"proxy": "http://proxy.example:3128"}, "transport and proxy are mutually exclusive"),
    ],
    ids=str,
)
def test_invalid_options_are_rejected(make: Make, options: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        make(KEYS, transport=Service(), **options)
    if None not in options.values() and "proxy" not in options:
        client = make(KEYS, transport=Service())
        with pytest.raises(ConfigurationError, match=why):
            client.with_options(**options)


@pytest.mark.parametrize(
    ("make", "transport"),
    [
        (DataStream, httpx.AsyncBaseTransport()),
        (AsyncDataStream, httpx.BaseTransport()),
        (DataStream, lambda request: httpx.Response(200)),
    ],
)
def test_a_transport_of_another_kind_is_rejected(make: Make, transport: Any) -> None:
    with pytest.raises(ConfigurationError, match="transport "):
        make(KEYS, transport=transport)


@each_client
def test_certificates_are_verified_as_configured(make: Make, tmp_path: Path) -> None:
    own = ssl.create_default_context()
    for given in (True, certifi.where(), str(tmp_path), own):
        context = make(KEYS, verify=given).client._verify_ssl
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert (context is own) == (given is own)
    assert make(KEYS, verify=False).client._verify_ssl.verify_mode is ssl.CERT_NONE
    for invalid in (None, 0, 1, b"ca.pem", Path("ca.pem"), "missing.pem"):
        with pytest.raises(ConfigurationError, match=r"^verify"):
            make(KEYS, verify=invalid)


@each_client
def test_the_repr_has_the_urls_and_no_keys(make: Make) -> None:
    assert repr(make(KEYS, message_url="http://[::1]:80", verify=False)) == (
        f"{make.__name__}(management_url='https://datastream.apigw.ntruss.com', "
        "message_url='http://[::1]')"
    )


@each_client
async def test_an_enum_argument_is_a_member_or_any_text(make: Make) -> None:
    service = Service({"list": []})
    client = make(KEYS, transport=service)
    for sort_by in (TopicSortKey.TOPIC_NAME, "topicName", "someday"):
        await done(client.list_topics(sort_by=sort_by))
    queries = [request.url.query for request in service.requests]
    assert queries == [b"sortBy=topicName", b"sortBy=topicName", b"sortBy=someday"]
    service.requests.clear()
    for schema_type in (SchemaType.AVRO, "AVRO", "THRIFT"):
        await done(client.create_schema("t", schema_type=schema_type, schema="{}"))
    bodies = [json.loads(request.content)["schemaType"] for request in service.requests]
    assert bodies == ["AVRO", "AVRO", "THRIFT"]


@each_client
async def test_cookies_of_responses_are_not_sent_back(make: Make) -> None:
    service = Service()
    client = make(KEYS, transport=service)
    for _ in range(2):
        await done(client.get_topic_prefix())
    assert not [request for request in service.requests if "Cookie" in request.headers]


# --- closing -------------------------------------------------------------------------------------


@each_client
async def test_every_call_of_a_closed_client_is_a_configuration_error(make: Make) -> None:
    service = Service()
    client = make(KEYS, transport=service)
    derived = client.with_options(timeout=5)
    await close(client)
    await close(client)
    assert service.closed == 1
    for each in (client, derived, client.with_options(timeout=5), derived.with_options(timeout=4)):
        for call in (
            lambda ds: ds.get_topic_prefix(),
            lambda ds: ds.send_message(topic="t", key="k", value="v"),
            lambda ds: ds.wait_for_topic("t"),
            lambda ds: (
                anext(ds.iter_schemas("t"))
                if isinstance(ds, AsyncDataStream)
                else next(ds.iter_schemas("t"))
            ),
        ):
            with pytest.raises(ConfigurationError, match="closed") as caught:
                await done(call(each))
            assert not caught.value.maybe_delivered
    assert not service.requests


@each_client
async def test_closing_a_client_of_with_options_leaves_the_connections_open(make: Make) -> None:
    service = Service()
    client = make(KEYS, transport=service)
    derived = client.with_options(retry=Retry(max_attempts=1))
    await close(derived)
    assert service.closed == 0
    with pytest.raises(ConfigurationError, match="closed"):
        await done(derived.get_topic_prefix())
    assert await done(client.get_topic_prefix())
    await close(client)
    assert service.closed == 1


async def test_leaving_the_context_closes() -> None:
    service = Service()
    with DataStream(KEYS, transport=service) as ds:
        assert ds.get_topic_prefix()
    assert service.closed == 1
    async with AsyncDataStream(KEYS, transport=service) as async_ds:
        assert await async_ds.get_topic_prefix()
    assert service.closed == 2
    with pytest.raises(ZeroDivisionError), DataStream(KEYS, transport=service):
        raise ZeroDivisionError
    assert service.closed == 3


@each_client
def test_a_client_cannot_be_pickled_or_copied(make: Make) -> None:
    client = make(KEYS, transport=Service())
    for each in (
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        lambda client: pickle.dumps(client, protocol=0),
        lambda client: pickle.dumps(client.with_options()),
    ):
        with pytest.raises(ConfigurationError, match=f"^{make.__name__} cannot be pickled"):
            each(client)


# --- the generated client ------------------------------------------------------------------------


@each_client
async def test_the_generated_client_and_its_copies_use_the_given_transport(make: Make) -> None:
    service = Service()
    client = make(KEYS, transport=service)
    assert isinstance(client.client, Client)
    for each in (client.client, client.client.with_headers({"X-Copy": "1"})):
        assert get_topic_prefix.sync(client=each)
        assert await get_topic_prefix.asyncio(client=each)
    assert len(service.requests) == 4
    assert all("x-ncp-apigw-signature-v2" in request.headers for request in service.requests)
    # Only the client that was given the transport closes it.
    copied = client.client.with_headers({"X-Copy": "1"})
    with copied:
        assert get_topic_prefix.sync(client=copied)
    async with copied:
        assert await get_topic_prefix.asyncio(client=copied)
    assert service.closed == 0
    await close(client)
    assert service.closed == 1


@each_client
async def test_messages_sent_in_bulk_use_the_given_transport(make: Make) -> None:
    service = Service({"status": 200})
    client = make(KEYS, transport=service)
    sending = client.send_messages([Message("abcde-t", "k", "v")])
    deliveries = list(sending) if make is DataStream else [delivery async for delivery in sending]
    assert [delivery.outcome for delivery in deliveries] == [Outcome.DELIVERED]
    (request,) = service.requests
    assert request.url == "https://api.datastream.naverncp.com/api/produce"
    assert "x-ncp-apigw-signature-v2" in request.headers
    await close(client)


class OnlySync(httpx.BaseTransport):
    """A synchronous transport."""


class OnlyAsync(httpx.AsyncBaseTransport):
    """An asynchronous transport."""


async def test_a_call_that_the_transport_does_not_support_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"httpx\.Async"):
        await get_topic_prefix.asyncio(client=DataStream(KEYS, transport=OnlySync()).client)
    with pytest.raises(ConfigurationError, match=r"httpx\.Base"):
        get_topic_prefix.sync(client=AsyncDataStream(KEYS, transport=OnlyAsync()).client)


def test_the_generated_client_has_the_timeout() -> None:
    client = DataStream(KEYS, timeout=7, verify=False)
    assert client.client._timeout == httpx.Timeout(7)
    assert client.with_options(timeout=3).client._timeout == httpx.Timeout(3)
    assert client.client.with_headers({}).get_httpx_client().timeout == httpx.Timeout(7)
