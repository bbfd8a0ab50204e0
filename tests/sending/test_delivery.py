"""What becomes of messages: exactly one delivery each, and none says more than is known."""

from __future__ import annotations

from typing import Any

import pytest
from ncloud_datastream import (
    BadRequestError,
    ConfigurationError,
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
from sending.sendings import Result, every_form, messages, send
from sending.server import OK, Reply, Request, Server, answer

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN


def one(form: str, reply: Reply, **more: Any) -> Result:
    with Server(lambda request: reply) as server:
        return send(form, server, [Message("t", "k", "v")], **more)


@every_form
def test_all_are_delivered(form: str) -> None:
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


@every_form
def test_nothing_to_send(form: str, server: Server) -> None:
    assert send(form, server, []).deliveries == []
    assert server.connections == 0


@every_form
def test_no_more_connections_than_messages(form: str, server: Server) -> None:
    result = send(form, server, messages(3), concurrency=64)
    assert result.outcomes == {DELIVERED: 3}
    assert server.connections <= 3


@every_form
def test_the_partition_is_sent(form: str, server: Server) -> None:
    send(form, server, [Message("t", "k", "v", 2)])
    assert server.received[0].message["partition"] == 2


# --- answers


@every_form
@pytest.mark.parametrize(
    ("raw", "outcome", "error"),
    [
        (answer(201), DELIVERED, None),
        (answer(200, b"{}"), DELIVERED, None),
        (answer(200, b'{"status":"200"}'), DELIVERED, None),
        (answer(200, b'{"status":"503","detail":"no"}'), UNKNOWN, ServerError),
        (answer(200, b'{"status":413,"detail":"no"}'), REJECTED, PayloadTooLargeError),
        (answer(200, b'{"error":{"errorCode":"300"}}'), REJECTED, NotFoundError),
        (answer(200, b'{"error":null}'), DELIVERED, None),
        (answer(200, b""), UNKNOWN, UnexpectedAnswerError),
        (answer(200, b"[]"), UNKNOWN, UnexpectedAnswerError),
        (answer(200, b"<html>"), UNKNOWN, UnexpectedAnswerError),
        (answer(204, b"", length=False), UNKNOWN, UnexpectedAnswerError),
        (answer(302, b"", "Location: http://example.com/"), REJECTED, UnexpectedAnswerError),
        (answer(400, b'{"code":"2008"}'), REJECTED, BadRequestError),
        (answer(404, b"not here"), REJECTED, NotFoundError),
        (answer(413, b""), REJECTED, PayloadTooLargeError),
        (answer(429, b"{}"), REJECTED, RateLimitedError),
        (answer(500, b"{}"), UNKNOWN, ServerError),
        (answer(503, b"<html>"), UNKNOWN, ServerError),
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
def test_what_an_answer_means(
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


@every_form
def test_errors_hold_no_signature(form: str) -> None:
    error = one(form, Reply(answer(400))).only.error
    assert isinstance(error, BadRequestError)
    assert error.response is not None
    assert error.response.request.headers.get("x-ncp-apigw-signature-v2") in (None, "***")


# --- failures


@every_form
def test_nobody_listens(form: str) -> None:
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


@every_form
@pytest.mark.parametrize("then", ["close", "reset"])
@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200", answer()[:-3]])
def test_the_connection_ends_before_the_answer_does(form: str, then: Any, raw: bytes) -> None:
    delivery = one(form, Reply(raw, then)).only
    assert delivery.outcome is UNKNOWN
    assert isinstance(delivery.error, TransportError)
    assert isinstance(delivery.error.__cause__, OSError)


@every_form
def test_an_answer_that_lasts_until_the_end(form: str) -> None:
    result = one(form, Reply(answer(length=False), "close"))
    assert result.only.outcome is DELIVERED


@every_form
@pytest.mark.parametrize("raw", [b"", answer()[:-1]])
def test_the_deadline(form: str, raw: bytes) -> None:
    """Not of each read but of the attempt; a trickle does not extend it."""
    delivery = one(form, Reply(raw, "stall"), client={"timeout": 0.2}).only
    assert delivery.outcome is UNKNOWN
    assert isinstance(delivery.error, TransportError)
    assert isinstance(delivery.error.__cause__, TimeoutError)


@every_form
def test_the_deadlines_of_many_requests_on_one_connection(form: str) -> None:
    def behave(request: Request) -> Reply:
        return Reply(answer()) if request.number < 20 else Reply(b"", "stall")

    with Server(behave) as server:
        sent = messages(21)
        result = send(form, server, sent, concurrency=1, client={"timeout": 0.3})
    result.check(sent)
    assert [delivery.outcome for delivery in result.deliveries] == [DELIVERED] * 20 + [UNKNOWN]
    assert server.connections == 1


@every_form
def test_a_server_that_accepts_and_closes(form: str) -> None:
    sent = messages(20)
    with Server(on_connect=lambda number: "reset") as server:
        result = send(form, server, sent, concurrency=4)
    result.check(sent)
    assert set(result.outcomes) <= {UNSENT, UNKNOWN}


# --- connections


@every_form
@pytest.mark.parametrize(
    "reply",
    [
        Reply(answer(200, OK, "Connection: close"), "close"),
        Reply(answer(version="1.0")),
        Reply(answer() + b"more"),
        Reply(answer() + answer()),
    ],
)
def test_connections_that_cannot_be_used_again(form: str, reply: Reply) -> None:
    with Server(lambda request: reply) as server:
        sent = messages(10)
        result = send(form, server, sent, concurrency=1)
        assert result.outcomes == {DELIVERED: 10}
        assert server.connections == 10


# --- retries


@every_form
def test_only_what_was_certainly_not_accepted_is_repeated(form: str) -> None:
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


@every_form
def test_at_least_once_repeats_what_is_in_doubt(form: str) -> None:
    seen: dict[str, int] = {}

    def behave(request: Request) -> Reply:
        seen[request.value] = seen.get(request.value, 0) + 1
        if seen[request.value] > 1:
            return Reply(answer())
        return Reply(answer(503)) if request.value == "0" else Reply(b"", "close")

    with Server(behave) as server:
        sent = [Message("t", "k", str(n)) for n in range(2)]
        result = send(form, server, sent, client={"retry": Retry(at_least_once=True)})
    assert result.outcomes == {DELIVERED: 2}


@every_form
def test_a_doubt_is_not_forgotten(form: str) -> None:
    """Refused at the second attempt, and perhaps delivered by the first."""

    def behave(request: Request) -> Reply:
        return Reply(b"", "close") if request.number == 0 else Reply(answer(400))

    with Server(behave) as server:
        retry = Retry(at_least_once=True)
        delivery = send(form, server, [Message("t", "k", "v")], client={"retry": retry}).only
    assert (delivery.outcome, delivery.attempts) == (UNKNOWN, 2)
    assert isinstance(delivery.error, BadRequestError)
    assert delivery.error.maybe_delivered
    assert "earlier attempt" in "".join(delivery.error.__notes__)


@every_form
def test_a_wait_that_would_take_too_long_is_not_begun(form: str) -> None:
    reply = Reply(answer(429, b"{}", "Retry-After: 50"))
    result = one(form, reply, client={"retry": Retry(max_elapsed=20.0)})
    assert (result.only.outcome, result.only.attempts) == (REJECTED, 1)


# --- messages that cannot be sent


@every_form
def test_one_that_cannot_be_encoded_harms_no_other(form: str, server: Server) -> None:
    sent: list[Any] = [
        Message("t", "k", "before"),
        Message("t", "k", "\ud800"),
        Message("t", "k", b"bytes"),  # type: ignore[arg-type]
        Message("t", "k", "after"),
    ]
    result = send(form, server, sent, concurrency=2)
    result.check(sent)
    assert result.failure is None
    assert result.outcomes == {DELIVERED: 2, UNSENT: 2}
    assert sorted(server.values) == ["after", "before"]
    for delivery in result.deliveries:
        assert delivery.error is None or isinstance(delivery.error, ConfigurationError)


@every_form
def test_a_large_message_arrives_whole(form: str, server: Server) -> None:
    value = "Größe" * 200_000
    result = send(form, server, [Message("t", "k", value)])
    assert result.only.outcome is DELIVERED
    assert server.values == [value]


@every_form
@pytest.mark.parametrize("status", [413, 200, 503])
def test_an_answer_before_the_request_is_written(form: str, status: int) -> None:
    """A rejection counts; a success does not, as the service has not seen the message."""
    # More than the buffers of both sides hold, from a server that does not read on.
    value = "x" * 20_000_000
    reply = Reply(answer(status), "stall")
    with Server(on_head=lambda request: reply) as server:
        delivery = send(form, server, [Message("t", "k", value)]).only
    assert delivery.outcome is (REJECTED if status == 413 else UNKNOWN)
    if status == 200:
        assert isinstance(delivery.error, UnexpectedAnswerError)
        assert "before the whole request was written" in str(delivery.error)


@every_form
def test_a_reader_that_stops(form: str) -> None:
    value = "x" * 20_000_000
    with Server(on_head=lambda request: Reply(b"", "stall")) as server:
        sent = [Message("t", "k", value)]
        delivery = send(form, server, sent, client={"timeout": 2.0}).only
    assert delivery.outcome is UNKNOWN
    assert isinstance(delivery.error, TransportError)
