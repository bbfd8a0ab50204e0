"""Waiting for a topic, and paging through schemas, without real sleeps."""

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
from ncloud_datastream_api.models import SchemaSummary, Topic

KEYS = Credentials("AK", "SK")

each_kind = pytest.mark.parametrize("kind", ["sync", "async"])


class Time:
    """A clock that advances with each sleep, and records the sleeps."""

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
    monkeypatch.setattr(waiters, "LATER_POLL", 20.0)  # requests take real time
    monkeypatch.setattr(anyio, "sleep", passing.async_sleep)
    return passing


class Service(httpx.MockTransport):
    """Returns one body after the other, and records the request targets."""

    def __init__(self, bodies: Iterable[Any]) -> None:
        super().__init__(self.respond)
        self.bodies = iter(bodies)
        self.targets: list[str] = []

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.targets.append(request.url.raw_path.decode())
        return httpx.Response(200, json=next(self.bodies))


def topics(*statuses: Any) -> Iterable[dict[str, Any]]:
    """Yield a topic in one state after the other, and forever in the last."""
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
async def test_a_topic_that_is_created_is_returned_at_once(kind: str, passing: Time) -> None:
    service = Service(topics("CREATED"))
    topic = await wait(kind, service, timeout=0)
    assert topic.status is TopicStatus.CREATED
    assert service.targets == ["/api/v1/topics/t1"]
    assert passing.slept == []


@each_kind
async def test_the_delays_double_up_to_5_seconds_in_any_other_state(
    kind: str, passing: Time
) -> None:
    states = ["CREATING", "UNKNOWN", None, "MOVING", *["CREATING"] * 4, "CREATED"]
    service = Service(topics(*states))
    assert (await wait(kind, service, timeout=float("inf"))).status is TopicStatus.CREATED
    assert passing.slept == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    assert len(service.targets) == 9


@each_kind
@pytest.mark.parametrize("status", ["PENDING_DELETION", "DELETE_ERROR", "DELETED"])
async def test_a_topic_that_is_being_deleted_ends_the_wait(
    kind: str, status: str, passing: Time
) -> None:
    with pytest.raises(WaitError) as caught:
        await wait(kind, Service(topics("CREATING", status)))
    error = caught.value
    assert not isinstance(error, TimeoutError)
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
async def test_the_last_poll_is_at_the_timeout(
    kind: str, status: str | None, shown: str, passing: Time
) -> None:
    service = Service(topics(status))
    with pytest.raises(WaitTimeoutError) as caught:
        await wait(kind, service, timeout=1)
    assert str(caught.value) == (
        f"wait_for_topic: topic t1 is {shown} after 1 s. Call it again with a longer timeout."
    )
    assert passing.slept == pytest.approx([0.2, 0.4, 0.4])
    assert len(service.targets) == 4


@pytest.mark.parametrize("timeout", [-0.001, float("nan"), "5", None, True])
async def test_an_invalid_timeout_is_rejected(timeout: Any) -> None:
    service = Service(topics("CREATED"))
    for kind in ("sync", "async"):
        with pytest.raises(ConfigurationError, match="timeout must be a number"):
            await wait(kind, service, timeout=timeout)
    assert service.targets == []


class Breaking(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Fails at once."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("broken")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


@each_kind
async def test_a_poll_that_fails_before_the_timeout_raises_its_own_error(
    kind: str, passing: Time
) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(404, json={}))
    with pytest.raises(NotFoundError):
        await wait(kind, transport, timeout=5)
    with pytest.raises(TransportError, match="broken") as caught:
        await wait(kind, Breaking(), timeout=float("inf"), retry=Retry(max_attempts=1))
    assert not isinstance(caught.value.__cause__, TimeoutError)


