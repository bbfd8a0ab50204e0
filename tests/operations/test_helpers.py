"""What is written by hand above the operations: waiting, paging, changed options."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

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
    WaitError,
    waiters,
)
from support.calls import Kind, Options, call, perform
from support.service import Service
from support.world import TOPIC, World, avro

wait = call("wait_for_topic", "t1")


def order(service: Service, *statuses: str | None) -> None:
    """Order answers to getTopic with such statuses; None leaves the status out."""
    for status in statuses:
        body = {"topicId": "t1", "topicName": "abcde-orders"}
        service.emulator.answer_next("getTopic", 200, body | ({"status": status} if status else {}))


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiters, "FIRST_DELAY", 0.001)


impatient = pytest.mark.usefixtures("_impatient")


# --- wait_for_topic ------------------------------------------------------------------------------


@impatient
def test_waiting_ends_with_the_topic(kind: Kind, service: Service) -> None:
    with DataStream(**service.options()) as ds:
        name = World(ds).place.topic_name
        topic = ds.create_topic(name=name, **TOPIC)
    assert topic.status is TopicStatus.CREATING
    looks = service.called("getTopic")
    found = perform(kind, service.options(), call("wait_for_topic", topic.topic_id))
    assert found.status is TopicStatus.CREATED
    assert (found.topic_id, found.topic_name) == (topic.topic_id, name)
    assert service.called("getTopic") - looks == 2


def test_a_topic_that_is_there_is_not_waited_for(kind: Kind, service: Service) -> None:
    place = service.topic()
    looks = service.called("getTopic")
    found = perform(kind, service.options(), call("wait_for_topic", place.topic_id, timeout=0))
    assert found.status is TopicStatus.CREATED
    assert service.called("getTopic") - looks == 1


@impatient
def test_waiting_goes_on_through_every_other_state(kind: Kind, in_process: Service) -> None:
    order(in_process, "CREATING", "UNKNOWN", "MOVING", None, "CREATED")
    assert perform(kind, in_process.options(), wait).status is TopicStatus.CREATED
    assert in_process.called("getTopic") == 5


@impatient
@pytest.mark.parametrize("status", ["PENDING_DELETION", "DELETE_ERROR", "DELETED"])
def test_waiting_ends_where_the_topic_ends(status: str, kind: Kind, in_process: Service) -> None:
    order(in_process, "CREATING", status, "CREATED")
    with pytest.raises(WaitError, match=f"topic t1 is {status} and will not") as caught:
        perform(kind, in_process.options(), wait)
    assert caught.value.topic is not None
    assert caught.value.topic.status == status
    assert caught.value.operation == "getTopic"
    assert not caught.value.maybe_delivered
    assert in_process.called("getTopic") == 2


@impatient
@pytest.mark.parametrize(
    ("status", "shown"), [("CREATING", "CREATING"), ("MOVING", "MOVING"), (None, "without")]
)
def test_waiting_ends_with_the_time(
    status: str | None, shown: str, kind: Kind, in_process: Service
) -> None:
    order(in_process, status)
    with pytest.raises(WaitError, match=f"t1 is {shown}.* after 0 s; wait again") as caught:
        perform(kind, in_process.options(), call("wait_for_topic", "t1", timeout=0))
    assert caught.value.topic is not None
    assert caught.value.topic.topic_id == "t1"
    assert in_process.called("getTopic") == 1


@pytest.mark.parametrize("timeout", [-1, float("nan")])
def test_a_time_to_wait_below_zero_is_refused(
    timeout: float, kind: Kind, in_process: Service
) -> None:
    with pytest.raises(ConfigurationError, match="wait_for_topic: timeout"):
        perform(kind, in_process.options(), call("wait_for_topic", "t1", timeout=timeout))
    assert in_process.called("getTopic") == 0


def test_a_look_that_fails_ends_the_wait(kind: Kind, in_process: Service) -> None:
    with pytest.raises(NotFoundError):
        perform(kind, in_process.options(), wait)
    assert in_process.called("getTopic") == 1


# --- find_topic ----------------------------------------------------------------------------------


def test_a_topic_is_found_by_its_name(kind: Kind, service: Service) -> None:
    place = service.topic()
    found = perform(kind, service.options(), call("find_topic", place.topic_name))
    assert (found.topic_id, found.topic_name) == (place.topic_id, place.topic_name)
    assert found.status is TopicStatus.CREATED  # the whole topic, as `get_topic` gives it


def test_only_the_very_name_finds(kind: Kind, in_process: Service) -> None:
    topics = [{"topicId": f"t{n}", "topicName": f"orders{n}"} for n in ("-1", "", "-2")]
    in_process.emulator.answer_next("listTopics", 200, {"list": topics})
    in_process.emulator.answer_next("getTopic", 200, topics[1])
    found = perform(kind, in_process.options(), call("find_topic", "orders"))
    assert found.topic_id == "t"
    listed, read = in_process.emulator.calls[-2:]
    assert listed.target.endswith("?searchText=orders")
    assert read.target.endswith("/topics/t")


def test_a_name_that_nobody_has(kind: Kind, in_process: Service) -> None:
    topics = [{"topicId": "t1", "topicName": "orders-1"}]
    in_process.emulator.answer_next("listTopics", 200, {"list": topics})
    with pytest.raises(NotFoundError, match="no topic with the name 'orders'") as caught:
        perform(kind, in_process.options(), call("find_topic", "orders"))
    assert caught.value.operation == "listTopics"
    assert (caught.value.status_code, caught.value.maybe_delivered) == (0, False)
    assert in_process.called("getTopic") == 0


def test_a_name_in_the_place_of_an_id_is_told_so(kind: Kind, service: Service) -> None:
    place = service.topic()
    for method in ("get_topic", "delete_topic", "list_schemas", "get_registry_config"):
        with pytest.raises(NotFoundError, match=r"its id here, not by its name: find_topic"):
            perform(kind, service.options(), call(method, place.topic_name))
    with pytest.raises(NotFoundError) as caught:
        perform(kind, service.options(), call("get_schema", place.topic_id, "r1"))
    assert "find_topic" not in str(caught.value)


# --- iter_schemas --------------------------------------------------------------------------------


def with_schemas(service: Service, count: int) -> str:
    """Make a topic with so many schemas; returns its id."""
    place = service.topic()
    with DataStream(**service.options()) as ds:
        for number in range(count):
            fields = [f"f{each}" for each in range(number + 1)]
            ds.create_schema(place.topic_id, schema_type="AVRO", schema=avro(*fields))
    return place.topic_id


@pytest.mark.parametrize(
    ("count", "size", "pages"),
    [(0, 2, 1), (1, 2, 1), (2, 2, 1), (5, 2, 3), (3, None, 1), (11, None, 2)],
)
def test_schemas_come_from_all_pages(
    count: int, size: int | None, pages: int, kind: Kind, service: Service
) -> None:
    topic_id = with_schemas(service, count)
    asked = service.called("listSchemas")
    schemas = perform(kind, service.options(), call("iter_schemas", topic_id, size=size))
    assert [schema.version for schema in schemas] == list(range(1, count + 1))
    assert service.called("listSchemas") - asked == pages


def test_schemas_are_filtered_on_every_page(kind: Kind, in_process: Service) -> None:
    topic_id = with_schemas(in_process, 3)
    of_type = call("iter_schemas", topic_id, schema_type="AVRO", size=2)
    assert len(perform(kind, in_process.options(), of_type)) == 3
    queries = [each.target.partition("?")[2] for each in in_process.emulator.calls[-2:]]
    assert queries == ["schemaType=AVRO&page=0&size=2", "schemaType=AVRO&page=1&size=2"]
    (one,) = perform(kind, in_process.options(), call("iter_schemas", topic_id, schema_id=2))
    assert (one.schema_id, one.version) == (2, 2)
    assert (
        perform(kind, in_process.options(), call("iter_schemas", topic_id, schema_type="JSON"))
        == []
    )


def test_without_a_total_an_empty_page_is_the_last(kind: Kind, in_process: Service) -> None:
    for page in ([{"resourceId": "r1"}, {"resourceId": "r2"}], [{"resourceId": "r3"}], []):
        in_process.emulator.answer_next("listSchemas", 200, {"schemas": page})
    schemas = perform(kind, in_process.options(), call("iter_schemas", "t1"))
    assert [schema.resource_id for schema in schemas] == ["r1", "r2", "r3"]


def test_a_total_that_is_too_high_does_not_ask_for_ever(kind: Kind, in_process: Service) -> None:
    for page in ([{"resourceId": "r1"}], []):
        in_process.emulator.answer_next("listSchemas", 200, {"schemas": page, "totalCount": 9})
    assert len(perform(kind, in_process.options(), call("iter_schemas", "t1"))) == 1


def test_a_page_that_does_not_turn_is_not_read_for_ever(kind: Kind, in_process: Service) -> None:
    in_process.emulator.answer_next(
        "listSchemas", 200, {"schemas": [{"resourceId": "r1"}]}, times=9
    )
    schemas = perform(kind, in_process.options(), call("iter_schemas", "t1"))
    assert [schema.resource_id for schema in schemas] == ["r1"]
    assert in_process.called("listSchemas") == 2


def test_pages_are_read_as_they_are_needed(in_process: Service) -> None:
    topic_id = with_schemas(in_process, 4)
    asked = in_process.called("listSchemas")
    with DataStream(**in_process.options()) as ds:
        schemas = ds.iter_schemas(topic_id, size=2)
        assert in_process.called("listSchemas") == asked
        next(schemas), next(schemas)
        assert in_process.called("listSchemas") - asked == 1
        next(schemas)
        assert in_process.called("listSchemas") - asked == 2


def test_a_page_that_fails_is_an_error(kind: Kind, in_process: Service) -> None:
    with pytest.raises(NotFoundError):
        perform(kind, in_process.options(), call("iter_schemas", "t1"))


# --- with_options --------------------------------------------------------------------------------


Client = DataStream | AsyncDataStream


@asynccontextmanager
async def opened(kind: Kind, options: Options) -> AsyncIterator[Client]:
    """A client of a kind, closed at the end."""
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


async def test_a_changed_client_retries_as_it_was_told(kind: Kind, service: Service) -> None:
    async with opened(kind, service.options()) as client:
        once = client.with_options(retry=Retry(max_attempts=1))
        service.emulator.answer_next("getTopicPrefix", 503)
        with pytest.raises(ServerError) as caught:
            await prefix(once)
        assert caught.value.attempts == 1
        service.emulator.answer_next("getTopicPrefix", 503)
        assert await prefix(client)


async def test_a_changed_client_shares_the_connections(kind: Kind, on_socket: Service) -> None:
    async with opened(kind, on_socket.options()) as client:
        twin = client.with_options(timeout=5.0)
        assert type(twin) is type(client)
        assert await prefix(twin) == await prefix(client)
        await close(twin)
        with pytest.raises(ConfigurationError, match="closed"):
            await prefix(twin)
        assert await prefix(client)
        another = client.with_options()
        await close(client)
        for closed in (client, another):
            with pytest.raises(ConfigurationError, match="closed"):
                await prefix(closed)


async def test_a_changed_client_keeps_what_was_not_changed(kind: Kind, in_process: Service) -> None:
    timeouts: list[float] = []
    answers = in_process.address["transport"]

    def handle(request: httpx.Request) -> httpx.Response:
        timeouts.append(request.extensions["timeout"]["read"])
        response: httpx.Response = answers.handle_request(request)
        return response

    options = in_process.options(
        transport=httpx.MockTransport(handle), timeout=7.0, retry=Retry(max_attempts=1)
    )
    async with opened(kind, options) as client:
        twin = client.with_options(timeout=3.0)
        again = twin.with_options(retry=Retry(max_attempts=2))
        for each, attempts in ((client, 1), (twin, 1), (again, 2)):
            in_process.emulator.answer_next("getTopicPrefix", 503, times=attempts)
            with pytest.raises(ServerError) as caught:
                await prefix(each)
            assert caught.value.attempts == attempts
        assert again.client is not client.client
    assert [math.ceil(timeout) for timeout in timeouts] == [7, 3, 3, 3]


@pytest.mark.parametrize("options", [{"timeout": 0}, {"timeout": -1.0}, {"retry": 3}])
async def test_options_that_cannot_be_right_are_refused(
    options: dict[str, Any], kind: Kind, in_process: Service
) -> None:
    async with opened(kind, in_process.options()) as client:
        with pytest.raises(ConfigurationError):
            client.with_options(**options)
