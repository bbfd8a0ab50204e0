"""The generated functions with our client, and the generated client with `SignatureAuth`."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    DataStream,
    ForeignHostError,
    NotFoundError,
    SignatureAuth,
    TopicSortKey,
    TopicStatus,
)
from ncloud_datastream_api import Client
from ncloud_datastream_api.api import SERVERS
from ncloud_datastream_api.api.message import send_message
from ncloud_datastream_api.api.topic import (
    create_topic,
    delete_topic,
    get_topic,
    get_topic_prefix,
    list_topics,
)
from ncloud_datastream_api.errors import UnexpectedStatus
from ncloud_datastream_api.models import CreateTopicRequest, SendMessageRequest
from support.service import Service
from support.story import topic_summary, unfold

_TLS = ssl.create_default_context()


# --- generated functions with our client ---------------------------------------------------------


def test_generated_functions_work_with_the_client_of_a_data_stream(service: Service) -> None:
    place = service.topic()
    expected = {"model": "TopicList", "list_": [topic_summary(place)]}
    with DataStream(**service.options()) as ds:
        topics = list_topics.sync(client=ds.client, sort_by=TopicSortKey.TOPIC_NAME)
        assert unfold(topics) == expected
        detailed = get_topic.sync_detailed(place.topic_id, client=ds.client)
        assert detailed.status_code == 200
        assert detailed.parsed is not None
        assert detailed.parsed.status is TopicStatus.CREATED
        assert detailed.headers["content-type"] == "application/json"
        sent = send_message.sync(
            client=ds.client, body=SendMessageRequest(topic=place.topic_name, key="k", value="v")
        )
        assert sent is not None
        assert sent.status == 200
        with pytest.raises(NotFoundError):
            get_topic.sync("no-such-id", client=ds.client)
        assert delete_topic.sync(place.topic_id, client=ds.client) is True


async def test_asynchronous_generated_functions_do_too(service: Service) -> None:
    place = service.topic()
    expected = {"model": "TopicList", "list_": [topic_summary(place)]}
    async with AsyncDataStream(**service.options()) as ds:
        assert unfold(await list_topics.asyncio(client=ds.client)) == expected
        detailed = await get_topic.asyncio_detailed(place.topic_id, client=ds.client)
        assert detailed.status_code == 200
        sent = await send_message.asyncio(
            client=ds.client, body=SendMessageRequest(topic=place.topic_name, key="k", value="v")
        )
        assert sent is not None
        with pytest.raises(NotFoundError):
            await get_topic.asyncio("no-such-id", client=ds.client)


async def test_copies_and_clients_of_the_other_kind_are_signed(on_socket: Service) -> None:
    async with AsyncDataStream(**on_socket.options()) as ads:
        assert get_topic_prefix.sync(client=ads.client) is not None
        ads.client.get_httpx_client().close()
    assert on_socket.emulator.calls[-1].signature_valid
    with DataStream(**on_socket.options()) as ds:
        more = ds.client.with_headers({"X-Trace": "7"})
        assert get_topic_prefix.sync(client=more) is not None
        more.get_httpx_client().close()
    call = on_socket.emulator.calls[-1]
    assert call.signature_valid
    assert "x-trace" in call.header_names


# --- the generated client with SignatureAuth -----------------------------------------------------


def stock(service: Service, base_url: str) -> Client:
    """Return the generated client alone."""
    transport = service.address.get("transport")
    origins = None if transport else dict.fromkeys(SERVERS, base_url)
    args = {"auth": SignatureAuth(service.credentials("sub account"), origins)}
    return Client(
        base_url=base_url,
        raise_on_unexpected_status=True,
        verify_ssl=_TLS,
        httpx_args={**args, **({"transport": transport} if transport else {})},
    )


@pytest.fixture
def management(service: Service) -> Iterator[Client]:
    """The generated client for the management host."""
    url = service.address.get("management_url", SERVERS["management"])
    with stock(service, url) as client:
        yield client


@pytest.fixture
def message(service: Service) -> Iterator[Client]:
    """The generated client for the message host."""
    with stock(service, service.address.get("message_url", SERVERS["message"])) as client:
        yield client


def test_the_generated_client_signs_with_signature_auth(
    management: Client, message: Client, service: Service
) -> None:
    value = uuid4().hex
    prefix = get_topic_prefix.sync(client=management)
    assert prefix is not None
    body = CreateTopicRequest(name=f"{prefix.prefix}orders", partitions=2)
    made = create_topic.sync(client=management, body=body)
    assert made is not None
    assert made.status is TopicStatus.CREATING
    for _ in range(2):
        found = get_topic.sync(made.topic_id, client=management)
    assert found is not None
    assert found.status is TopicStatus.CREATED
    sent = send_message.sync(
        client=message, body=SendMessageRequest(topic=made.topic_name, key="k", value=value)
    )
    assert sent is not None
    assert service.emulator.messages(made.topic_name)[-1].value == value
    assert delete_topic.sync(made.topic_id, client=management) is True


async def test_the_generated_client_signs_asynchronous_calls_and_raises_its_own_errors(
    service: Service,
) -> None:
    client = stock(service, service.address.get("management_url", SERVERS["management"]))
    async with client:
        assert await get_topic_prefix.asyncio(client=client) is not None
        with pytest.raises(UnexpectedStatus) as caught:
            await get_topic.asyncio("no-such-id", client=client)
    assert caught.value.status_code == 404
    assert b"InvalidTopicNotFound" in caught.value.content
    assert service.emulator.calls[-1].signature_valid


def test_a_message_is_not_signed_for_the_management_host(in_process: Service) -> None:
    body = SendMessageRequest(topic="abcde-orders", key="k", value="v")
    with (
        stock(in_process, SERVERS["management"]) as client,
        pytest.raises(ForeignHostError, match="the operation belongs to the message server"),
    ):
        send_message.sync(client=client, body=body)
    assert in_process.emulator.calls == []


def test_no_request_to_another_host_is_signed(in_process: Service) -> None:
    with (
        stock(in_process, "https://example.com") as client,
        pytest.raises(ForeignHostError, match="was not signed and not sent"),
    ):
        get_topic_prefix.sync(client=client)
    with (
        DataStream(**in_process.options()) as ds,
        pytest.raises(ForeignHostError),
    ):
        ds.client.get_httpx_client().get("https://example.com/api/v1/topics")
    assert in_process.emulator.calls == []


def test_the_client_of_a_data_stream_is_an_httpx_client(in_process: Service) -> None:
    with DataStream(**in_process.options()) as ds:
        inside = ds.client.get_httpx_client()
        assert isinstance(inside, httpx.Client)
        assert inside.get("/api/v1/topic-prefix").json()["prefix"]
