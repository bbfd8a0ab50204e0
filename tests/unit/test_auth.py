"""The signing middleware, driven by hand: no client and no socket around it."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from datetime import UTC, datetime, timedelta
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
from ncloud_datastream.auth import CLOCK_TOLERANCE
from ncloud_datastream_api.api import SERVERS

KEYS = Credentials("AK", "SK")
OTHER_KEYS = Credentials("AK2", "SK2")
MANAGEMENT = SERVERS["management"]
MESSAGE = SERVERS["message"]
NOON = 1_700_000_000.0


class Clock:
    """A clock that stands, and moves when it is told to."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Flow:
    """An auth flow, stepped through by the test in the place of a client.

    The asynchronous one is stepped without an event loop, as long as it waits for nothing.
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
        """Go on with an answer; returns the headers that sign what is sent next, if anything."""
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
    """The three headers, by their last words, proved to be what the keys give."""
    timestamp = request.headers["x-ncp-apigw-timestamp"]
    access_key = request.headers["x-ncp-iam-access-key"]
    keys = {"AK": KEYS, "AK2": OTHER_KEYS}[access_key]
    target = request.url.raw_path.decode()
    message = string_to_sign(request.method, target, int(timestamp), access_key)
    signature = request.headers["x-ncp-apigw-signature-v2"]
    assert signature == sign(keys.secret_key, message)
    return {"timestamp": timestamp, "access key": access_key, "signature": signature}


def a_request(url: str = f"{MANAGEMENT}/api/v1/topics?a=%2B", **extensions: Any) -> httpx.Request:
    return httpx.Request("GET", url, extensions=extensions)


def refused(at: float | None, status: int = 401, **headers: str) -> httpx.Response:
    """An answer that was made at a time."""
    dated = {} if at is None else {"Date": formatdate(at, usegmt=True)}
    return httpx.Response(status, headers={**dated, **headers})


def milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


each_kind = pytest.mark.parametrize("kind", ["sync", "async"])


# --- signing -------------------------------------------------------------------------------------


@each_kind
def test_three_headers_over_the_request_line(kind: str) -> None:
    flow = Flow(kind, SignatureAuth(KEYS, clock=lambda: NOON + 0.1239), a_request())
    assert flow.send() == {
        "timestamp": "1700000000123",
        "access key": "AK",
        "signature": sign("SK", "GET /api/v1/topics?a=%2B\n1700000000123\nAK"),
    }
    assert flow.send(httpx.Response(200)) == {}
    assert flow.ended


@each_kind
def test_what_was_signed_before_is_signed_anew(kind: str) -> None:
    clock = Clock()
    auth = SignatureAuth(KEYS, clock=clock)
    request = a_request()
    first = Flow(kind, auth, request).send()
    clock.now += 1
    second = Flow(kind, auth, request).send()
    assert int(second["timestamp"]) - int(first["timestamp"]) == 1000
    assert first["signature"] != second["signature"]
    assert len(request.headers.get_list("x-ncp-apigw-signature-v2")) == 1


@each_kind
def test_headers_of_the_caller_do_not_stand_beside_ours(kind: str) -> None:
    request = a_request()
    request.headers = httpx.Headers(
        [("X-NCP-APIGW-Timestamp", "1"), ("x-ncp-apigw-timestamp", "2"), ("x-other", "3")]
    )
    Flow(kind, SignatureAuth(KEYS, clock=Clock()), request).send()
    assert request.headers.get_list("x-ncp-apigw-timestamp") == [milliseconds(NOON)]
    assert request.headers["x-other"] == "3"


@each_kind
def test_a_body_is_not_read(kind: str) -> None:
    request = httpx.Request("POST", f"{MESSAGE}/api/produce", content=iter([b"body"]))
    Flow(kind, SignatureAuth(KEYS), request).send()
    with pytest.raises(httpx.RequestNotRead):
        _ = request.content


def test_the_stamp_is_what_the_headers_hold() -> None:
    auth = SignatureAuth(KEYS, clock=Clock())
    request = a_request()
    Flow("sync", auth, request).send()
    stamp = auth.stamp("GET", "/api/v1/topics?a=%2B")
    assert stamp == (*signed(request).values(), 0.0)
    assert auth.ready


# --- the clock -----------------------------------------------------------------------------------


@each_kind
@pytest.mark.parametrize("ahead", [-900.0, -31.0, 31.0, 900.0, 9_000_000.0])
def test_a_clock_that_is_off_is_learned_and_the_request_repeated(kind: str, ahead: float) -> None:
    auth = SignatureAuth(KEYS, clock=Clock())
    assert auth.clock_offset == 0.0
    flow = Flow(kind, auth, a_request())
    assert flow.send()["timestamp"] == milliseconds(NOON)
    assert flow.send(refused(NOON + ahead))["timestamp"] == milliseconds(NOON + ahead)
    assert flow.send(httpx.Response(200)) == {}
    assert auth.clock_offset == ahead
    # Kept for what comes.
    assert Flow(kind, auth, a_request()).send()["timestamp"] == milliseconds(NOON + ahead)


@each_kind
def test_a_second_refusal_is_the_answer(kind: str) -> None:
    flow = Flow(kind, SignatureAuth(KEYS, clock=Clock()), a_request())
    flow.send()
    assert flow.send(refused(NOON + 900))
    assert flow.send(refused(NOON + 9_000)) == {}
    assert flow.ended


@each_kind
@pytest.mark.parametrize("ahead", [0.0, CLOCK_TOLERANCE, -CLOCK_TOLERANCE])
def test_a_refusal_that_is_not_about_the_clock_is_the_answer(kind: str, ahead: float) -> None:
    assert CLOCK_TOLERANCE == 30.0
    auth = SignatureAuth(KEYS, clock=Clock())
    flow = Flow(kind, auth, a_request())
    flow.send()
    assert flow.send(refused(NOON + ahead)) == {}
    assert flow.ended
    assert auth.clock_offset == 0.0


@each_kind
@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 429, 500, 503])
def test_only_a_401_tells_the_time(kind: str, status: int) -> None:
    auth = SignatureAuth(KEYS, clock=Clock())
    flow = Flow(kind, auth, a_request())
    flow.send()
    assert flow.send(refused(NOON + 900, status)) == {}
    assert auth.clock_offset == 0.0


@each_kind
@pytest.mark.parametrize(
    "date", [None, "", "soon", "Thu, 99 Foo 2030 99:99:99 GMT", "0", "-1", "\x7f", "9" * 400]
)
def test_a_refusal_without_a_date_that_can_be_read_is_the_answer(
    kind: str, date: str | None
) -> None:
    flow = Flow(kind, SignatureAuth(KEYS, clock=Clock()), a_request())
    flow.send()
    assert flow.send(refused(None, **({} if date is None else {"Date": date}))) == {}
    assert flow.ended


@each_kind
def test_a_clock_that_drifts_is_corrected_again(kind: str) -> None:
    clock = Clock()
    auth = SignatureAuth(KEYS, clock=clock)
    for ahead in (900.0, -4_000.0, 0.0):
        flow = Flow(kind, auth, a_request())
        flow.send()
        assert flow.send(refused(clock.now + ahead))
        assert auth.clock_offset == ahead


@each_kind
def test_a_date_is_compared_with_the_offset_that_the_request_used(kind: str) -> None:
    """The first of several parallel calls learns; the others still have something to repeat for."""
    auth = SignatureAuth(KEYS, clock=Clock())
    flows = [Flow(kind, auth, a_request()) for _ in range(5)]
    for flow in flows:
        assert flow.send()["timestamp"] == milliseconds(NOON)
    for flow in flows:
        assert flow.send(refused(NOON + 900))["timestamp"] == milliseconds(NOON + 900)
    for flow in flows:
        assert flow.send(httpx.Response(200)) == {}


def test_what_is_learned_is_told(caplog: pytest.LogCaptureFixture) -> None:
    auth = SignatureAuth(KEYS, clock=Clock())
    with caplog.at_level(logging.INFO, "ncloud_datastream"):
        assert auth.learn(formatdate(NOON - 900, usegmt=True), 0.0)
        assert not auth.learn(formatdate(NOON - 900, usegmt=True), auth.clock_offset)
    assert caplog.messages == ["the service's clock is -900 s from ours; signing with that"]


# --- where to ------------------------------------------------------------------------------------

LOCAL = {"management": "http://127.0.0.1:8000", "message": "http://[::1]:8001"}


@each_kind
@pytest.mark.parametrize(
    ("origins", "url", "extensions"),
    [
        (None, f"{MANAGEMENT}/x", {}),
        (None, f"{MANAGEMENT}:443/x", {"server": "management"}),
        (None, f"{MESSAGE}/x", {}),
        (None, f"{MESSAGE}/x", {"server": "message"}),
        (LOCAL, "http://127.0.0.1:8000/x", {"server": "management"}),
        (LOCAL, "http://[::1]:8001/x", {"server": "message"}),
        (dict.fromkeys(SERVERS, LOCAL["message"]), "http://[::1]:8001/", {"server": "management"}),
        ({"third": "https://example.com"}, "https://example.com/", {"server": "third"}),
    ],
)
def test_a_configured_origin_is_signed_for(
    kind: str, origins: dict[str, str] | None, url: str, extensions: dict[str, str]
) -> None:
    assert Flow(kind, SignatureAuth(KEYS, origins), a_request(url, **extensions)).send()


ONLY = "signed requests go to the configured servers only"


@each_kind
@pytest.mark.parametrize(
    ("url", "extensions", "why"),
    [
        ("https://example.com/x", {}, ONLY),
        ("https://example.com/x", {"server": "management"}, "belongs to the management server"),
        ("https://example.com/x", {"server": "third"}, ONLY),
        (f"{MANAGEMENT}/x", {"server": "message"}, "belongs to the message server"),
        (f"{MESSAGE}/x", {"server": "management"}, "belongs to the management server"),
        (f"{MANAGEMENT}/x", {"server": "third"}, ONLY),
        (f"{MANAGEMENT}:444/x", {}, ONLY),
        (f"{MANAGEMENT}:0/x", {}, ONLY),
        (MANAGEMENT.replace("https:", "http:"), {}, ONLY),
        (MANAGEMENT.replace("https:", "http:") + ":443", {}, ONLY),
        (f"{MANAGEMENT}.example.com/x", {}, ONLY),
        (f"{MANAGEMENT.replace('//', '//example.com.')}/x", {}, ONLY),
        (f"{MANAGEMENT.replace('//', '//x@example.com#')}/x", {}, ONLY),
        ("http://127.0.0.1/x", {}, ONLY),
        ("/api/v1/topics", {}, ONLY),
    ],
)
def test_any_other_origin_is_refused(
    kind: str, url: str, extensions: dict[str, str], why: str
) -> None:
    asked: list[None] = []

    def keys() -> Credentials:
        asked.append(None)
        return KEYS

    request = a_request(url, operation="getTopic", **extensions)
    with pytest.raises(ForeignHostError, match=f"^getTopic was not signed.*{why}") as caught:
        Flow(kind, SignatureAuth(keys), request).send()
    assert not asked
    assert not {name for name in request.headers if name.startswith("x-ncp")}
    assert caught.value.operation == "getTopic"
    assert not caught.value.maybe_delivered
    assert not caught.value.retryable


@each_kind
def test_plain_http_beyond_loopback_is_refused(kind: str) -> None:
    auth = SignatureAuth(KEYS, {"management": "http://user:hunter2@example.com:8080"})
    request = a_request("http://user:hunter2@example.com:8080/x")
    with pytest.raises(ForeignHostError, match="others could read along") as caught:
        Flow(kind, auth, request).send()
    assert "GET was not signed and not sent to http://example.com:8080: " in str(caught.value)


@each_kind
def test_what_is_no_method_is_refused(kind: str) -> None:
    request = httpx.Request("G\ud800T", f"{MANAGEMENT}/x")
    with pytest.raises(ConfigurationError, match="no HTTP method"):
        Flow(kind, SignatureAuth(KEYS), request).send()


def test_an_origin_that_is_no_url_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="management server is no URL"):
        SignatureAuth(KEYS, {"management": "https://a..b"})


# --- credentials ---------------------------------------------------------------------------------


def test_credentials_that_are_none_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="must be Credentials"):
        SignatureAuth("AK:SK")  # type: ignore[arg-type]


def test_a_callable_is_asked_when_it_is_needed_and_again_before_the_expiry() -> None:
    clock = Clock()
    asked: list[float] = []

    def keys() -> Credentials:
        asked.append(clock.now)
        until = datetime.fromtimestamp(clock.now, UTC) + timedelta(hours=1)
        pair = [KEYS, OTHER_KEYS][len(asked) - 1]
        return Credentials(pair.access_key, pair.secret_key, until)

    auth = SignatureAuth(keys, clock=clock)
    assert not asked
    assert not auth.ready
    for minutes, access_key in ((0, "AK"), (44, "AK"), (46, "AK2"), (50, "AK2")):
        clock.now = NOON + 60 * minutes
        assert Flow("sync", auth, a_request()).send()["access key"] == access_key
    assert asked == [NOON, NOON + 60 * 46]
    assert auth.ready


async def test_a_callable_is_asked_in_a_thread() -> None:
    threads: list[int] = []

    def keys() -> Credentials:
        threads.append(threading.get_ident())
        return KEYS

    auth = SignatureAuth(keys)
    flow = auth.async_auth_flow(a_request())
    assert signed(await anext(flow))
    await flow.aclose()
    assert threads
    assert threads[0] != threading.get_ident()
    # The pair is there now: nobody is asked, and no thread is needed.
    assert Flow("async", auth, a_request()).send()
    assert len(threads) == 1


async def test_a_cancelled_call_does_not_wait_for_the_callable() -> None:
    asked, go_on = threading.Event(), threading.Event()

    def keys() -> Credentials:
        asked.set()
        assert go_on.wait(20)
        return KEYS

    auth = SignatureAuth(keys)
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:

            async def first_call() -> None:
                await anext(auth.async_auth_flow(a_request()))

            group.start_soon(first_call)
            await anyio.to_thread.run_sync(asked.wait, 20)
            scope.cancel()
    assert scope.cancelled_caught
    assert not go_on.is_set()
    go_on.set()
    # What the thread brings is there for the next call.
    flow = auth.async_auth_flow(a_request())
    assert signed(await anext(flow))
    await flow.aclose()


@each_kind
def test_an_answer_that_never_comes_leaves_nothing_behind(kind: str) -> None:
    auth = SignatureAuth(KEYS)
    if kind == "sync":
        flow = auth.auth_flow(a_request())
        next(flow)
        flow.close()
    else:

        async def main() -> None:
            flow = auth.async_auth_flow(a_request())
            await anext(flow)
            await flow.aclose()

        anyio.run(main)
    assert auth.clock_offset == 0.0


@pytest.mark.parametrize("fail", [lambda: None, lambda: 1 / 0, lambda: "AK:SK"])
@each_kind
def test_a_callable_that_fails_is_a_named_error(kind: str, fail: Callable[[], Any]) -> None:
    auth = SignatureAuth(fail)
    with pytest.raises(ConfigurationError, match="credentials callable"):
        if kind == "sync":
            next(auth.auth_flow(a_request()))
        else:
            anyio.run(anext, auth.async_auth_flow(a_request()))


def test_what_it_shows_of_itself() -> None:
    assert repr(SignatureAuth(KEYS)) == "SignatureAuth(origins=['management', 'message'])"
