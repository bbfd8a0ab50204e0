"""The signing middleware in its clients, on sockets: what is signed, repeated, refused."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

import anyio
import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    AuthenticationError,
    DataStream,
    ForeignHostError,
    UnexpectedAnswerError,
)
from wire.clients import Caller, calling
from wire.pairs import MESSAGE, PREFIX, each_kind, options, two_servers
from wire.proof import proved
from wire.server import RawServer, Seen, answer

NOON = 1_700_000_000.0


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
@pytest.mark.parametrize("carrier", ["own", "httpx"])
def test_a_401_for_another_reason_than_a_clock_that_was_learned_is_not_repeated(
    kind: str, carrier: str
) -> None:
    answers = itertools.chain([strict(NOON + 900)] * 2, itertools.repeat(refusing(NOON + 900)))
    more: dict[str, Any] = {"clock": lambda: NOON}
    if carrier == "httpx":
        more["transport"] = httpx.AsyncHTTPTransport() if kind == "async" else httpx.HTTPTransport()
    with (
        RawServer(lambda seen: next(answers)(seen)) as server,
        calling(kind, **options(server, **more)) as call,
    ):
        call("get_topic_prefix")
        with pytest.raises(AuthenticationError):
            call("get_topic_prefix")
        for _ in range(3):
            proved(server.take(), server)
        assert server.nothing_more()


def refusing(now: float) -> Callable[[Seen], bytes]:
    return lambda seen: answer(401, b"", headers=(f"Date: {formatdate(now, usegmt=True)}",))


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
    now = NOON
    said = [*[answer(429, b"", headers=("Retry-After: 0",))] * 2, PREFIX]
    answers = iter(said)

    def respond(seen: Seen) -> bytes:
        nonlocal now
        now += 1
        return next(answers)

    with (
        RawServer(respond) as server,
        calling(kind, **options(server, clock=lambda: now)) as call,
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
        with pytest.raises(ForeignHostError, match="this client has no such server"):
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
