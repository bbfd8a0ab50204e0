"""What an answer means, without a wire."""

from __future__ import annotations

import gzip
import ssl
import zlib
from typing import Any

import httpx
import pytest
from ncloud_datastream import (
    BadRequestError,
    ConfigurationError,
    Credentials,
    DataStream,
    DataStreamError,
    Outcome,
    Retry,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
)
from ncloud_datastream.bounded import ANSWER_LIMIT
from ncloud_datastream.sending.judge import is_plain_success, judge, outcome_of
from ncloud_datastream.wire.parser import TOO_LONG, Answer
from ncloud_datastream.sending.request import Call
from sending.server import OK

TLS = ssl.create_default_context()


def answered(
    status: int = 200, body: bytes = OK, headers: Any = (), unread: str | None = None
) -> Answer:
    return Answer(status, list(headers), body, unread, True)


def judged(answer: Answer) -> Any:
    return judge(Call.documented({}).request("http://127.0.0.1:1", b"{}"), answer)


@pytest.mark.parametrize("body", [OK, b"{}", b'{"detail":"error"}', b' {"status": 202}'])
def test_plain_successes(body: bytes) -> None:
    answer = answered(201, body)
    assert is_plain_success(answer)
    assert judged(answer) is None


@pytest.mark.parametrize("status", [200, 299])
def test_every_2xx_may_be_plain(status: int) -> None:
    assert is_plain_success(answered(status, headers=[(b"content-type", b"application/json")]))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (199, OK),
        (300, OK),
        (200, b'{"error":{"errorCode":"500"}}'),
        (200, b'{"responseError":{"returnCode":"1"}}'),
        (200, b'{"status":400}'),
        (200, b'{"error":"no"}'),
        (200, b'{"errorCode":"1"}'),
        (200, b'{"status":"400"}'),
        (200, b"[]"),
    ],
)
def test_what_needs_a_closer_look(status: int, body: bytes) -> None:
    assert not is_plain_success(answered(status, body))


def test_the_last_status_that_is_no_error() -> None:
    assert is_plain_success(answered(200, b'{"status":399}'))
    assert judged(answered(200, b'{"status":399}')) is None


@pytest.mark.parametrize("encoding", [b"gzip", b"x-gzip", b"deflate"])
@pytest.mark.parametrize("status", [200, 400])
def test_a_compressed_answer_that_nobody_asked_for(encoding: bytes, status: int) -> None:
    body = b'{"code":"2008"}' if status == 400 else OK
    packed = zlib.compress(body) if encoding == b"deflate" else gzip.compress(body)
    answer = answered(status, packed, [(b"content-encoding", encoding)])
    assert not is_plain_success(answer)
    error = judged(answer)
    if status == 200:
        assert error is None
    else:
        assert isinstance(error, BadRequestError)
        assert error.code == "2008"


def test_a_bomb_is_not_inflated() -> None:
    packed = gzip.compress(b" " * (ANSWER_LIMIT * 4))
    error = judged(answered(200, packed, [(b"content-encoding", b"gzip")]))
    assert isinstance(error, UnexpectedAnswerError)
    assert error.maybe_delivered


def test_a_cut_compressed_answer() -> None:
    packed = gzip.compress(OK)[:-10]
    error = judged(answered(200, packed, [(b"content-encoding", b"gzip")]))
    assert isinstance(error, UnexpectedAnswerError)


@pytest.mark.parametrize(("status", "kind"), [(200, UnexpectedAnswerError), (400, BadRequestError)])
def test_an_answer_that_was_not_read_to_its_end(status: int, kind: type[Exception]) -> None:
    answer = answered(status, b"{}", unread=TOO_LONG)
    assert not is_plain_success(answer)
    error = judged(answer)
    assert type(error) is kind
    assert error.operation == "sendMessage"


@pytest.mark.parametrize("body", [b"true", b"nonsense", b"[" * 100_000, b'{"status":200', b"\xff"])
def test_successes_that_cannot_be_read(body: bytes) -> None:
    answer = answered(200, body)
    assert not is_plain_success(answer)
    error = judged(answer)
    assert isinstance(error, UnexpectedAnswerError)
    assert outcome_of(error) is Outcome.UNKNOWN


# Bodies of a 200, and whether the message counts as delivered: one table for all who judge.
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


def single_call(body: bytes) -> DataStreamError | None:
    """What `send_message` makes of the answer."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=body))
    with DataStream(Credentials("AK", "SK"), transport=transport, retry=Retry(1), verify=TLS) as ds:
        try:
            ds.send_message(topic="t", key="k", value="v")
        except DataStreamError as error:
            return error
    return None


@pytest.mark.parametrize(("body", "delivered"), BODIES.items())
def test_single_calls_and_sendings_judge_alike(body: bytes, delivered: bool) -> None:
    answer = answered(200, body)
    assert is_plain_success(answer) is delivered
    error, single = judged(answer), single_call(body)
    assert type(single) is type(error)
    assert (error is None) is delivered
    if single is not None:
        assert single.maybe_delivered == error.maybe_delivered


@pytest.mark.parametrize("body", BODIES)
def test_any_2xx_may_be_taken_as_delivered(body: bytes) -> None:
    request = Call.documented({}).request("http://127.0.0.1:1", b"{}")
    for answer in (answered(299, body), answered(200, body, unread=TOO_LONG)):
        assert judge(request, answer, any_2xx_delivers=True) is None
    early = answered(200, body)._replace(early=True)
    assert isinstance(judge(request, early, any_2xx_delivers=True), UnexpectedAnswerError)
    assert judge(request, answered(400, body), any_2xx_delivers=True) is not None


def test_a_redirect_names_its_target() -> None:
    error = judged(answered(307, b"", [(b"location", b"https://example.com/x")]))
    assert isinstance(error, UnexpectedAnswerError)
    assert "https://example.com/x" in str(error)
    assert outcome_of(error) is Outcome.REJECTED


def test_outcomes() -> None:
    assert outcome_of(TransportError()) is Outcome.UNSENT
    assert outcome_of(ConfigurationError()) is Outcome.UNSENT
    assert outcome_of(BadRequestError()) is Outcome.REJECTED
    doubtful = ServerError()
    doubtful.maybe_delivered = True
    assert outcome_of(doubtful) is Outcome.UNKNOWN
