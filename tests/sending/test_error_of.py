"""The response to a message means the same for a single call and for many."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ncloud_datastream import (
    DataStream,
    DataStreamError,
    Delivery,
    Message,
    Outcome,
    UnexpectedAnswerError,
)
from ncloud_datastream.calls.answer import EARLY, TOO_LONG, Answer
from ncloud_datastream.calls.failures import error_of
from ncloud_datastream.sending.messages import outcome_of
from sending.fakes import answered, call_of
from sending.sendings import options
from sending.server import OK, Reply, Server, answer

CALL = call_of(Message("t", "k", "v"))

# Bodies of a 200, and whether the message counts as delivered.
BODIES = {
    OK: True,
    b"{}": True,
    b'{"status":202,"detail":"x"}': True,
    b'{"status":"200"}': True,
    b'{"status":true}': True,
    b'{"status":{"code":500}}': True,
    b'{"status":399.5}': True,
    b'{"error":null}': True,
    b'{"error":{}}': True,
    b'{"error":""}': True,
    b'{"errorCode":0}': True,
    b'{"errorCode":"0","message":"fine"}': True,
    b'{"responseError":{}}': True,
    b'\xef\xbb\xbf {"status":200}': True,
    b'{"error":"No such topic"}': False,
    b'{"error":{"errorCode":"900"}}': False,
    b'{"error":{"anything":1}}': False,
    b'{"errorCode":"300","message":"Not Found"}': False,
    b'{"errorCode":300}': False,
    b'{"responseError":{"returnCode":"1"}}': False,
    b'{"status":400}': False,
    b'{"status":"404"}': False,
    b'{"status":400.0}': False,
    b'{"status":503,"error":"Service Unavailable"}': False,
    '{"error":"no"}'.encode("utf-16"): False,
    '{"status":200}'.encode("utf-16"): False,
    b"": False,
    b"OK": False,
    b"true": False,
    b"[]": False,
    b'[["status", 200]]': False,
    b'{"status":200': False,
}


def single_call(ds: DataStream) -> DataStreamError | None:
    try:
        ds.send_message(topic="t", key="k", value="v")
    except DataStreamError as error:
        return error
    return None


def in_bulk(ds: DataStream) -> DataStreamError | None:
    delivery: Delivery
    (delivery,) = ds.send_messages([Message("t", "k", "v")])
    return delivery.error


@pytest.mark.parametrize("send", [single_call, in_bulk])
def test_a_body_means_the_same_for_a_single_call_and_in_bulk(
    send: Callable[[DataStream], DataStreamError | None],
) -> None:
    bodies = iter(BODIES)
    with (
        Server(lambda request: Reply(answer(200, next(bodies)))) as server,
        DataStream(**options(server)) as ds,
    ):
        for body, delivered in BODIES.items():
            error, wanted = send(ds), error_of(CALL, answered(200, body))
            assert (error is None) is delivered, body
            assert type(error) is type(wanted), body
            if error is not None and wanted is not None:
                assert error.maybe_delivered == wanted.maybe_delivered


def test_any_2xx_delivers_accepts_every_body_of_a_complete_2xx() -> None:
    for body in BODIES:
        for found in (answered(299, body), Answer(200, [], body, TOO_LONG)):
            assert error_of(CALL, found, any_2xx_delivers=True) is None
        early = Answer(200, [], body, EARLY)
        assert isinstance(error_of(CALL, early, any_2xx_delivers=True), UnexpectedAnswerError)
        assert error_of(CALL, answered(400, body), any_2xx_delivers=True) is not None


@pytest.mark.parametrize("body", [b"nonsense", b"[" * 100_000, b"\xff"])
def test_an_unreadable_success_leaves_the_outcome_unknown(body: bytes) -> None:
    error = error_of(CALL, answered(200, body))
    assert isinstance(error, UnexpectedAnswerError)
    assert outcome_of(error) is Outcome.UNKNOWN
