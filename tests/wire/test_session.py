"""The HTTP clients under both clients: what they refuse, count, and leave to no one else."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Awaitable, Iterator
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
    ServerError,
    TransportError,
    session,
)
from ncloud_datastream.calls.attempt import LONGEST_WAIT, Attempt, current

KEYS = Credentials("AK", "SK")
TLS = ssl.create_default_context()  # made once: it takes most of the time of a client

each_client = pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])


class Service(httpx.MockTransport):
    """Gives one answer after the other; its last for ever."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(self.respond)
        self.statuses = list(statuses)
        self.requests: list[httpx.Request] = []
        self.attempts: list[Attempt | None] = []

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.attempts.append(current.get())
        status = self.statuses[0] if len(self.statuses) == 1 else self.statuses.pop(0)
        return httpx.Response(status, json={"prefix": "abcde-"})


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """No wait takes any time."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(session.time, "sleep", found.append)
    monkeypatch.setattr(anyio, "sleep", sleep)
    return found


async def done(value: Awaitable[Any] | Any) -> Any:
    return await value if isinstance(value, Awaitable) else value


def http(client: DataStream | AsyncDataStream) -> Any:
    """The HTTP client inside."""
    inside = client.client
    if isinstance(client, DataStream):
        return inside.get_httpx_client()
    return inside.get_async_httpx_client()


@each_client
async def test_tries_are_told_and_waited_for(
    kind: Any, slept: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ncloud_datastream")
    service = Service(503, 503, 200)
    await done(kind(KEYS, verify=TLS, transport=service).get_topic_prefix())
    assert len(service.requests) == 3
    assert len(slept) == 2
    assert all(0 <= seconds <= 1.0 for seconds in slept)
    assert ": 200, attempts 3, " in caplog.records[-1].getMessage()


@each_client
async def test_a_try_knows_its_deadline(kind: Any) -> None:
    service = Service(200)
    for timeout, left in ((20.0, 20.0), (1e9, LONGEST_WAIT)):
        client = kind(
            KEYS, verify=TLS, transport=service, timeout=timeout, retry=Retry(max_elapsed=1e12)
        )
        await done(client.get_topic_prefix())
        attempt = service.attempts[-1]
        assert attempt is not None
        assert 0.0 < attempt.left <= left
        assert left - attempt.left < 15.0
        bounds = service.requests[-1].extensions["timeout"]
        assert set(bounds) == {"connect", "read", "write", "pool"}
        assert all(left - 15.0 < bound <= left for bound in bounds.values())
    assert current.get() is None


@each_client
def test_a_timeout_may_be_short(kind: Any) -> None:
    assert kind(KEYS, verify=TLS, timeout=0.001)._session.routing.timeout == 0.001


def test_no_time_is_left_after_the_deadline() -> None:
    assert Attempt(0.0).left == 0.0


@each_client
async def test_a_deadline_that_has_passed_ends_the_try(kind: Any) -> None:
    class Slow(Service):
        def respond(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ReadTimeout("late")

    client = kind(KEYS, verify=TLS, transport=Slow(), retry=Retry(1))
    with pytest.raises(TransportError, match="within the deadline") as caught:
        await done(client.get_topic_prefix())
    assert caught.value.attempts == 1


@each_client
async def test_a_client_that_is_closed_while_it_waits(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of the last try says more than that it was closed."""

    class Closing(Service):
        def respond(self, request: httpx.Request) -> httpx.Response:
            client._session._ended = True
            return super().respond(request)

    service = Closing(503)
    client = kind(KEYS, verify=TLS, transport=service)
    with pytest.raises(ServerError):
        await done(client.get_topic_prefix())
    assert len(service.requests) == 1


@each_client
@pytest.mark.parametrize("path", ["//api", "/", "/.", "/..", "/api/../x", "/api//x", "/api/"])
async def test_a_path_that_would_name_another_resource(kind: Any, path: str) -> None:
    service = Service(200)
    with pytest.raises(ConfigurationError, match="would name another resource"):
        await done(http(kind(KEYS, verify=TLS, transport=service)).get(path))
    assert not service.requests


@each_client
async def test_a_server_that_nobody_knows(kind: Any) -> None:
    service = Service(200)
    client = http(kind(KEYS, verify=TLS, transport=service))
    with pytest.raises(ConfigurationError, match=r"^The call: there is no server 'else'"):
        await done(client.get("/api", extensions={"server": "else"}))
    with pytest.raises(ConfigurationError, match="an argument cannot be sent: TypeError"):
        await done(client.post("/api", json=object()))
    assert not service.requests
    await done(client.get("/api/x?y=/../z"))
    assert service.requests[0].url == "https://datastream.apigw.ntruss.com/api/x?y=/../z"


@each_client
def test_the_environment_is_not_asked(kind: Any) -> None:
    """httpx would look for proxies in it once more, and not as `proxies` does."""
    assert http(kind(KEYS, verify=TLS)).trust_env is False


@each_client
async def test_a_defect_is_no_failure_of_the_service(kind: Any) -> None:
    class Broken(Service):
        def respond(self, request: httpx.Request) -> httpx.Response:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await done(kind(KEYS, verify=TLS, transport=Broken()).get_topic_prefix())
    assert current.get() is None


def test_a_body_that_was_streamed_is_not_kept_in_the_error() -> None:
    def body() -> Iterator[bytes]:
        yield b"streamed"

    class Refusing(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(404)  # a MockTransport would have read the body

    with DataStream(KEYS, transport=Refusing()) as ds, pytest.raises(NotFoundError) as caught:
        ds.client.get_httpx_client().post("/api/v1/topics", content=body())
    assert caught.value.response is not None
    assert caught.value.response.request.content == b""
    assert caught.value.response.request.headers["x-ncp-apigw-signature-v2"] == "***"


def test_a_server_that_the_document_does_not_name() -> None:
    called: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        called.append(request)
        return httpx.Response(200)

    with (
        DataStream(KEYS, transport=httpx.MockTransport(answer)) as ds,
        pytest.raises(ConfigurationError, match="there is no server 'nowhere'"),
    ):
        ds.client.get_httpx_client().get("/api", extensions={"server": "nowhere"})
    assert called == []
