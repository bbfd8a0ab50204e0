"""The httpx sessions inside both clients, and the wire as an httpx transport."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest
from anyio import to_thread
from ncloud_datastream import (
    ConfigurationError,
    Credentials,
    DataStream,
    NotFoundError,
    PermissionDeniedError,
    Retry,
    ServerError,
    UnexpectedAnswerError,
)
from ncloud_datastream.calls import answer
from ncloud_datastream.calls.attempt import LONGEST_WAIT, Attempt, attempt_of
from ncloud_datastream.wire import session, through_httpx
from wire.helpers import close, done, each_client, http
from wire.server import RawServer
from wire.server import answer as raw_answer

KEYS = Credentials("AK", "SK")
TLS = ssl.create_default_context()  # shared: creating it takes most of the time of a client


class Service(httpx.MockTransport):
    """Responds with one status after another, and repeats the last."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(self.respond)
        self.statuses = list(statuses)
        self.requests: list[httpx.Request] = []
        self.attempts: list[Attempt | None] = []

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.attempts.append(attempt_of(request.extensions))
        status = self.statuses[0] if len(self.statuses) == 1 else self.statuses.pop(0)
        return httpx.Response(status, json={"prefix": "abcde-"})


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record waits without waiting."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(session.time, "sleep", found.append)
    monkeypatch.setattr(anyio, "sleep", sleep)
    return found


