"""The response parser: independent of how data is split, strict about ambiguous responses."""

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
    """A parsed response, and whether its connection can be reused."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    unread: str | None
    reusable: bool


def read(pieces: Sequence[bytes], *, end: bool = True, method: str = "GET") -> Read | str:
    """Parse the data of a connection that receives these pieces and then ends."""
    parser = Parser()
    parser.expect(method)
    try:
        for number, piece in enumerate(pieces):
            answer = parser.feed(piece)
            if answer is not None:
                # Data in a later piece makes the connection unusable; the connection checks it.
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


def rejected(data: bytes) -> bool:
    """Return whether these bytes are rejected, both whole and byte by byte."""
    readings = [read([data]), read([data[n : n + 1] for n in range(len(data))])]
    return all(str(reading).startswith("unreadable: ") for reading in readings)


# --- generated responses

TOKEN = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12).filter(
    lambda name: name.strip("-") and name not in ("connection", "upgrade", "te", "trailer")
)
VALUE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=0, max_size=30).map(
    str.strip
)
HEADER = st.tuples(st.just("x-").flatmap(lambda x: TOKEN.map(lambda name: x + name)), VALUE)


@dataclass(frozen=True)
class Sent:
    """The bytes of a response, and its expected content."""

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
    """Parse a response with h11, as an oracle."""
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


@settings(max_examples=60, deadline=None)
@given(data=st.data(), sent=answers())
def test_a_valid_response_parses_the_same_in_any_split(data: st.DataObject, sent: Sent) -> None:
    pieces = cut(sent.data, data.draw(places(sent.data)))
    whole = read([sent.data])
    assert isinstance(whole, Read), whole
    assert (whole.status, whole.body, whole.unread) == (sent.status, sent.body, None)
    assert by_h11(sent.data) == (sent.status, sent.body)
    assert whole.reusable == sent.reusable
    assert read(pieces) == whole
    assert read([sent.data[n : n + 1] for n in range(len(sent.data))]) == whole


@settings(max_examples=80, deadline=None)
@given(data=st.data(), sent=answers())
def test_a_damaged_response_parses_the_same_in_any_split(data: st.DataObject, sent: Sent) -> None:
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


# --- connections


def test_a_parser_reads_successive_responses() -> None:
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
def test_data_after_a_response_is_ignored_and_ends_the_connection(
    more: bytes, connection: bytes
) -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: " + connection + b"\r\n\r\n{}"
    answer = read([data + more])
    assert isinstance(answer, Read)
    assert (answer.status, answer.body, answer.reusable) == (200, b"{}", False)


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
def test_an_incomplete_response_is_reported_with_its_length(data: bytes) -> None:
    expected = f"after {len(data)} bytes" if data else "the connection ended"
    assert expected in str(read([data] if data else []))


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 3", b"Content-Length: 0", b"Transfer-Encoding: chunked", b"x: y"]
)
def test_responses_to_head_have_no_body(framing: bytes) -> None:
    data = b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n"
    answer = read([data], end=False, method="HEAD")
    assert isinstance(answer, Read)
    assert (answer.status, answer.body) == (200, b"")


def test_data_after_the_response_to_connect_is_reported() -> None:
    for data, excess in ((b"", False), (b"more", True)):
        parser = Parser()
        parser.expect("CONNECT")
        assert parser.feed(b"HTTP/1.1 200 OK\r\n\r\n" + data) is not None
        assert (parser.excess, parser.reusable) == (excess, False)


# --- framing

FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CHUNKS = b"\r\n\r\n2\r\n{}\r\n0\r\n"


@pytest.mark.parametrize(
    ("data", "body", "reusable"),
    [
        # No length: the body ends with the connection.
        (b"HTTP/1.1 200 OK\r\n\r\n{}", b"{}", False),
        # With both lengths, the chunks count and the connection ends.
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked"
            + CHUNKS
            + b"\r\n",
            b"{}",
            False,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9"
            + CHUNKS
            + b"\r\n",
            b"{}",
            False,
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED" + CHUNKS + b"\r\n", b"{}", True),
        (b"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n" * 2 + FINAL, b"{}", True),
        # The body of a final response looks like the end of headers.
        (
            b"HTTP/1.1 100 Continue\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n",
            b"\r\n" * 4,
            True,
        ),
    ],
    ids=["end", "length-chunks", "chunks-length", "upper-case", "interim", "body-like-head"],
)
def test_the_body_ends_where_its_framing_says(data: bytes, body: bytes, reusable: bool) -> None:
    response = read([data])
    assert isinstance(response, Read)
    assert (response.body, response.reusable) == (body, reusable)


def test_trailers_and_headers_of_interim_responses_are_dropped() -> None:
    early = b"HTTP/1.1 103 Early\r\nDate: never\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
    response = read([early + head, CHUNKS + b"Date: never\r\n\r\n"])
    assert isinstance(response, Read)
    assert response.headers == [(b"transfer-encoding", b"chunked")]
    assert (response.body, response.reusable) == (b"{}", True)


@pytest.mark.parametrize("status", [100, 102, 103, 104, 199])
@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 2\r\n\r\n{}",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        # Parsers disagree whether this is a response or the body of the interim response.
        b"Content-Length: %d\r\n\r\n" % len(FINAL) + FINAL,
    ],
)
def test_an_interim_response_with_a_body_is_rejected(status: int, body: bytes) -> None:
    assert rejected(b"HTTP/1.1 %d Wait\r\n" % status + body + FINAL)


@pytest.mark.parametrize("interim", [b"", b"HTTP/1.1 100 Continue\r\n\r\n"])
@pytest.mark.parametrize(
    "start", [b"\r\nHTTP/1.1", b"\r\n\r\nHTTP/1.1", b"\nHTTP/1.1", b"RTSP/1.1", b"ICE/1.1"]
)
def test_starts_that_only_httptools_accepts_are_rejected(interim: bytes, start: bytes) -> None:
    assert rejected(interim + start + b" 200 OK\r\nContent-Length: 0\r\n\r\n")


# --- invalid responses


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
def test_invalid_and_ambiguous_responses_are_rejected(data: bytes) -> None:
    assert rejected(data)