@each_kind
async def test_a_hanging_service_ends_the_wait_after_one_second_at_least(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waiters.FIRST_POLL == 1.0
    monkeypatch.setattr(waiters, "FIRST_POLL", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts connections only
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(TimeoutError, match=r"is not read yet after 0 s") as caught:
            await wait(kind, None, timeout=0, management_url=url, verify=False)
        assert 0.3 <= time.monotonic() - began < 0.3 + 15
    error = caught.value
    assert type(error) is WaitTimeoutError
    assert (error.operation, error.topic, error.maybe_delivered) == ("getTopic", None, False)
    assert isinstance(error.__cause__, TransportError)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (WaitTimeoutError, str(error), vars(error))


@each_kind
async def test_no_poll_has_more_time_than_is_left(kind: str, passing: Time) -> None:
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
    assert seen[0] == (30, 40)  # the client's timeout, and the time left
    assert seen[1] == (30, pytest.approx(39.8))
    assert seen[-1] == (0.25, 0.25)
    assert len(seen) == len(service.targets)


@each_kind
async def test_a_poll_that_would_end_late_is_not_started(kind: str, passing: Time) -> None:
    """The next poll is expected to take as long as the last one."""

    class Slow(Service):
        def respond(self, request: httpx.Request) -> httpx.Response:
            passing.now += 0.5
            return super().respond(request)

    service = Slow(topics("CREATING"))
    began = passing.now
    with pytest.raises(WaitTimeoutError, match=r"is CREATING after 2 s"):
        await wait(kind, service, timeout=2)
    # Polls at 0, 0.7 and 1.5 s; the last one ends at the timeout.
    assert passing.slept == pytest.approx([0.2, 0.3])
    assert passing.now - began == pytest.approx(2)
    assert len(service.targets) == 3


# --- iter_schemas --------------------------------------------------------------------------------


async def listed(kind: str, service: Service, **options: Any) -> str:
    """Return the resource ids of all schemas."""
    schemas: list[SchemaSummary] = []
    if kind == "sync":
        schemas += DataStream(KEYS, transport=service).iter_schemas("t1", **options)
    else:
        ds = AsyncDataStream(KEYS, transport=service)
        schemas += [schema async for schema in ds.iter_schemas("t1", **options)]
    return "".join(str(schema.resource_id) for schema in schemas)


def page(*names: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [{"resourceId": name, "schemaType": "AVRO"} for name in names], **more}


@each_kind
async def test_all_pages_are_read_with_the_same_filters(kind: str) -> None:
    service = Service([page(*each, totalCount=5) for each in ("ab", "cd", "e")])
    assert await listed(kind, service, schema_type="AVRO", schema_id=7, size=2) == "abcde"
    start = "/api/v1/topics/t1/schemas?schemaType=AVRO&schemaId=7"
    assert service.targets == [f"{start}&page={number}&size=2" for number in range(3)]


@each_kind
@pytest.mark.parametrize("total", [{}, {"totalCount": 9}, {"totalCount": "2"}, {"totalCount": []}])
async def test_an_empty_page_ends_if_the_total_is_not_reached(
    kind: str, total: dict[str, Any]
) -> None:
    service = Service([page("a", **total), page("b", **total), page(**total)])
    assert await listed(kind, service) == "ab"
    assert len(service.targets) == 3


@each_kind
async def test_a_service_that_repeats_a_page_is_not_read_forever(kind: str) -> None:
    service = Service(itertools.repeat(page("a", "b", totalCount=9)))
    assert await listed(kind, service) == "ab"
    assert len(service.targets) == 2


@each_kind
@pytest.mark.parametrize("total", [1, 2])
async def test_paging_ends_when_the_total_is_reached(kind: str, total: int) -> None:
    service = Service([page("a", "b", totalCount=total)])
    assert await listed(kind, service) == "ab"


def test_a_page_is_read_when_it_is_needed() -> None:
    service = Service([page("a"), page("b"), page()])
    schemas = DataStream(KEYS, transport=service).iter_schemas("t1")
    assert service.targets == []
    for read in (1, 2):
        next(schemas)
        assert len(service.targets) == read
