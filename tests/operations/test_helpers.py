"""The helpers of both clients, against the emulator; `unit/test_waiters.py` has their decisions."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    DataStream,
    NotFoundError,
    Retry,
    ServerError,
    TopicStatus,
    waiters,
)
from support.calls import Kind, Options, call, perform
from support.service import Service
from support.world import TOPIC, World, avro

# --- wait_for_topic ------------------------------------------------------------------------------


def test_a_new_topic_is_polled_until_it_is_created(
    kind: Kind, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiters, "FIRST_DELAY", 0.001)
    with DataStream(**service.options()) as ds:
        name = World(ds).place.topic_name
        topic = ds.create_topic(name=name, **TOPIC)
    assert topic.status is TopicStatus.CREATING
    for polls in (2, 1):
        before = service.called("getTopic")
        found = perform(kind, service.options(), call("wait_for_topic", topic.topic_id))
        assert found.status is TopicStatus.CREATED
        assert (found.topic_id, found.topic_name) == (topic.topic_id, name)
        assert service.called("getTopic") - before == polls


# --- find_topic ----------------------------------------------------------------------------------


def test_a_topic_is_found_by_its_name(kind: Kind, service: Service) -> None:
    place = service.topic()
    found = perform(kind, service.options(), call("find_topic", place.topic_name))
    assert (found.topic_id, found.topic_name) == (place.topic_id, place.topic_name)
    assert found.status is TopicStatus.CREATED  # a full topic, as returned by `get_topic`


def test_only_the_exact_name_is_found(kind: Kind, in_process: Service) -> None:
    topics = [{"topicId": f"t{n}", "topicName": f"orders{n}"} for n in ("-1", "", "-2")]
    in_process.emulator.answer_next("listTopics", 200, {"list": topics})
    in_process.emulator.answer_next("getTopic", 200, topics[1])
    found = perform(kind, in_process.options(), call("find_topic", "orders"))
    assert found.topic_id == "t"
    listed, read = in_process.emulator.calls[-2:]
    assert listed.target.endswith("?searchText=orders")
    assert read.target.endswith("/topics/t")
    in_process.emulator.answer_next("listTopics", 200, {"list": topics[:1]})
    with pytest.raises(NotFoundError, match="no topic has the name 'orders'") as caught:
        perform(kind, in_process.options(), call("find_topic", "orders"))
    assert caught.value.operation == "listTopics"
    assert (caught.value.status_code, caught.value.maybe_delivered) == (0, False)


def test_a_name_in_place_of_an_id_is_explained(kind: Kind, in_process: Service) -> None:
    place = in_process.topic()
    for method in ("get_topic", "get_registry_config"):
        with pytest.raises(NotFoundError, match=r"the topic's id, not its name: find_topic"):
            perform(kind, in_process.options(), call(method, place.topic_name))
    with pytest.raises(NotFoundError) as caught:
        perform(kind, in_process.options(), call("get_schema", place.topic_id, "r1"))
    assert "find_topic" not in str(caught.value)


# --- iter_schemas --------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "size", "pages"), [(0, 2, 1), (5, 2, 3), (11, None, 2)])
def test_schemas_are_read_from_all_pages(
    count: int, size: int | None, pages: int, kind: Kind, service: Service
) -> None:
    topic_id = service.topic().topic_id
    with DataStream(**service.options()) as ds:
        for number in range(count):
            fields = [f"f{each}" for each in range(number + 1)]
            ds.create_schema(topic_id, schema_type="AVRO", schema=avro(*fields))
    before = service.called("listSchemas")
    schemas = perform(kind, service.options(), call("iter_schemas", topic_id, size=size))
    assert [schema.version for schema in schemas] == list(range(1, count + 1))
    assert service.called("listSchemas") - before == pages
    if not schemas:
        return
    of_type = call("iter_schemas", topic_id, schema_type="AVRO", schema_id=schemas[-1].schema_id)
    found = perform(kind, service.options(), of_type)
    assert found == schemas[-1:]


def test_a_page_that_cannot_be_read_is_an_error(kind: Kind, in_process: Service) -> None:
    with pytest.raises(NotFoundError):
        perform(kind, in_process.options(), call("iter_schemas", "t1"))


# --- with_options --------------------------------------------------------------------------------


Client = DataStream | AsyncDataStream


@asynccontextmanager
async def opened(kind: Kind, options: Options) -> AsyncIterator[Client]:
    """A client, closed at the end."""
    if kind == "sync":
        with DataStream(**options) as ds:
            yield ds
    else:
        async with AsyncDataStream(**options) as ads:
            yield ads


async def close(client: Client) -> None:
    if isinstance(client, DataStream):
        client.close()
    else:
        await client.aclose()


async def prefix(client: Client) -> str:
    if isinstance(client, DataStream):
        return client.get_topic_prefix().prefix
    return (await client.get_topic_prefix()).prefix


async def test_a_derived_client_shares_the_connections(kind: Kind, on_socket: Service) -> None:
    async with opened(kind, on_socket.options()) as client:
        derived = client.with_options(timeout=5.0)
        assert type(derived) is type(client)
        assert await prefix(derived) == await prefix(client)
        await close(derived)
        with pytest.raises(ConfigurationError, match="closed"):
            await prefix(derived)
        assert await prefix(client)
        another = client.with_options()
        await close(client)
        for closed in (client, another):
            with pytest.raises(ConfigurationError, match="closed"):
                await prefix(closed)


async def test_a_derived_client_keeps_the_other_options(kind: Kind, in_process: Service) -> None:
    timeouts: list[float] = []
    emulated = in_process.address["transport"]

    def handle(request: httpx.Request) -> httpx.Response:
        timeouts.append(request.extensions["timeout"]["read"])
        response: httpx.Response = emulated.handle_request(request)
        return response

    options = in_process.options(
        transport=httpx.MockTransport(handle), timeout=7.0, retry=Retry(max_attempts=1)
    )
    async with opened(kind, options) as client:
        derived = client.with_options(timeout=3.0)
        again = derived.with_options(retry=Retry(max_attempts=2))
        for each, attempts in ((client, 1), (derived, 1), (again, 2)):
            in_process.emulator.answer_next("getTopicPrefix", 503, times=attempts)
            with pytest.raises(ServerError) as caught:
                await prefix(each)
            assert caught.value.attempts == attempts
        assert again.client is not client.client
    assert [math.ceil(timeout) for timeout in timeouts] == [7, 3, 3, 3]
