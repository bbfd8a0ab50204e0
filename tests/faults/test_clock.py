"""Clock skew is corrected once, again after a drift, and only by a plausible `Date`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any

import pytest
from faults.clients import KEYS
from faults.scripts import answer, success
from faults.server import FaultServer, Peer, Site
from ncloud_datastream import AsyncDataStream, AuthenticationError, DataStream
from support.calls import KINDS, Call, Kind, call, perform

NOW = 1_700_000_000.0
WINDOW = 300.0
GET = call("get_topic", "t")
SEND = call("send_message", topic="t", key="k", value="v")


class Gateway:
    """Accepts requests signed within five minutes of its own clock.

    Args:
        date: The `Date` of its 401s; None for its own time.
    """

    def __init__(self, date: str | None = None) -> None:
        self.now = NOW
        self.date = date
        self.accepted = 0
        self.rejected = 0

    async def __call__(self, peer: Peer) -> None:
        while True:
            request = await peer.request()
            signed = int(request.headers["x-ncp-apigw-timestamp"]) / 1000
            if abs(signed - self.now) < WINDOW:
                self.accepted += 1
                await peer.send(answer(success(request)))
            else:
                self.rejected += 1
                date = formatdate(self.now, usegmt=True) if self.date is None else self.date
                await peer.send(answer(b"{}", 401, {"Date": date or None}))


class Clock:
    """The clock of a machine with some skew, in seconds."""

    def __init__(self, skew: float) -> None:
        self.skew = skew

    def __call__(self) -> float:
        return NOW + self.skew


@contextmanager
def gateway(server: FaultServer, date: str | None = None) -> Iterator[tuple[Gateway, Site]]:
    script = Gateway(date)
    with server.site(script) as site:
        yield script, site


def options(site: Site, clock: Clock) -> dict[str, Any]:
    return {
        "credentials": KEYS,
        "management_url": site.url,
        "message_url": site.url,
        "verify": False,
        "clock": clock,
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("skew", [-86400.0, 301.0])
@pytest.mark.parametrize("made", [GET, SEND], ids=["GET", "POST"])
def test_clock_skew_costs_one_request_once(
    server: FaultServer, kind: Kind, skew: float, made: Call
) -> None:
    with gateway(server) as (service, site):
        perform(kind, options(site, Clock(skew)), made, made, made)
    assert (service.accepted, service.rejected) == (3, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_offset_is_corrected_when_the_clock_drifts(server: FaultServer, kind: Kind) -> None:
    clock = Clock(1000.0)

    def drift(_: object) -> None:
        clock.skew = -1000.0

    def fix(_: object) -> None:
        clock.skew = 0.0

    with gateway(server) as (service, site):
        perform(kind, options(site, clock), GET, GET, drift, GET, GET, fix, GET, GET)
    assert (service.accepted, service.rejected) == (6, 3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("date", "requests"),
    [
        ("", 1),  # none
        ("yesterday", 1),
        (formatdate(NOW + 1000.0 + 29.0, usegmt=True), 1),  # our own time: not caused by clock skew
        (formatdate(0.0, usegmt=True), 2),  # a wrong time, which does not help
    ],
)
def test_a_401_without_a_plausible_date_is_raised_as_one_attempt(
    server: FaultServer, kind: Kind, date: str, requests: int
) -> None:
    with gateway(server, date) as (service, site), pytest.raises(AuthenticationError) as caught:
        perform(kind, options(site, Clock(1000.0)), SEND)
    assert service.rejected == requests
    assert caught.value.attempts == 1
    assert not caught.value.maybe_delivered


def test_a_wrong_date_is_forgotten_after_a_right_one(server: FaultServer) -> None:
    with (
        gateway(server, formatdate(0.0, usegmt=True)) as (service, site),
        DataStream(**options(site, Clock(0.0))) as ds,
    ):
        service.now = NOW + 1000.0
        with pytest.raises(AuthenticationError):
            ds.get_topic("t")
        service.date = None
        ds.get_topic("t")
    assert (service.accepted, service.rejected) == (1, 3)


def test_parallel_first_calls_of_threads_all_succeed(server: FaultServer) -> None:
    together = threading.Barrier(16)
    with gateway(server) as (service, site), DataStream(**options(site, Clock(1000.0))) as ds:

        def first(_: int) -> str:
            together.wait()
            return ds.get_topic("t").topic_id

        with ThreadPoolExecutor(16) as pool:
            assert list(pool.map(first, range(16))) == ["t1"] * 16
    assert service.accepted == 16
    assert 1 <= service.rejected <= 16


async def test_parallel_first_calls_of_tasks_all_succeed(server: FaultServer) -> None:
    with gateway(server) as (service, site):
        async with AsyncDataStream(**options(site, Clock(1000.0))) as ds:
            topics = await asyncio.gather(*(ds.get_topic("t") for _ in range(16)))
    assert [topic.topic_id for topic in topics] == ["t1"] * 16
    assert service.accepted == 16
    assert 1 <= service.rejected <= 16
