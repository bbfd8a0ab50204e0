"""The outcome of messages on real connections: exactly one delivery each."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from ncloud_datastream import (
    Message,
    NotFoundError,
    Outcome,
    PayloadTooLargeError,
    RateLimitedError,
    Retry,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
)
from sending.sendings import Result, every_form, every_loop, messages, send
from sending.server import OK, Reply, Request, Server, answer

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN


def one(form: str, reply: Reply, **more: Any) -> Result:
    with Server(lambda request: reply) as server:
        return send(form, server, [Message("t", "k", "v")], **more)


@every_loop
def test_every_message_is_delivered_once(form: str) -> None:
    sent = messages(500)
    with Server() as server:
        result = send(form, server, sent, concurrency=16)
        assert sorted(server.values) == sorted(message.value for message in sent)
        assert server.connections <= 16
        assert server.received[0].message == {"topic": "h4j6l-orders", "key": "k0", "value": "v0"}
    result.check(sent)
    assert result.failure is None
    assert result.outcomes == {DELIVERED: 500}
    assert {delivery.attempts for delivery in result.deliveries} == {1}


# --- responses


@every_loop
@pytest.mark.parametrize(
    ("raw", "outcome", "error"),
    [
        (answer(201), DELIVERED, None),
        (answer(200, b'{"status":413,"detail":"no"}'), REJECTED, PayloadTooLargeError),
        (answer(200, b"<html>"), UNKNOWN, UnexpectedAnswerError),
        (answer(204, b"", length=False), UNKNOWN, UnexpectedAnswerError),
        (answer(302, b"", "Location: http://example.com/"), REJECTED, UnexpectedAnswerError),
        (answer(404, b"not here"), REJECTED, NotFoundError),
        (answer(429, b"{}"), REJECTED, RateLimitedError),
        (answer(520, b""), UNKNOWN, ServerError),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(), DELIVERED, None),
        (b"HTTP/1.1 103 Early\r\nx: y\r\n\r\n" + answer(404), REJECTED, NotFoundError),
        (answer(200, OK, "Content-Encoding: br"), UNKNOWN, UnexpectedAnswerError),
        (b"SSH-2.0-OpenSSH\r\n\r\n", UNKNOWN, TransportError),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1b\r\n" + OK + b"\r\n0\r\n\r\n",
            UNKNOWN,
            TransportError,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1c\r\n"
            + OK
            + b"\r\n0\r\nx-trailer: y\r\n\r\n",
            DELIVERED,
            None,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 28\r\n\r\n"
            + OK
            + b"\r\n",
            UNKNOWN,
            TransportError,
        ),
    ],
)
def test_the_response_decides_the_outcome(
    form: str, raw: bytes, outcome: Outcome, error: type[Exception] | None
) -> None:
    delivery = one(form, Reply(raw)).only
    assert delivery.outcome is outcome
    if error is None:
        assert delivery.error is None
    else:
        assert type(delivery.error) is error
        assert delivery.error.maybe_delivered == (outcome is UNKNOWN)
        assert delivery.error.operation == "sendMessage"
        assert delivery.error.attempts == 1


# --- failures


@every_loop
def test_a_refused_connection_leaves_messages_unsent(form: str) -> None:
    with Server() as server:
        url = server.url
    sent = messages(5)
    result = send(form, url, sent)
    result.check(sent)
    assert result.outcomes == {UNSENT: 5}
    error = result.deliveries[0].error
    assert isinstance(error, TransportError)
    assert not error.maybe_delivered
    assert isinstance(error.__cause__, ConnectionRefusedError)


@every_loop
@pytest.mark.parametrize("then", ["close", "reset"])
@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200", answer()[:-3]])
def test_a_connection_that_ends_before_the_response_leaves_the_outcome_unknown(
    form: str, then: Any, raw: bytes
) -> None:
    delivery = one(form, Reply(raw, then)).only
    assert delivery.outcome is UNKNOWN
    assert isinstance(delivery.error, TransportError)
    assert isinstance(delivery.error.__cause__, OSError)


@every_loop
@pytest.mark.parametrize("raw", [b"", answer()[:-1]])
def test_the_timeout_bounds_the_attempt_not_each_read(form: str, raw: bytes) -> None:
    delivery = one(form, Reply(raw, "stall"), client={"timeout": 0.2}).only
    assert delivery.outcome is UNKNOWN
    assert isinstance(delivery.error, TransportError)
    assert isinstance(delivery.error.__cause__, TimeoutError)


# --- connections


@every_loop
@pytest.mark.parametrize(
    "reply",
    [
        Reply(answer(200, OK, "Connection: close"), "close"),
        Reply(answer(version="1.0")),
        Reply(answer() + b"more"),
        Reply(answer() + answer()),
    ],
)
def test_connections_that_cannot_be_reused_are_closed(form: str, reply: Reply) -> None:
    with Server(lambda request: reply) as server:
        sent = messages(10)
        result = send(form, server, sent, concurrency=1)
        assert result.outcomes == {DELIVERED: 10}
        assert server.connections == 10


# --- retries


@every_loop
def test_only_messages_that_were_not_accepted_are_retried(form: str) -> None:
    seen: dict[str, int] = {}
    plan = {"0": answer(429, b"{}", "Retry-After: 0"), "1": answer(503), "2": b"", "3": answer(400)}

    def behave(request: Request) -> Reply:
        seen[request.value] = seen.get(request.value, 0) + 1
        if seen[request.value] > 1:
            return Reply(answer())
        raw = plan[request.value]
        return Reply(raw, "keep" if raw else "close")

    with Server(behave) as server:
        sent = [Message("t", "k", str(n)) for n in range(4)]
        result = send(form, server, sent, client={"retry": Retry()})
    result.check(sent)
    found = {d.index: (d.outcome, d.attempts) for d in result.deliveries}
    assert found == {0: (DELIVERED, 2), 1: (UNKNOWN, 1), 2: (UNKNOWN, 1), 3: (REJECTED, 1)}


@every_loop
@pytest.mark.parametrize("status", [413, 200, 503])
def test_a_response_before_the_request_is_written_counts_only_if_it_rejects(
    form: str, status: int
) -> None:
    # More than the buffers of both sides hold, from a server that does not read on.
    value = "x" * 20_000_000
    reply = Reply(answer(status), "stall")
    with Server(on_head=lambda request: reply) as server:
        delivery = send(form, server, [Message("t", "k", value)]).only
    assert delivery.outcome is (REJECTED if status == 413 else UNKNOWN)
    if status == 200:
        assert isinstance(delivery.error, UnexpectedAnswerError)
        assert "before the whole request was written" in str(delivery.error)


@every_loop
def test_a_server_that_stops_reading_leaves_the_outcome_unknown(form: str) -> None:
    value = "x" * 20_000_000
    with Server(on_head=lambda request: Reply(b"", "stall")) as server:
        sent = [Message("t", "k", value)]
        delivery = send(form, server, sent, client={"timeout": 0.5}).only
    assert delivery.outcome is UNKNOWN
    assert isinstance(delivery.error, TransportError)


# --- order and pauses


@every_form
def test_a_retry_after_holds_back_all_messages(form: str) -> None:
    at: list[float] = []

    def behave(request: Request) -> Reply:
        at.append(time.monotonic())
        if request.number == 0:
            return Reply(answer(429, b"{}", "Retry-After: 1"))
        return Reply(answer())

    with Server(behave) as server:
        sent = messages(12)
        result = send(form, server, sent, concurrency=2, client={"retry": Retry()})
    result.check(sent)
    assert result.outcomes == {DELIVERED: 12}
    # One may have been in flight already.
    assert sum(moment - at[0] < 0.9 for moment in at) <= 2


@every_form
def test_equal_keys_stay_in_order_one_in_flight_each(form: str) -> None:

    def behave(request: Request) -> Reply:
        return Reply(answer(), after=0.02 if request.number % 5 == 0 else 0.0)

    with Server(behave) as server:
        sent = messages(80, keys=4)
        result = send(form, server, sent, ordered="key", concurrency=16)
        result.check(sent)
        assert server.most_in_flight <= 4
        for key in ("k0", "k1", "k2", "k3"):
            values = [r.value for r in server.received if r.message["key"] == key]
            assert values == [m.value for m in sent if m.key == key]


@every_form
@pytest.mark.parametrize("other", [("t", "b"), ("u", "a")])
def test_a_key_in_flight_does_not_block_other_keys_or_topics(
    form: str, other: tuple[str, str]
) -> None:
    gate = threading.Event()

    def behave(request: Request) -> Reply:
        if request.value == "v5":
            gate.set()
        return Reply(answer(), gate=gate if request.value == "v0" else None)

    with Server(behave) as server:
        sent = [Message("t", "a", f"v{n}") for n in range(5)]
        sent.append(Message(*other, "v5"))
        result = send(form, server, sent, ordered="key", concurrency=2)
    result.check(sent)
    assert result.outcomes == {DELIVERED: 6}
