"""`SignatureAuth`: what it signs, with which keys, for which origins, and clock skew."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncGenerator, Generator
from email.utils import formatdate
from typing import Any

import anyio
import httpx
import pytest
from ncloud_datastream import (
    ConfigurationError,
    Credentials,
    ForeignHostError,
    SignatureAuth,
    sign,
    string_to_sign,
)
from ncloud_datastream_api.api import SERVERS

KEYS = Credentials("AK", "SK")
MANAGEMENT = SERVERS["management"]
MESSAGE = SERVERS["message"]
NOON = 1_700_000_000.0


class Clock:
    """A clock that the test sets."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Flow:
    """An auth flow that the test drives in place of a client.

    The asynchronous one is driven without an event loop, as long as it awaits nothing.
    """

    def __init__(self, kind: str, auth: SignatureAuth, request: httpx.Request) -> None:
        self.request = request
        self.ended = False
        self._sync: Generator[httpx.Request, httpx.Response, None] | None = None
        self._async: AsyncGenerator[httpx.Request, httpx.Response] | None = None
        if kind == "sync":
            self._sync = auth.auth_flow(request)
        else:
            self._async = auth.async_auth_flow(request)

    def send(self, response: httpx.Response | None = None) -> dict[str, str]:
        """Pass in a response; return the signature headers of the next request, if any."""
        try:
            if self._sync is not None:
                sent = next(self._sync) if response is None else self._sync.send(response)
            else:
                assert self._async is not None
                step = self._async.asend(response)  # type: ignore[arg-type]
                with pytest.raises(StopIteration) as given:
                    step.send(None)
                sent = given.value.value
        except (StopIteration, StopAsyncIteration):
            self.ended = True
            return {}
        assert sent is self.request
        return signed(sent)


def signed(request: httpx.Request) -> dict[str, str]:
    """Return the three signature headers, after checking the signature."""
    timestamp = request.headers["x-ncp-apigw-timestamp"]
    access_key = request.headers["x-ncp-iam-access-key"]
    target = request.url.raw_path.decode()
    message = string_to_sign(request.method, target, int(timestamp), access_key)
    signature = request.headers["x-ncp-apigw-signature-v2"]
    assert signature == sign(KEYS.secret_key, message)
    return {"timestamp": timestamp, "access key": access_key, "signature": signature}


def a_request(url: str = f"{MANAGEMENT}/api/v1/topics?a=%2B", **extensions: Any) -> httpx.Request:
    return httpx.Request("GET", url, extensions=extensions)


def rejected(at: float | None, status: int = 401, **headers: str) -> httpx.Response:
    """A response dated by the service's clock."""
    dated = {} if at is None else {"Date": formatdate(at, usegmt=True)}
    return httpx.Response(status, headers={**dated, **headers})


def milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


each_kind = pytest.mark.parametrize("kind", ["sync", "async"])

# --- signing -------------------------------------------------------------------------------------


@each_kind
def test_the_request_target_is_signed_in_three_headers(kind: str) -> None:
    auth = SignatureAuth(KEYS, clock=lambda: NOON + 0.1239)
    flow = Flow(kind, auth, a_request())
    headers = flow.send()
    assert headers == {
        "timestamp": "1700000000123",
        "access key": "AK",
        "signature": sign("SK", "GET /api/v1/topics?a=%2B\n1700000000123\nAK"),
    }
    assert flow.send(httpx.Response(200)) == {}
    assert flow.ended
    assert auth.stamp("GET", "/api/v1/topics?a=%2B", KEYS) == (*headers.values(), 0.0)
    assert auth.ready is KEYS


def test_a_second_signature_replaces_the_first_and_the_callers_headers() -> None:
    clock = Clock()
    auth = SignatureAuth(KEYS, clock=clock)
    request = a_request()
    request.headers = httpx.Headers(
        [("X-NCP-APIGW-Timestamp", "1"), ("x-ncp-apigw-timestamp", "2"), ("x-other", "3")]
    )
    first = Flow("sync", auth, request).send()
    clock.now += 1
    second = Flow("sync", auth, request).send()
    assert int(second["timestamp"]) - int(first["timestamp"]) == 1000
    assert first["signature"] != second["signature"]
    assert request.headers.get_list("x-ncp-apigw-timestamp") == [milliseconds(NOON + 1)]
    assert len(request.headers.get_list("x-ncp-apigw-signature-v2")) == 1
    assert request.headers["x-other"] == "3"


