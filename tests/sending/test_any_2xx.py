"""`any_2xx_delivers`: every 2xx of the message host counts as delivered."""

from __future__ import annotations

import gzip

import httpx
import pytest
from ncloud_datastream import (
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

each_kind = pytest.mark.parametrize("kind", KINDS)
BODIES = [
    answer(204, length=False, body=b""),
    answer(200, b"<html>"),
    answer(200, CUT, "Content-Encoding: gzip"),
    answer(200, b'{"status":503,"detail":"no"}'),
]


@each_kind
def test_every_2xx_delivers_a_single_message(kind: Kind) -> None:
    for raw in BODIES:
        with Server(lambda request, raw=raw: Reply(raw)) as server:
            with pytest.raises(DataStreamError) as caught:
                perform(kind, options(server), MESSAGE)
            assert caught.value.maybe_delivered
            result = perform(kind, options(server, any_2xx_delivers=True), MESSAGE)
        rejected = b'"status":503' in raw
        assert (result.status, result.detail) == ((503, "no") if rejected else (None, None))


@every_form
def test_every_2xx_delivers_each_of_many_messages(form: str) -> None:
    for raw in BODIES:
        with Server(lambda request, raw=raw: Reply(raw)) as server:
            unknown = send(form, server, messages(1)).only
            certain = send(form, server, messages(1), client={"any_2xx_delivers": True}).only
        assert unknown.outcome is Outcome.UNKNOWN
        assert (certain.outcome, certain.error) == (Outcome.DELIVERED, None)


@each_kind
def test_other_status_codes_and_operations_are_not_affected(kind: Kind) -> None:
    accepting = {"any_2xx_delivers": True}
    with Server(lambda request: Reply(answer(302, b"{}"))) as server:
        with pytest.raises(DataStreamError) as caught:
            perform(kind, options(server, **accepting), MESSAGE)
        assert caught.value.status_code == 302  # type: ignore[attr-defined]
    with (
        Server(lambda request: Reply(answer(200, b""))) as server,
        pytest.raises(UnexpectedAnswerError),
    ):
        perform(kind, options(server, **accepting), call("create_topic", name="t"))


def test_with_options_keeps_the_option() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    with DataStream(KEYS, verify=PLAIN_TLS, transport=transport, any_2xx_delivers=True) as ds:
        other = ds.with_options(timeout=1.0, retry=Retry(1))
        assert other.send_message(topic="t", key="k", value="v").status is None
        (delivery,) = other.send_messages(messages(1))  # through httpx
        assert delivery.outcome is Outcome.DELIVERED
