"""An answer reads the same whatever it is split into; what is in dispute is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ncloud_datastream.wire.parser import Parser, UnreadableError


class Read(NamedTuple):
    """What was read of an answer, and whether its connection outlives it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    unread: str | None
    reusable: bool


def read(pieces: Sequence[bytes], *, end: bool = True, method: str = "GET") -> Read | str:
    """What is made of a connection that brings these pieces and then ends."""
    parser = Parser()
    parser.expect(method)
    try:
        for number, piece in enumerate(pieces):
            answer = parser.feed(piece)
            if answer is not None:
                # What comes in a later piece is the connection's affair, and makes it unusable.
                more = any(pieces[number + 1 :])
                status, headers, body, unread = answer
                return Read(status, list(headers), body, unread, parser.reusable and not more)
        if not end:
            return "more is needed"
        status, headers, body, unread = parser.finish()
        return Read(status, list(headers), body, unread, parser.reusable)
    except UnreadableError as error:
        return f"unreadable: {error}"


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    marks = [0, *sorted(places), len(data)]
    return [data[a:b] for a, b in pairwise(marks) if a < b]


def refused(data: bytes) -> bool:
    """Whether these bytes are refused, whole and byte by byte."""
    readings = [read([data]), read([data[n : n + 1] for n in range(len(data))])]
    return all(str(reading).startswith("unreadable: ") for reading in readings)


# --- answers as an honest service may send them

TOKEN = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12).filter(
    lambda name: name.strip("-") and name not in ("connection", "upgrade", "te", "trailer")
)
VALUE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=0, max_size=30).map(
    str.strip
)
HEADER = st.tuples(st.just("x-").flatmap(lambda x: TOKEN.map(lambda name: x + name)), VALUE)


@dataclass(frozen=True)
class Sent:
    """An answer on the wire, and what is to be read from it."""

    data: bytes
    status: int
    body: bytes
    reusable: bool


@st.composite
def answers(draw: st.DrawFn) -> Sent:
    status = draw(
        st.sampled_from([200, 201, 202, 204, 299, 301, 304, 400, 401, 404, 429, 500, 599])
    )
    body = draw(st.binary(max_size=60)) if status not in (204, 304) else b""
    interim = b""
    for code in draw(st.lists(st.sampled_from([100, 102, 103]), max_size=2)):
        interim += f"HTTP/1.1 {code} Wait\r\nx-hint: 1\r\n\r\n".encode()
    version = draw(st.sampled_from(["1.1", "1.1", "1.0"])) if not interim else "1.1"
    framing = draw(st.sampled_from(["length", "chunked", "both", "end"]))
    if version == "1.0" and framing in ("chunked", "both"):
        framing = "length"
    if status in (204, 304):
        framing = "none"
    lines = [f"HTTP/{version} {status}{draw(st.sampled_from([' OK', ' ', ' Not Quite']))}"]
    lines += [f"{name}: {value}" for name, value in draw(st.lists(HEADER, max_size=4))]
    connection = draw(st.sampled_from([None, "close", "keep-alive", "Keep-Alive", "Close"]))
    if connection:
        lines.append(f"{draw(st.sampled_from(['Connection', 'connection']))}: {connection}")
    payload = body
    if framing == "length":
        lines.insert(draw(st.integers(1, len(lines))), f"Content-Length: {len(body)}")
    elif framing in ("chunked", "both"):
        lines.append("Transfer-Encoding: chunked")
        if framing == "both":
            place = draw(st.integers(1, len(lines)))
            lines.insert(place, f"Content-Length: {draw(st.integers(0, 99))}")
        payload = b""
        for chunk in filter(None, cut(body, draw(st.lists(st.integers(0, len(body)), max_size=3)))):
            size = f"{len(chunk):{draw(st.sampled_from(['x', 'X']))}}"
            extension = draw(st.sampled_from(["", ";name=value"]))
            payload += f"{size}{extension}\r\n".encode() + chunk + b"\r\n"
        payload += b"0\r\n"
        for name, value in draw(st.lists(HEADER, max_size=2)):
            payload += f"{name}: {value}\r\n".encode()
        payload += b"\r\n"
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    persistent = version == "1.1" and (connection or "").lower() != "close"
    return Sent(
        interim + head + payload, status, body, persistent and framing not in ("end", "both")
    )


def places(sent: bytes) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, len(sent)), max_size=8)


