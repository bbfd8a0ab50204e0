"""The signing middleware: what it signs, and what it learns of the clock."""

from __future__ import annotations

import logging
from email.utils import formatdate

import httpx
import pytest
from ncloud_datastream import (
    SignatureAuth,
    sign,
)
from ncloud_datastream.auth import CLOCK_TOLERANCE
from unit.flows import (
    KEYS,
    MESSAGE,
    NOON,
    Clock,
    Flow,
    a_request,
    each_kind,
    milliseconds,
    refused,
    signed,
)

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
    stamp = auth.stamp("GET", "/api/v1/topics?a=%2B", KEYS)
    assert stamp == (*signed(request).values(), 0.0)
    assert auth.ready is KEYS


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
