"""Both clients as their users make, change, close and copy them; no socket is opened here."""

from __future__ import annotations

import copy
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
from ncloud_datastream_api import Client
from ncloud_datastream_api.api.topic import get_topic_prefix

KEYS = Credentials("AK", "SK")

Either = DataStream | AsyncDataStream
Make = Callable[..., Any]

each_client = pytest.mark.parametrize("make", [DataStream, AsyncDataStream])


async def done(answer: Awaitable[Any] | Any) -> Any:
    """What a method of either client returns in the end."""
    return await answer if isinstance(answer, Awaitable) else answer


async def close(client: Either) -> None:
    await done(client.close() if isinstance(client, DataStream) else client.aclose())


class Service(httpx.MockTransport):
    """Answers in process, and remembers what it was asked and whether it was closed."""

    def __init__(self, body: Any = None) -> None:
        super().__init__(self.respond)
        self.body = {"prefix": "abcde-"} if body is None else body
        self.requests: list[httpx.Request] = []
        self.closed = 0

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json=self.body)

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


# --- credentials ---------------------------------------------------------------------------------


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No server role; the addresses that it was looked for at."""
    addresses: list[str] = []

    def find(make: object, address: str) -> tuple[None, str]:
        addresses.append(address)
        return None, "no answer"

    monkeypatch.setattr(server_role, "find", find)
    return addresses


@each_client
async def test_keys_are_found_when_the_client_is_made(
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


@each_client
def test_keys_that_are_nowhere_are_missed_when_the_client_is_made(
    make: Make, nowhere: list[str]
) -> None:
    with pytest.raises(ConfigurationError, match="No credentials found"):
        make(transport=Service())
    assert nowhere == ["169.254.169.254"]


@each_client
async def test_a_callable_is_asked_when_keys_are_needed(make: Make) -> None:
    asked: list[int] = []

    def keys() -> Credentials:
        asked.append(threading.get_ident())
        return KEYS

    service = Service()
    client = make(keys, transport=service)
    assert not asked
    for _ in range(2):
        await done(client.get_topic_prefix())
    assert [request.headers["x-ncp-iam-access-key"] for request in service.requests] == ["AK"] * 2
    assert len(asked) == 1
    assert asked[0] != threading.get_ident()


@each_client
@pytest.mark.parametrize("keys", ["AK", ("AK", "SK"), 5, {"access_key": "AK"}])
def test_what_are_no_credentials_is_refused(make: Make, keys: Any) -> None:
    with pytest.raises(ConfigurationError, match="must be Credentials or a callable"):
        make(keys, transport=Service())


# --- further arguments ---------------------------------------------------------------------------


@each_client
@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1.5}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"timeout": "5"}, "timeout"),
        ({"timeout": None}, "timeout"),
        ({"timeout": True}, "timeout"),
        ({"retry": 3}, "retry"),
        ({"retry": None}, "retry"),
    ],
    ids=str,
)
async def test_options_that_cannot_be_right_are_refused(
    make: Make, options: dict[str, Any], why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why):
        make(KEYS, transport=Service(), **options)
    if None not in options.values():  # which leaves it as it is
        client = make(KEYS, transport=Service())
        with pytest.raises(ConfigurationError, match=why):
            client.with_options(**options)


@each_client
def test_a_transport_excludes_a_proxy(make: Make) -> None:
    with pytest.raises(ConfigurationError, match="transport and proxy are mutually exclusive"):
        make(KEYS, transport=Service(), proxy="http://proxy.example:3128")


@pytest.mark.parametrize(
    ("make", "transport"),
    [
        (DataStream, httpx.AsyncBaseTransport()),
        (AsyncDataStream, httpx.BaseTransport()),
        (DataStream, lambda request: httpx.Response(200)),
        (AsyncDataStream, httpx.Client),
    ],
)
def test_what_is_no_transport_of_its_kind_is_refused(make: Make, transport: Any) -> None:
    with pytest.raises(ConfigurationError, match="transport is not an httpx"):
        make(KEYS, transport=transport)


@each_client
def test_how_certificates_are_checked(make: Make, tmp_path: Path) -> None:
    own = ssl.create_default_context()
    for given in (True, certifi.where(), str(tmp_path), own):
        context = make(KEYS, verify=given).client._verify_ssl
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert (context is own) == (given is own)
    assert make(KEYS, verify=False).client._verify_ssl.verify_mode is ssl.CERT_NONE


@each_client
@pytest.mark.parametrize("verify", [None, 0, 1, b"ca.pem", Path("ca.pem"), "missing.pem"])
def test_how_certificates_cannot_be_checked(make: Make, verify: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^verify"):
        make(KEYS, verify=verify)


@each_client
def test_what_a_client_shows_of_itself(make: Make) -> None:
    assert repr(make(KEYS, message_url="http://[::1]:80", verify=False)) == (
        f"{make.__name__}(management_url='https://datastream.apigw.ntruss.com', "
        "message_url='http://[::1]')"
    )


@each_client
async def test_an_enum_is_given_as_member_or_as_text(make: Make) -> None:
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


# --- the end -------------------------------------------------------------------------------------


@each_client
async def test_a_closed_client_refuses_every_call(make: Make) -> None:
    service = Service()
    client = make(KEYS, transport=service)
    twin = client.with_options(timeout=5)
    await close(client)
    await close(client)
    assert service.closed == 1
    for each in (client, twin, client.with_options(timeout=5), twin.with_options(timeout=4)):
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
async def test_a_twin_closes_for_itself_alone(make: Make) -> None:
    service = Service()
    client = make(KEYS, transport=service)
    twin = client.with_options(retry=Retry(max_attempts=1))
    await close(twin)
    assert service.closed == 0
    with pytest.raises(ConfigurationError, match="closed"):
        await done(twin.get_topic_prefix())
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
def test_a_client_refuses_to_be_pickled_or_copied(make: Make) -> None:
    client = make(KEYS, transport=Service())
    for each in (
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        lambda client: pickle.dumps(client, protocol=0),
        lambda client: pickle.dumps({"nested": [client]}),
        lambda client: pickle.dumps(client.with_options()),
    ):
        with pytest.raises(ConfigurationError, match=f"^{make.__name__} refuses to be pickled"):
            each(client)


# --- the generated client inside -----------------------------------------------------------------


@each_client
async def test_the_client_inside_sends_through_the_transport_given(make: Make) -> None:
    """Its copies too, and of either kind where the transport can: never past it to the network."""
    service = Service()
    client = make(KEYS, transport=service)
    assert isinstance(client.client, Client)
    for each in (client.client, client.client.with_headers({"X-Copy": "1"})):
        assert get_topic_prefix.sync(client=each)
        assert await get_topic_prefix.asyncio(client=each)
    assert len(service.requests) == 4
    assert all("x-ncp-apigw-signature-v2" in request.headers for request in service.requests)
    # Only who was given the transport ends it.
    copied = client.client.with_headers({"X-Copy": "1"})
    with copied:
        assert get_topic_prefix.sync(client=copied)
    async with copied:
        assert await get_topic_prefix.asyncio(client=copied)
    assert service.closed == 0
    await close(client)
    assert service.closed == 1


@each_client
async def test_messages_in_bulk_go_through_the_transport_given(make: Make) -> None:
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
    """A transport for ordinary code alone."""


class OnlyAsync(httpx.AsyncBaseTransport):
    """A transport for asynchronous code alone."""


async def test_a_transport_of_the_other_kind_is_a_named_error() -> None:
    with pytest.raises(ConfigurationError, match=r"not an httpx\.Async.*\. Nothing was sent"):
        await get_topic_prefix.asyncio(client=DataStream(KEYS, transport=OnlySync()).client)
    with pytest.raises(ConfigurationError, match=r"not an httpx\.Base.*\. Nothing was sent"):
        get_topic_prefix.sync(client=AsyncDataStream(KEYS, transport=OnlyAsync()).client)


def test_the_client_inside_keeps_the_timeout() -> None:
    client = DataStream(KEYS, timeout=7, verify=False)
    assert client.client._timeout == httpx.Timeout(7)
    assert client.with_options(timeout=3).client._timeout == httpx.Timeout(3)
    assert client.client.with_headers({}).get_httpx_client().timeout == httpx.Timeout(7)
