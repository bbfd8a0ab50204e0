"""The limits on the headers, the body and the framing of a response."""

from __future__ import annotations

import pytest
from connections.test_parser import Read, cut, read
from ncloud_datastream.calls.answer import ANSWER_LIMIT, TOO_LONG
from ncloud_datastream.wire import parser as parser_module
from ncloud_datastream.wire.limits import HEAD_LIMIT
from ncloud_datastream.wire.parser import Parser, UnreadableError

PADDING = b"x-padding: " + b"a" * 1000 + b"\r\n"
MANY = HEAD_LIMIT // len(PADDING) + 2


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\n", *[PADDING] * MANY],
        [b"HTTP/1.1 200 OK\r\n" + PADDING * MANY + b"Content-Length: 0\r\n\r\n"],
        [b"HTTP/1.1 103 Early\r\n" + PADDING + b"\r\n"] * MANY,
    ],
    ids=["endless", "one-piece", "interim"],
)
def test_long_headers_are_rejected(pieces: list[bytes]) -> None:
    assert "headers are longer" in str(read(pieces))


@pytest.mark.parametrize(("status", "surplus"), [(200, 0), (404, 1)])
def test_a_body_is_read_up_to_the_limit(status: int, surplus: int) -> None:
    size = ANSWER_LIMIT + surplus
    head = b"HTTP/1.1 %d Said\r\nContent-Length: %d\r\n\r\n" % (status, size)
    body = b"a" * size
    for pieces in ([head + body], [head, *cut(body, range(0, size, 1 << 20))]):
        answer = read(pieces)
        assert isinstance(answer, Read)
        assert (answer.status, len(answer.body)) == (status, ANSWER_LIMIT)
        assert answer.unread == (TOO_LONG if surplus else None)
        assert answer.reusable == (not surplus)


def test_a_body_of_exactly_the_limit_is_complete() -> None:
    parser = Parser()
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert parser.feed(head + b"%x\r\n" % ANSWER_LIMIT + b"a" * ANSWER_LIMIT) is None
    answer = parser.feed(b"\r\n0\r\n\r\n")
    assert answer is not None
    assert (len(answer.body), answer.unread) == (ANSWER_LIMIT, None)


def test_framing_counts_towards_a_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser_module, "RAW_LIMIT", 100)
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 100
    parser = Parser()
    assert parser.feed(data[:100]) is None
    answer = parser.feed(data[100:101])
    assert answer is not None
    assert (answer.body, answer.unread, parser.reusable) == (b"", TOO_LONG, False)


def test_headers_at_the_limit_are_accepted() -> None:
    fixed = [b"HTTP/1.1 200 OK", b"content-length: 0"]
    # Each header counts its name, its value and four more bytes.
    room = HEAD_LIMIT - len(b"content-length" + b"0") - 4 - len(b"x") - 4
    for size, taken in ((room - 40, True), (room + 1, False)):
        data = b"\r\n".join([*fixed, b"x: " + b"a" * size]) + b"\r\n\r\n"
        answer = read([data])
        assert isinstance(answer, Read) == taken
        assert taken or "headers are longer than 65,536 bytes" in str(answer)


def test_incomplete_headers_are_rejected_beyond_the_limit() -> None:
    parser = Parser()
    start = b"HTTP/1.1 200 OK\r\nx: "
    assert parser.feed(start + b"a" * (HEAD_LIMIT - len(start))) is None
    with pytest.raises(UnreadableError):
        parser.feed(b"a")


def test_status_199_is_interim() -> None:
    answer = Parser().feed(b"HTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert answer is not None
    assert answer.status == 200