def by_h11(data: bytes) -> tuple[int, bytes]:
    """What another parser reads, as an oracle for what an honest service sends."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "h")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    connection.receive_data(b"")
    status, body = 0, b""
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        if isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += event.data
    return status, body


@settings(max_examples=200, deadline=None)
@given(data=st.data(), sent=answers())
def test_any_split_of_an_honest_answer_reads_the_same(data: st.DataObject, sent: Sent) -> None:
    pieces = cut(sent.data, data.draw(places(sent.data)))
    whole = read([sent.data])
    assert isinstance(whole, Read), whole
    assert (whole.status, whole.body, whole.unread) == (sent.status, sent.body, None)
    assert by_h11(sent.data) == (sent.status, sent.body)
    assert whole.reusable == sent.reusable
    assert read(pieces) == whole
    assert read([sent.data[n : n + 1] for n in range(len(sent.data))]) == whole


@settings(max_examples=300, deadline=None)
@given(data=st.data(), sent=answers())
def test_a_damaged_answer_reads_alike_in_any_split_or_is_refused(
    data: st.DataObject, sent: Sent
) -> None:
    place = data.draw(st.integers(0, len(sent.data)))
    kind = data.draw(st.sampled_from(["cut", "insert", "replace", "drop"]))
    noise = data.draw(st.binary(min_size=1, max_size=3) | st.sampled_from([b"\r\n", b"\n", b":"]))
    damaged = {
        "cut": sent.data[:place],
        "insert": sent.data[:place] + noise + sent.data[place:],
        "replace": sent.data[:place] + noise + sent.data[place + len(noise) :],
        "drop": sent.data[:place] + sent.data[place + len(noise) :],
    }[kind]
    one, other = read([damaged]), read(cut(damaged, data.draw(places(damaged))))
    assert isinstance(one, Read) == isinstance(other, Read), (one, other)
    if isinstance(one, Read) and isinstance(other, Read):
        assert (one.status, one.body) == (other.status, other.body)


# --- what a connection carries


def test_a_connection_carries_one_answer_after_another() -> None:
    parser = Parser()
    for body in (b"one", b"", b"three"):
        data = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        answer = parser.feed(data)
        assert answer is not None
        assert (answer.body, parser.reusable) == (body, True)


@pytest.mark.parametrize(
    "more", [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 2", b"noise"]
)
@pytest.mark.parametrize("connection", [b"close", b"keep-alive"])
def test_what_follows_an_answer_belongs_to_none_and_ends_the_connection(
    more: bytes, connection: bytes
) -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: " + connection + b"\r\n\r\n{}"
    answer = read([data + more])
    assert isinstance(answer, Read)
    assert (answer.status, answer.body, answer.reusable) == (200, b"{}", False)


def test_a_body_that_lasts_until_the_end_of_the_connection() -> None:
    answer = read([b"HTTP/1.1 200 OK\r\n\r\n", b"{}"])
    assert isinstance(answer, Read)
    assert (answer.body, answer.unread, answer.reusable) == (b"{}", None, False)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 20",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_an_end_in_the_middle_is_told_with_how_far_it_came(data: bytes) -> None:
    expected = f"after {len(data)} bytes" if data else "the connection ended"
    assert expected in str(read([data] if data else []))


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 3", b"Content-Length: 0", b"Transfer-Encoding: chunked", b"x: y"]
)
def test_answers_to_head_and_connect_end_with_their_head(framing: bytes) -> None:
    data = b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n"
    answer = read([data], end=False, method="HEAD")
    assert isinstance(answer, Read)
    assert (answer.status, answer.body) == (200, b"")


def test_what_follows_the_answer_to_connect_is_told() -> None:
    for data, excess in ((b"", False), (b"more", True)):
        parser = Parser()
        parser.expect("CONNECT")
        assert parser.feed(b"HTTP/1.1 200 OK\r\n\r\n" + data) is not None
        assert (parser.excess, parser.reusable) == (excess, False)


# --- lengths


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 2\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 2",
    ],
)
def test_of_both_lengths_chunks_count_and_the_connection_ends(head: bytes) -> None:
    data = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n5\r\n{   }\r\n0\r\n\r\n"
    answer = read([data])
    assert isinstance(answer, Read)
    assert (answer.body, answer.reusable) == (b"{   }", False)


def test_chunked_is_a_word_in_any_case() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
    answer = read([head + b"2\r\n{}\r\n0\r\n\r\n"])
    assert isinstance(answer, Read)
    assert (answer.body, answer.reusable) == (b"{}", True)


def test_trailers_are_dropped() -> None:
    pieces = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"2\r\n{}\r\n0\r\nDate: never\r\n\r\n",
    ]
    answer = read(pieces)
    assert isinstance(answer, Read)
    assert answer.headers == [(b"transfer-encoding", b"chunked")]
    assert (answer.body, answer.reusable) == (b"{}", True)


# --- interim answers

FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def test_headers_of_interim_answers_are_dropped() -> None:
    answer = read([b"HTTP/1.1 103 Early\r\nDate: never\r\n\r\n" + FINAL])
    assert isinstance(answer, Read)
    assert answer.headers == [(b"content-length", b"2")]


def test_interim_answers_that_say_that_they_have_no_body() -> None:
    answer = read([b"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n" * 2 + FINAL])
    assert isinstance(answer, Read)
    assert (answer.body, answer.reusable) == (b"{}", True)


@pytest.mark.parametrize("status", [100, 102, 103, 104, 199])
@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 2\r\n\r\n{}",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        # An answer for those who leave this length out, a body for those who do not.
        b"Content-Length: %d\r\n\r\n" % len(FINAL) + FINAL,
    ],
)
def test_a_body_of_an_interim_answer_is_refused(status: int, body: bytes) -> None:
    assert refused(b"HTTP/1.1 %d Wait\r\n" % status + body + FINAL)


@pytest.mark.parametrize("interim", [b"", b"HTTP/1.1 100 Continue\r\n\r\n"])
@pytest.mark.parametrize(
    "start", [b"\r\nHTTP/1.1", b"\r\n\r\nHTTP/1.1", b"\nHTTP/1.1", b"RTSP/1.1", b"ICE/1.1"]
)
def test_what_httptools_takes_for_the_beginning_of_an_answer_is_refused(
    interim: bytes, start: bytes
) -> None:
    assert refused(interim + start + b" 200 OK\r\nContent-Length: 0\r\n\r\n")


def test_a_final_answer_whose_body_looks_like_a_head() -> None:
    data = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n"
    )
    answer = read([data])
    assert isinstance(answer, Read)
    assert answer.body == b"\r\n" * 4


# --- what is no answer


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 100 Continue\r\n\r\n" + FINAL,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2,2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: 1\r\n folded\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
    ],
)
def test_what_is_no_answer_or_in_dispute_is_refused(data: bytes) -> None:
    assert refused(data)
