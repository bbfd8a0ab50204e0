"""Both parsers at the limits of a head, of a body, and of what frames it."""

from __future__ import annotations

import pytest
from ncloud_datastream.bounded import ANSWER_LIMIT
from ncloud_datastream.sending import parser as parser_module
from ncloud_datastream.wire.parser import (
    HEAD_LIMIT,
    RAW_LIMIT,
    TOO_LONG,
    Answer,
    Parser,
    UnreadableError,
    _check_framing,
)
from sending.test_parser import both, cut, read


@both
def test_a_head_without_end(kind: type[Parser]) -> None:
    line = b"x-padding: " + b"a" * 1000 + b"\r\n"
    pieces = [b"HTTP/1.1 200 OK\r\n", *[line] * (HEAD_LIMIT // len(line) + 2)]
    assert str(read(kind, pieces)).startswith("unreadable: ")


@both
def test_a_long_head_in_one_piece(kind: type[Parser]) -> None:
    lines = b"".join(b"x-%d: %s\r\n" % (n, b"a" * 1000) for n in range(HEAD_LIMIT // 1000 + 1))
    data = b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 0\r\n\r\n"
    assert "head is longer" in str(read(kind, [data]))


@both
def test_interim_answers_without_end(kind: type[Parser]) -> None:
    interim = b"HTTP/1.1 103 Early\r\nx-padding: " + b"a" * 1000 + b"\r\n\r\n"
    pieces = [interim] * (HEAD_LIMIT // len(interim) + 2)
    assert "head is longer" in str(read(kind, pieces))


@both
@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("surplus", [0, 1])
def test_a_body_at_the_limit(kind: type[Parser], status: int, surplus: int) -> None:
    size = ANSWER_LIMIT + surplus
    head = b"HTTP/1.1 %d Said\r\nContent-Length: %d\r\n\r\n" % (status, size)
    body = b"a" * size
    for pieces in ([head + body], [head, *cut(body, range(0, size, 1 << 20))]):
        answer = read(kind, pieces)
        assert isinstance(answer, Answer)
        assert (answer.status, len(answer.body)) == (status, ANSWER_LIMIT)
        assert answer.unread == (TOO_LONG if surplus else None)
        assert answer.reusable == (not surplus)


@both
def test_a_body_that_is_nearly_all_frame(kind: type[Parser]) -> None:
    chunk = b"1;" + b"x" * 8000 + b"\r\na\r\n"
    pieces = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        *[chunk * 64] * (RAW_LIMIT // len(chunk * 64) + 1),
    ]
    answer = read(kind, pieces, end=False)
    assert isinstance(answer, Answer)
    assert (answer.unread, answer.reusable) == (TOO_LONG, False)


@both
def test_a_body_of_exactly_the_limit_whose_end_is_to_come(kind: type[Parser]) -> None:
    parser = kind()
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert parser.feed(head + b"%x\r\n" % ANSWER_LIMIT + b"a" * ANSWER_LIMIT) is None
    answer = parser.feed(b"\r\n0\r\n\r\n")
    assert answer is not None
    assert (len(answer.body), answer.unread, answer.early) == (ANSWER_LIMIT, None, False)


@both
def test_frames_at_the_limit(kind: type[Parser], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser_module, "RAW_LIMIT", 100)
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 100
    parser = kind()
    assert parser.feed(data[:100]) is None
    answer = parser.feed(data[100:101])
    assert answer is not None
    assert (answer.body, answer.unread, answer.reusable) == (b"", TOO_LONG, False)


def test_the_size_of_a_head() -> None:
    half = HEAD_LIMIT // 2
    headers = [(b"first", b"1" * (half - 9)), (b"second", b"2" * (half - 10))]
    assert _check_framing(headers, "1.1")
    headers[0] = (b"first_", headers[0][1])
    with pytest.raises(UnreadableError, match="head is longer than 65,536 bytes"):
        _check_framing(headers, "1.1")


@both
def test_an_incomplete_head_at_the_limit(kind: type[Parser]) -> None:
    parser = kind()
    start = b"HTTP/1.1 200 OK\r\nx: "
    assert parser.feed(start + b"a" * (HEAD_LIMIT - len(start))) is None
    with pytest.raises(UnreadableError):
        parser.feed(b"a")


@both
def test_the_last_interim_status(kind: type[Parser]) -> None:
    answer = kind().feed(b"HTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert answer is not None
    assert answer.status == 200
