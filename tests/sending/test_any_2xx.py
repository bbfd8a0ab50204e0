"""`any_2xx_delivers`: every 2xx of the message server is a delivery, in each form of sending."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    DataStream,
    DataStreamError,
    Outcome,
    Retry,
    UnexpectedAnswerError,
)
from sending.sendings import KEYS, PLAIN_TLS, every_form, messages, options, send
from sending.server import OK, Reply, Server, answer
from support.calls import KINDS, Kind, call, perform

MESSAGE = call("send_message", topic="t", key="k", value="v")
CUT = gzip.compress(OK)[:-12]

unreadable = pytest.raises(UnexpectedAnswerError)

each_kind = pytest.mark.parametrize("kind", KINDS)
each_answer = pytest.mark.parametrize(
    "raw",
    [
        answer(200, b""),
        answer(204, length=False, body=b""),
        answer(202, b"accepted"),
        answer(200, b"<html>"),
        answer(200, b"[]"),
        answer(200, b"true"),
        answer(200, CUT, "Content-Encoding: gzip"),
        answer(200, b'{"error":{"errorCode":"900"}}'),
        answer(200, b'{"status":503,"detail":"no"}'),
    ],
    ids=range(9),
)


@each_answer
@each_kind
def test_a_message_alone(raw: bytes, kind: Kind) -> None:
    with Server(lambda request: Reply(raw)) as server:
        with pytest.raises(DataStreamError) as caught:
            perform(kind, options(server), MESSAGE)
        assert caught.value.maybe_delivered
        result = perform(kind, options(server, any_2xx_delivers=True), MESSAGE)
    refused = b'"status":503' in raw
    assert (result.status, result.detail) == ((503, "no") if refused else (None, None))


@each_answer
@every_form
def test_many_messages(raw: bytes, form: str) -> None:
    with Server(lambda request: Reply(raw)) as server:
        doubtful = send(form, server, messages(1))
        certain = send(form, server, messages(1), client={"any_2xx_delivers": True})
    assert doubtful.only.outcome is Outcome.UNKNOWN
    assert certain.only.outcome is Outcome.DELIVERED
    assert certain.only.error is None


@pytest.mark.parametrize("make", [DataStream, AsyncDataStream])
def test_it_is_true_or_false(make: Callable[..., object]) -> None:
    wrong: Any = "yes"
    with pytest.raises(ConfigurationError, match="any_2xx_delivers must be True or False, not str"):
        make(KEYS, verify=PLAIN_TLS, any_2xx_delivers=wrong)


@pytest.mark.parametrize("status", [302, 400, 401, 500])
@each_kind
def test_what_is_no_2xx_stays_what_it_is(status: int, kind: Kind) -> None:
    with (
        Server(lambda request: Reply(answer(status, b"{}"))) as server,
        pytest.raises(DataStreamError) as caught,
    ):
        perform(kind, options(server, any_2xx_delivers=True), MESSAGE)
    assert caught.value.status_code == status  # type: ignore[attr-defined]


@each_kind
def test_other_operations_are_read_as_ever(kind: Kind) -> None:
    with Server(lambda request: Reply(answer(200, b""))) as server, unreadable:
        perform(kind, options(server, any_2xx_delivers=True), call("create_topic", name="t"))


def test_clients_with_other_options_keep_it() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    with DataStream(KEYS, verify=PLAIN_TLS, transport=transport, any_2xx_delivers=True) as ds:
        other = ds.with_options(timeout=1.0, retry=Retry(1))
        assert other.send_message(topic="t", key="k", value="v").status is None
        (delivery,) = other.send_messages(messages(1))  # through httpx
        assert delivery.outcome is Outcome.DELIVERED
