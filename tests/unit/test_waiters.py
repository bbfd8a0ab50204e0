"""Waiting for a topic, and paging: what both clients' helpers decide, without any real sleep."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import anyio
import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    Credentials,
    DataStream,
    TopicStatus,
    WaitError,
    waiters,
)
from ncloud_datastream.waiters import FIRST_DELAY, LONGEST_DELAY
from ncloud_datastream_api.models import SchemaSummary, Topic

KEYS = Credentials("AK", "SK")

each_kind = pytest.mark.parametrize("kind", ["sync", "async"])


class Time:
    """The time that passes when somebody sleeps, and how long they slept."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Time:
    passing = Time()
    monkeypatch.setattr(waiters, "time", passing)
    monkeypatch.setattr(waiters, "LAST_LOOK", 20.0)  # the service's time is a real one
    monkeypatch.setattr(anyio, "sleep", passing.async_sleep)
    return passing


class Service(httpx.MockTransport):
    """Gives one answer after the other, and remembers what it was asked."""

    def __init__(self, bodies: Iterable[Any]) -> None:
        super().__init__(self.respond)
        self.bodies = iter(bodies)
        self.targets: list[str] = []

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.targets.append(request.url.raw_path.decode())
        return httpx.Response(200, json=next(self.bodies))


def topics(*statuses: Any) -> Iterable[dict[str, Any]]:
    """A topic in one state after the other, and for ever in the last."""
    *first, last = statuses
    for status in itertools.chain(first, itertools.repeat(last)):
        yield {"topicId": "t1", "topicName": "abcde-t", **({"status": status} if status else {})}


async def wait(kind: str, service: Service, **options: Any) -> Topic:
    if kind == "sync":
        return DataStream(KEYS, transport=service).wait_for_topic("t1", **options)
    return await AsyncDataStream(KEYS, transport=service).wait_for_topic("t1", **options)


# --- wait_for_topic ------------------------------------------------------------------------------


@each_kind
async def test_a_topic_that_is_there_is_returned_at_once(kind: str, passing: Time) -> None:
    service = Service(topics("CREATED"))
    topic = await wait(kind, service, timeout=0)
    assert topic.status is TopicStatus.CREATED
    assert service.targets == ["/api/v1/topics/t1"]
    assert passing.slept == []


@each_kind
async def test_the_pauses_grow_up_to_a_bound(kind: str, passing: Time) -> None:
    service = Service(topics("CREATING", "UNKNOWN", None, "MOVING", *["CREATING"] * 4, "CREATED"))
    assert (await wait(kind, service)).status is TopicStatus.CREATED
    assert (FIRST_DELAY, LONGEST_DELAY) == (0.2, 5.0)
    assert passing.slept == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    assert len(service.targets) == 9


@each_kind
@pytest.mark.parametrize("status", ["PENDING_DELETION", "DELETE_ERROR", "DELETED"])
async def test_a_topic_on_its_way_out_ends_the_wait(kind: str, status: str, passing: Time) -> None:
    with pytest.raises(WaitError) as caught:
        await wait(kind, Service(topics("CREATING", status)))
    error = caught.value
    assert str(error) == f"wait_for_topic: topic t1 is {status} and will not become CREATED."
    assert error.topic is not None
    assert error.topic.status == status
    assert error.operation == "getTopic"
    assert not error.maybe_delivered
    assert passing.slept == [0.2]


@each_kind
@pytest.mark.parametrize(
    ("status", "shown"), [("CREATING", "CREATING"), (None, "without a status")]
)
async def test_the_last_look_is_when_the_time_is_up(
    kind: str, status: str | None, shown: str, passing: Time
) -> None:
    service = Service(topics(status))
    with pytest.raises(WaitError) as caught:
        await wait(kind, service, timeout=1)
    assert str(caught.value) == (
        f"wait_for_topic: topic t1 is {shown} after 1 s; wait again with a longer timeout."
    )
    assert passing.slept == pytest.approx([0.2, 0.4, 0.4])
    assert sum(passing.slept) == pytest.approx(1)
    assert len(service.targets) == 4


@each_kind
@pytest.mark.parametrize("timeout", [-1, -0.001, float("nan"), "5", None, True])
async def test_a_time_that_cannot_be_right_is_refused(
    kind: str, timeout: Any, passing: Time
) -> None:
    service = Service(topics("CREATED"))
    with pytest.raises(ConfigurationError, match="timeout must be a number"):
        await wait(kind, service, timeout=timeout)
    assert service.targets == []


@each_kind
async def test_waiting_for_ever_is_possible(kind: str, passing: Time) -> None:
    service = Service(topics(*["CREATING"] * 1_000, "CREATED"))
    assert await wait(kind, service, timeout=float("inf"))
    assert len(passing.slept) == 1_000


# --- iter_schemas --------------------------------------------------------------------------------


async def listed(kind: str, service: Service, **options: Any) -> list[SchemaSummary]:
    if kind == "sync":
        return list(DataStream(KEYS, transport=service).iter_schemas("t1", **options))
    ds = AsyncDataStream(KEYS, transport=service)
    return [schema async for schema in ds.iter_schemas("t1", **options)]


def page(*names: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [{"resourceId": name, "schemaType": "AVRO"} for name in names], **more}


def names(schemas: list[SchemaSummary]) -> str:
    return "".join(str(schema.resource_id) for schema in schemas)


@each_kind
async def test_all_pages_up_to_the_total(kind: str) -> None:
    service = Service([page(*each, totalCount=5) for each in ("ab", "cd", "e")])
    assert names(await listed(kind, service, size=2)) == "abcde"
    start = "/api/v1/topics/t1/schemas?"
    assert service.targets == [f"{start}page={number}&size=2" for number in range(3)]


@each_kind
async def test_the_filters_are_on_every_page(kind: str) -> None:
    service = Service([page("a", totalCount=2), page("b", totalCount=2)])
    assert names(await listed(kind, service, schema_type="AVRO", schema_id=7)) == "ab"
    start = "/api/v1/topics/t1/schemas?schemaType=AVRO&schemaId=7"
    assert service.targets == [f"{start}&page={number}" for number in range(2)]


@each_kind
@pytest.mark.parametrize("total", [{}, {"totalCount": 9}, {"totalCount": "2"}, {"totalCount": []}])
async def test_without_a_usable_total_an_empty_page_ends(kind: str, total: dict[str, Any]) -> None:
    service = Service([page("a", **total), page("b", **total), page(**total)])
    assert names(await listed(kind, service)) == "ab"
    assert len(service.targets) == 3


@each_kind
@pytest.mark.parametrize("total", [{}, {"totalCount": 9}])
async def test_a_service_that_does_not_turn_the_page_is_not_read_for_ever(
    kind: str, total: dict[str, Any]
) -> None:
    service = Service(itertools.repeat(page("a", "b", **total)))
    assert names(await listed(kind, service)) == "ab"
    assert len(service.targets) == 2


@each_kind
@pytest.mark.parametrize("total", [0, 1, 2])
async def test_a_total_that_is_reached_ends(kind: str, total: int) -> None:
    service = Service([page("a", "b", totalCount=total)])
    assert names(await listed(kind, service)) == "ab"


def test_pages_are_read_as_they_are_needed() -> None:
    service = Service([page("a"), page("b"), page()])
    schemas = DataStream(KEYS, transport=service).iter_schemas("t1")
    assert service.targets == []
    for read in (1, 2):
        next(schemas)
        assert len(service.targets) == read
