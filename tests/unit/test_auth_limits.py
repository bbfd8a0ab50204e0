"""The signing middleware: where to it signs, and with whose keys."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import httpx
import pytest
from ncloud_datastream import (
    ConfigurationError,
    Credentials,
    ForeignHostError,
    SignatureAuth,
)
from ncloud_datastream_api.api import SERVERS
from unit.flows import (
    KEYS,
    MANAGEMENT,
    MESSAGE,
    NOON,
    OTHER_KEYS,
    Clock,
    Flow,
    a_request,
    each_kind,
    signed,
)

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
    for minutes, access_key in ((0, "AK"), (44, "AK"), (46, "AK"), (50, "AK2")):
        clock.now = NOON + 60 * minutes
        assert Flow("sync", auth, a_request()).send()["access key"] == access_key
        # As long as the pair in force is valid, nobody waits for the next one.
        for thread in threading.enumerate():
            if thread.name == "ncloud-datastream-credentials":
                thread.join(20)
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
