"""The signing middleware in both clients, on sockets: signatures, redirects, foreign origins."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    AuthenticationError,
    DataStream,
    ForeignHostError,
    UnexpectedAnswerError,
)
from wire.clients import Caller, calling
from wire.helpers import MESSAGE, PREFIX, each_kind, options, two_servers
from wire.proof import proved
from wire.server import RawServer, Seen, answer

NOON = 1_700_000_000.0


CALLS: dict[str, Callable[[Caller], Any]] = {
    "GET": lambda call: call("get_topic_prefix"),
    "POST": lambda call: call("send_message", **MESSAGE),
}


@each_kind
@pytest.mark.parametrize("carrier", ["own", "httpx"])
def test_the_clock_is_corrected_once_and_later_401s_are_raised(kind: str, carrier: str) -> None:
    """The details are in `faults.test_clock`."""
    date = f"Date: {formatdate(NOON + 900, usegmt=True)}"
    unauthorized = answer(401, b"", headers=(date,))
    responses = iter([unauthorized, PREFIX, unauthorized])
    more: dict[str, Any] = {"clock": lambda: NOON}
    if carrier == "httpx":
        more["transport"] = httpx.AsyncHTTPTransport() if kind == "async" else httpx.HTTPTransport()
    with (
        RawServer(lambda seen: next(responses)) as server,
        calling(kind, **options(server, **more)) as call,
    ):
        call("get_topic_prefix")
        with pytest.raises(AuthenticationError):
            call("get_topic_prefix")
        stamps = [
            float(proved(server.take(), server).header("x-ncp-apigw-timestamp")) for _ in range(3)
        ]
        assert server.nothing_more()
    assert stamps == [NOON * 1000, (NOON + 900) * 1000, (NOON + 900) * 1000]


@each_kind
def test_each_attempt_has_a_new_signature(kind: str) -> None:
    now = NOON
    responses = [*[answer(429, b"", headers=("Retry-After: 0",))] * 2, PREFIX]
    remaining = iter(responses)

    def respond(seen: Seen) -> bytes:
        nonlocal now
        now += 1
        return next(remaining)

    with (
        RawServer(respond) as server,
        calling(kind, **options(server, clock=lambda: now)) as call,
    ):
        call("get_topic_prefix")
        stamps = [
            proved(server.take(), server).header("x-ncp-apigw-timestamp")
            for _ in range(len(responses))
        ]
    assert stamps == [str(int((NOON + second) * 1000)) for second in range(len(responses))]


@each_kind
@pytest.mark.parametrize("name", CALLS)
def test_a_redirect_is_not_followed(kind: str, name: str) -> None:
    with two_servers() as (server, foreign), calling(kind, **options(server)) as call:
        for status in (301, 302, 303, 307, 308):
            for target in (foreign.url, server.url, ""):
                location = f"Location: {target}/elsewhere"
                response = answer(status, b"", headers=(location,))
                server.respond = lambda seen, response=response: response
                with pytest.raises(UnexpectedAnswerError, match="/elsewhere") as caught:
                    CALLS[name](call)
                assert caught.value.status_code == status
                proved(server.take(), server)
                assert server.nothing_more()
        assert foreign.connections == 0


def test_a_redirect_is_not_followed_on_request() -> None:
    with two_servers() as (server, foreign):
        server.respond = lambda seen: answer(302, b"", headers=(f"Location: {foreign.url}",))
        with DataStream(**options(server)) as ds, pytest.raises(UnexpectedAnswerError):
            ds.client.get_httpx_client().get("/x", follow_redirects=True)
        proved(server.take(), server)
        assert foreign.connections == 0


def test_a_request_to_a_foreign_origin_is_rejected() -> None:
    with two_servers() as (server, foreign), DataStream(**options(server)) as ds:
        http = ds.client.get_httpx_client()
        for extensions in ({}, {"server": "management"}, {"server": "message"}):
            with pytest.raises(ForeignHostError, match=foreign.netloc):
                http.get(f"{foreign.url}/x", extensions=extensions)
        with pytest.raises(ForeignHostError, match="this client has no such server"):
            http.get(f"{foreign.url}/x", auth=None)
        assert server.connections == foreign.connections == 0


def test_a_request_for_one_server_to_the_url_of_the_other_is_rejected() -> None:
    with two_servers() as (management, message), DataStream(**options(management, message)) as ds:
        http = ds.client.get_httpx_client()
        for server, name in ((management, "message"), (message, "management")):
            with pytest.raises(ForeignHostError, match=f"belongs to the {name} server"):
                http.get(f"{server.url}/x", extensions={"server": name})
            assert management.connections == message.connections == 0
        http.get(f"{message.url}/x")
        proved(message.take(), message)