@each_kind
def test_the_body_is_not_read(kind: str) -> None:
    request = httpx.Request("POST", f"{MESSAGE}/api/produce", content=iter([b"body"]))
    Flow(kind, SignatureAuth(KEYS), request).send()
    with pytest.raises(httpx.RequestNotRead):
        _ = request.content


# --- clock skew ----------------------------------------------------------------------------------


@each_kind
@pytest.mark.parametrize("ahead", [-31.0, 31.0, 9_000_000.0])
def test_a_401_that_shows_clock_skew_is_repeated_once(kind: str, ahead: float) -> None:
    auth = SignatureAuth(KEYS, clock=Clock())
    assert auth.clock_offset == 0.0
    flow = Flow(kind, auth, a_request())
    assert flow.send()["timestamp"] == milliseconds(NOON)
    assert flow.send(rejected(NOON + ahead))["timestamp"] == milliseconds(NOON + ahead)
    assert flow.send(rejected(NOON + ahead + 9_000)) == {}
    assert flow.ended
    assert auth.clock_offset == ahead
    # Later requests use the offset.
    assert Flow(kind, auth, a_request()).send()["timestamp"] == milliseconds(NOON + ahead)


@each_kind
@pytest.mark.parametrize(
    "response",
    [
        *(rejected(NOON + ahead) for ahead in (0.0, 30.0, -30.0)),
        *(rejected(NOON + 900, status) for status in (200, 400, 403, 429, 503)),
        *(rejected(None, Date=date) for date in ("soon", "Thu, 99 Foo 2030 99:99:99 GMT", "-1")),
        rejected(None),
    ],
)
def test_no_other_response_changes_the_clock_offset(kind: str, response: httpx.Response) -> None:
    auth = SignatureAuth(KEYS, clock=Clock())
    flow = Flow(kind, auth, a_request())
    flow.send()
    assert flow.send(response) == {}
    assert flow.ended
    assert auth.clock_offset == 0.0


@each_kind
def test_a_clock_that_drifts_is_corrected_again(kind: str) -> None:
    clock = Clock()
    auth = SignatureAuth(KEYS, clock=clock)
    for ahead in (900.0, -4_000.0, 0.0):
        flow = Flow(kind, auth, a_request())
        flow.send()
        assert flow.send(rejected(clock.now + ahead))
        assert auth.clock_offset == ahead


@each_kind
def test_parallel_requests_are_each_repeated_with_the_new_offset(kind: str) -> None:
    auth = SignatureAuth(KEYS, clock=Clock())
    flows = [Flow(kind, auth, a_request()) for _ in range(3)]
    for flow in flows:
        assert flow.send()["timestamp"] == milliseconds(NOON)
    for flow in flows:
        assert flow.send(rejected(NOON + 900))["timestamp"] == milliseconds(NOON + 900)
    for flow in flows:
        assert flow.send(httpx.Response(200)) == {}


def test_a_correction_for_clock_skew_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    auth = SignatureAuth(KEYS, clock=Clock())
    with caplog.at_level(logging.INFO, "ncloud_datastream"):
        assert auth.learn(formatdate(NOON - 900, usegmt=True), 0.0)
        assert not auth.learn(formatdate(NOON - 900, usegmt=True), auth.clock_offset)
    assert caplog.messages == [
        "corrected for clock skew: the service's clock is -900 s from this machine's"
    ]


# --- origins -------------------------------------------------------------------------------------

LOCAL = {"management": "http://127.0.0.1:8000", "message": "http://[::1]:8001"}


@each_kind
@pytest.mark.parametrize(
    ("origins", "url", "extensions"),
    [
        (None, f"{MANAGEMENT}/x", {}),
        (None, f"{MANAGEMENT}:443/x", {"server": "management"}),
        (None, f"{MESSAGE}/x", {"server": "message"}),
        (LOCAL, "http://[::1]:8001/x", {"server": "message"}),
        (dict.fromkeys(SERVERS, LOCAL["message"]), "http://[::1]:8001/", {"server": "management"}),
        ({"third": "https://example.com"}, "https://example.com/", {"server": "third"}),
    ],
)
def test_requests_to_a_configured_origin_are_signed(
    kind: str, origins: dict[str, str] | None, url: str, extensions: dict[str, str]
) -> None:
    assert Flow(kind, SignatureAuth(KEYS, origins), a_request(url, **extensions)).send()


