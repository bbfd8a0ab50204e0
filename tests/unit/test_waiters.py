"""Waiting for a topic, and paging: what both clients' helpers decide, without any real sleep."""

from __future__ import annotations

import itertools
import pickle
import socket
import time
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
    NotFoundError,
    Retry,
    TopicStatus,
    TransportError,
    WaitError,
    WaitTimeoutError,
    waiters,
)
from ncloud_datastream.calls.options import Options
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
    monkeypatch.setattr(waiters, "LATER_POLL", 20.0)  # the service's time is a real one
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


async def wait(kind: str, service: Any, timeout: Any = 300.0, **options: Any) -> Topic:
    if kind == "sync":
        with DataStream(KEYS, transport=service, **options) as ds:
            return ds.wait_for_topic("t1", timeout=timeout)
    async with AsyncDataStream(KEYS, transport=service, **options) as ads:
        return await ads.wait_for_topic("t1", timeout=timeout)


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


@each_kind
async def test_a_look_that_fails_keeps_its_own_error(kind: str, passing: Time) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(404, json={}))
    with pytest.raises(NotFoundError):
        await wait(kind, transport, timeout=5)
    with pytest.raises(TransportError, match="broken") as caught:
        await wait(kind, Breaking(), timeout=float("inf"), retry=Retry(max_attempts=1))
    assert not isinstance(caught.value.__cause__, TimeoutError)


class Breaking(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Fails, without any time passing."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("broken")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


@each_kind
@pytest.mark.parametrize("timeout", [0, 1.2])
async def test_a_service_that_hangs_does_not_hold_it_up(kind: str, timeout: float) -> None:
    """Beyond the timeout, however long a call of that client may take; a look has a second."""
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes connections, and no more
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(TimeoutError, match=r"is not seen yet after .* wait again") as caught:
            await wait(kind, None, timeout=timeout, management_url=url, verify=False)
        assert max(timeout, 1.0) <= time.monotonic() - began < max(timeout, 1.0) + 15
    error = caught.value
    assert type(error) is WaitTimeoutError
    assert (error.operation, error.topic, error.maybe_delivered) == ("getTopic", None, False)
    assert isinstance(error.__cause__, TransportError)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (WaitTimeoutError, str(error), vars(error))


@each_kind
async def test_no_look_has_more_than_is_left(kind: str, passing: Time) -> None:
    service = Service(topics("CREATING"))
    seen: list[tuple[float, float]] = []
    change = Options.changed

    def changed(self: Options, timeout: float, retry: Retry, *more: Any) -> Options:
        seen.append((timeout, retry.max_elapsed))
        return change(self, timeout, retry, *more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Options, "changed", changed)
        patch.setattr(waiters, "LATER_POLL", 0.25)
        with pytest.raises(WaitTimeoutError):
            await wait(kind, service, timeout=40)
    assert seen[0] == (30, 40)  # the client's own timeout, and what is left
    assert seen[1] == (30, pytest.approx(39.8))
    assert seen[-1] == (0.25, 0.25)
    assert len(seen) == len(service.targets)


@each_kind
async def test_a_last_look_is_not_begun_where_it_would_be_late(kind: str, passing: Time) -> None:
    """As long as the one before took, the next one is expected to take."""

    class Slow(Service):
        def respond(self, request: httpx.Request) -> httpx.Response:
            passing.now += 0.5
            return super().respond(request)

    service = Slow(topics("CREATING"))
    began = passing.now
    with pytest.raises(WaitTimeoutError, match=r"is CREATING after 2 s"):
        await wait(kind, service, timeout=2)
    # Looks at 0, 0.7 and 1.5: that one is the last, as it ends when the time is up.
    assert passing.slept == pytest.approx([0.2, 0.3])
    assert passing.now - began == pytest.approx(2)
    assert len(service.targets) == 3


@pytest.mark.parametrize("status", ["DELETED", "CREATING"])
def test_only_lateness_is_a_timeout(status: str) -> None:
    with pytest.raises(WaitError) as caught:
        DataStream(KEYS, transport=Service(topics(status))).wait_for_topic("t1", timeout=0)
    assert isinstance(caught.value, TimeoutError) is (status == "CREATING")


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
