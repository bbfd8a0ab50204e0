"""Both parsers read the same answer, whatever it is split into, and refuse what is none."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ncloud_datastream import sending
from ncloud_datastream.sending import parser as parser_module
from ncloud_datastream.wire.parser import (
    Answer,
    H11Parser,
    HttptoolsParser,
    Parser,
    UnreadableError,
)

PARSERS: tuple[type[Parser], ...] = (HttptoolsParser, H11Parser)
both = pytest.mark.parametrize("kind", PARSERS, ids=lambda kind: kind.name)


def read(kind: type[Parser], pieces: Sequence[bytes], *, end: bool = True) -> Answer | str:
    """What a parser makes of a connection that brings these pieces and then ends."""
    parser = kind()
    try:
        for number, piece in enumerate(pieces):
            answer = parser.feed(piece)
            if answer is not None:
                # What comes in a later piece is the connection's affair, and makes it unusable.
                more = any(pieces[number + 1 :])
                return answer._replace(reusable=answer.reusable and not more)
        return parser.finish() if end else "more is needed"
    except UnreadableError as error:
        return f"unreadable: {error}"


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    marks = [0, *sorted(places), len(data)]
    return [data[a:b] for a, b in pairwise(marks) if a < b]


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
    version = draw(st.sampled_from(["1.1", "1.1", "1.0"]))
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
    interim = b""
    for code in draw(st.lists(st.sampled_from([100, 102, 103]), max_size=2)):
        interim += f"HTTP/1.1 {code} Wait\r\nx-hint: 1\r\n\r\n".encode()
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    persistent = version == "1.1" and (connection or "").lower() != "close"
    return Sent(
        interim + head + payload, status, body, persistent and framing not in ("end", "both")
    )


def places(sent: bytes) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, len(sent)), max_size=8)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), sent=answers())
def test_any_split_of_an_honest_answer_reads_the_same_in_both(
    data: st.DataObject, sent: Sent
) -> None:
    pieces = cut(sent.data, data.draw(places(sent.data)))
    found = [read(kind, some) for kind in PARSERS for some in (pieces, [sent.data])]
    first = found[0]
    assert isinstance(first, Answer), first
    assert (first.status, first.body, first.unread) == (sent.status, sent.body, None)
    assert [first] * 4 == found
    assert first.reusable == sent.reusable


@settings(max_examples=50, deadline=None)
@given(sent=answers())
def test_byte_by_byte(sent: Sent) -> None:
    whole = read(HttptoolsParser, [sent.data])
    for kind in PARSERS:
        assert read(kind, [bytes([byte]) for byte in sent.data]) == whole


@settings(max_examples=200, deadline=None)
@given(data=st.data(), sent=answers())
def test_a_damaged_answer_is_read_alike_or_refused(data: st.DataObject, sent: Sent) -> None:
    """Of two readings of the same bytes, one at the most says more than "unreadable"."""
    place = data.draw(st.integers(0, len(sent.data)))
    kind = data.draw(st.sampled_from(["cut", "insert", "replace", "drop"]))
    noise = data.draw(st.binary(min_size=1, max_size=3))
    damaged = {
        "cut": sent.data[:place],
        "insert": sent.data[:place] + noise + sent.data[place:],
        "replace": sent.data[:place] + noise + sent.data[place + len(noise) :],
        "drop": sent.data[:place] + sent.data[place + len(noise) :],
    }[kind]
    pieces = cut(damaged, data.draw(places(damaged)))
    readings = []
    for parser in PARSERS:
        one, other = read(parser, pieces), read(parser, [damaged])
        told = [isinstance(reading, Answer) for reading in (one, other)]
        assert told[0] == told[1], (one, other)
        if isinstance(one, Answer):
            assert isinstance(other, Answer)
            assert (one.status, one.body) == (other.status, other.body)
            readings.append((one.status, one.body))
    assert len(set(readings)) <= 1


# --- the traps, one by one


@both
def test_a_connection_carries_one_answer_after_another(kind: type[Parser]) -> None:
    parser = kind()
    for body in (b"one", b"", b"three"):
        data = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        answer = parser.feed(data)
        assert answer is not None
        assert (answer.body, answer.reusable) == (body, True)


@both
@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 2\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 2",
    ],
)
def test_of_both_lengths_chunks_count_and_the_connection_ends(
    kind: type[Parser], head: bytes
) -> None:
    data = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n5\r\n{   }\r\n0\r\n\r\n"
    answer = kind().feed(data)
    assert answer is not None
    assert (answer.body, answer.reusable) == (b"{   }", False)


@both
@pytest.mark.parametrize("encoding", [b"gzip, chunked", b"gzip"])
def test_other_transfer_encodings_are_refused(kind: type[Parser], encoding: bytes) -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + encoding + b"\r\n\r\n0\r\n\r\n"
    assert str(read(kind, [data])).startswith("unreadable: ")


@both
def test_chunked_is_a_word_in_any_case(kind: type[Parser]) -> None:
    answer = kind().feed(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    )
    assert answer is not None
    assert (answer.body, answer.reusable) == (b"{}", True)


@both
def test_trailers_are_dropped(kind: type[Parser]) -> None:
    answer = read(
        kind,
        [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"2\r\n{}\r\n0\r\nDate: never\r\n\r\n",
        ],
    )
    assert isinstance(answer, Answer)
    assert answer.headers == [(b"transfer-encoding", b"chunked")]
    assert (answer.body, answer.reusable) == (b"{}", True)


@both
def test_headers_of_interim_answers_are_dropped(kind: type[Parser]) -> None:
    answer = read(
        kind,
        [b"HTTP/1.1 103 Early\r\nDate: never\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
    )
    assert isinstance(answer, Answer)
    assert answer.headers == [(b"content-length", b"0")]


@both
def test_nobody_asked_to_switch_protocols(kind: type[Parser]) -> None:
    data = b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"
    assert str(read(kind, [data])).startswith("unreadable: ")


@both
@pytest.mark.parametrize(
    "more", [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 2", b"noise", b"\r\n"]
)
@pytest.mark.parametrize("connection", [b"close", b"keep-alive"])
def test_what_follows_an_answer_belongs_to_none(
    kind: type[Parser], more: bytes, connection: bytes
) -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: " + connection + b"\r\n\r\n{}"
    answer = kind().feed(data + more)
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"{}")
    if more != b"\r\n":  # llhttp lets an empty line pass before an answer
        assert not answer.reusable


@both
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
def test_an_end_in_the_middle(kind: type[Parser], data: bytes) -> None:
    expected = f"after {len(data)} bytes" if data else "the connection ended"
    assert expected in str(read(kind, [data] if data else []))


@both
@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
    ],
)
def test_what_is_no_answer(kind: type[Parser], data: bytes) -> None:
    assert str(read(kind, [data])).startswith("unreadable: ")


@both
def test_a_body_that_lasts_until_the_end(kind: type[Parser]) -> None:
    answer = read(kind, [b"HTTP/1.1 200 OK\r\n\r\n", b"{}"])
    assert isinstance(answer, Answer)
    assert (answer.body, answer.unread, answer.reusable) == (b"{}", None, False)


# --- which one


def test_httptools_is_chosen_where_it_is() -> None:
    assert parser_module.Chosen is HttptoolsParser


class OldHttptools:
    """As before 0.6.3, which another package may have installed."""

    class HttpResponseParser:
        pass


@pytest.mark.parametrize("installed", [None, OldHttptools])
def test_h11_is_chosen_otherwise(installed: type | None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "httptools", installed)
        # Importing puts the module into its package, too: this puts the right one back.
        patch.setattr(sending, "parser", parser_module)
        patch.delitem(sys.modules, parser_module.__name__)
        without = importlib.import_module(parser_module.__name__)
        assert without.Chosen.name == "h11"
        assert without.Chosen().feed(b"HTTP/1.1 204 No\r\n\r\n").status == 204