ONLY = "signed requests are sent to the configured servers only"


@each_kind
@pytest.mark.parametrize(
    ("url", "extensions", "why"),
    [
        ("https://example.com/x", {}, ONLY),
        ("https://example.com/x", {"server": "management"}, "belongs to the management server"),
        ("https://example.com/x", {"server": "third"}, ONLY),
        (f"{MANAGEMENT}/x", {"server": "message"}, "belongs to the message server"),
        (f"{MANAGEMENT}/x", {"server": "third"}, ONLY),
        (f"{MANAGEMENT}:444/x", {}, ONLY),
        (MANAGEMENT.replace("https:", "http:"), {}, ONLY),
        (f"{MANAGEMENT}.example.com/x", {}, ONLY),
        (f"{MANAGEMENT.replace('//', '//x@example.com#')}/x", {}, ONLY),
        ("http://127.0.0.1/x", {}, ONLY),
        ("/api/v1/topics", {}, ONLY),
    ],
)
def test_requests_to_any_other_origin_are_not_signed_and_no_keys_are_fetched(
    kind: str, url: str, extensions: dict[str, str], why: str
) -> None:
    calls: list[None] = []

    def keys() -> Credentials:
        calls.append(None)
        return KEYS

    request = a_request(url, operation="getTopic", **extensions)
    with pytest.raises(ForeignHostError, match=f"^getTopic was not signed.*{why}") as caught:
        Flow(kind, SignatureAuth(keys), request).send()
    assert not calls
    assert not {name for name in request.headers if name.startswith("x-ncp")}
    assert caught.value.operation == "getTopic"
    assert not caught.value.maybe_delivered
    assert not caught.value.retryable


def test_plain_http_beyond_loopback_is_not_signed_and_its_password_is_not_shown() -> None:
    auth = SignatureAuth(KEYS, {"management": "http://user:hunter2@example.com:8080"})
    request = a_request("http://user:hunter2@example.com:8080/x")
    with pytest.raises(ForeignHostError, match="others could read it") as caught:
        Flow("sync", auth, request).send()
    assert "GET was not signed and not sent to http://example.com:8080: " in str(caught.value)


def test_an_invalid_method_is_not_signed() -> None:
    request = httpx.Request("G\ud800T", f"{MANAGEMENT}/x")
    with pytest.raises(ConfigurationError, match="is not an HTTP method"):
        Flow("sync", SignatureAuth(KEYS), request).send()


def test_invalid_origins_and_credentials_are_rejected() -> None:
    with pytest.raises(ConfigurationError, match="management server is not a valid URL"):
        SignatureAuth(KEYS, {"management": "https://a..b"})
    with pytest.raises(ConfigurationError, match="must be Credentials"):
        SignatureAuth("AK:SK")  # type: ignore[arg-type]


def test_the_repr_has_the_servers_and_no_keys() -> None:
    assert repr(SignatureAuth(KEYS)) == "SignatureAuth(origins=['management', 'message'])"


# --- credentials ---------------------------------------------------------------------------------


async def test_a_cancelled_call_does_not_wait_for_the_callable() -> None:
    called, go_on = threading.Event(), threading.Event()
    threads: list[int] = []

    def keys() -> Credentials:
        threads.append(threading.get_ident())
        called.set()
        assert go_on.wait(20)
        return KEYS

    auth = SignatureAuth(keys)
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:

            async def first_call() -> None:
                await anext(auth.async_auth_flow(a_request()))

            group.start_soon(first_call)
            await anyio.to_thread.run_sync(called.wait, 20)
            scope.cancel()
    assert scope.cancelled_caught
    assert not go_on.is_set()
    go_on.set()
    # The next call gets the pair that the thread returns.
    flow = auth.async_auth_flow(a_request())
    assert signed(await anext(flow))
    await flow.aclose()
    assert Flow("async", auth, a_request()).send()
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


@each_kind
def test_a_failing_callable_is_a_configuration_error(kind: str) -> None:
    auth = SignatureAuth(lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    with pytest.raises(ConfigurationError, match="credentials callable"):
        if kind == "sync":
            next(auth.auth_flow(a_request()))
        else:
            anyio.run(anext, auth.async_auth_flow(a_request()))
