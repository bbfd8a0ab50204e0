"""The limits of a head, of a body, and of what frames it."""

from __future__ import annotations

import pytest
from connections.test_parser import Read, cut, read
from ncloud_datastream.calls.answer import ANSWER_LIMIT, TOO_LONG
from ncloud_datastream.wire import parser as parser_module
from ncloud_datastream.wire.limits import HEAD_LIMIT
from ncloud_datastream.wire.parser import RAW_LIMIT, Parser, UnreadableError


def test_a_head_without_end() -> None:
    line = b"x-padding: " + b"a" * 1000 + b"\r\n"
    pieces = [b"HTTP/1.1 200 OK\r\n", *[line] * (HEAD_LIMIT // len(line) + 2)]
    assert str(read(pieces)).startswith("unreadable: ")


def test_a_long_head_in_one_piece() -> None:
    lines = b"".join(b"x-%d: %s\r\n" % (n, b"a" * 1000) for n in range(HEAD_LIMIT // 1000 + 1))
    data = b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 0\r\n\r\n"
    assert "headers are longer" in str(read([data]))


def test_interim_answers_without_end() -> None:
    interim = b"HTTP/1.1 103 Early\r\nx-padding: " + b"a" * 1000 + b"\r\n\r\n"
    pieces = [interim] * (HEAD_LIMIT // len(interim) + 2)
    assert "headers are longer" in str(read(pieces))


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("surplus", [0, 1])
def test_a_body_at_the_limit(status: int, surplus: int) -> None:
    size = ANSWER_LIMIT + surplus
    head = b"HTTP/1.1 %d Said\r\nContent-Length: %d\r\n\r\n" % (status, size)
    body = b"a" * size
    for pieces in ([head + body], [head, *cut(body, range(0, size, 1 << 20))]):
        answer = read(pieces)
        assert isinstance(answer, Read)
        assert (answer.status, len(answer.body)) == (status, ANSWER_LIMIT)
        assert answer.unread == (TOO_LONG if surplus else None)
        assert answer.reusable == (not surplus)


def test_a_body_that_is_nearly_all_frame() -> None:
    chunk = b"1;" + b"x" * 8000 + b"\r\na\r\n"
    pieces = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        *[chunk * 64] * (RAW_LIMIT // len(chunk * 64) + 1),
    ]
    answer = read(pieces, end=False)
    assert isinstance(answer, Read)
    assert (answer.unread, answer.reusable) == (TOO_LONG, False)


def test_a_body_of_exactly_the_limit_whose_end_is_to_come() -> None:
    parser = Parser()
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert parser.feed(head + b"%x\r\n" % ANSWER_LIMIT + b"a" * ANSWER_LIMIT) is None
    answer = parser.feed(b"\r\n0\r\n\r\n")
    assert answer is not None
    assert (len(answer.body), answer.unread) == (ANSWER_LIMIT, None)


def test_frames_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser_module, "RAW_LIMIT", 100)
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 100
    parser = Parser()
    assert parser.feed(data[:100]) is None
    answer = parser.feed(data[100:101])
    assert answer is not None
    assert (answer.body, answer.unread, parser.reusable) == (b"", TOO_LONG, False)


def test_a_head_of_exactly_the_limit() -> None:
    fixed = [b"HTTP/1.1 200 OK", b"content-length: 0"]
    # Counted as names, values, and four bytes for each.
    room = HEAD_LIMIT - len(b"content-length" + b"0") - 4 - len(b"x") - 4
    for size, taken in ((room - 40, True), (room + 1, False)):
        data = b"\r\n".join([*fixed, b"x: " + b"a" * size]) + b"\r\n\r\n"
        answer = read([data])
        assert isinstance(answer, Read) == taken
        assert taken or "headers are longer than 65,536 bytes" in str(answer)


def test_an_incomplete_head_at_the_limit() -> None:
    parser = Parser()
    start = b"HTTP/1.1 200 OK\r\nx: "
    assert parser.feed(start + b"a" * (HEAD_LIMIT - len(start))) is None
    with pytest.raises(UnreadableError):
        parser.feed(b"a")


def test_the_last_interim_status() -> None:
    answer = Parser().feed(b"HTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert answer is not None
    assert answer.status == 200