@each_client
async def test_attempts_are_logged_with_waits_between_them(
    kind: Any, slept: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ncloud_datastream")
    service = Service(503, 503, 200)
    await done(kind(KEYS, verify=TLS, transport=service).get_topic_prefix())
    assert len(service.requests) == 3
    assert len(slept) == 2
    assert all(0 <= seconds <= 1.0 for seconds in slept)
    (line,) = [each for each in caplog.messages if ": 200, attempts" in each]
    assert line.startswith("getTopicPrefix: 200, attempts 3, ")


@each_client
async def test_an_attempt_has_a_deadline_that_httpx_gets_too(kind: Any) -> None:
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


@each_client
async def test_closing_a_client_during_a_wait_raises_the_last_error(kind: Any) -> None:
    class Closing(httpx.AsyncBaseTransport, httpx.BaseTransport):
        requests = 0

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            self.requests += 1
            client.close()
            return httpx.Response(503)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.requests += 1
            await client.aclose()
            return httpx.Response(503)

    transport = Closing()
    client = kind(KEYS, verify=TLS, transport=transport)
    with pytest.raises(ServerError):
        await done(client.get_topic_prefix())
    assert transport.requests == 1


@each_client
async def test_a_path_that_would_address_another_resource_is_rejected(kind: Any) -> None:
    service = Service(200)
    client = http(kind(KEYS, verify=TLS, transport=service))
    for path in ("//api", "/", "/.", "/..", "/api/../x", "/api//x", "/api/"):
        with pytest.raises(ConfigurationError, match="would name another resource"):
            await done(client.get(path))
    assert not service.requests


@each_client
async def test_unknown_servers_and_unserializable_arguments_are_rejected(kind: Any) -> None:
    service = Service(200)
    ds = kind(KEYS, verify=TLS, transport=service)
    client = http(ds)
    with pytest.raises(ConfigurationError, match=r"^The call: there is no server 'else'"):
        await done(client.get("/api", extensions={"server": "else"}))
    with pytest.raises(ConfigurationError, match=r"^op: there is no server 'else'"):
        await done(client.request("get", "/api", extensions={"operation": "op", "server": "else"}))
    with pytest.raises(ConfigurationError, match="an argument cannot be sent: TypeError"):
        await done(client.post("/api", json=object()))
    for value in (object(), float("nan")):
        with pytest.raises(ConfigurationError, match=r"^createTopic: an argument cannot be sent"):
            await done(ds.create_topic(name=value))
    assert not service.requests


@each_client
async def test_paths_are_sent_as_httpx_encodes_them(kind: Any) -> None:
    service = Service(200)
    client = http(kind(KEYS, verify=TLS, transport=service))
    assert client.trust_env is False  # proxies of the environment are handled by `wire.proxies`
    await done(client.get("/api/x?y=/../z"))
    await done(client.request("get", "/api/한", extensions={"operation": "op"}))
    assert [request.url.raw_path for request in service.requests] == [
        b"/api/x?y=/../z",
        b"/api/%ED%95%9C",
    ]
    assert "x-ncp-apigw-signature-v2" in service.requests[1].headers


@each_client
async def test_a_bug_in_a_transport_is_not_an_error_of_the_service(kind: Any) -> None:
    class Broken(Service):
        def respond(self, request: httpx.Request) -> httpx.Response:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await done(kind(KEYS, verify=TLS, transport=Broken()).get_topic_prefix())


def test_a_streamed_body_is_not_stored_in_the_error() -> None:
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


@each_client
async def test_errors_name_the_server_of_an_absolute_url(kind: Any) -> None:
    client = http(kind(KEYS, verify=TLS, transport=Service(403)))
    url = "https://api.datastream.naverncp.com/x"
    with pytest.raises(PermissionDeniedError, match="keys of a main account"):
        await done(client.get(url))
    with pytest.raises(PermissionDeniedError, match="keys of a main account"):
        await done(client.get(url, extensions={"server": "message"}))


@each_client
@pytest.mark.parametrize("hooked", [False, True])
async def test_an_unreadable_body_is_an_empty_object_if_any_2xx_delivers(
    kind: Any, hooked: bool
) -> None:
    class Terse(Service):
        def respond(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(202, content=b"OK")

    client = kind(KEYS, verify=TLS, transport=Terse(), any_2xx_delivers=True)
    if hooked:
        http(client).headers["X-Any"] = "1"
    result = await done(client.send_message(topic="t", key="k", value="v"))
    assert (result.status, result.detail) == (None, None)
    with pytest.raises(UnexpectedAnswerError):
        await done(client.get_topic_prefix())


@each_client
async def test_a_session_is_a_context_manager(kind: Any) -> None:
    client = http(kind(KEYS, verify=TLS, transport=Service(200)))
    if kind is DataStream:
        with client as entered:
            assert entered is client
    else:
        async with client as entered:
            assert entered is client
    assert client.is_closed
    with pytest.raises(ConfigurationError, match="closed"):
        await done(client.get("/api"))


# --- the wire as an httpx transport

each_other = pytest.mark.parametrize("other", ["sync", "async"])


async def copied(client: Any, kind: str) -> Any:
    """Send a request with a copy of the generated client inside."""
    inside = client.client.with_headers({"X-Copy": "1"})
    if kind == "sync":
        return inside.get_httpx_client().get("/x")
    return await inside.get_async_httpx_client().get("/x")


@each_client
@each_other
async def test_copies_use_the_transport_and_limits_of_the_client(
    kind: Any, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(200)
    client = kind(KEYS, verify=TLS, transport=service, timeout=7.0)
    assert (await copied(client, other)).json() == {"prefix": "abcde-"}
    (request,), (attempt,) = service.requests, service.attempts
    assert request.headers["x-copy"] == "1"
    assert "x-ncp-apigw-signature-v2" in request.headers
    assert attempt is not None
    assert 0.0 < attempt.left <= 7.0
    for module in (answer, through_httpx):
        monkeypatch.setattr(module, "ANSWER_LIMIT", 5)
    assert (await copied(client, other)).content == b'{"pre'


@each_client
@each_other
async def test_copies_of_a_closed_client_are_closed(kind: Any, other: str) -> None:
    service = Service(200)
    client = kind(KEYS, verify=TLS, transport=service)
    await copied(client, other)
    await close(client)
    with pytest.raises(ConfigurationError, match="closed"):
        await copied(client, other)
    fresh = kind(KEYS, verify=TLS, transport=service)
    await close(fresh)
    with pytest.raises(ConfigurationError, match="closed"):
        await copied(fresh, other)
    assert len(service.requests) == 1


@each_client
@each_other
async def test_copies_use_the_proxy_of_the_client(kind: Any, other: str) -> None:
    with RawServer(lambda seen: raw_answer(403)) as proxy:
        client = kind(KEYS, verify=TLS, proxy=proxy.url, timeout=20.0)
        with pytest.raises((OSError, httpx.HTTPError)):
            await copied(client, other)
        seen = await to_thread.run_sync(proxy.take)
        assert seen.request_line[:2] == [b"CONNECT", b"datastream.apigw.ntruss.com:443"]
        await close(client)


def test_a_request_without_a_timeout_has_the_timeout_of_the_client() -> None:
    service = Service(200)
    with DataStream(KEYS, verify=TLS, transport=service, timeout=7.0) as ds:
        transport = ds.client._httpx_args["transport"]
        request = httpx.Request("GET", "https://datastream.apigw.ntruss.com/x")
        assert transport.handle_request(request).status_code == 200
        attempt = service.attempts[0]
        assert attempt is not None
        assert 0.0 < attempt.left <= 7.0
