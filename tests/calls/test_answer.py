"""Response bodies are decompressed up to the limit and no further."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from ncloud_datastream.calls import answer
from ncloud_datastream.calls.answer import ANSWER_LIMIT, Answer, decoded

LIMIT = 1000
TOO_LONG = f"it is longer than {ANSWER_LIMIT:,} bytes"


def read(body: bytes, *encodings: str, unread: str | None = None) -> tuple[bytes, str | None]:
    """Return the decompressed body, and why it was not read completely."""
    other = [(b"x-of", b"answer")]
    headers = other + [(b"content-encoding", each.encode()) for each in encodings]
    found = decoded(201, headers, body, unread)
    assert (found.status, found.headers) == (201, other)
    return found.body, found.unread


COMPRESS = {"gzip": gzip.compress, "X-GZIP ": gzip.compress, "deflate": zlib.compress}


@pytest.mark.parametrize("encoding", COMPRESS)
def test_a_compressed_body_is_read_up_to_the_limit(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "ANSWER_LIMIT", LIMIT)
    compress = COMPRESS[encoding]
    whole = compress(b"x" * LIMIT)
    assert read(whole, encoding) == (b"x" * LIMIT, None)
    assert read(b"", encoding) == (b"", None)
    assert read(whole[:-1], encoding) == (b"x" * LIMIT, "its compressed body is incomplete")
    assert read(whole + b"more", encoding)[1] == "extra data follows its compressed body"
    assert read(b"no such thing", encoding) == (b"", "its compressed body is invalid")
    assert read(compress(b"x" * (LIMIT + 1)), encoding) == (b"x" * LIMIT, TOO_LONG)
    assert read(whole, encoding, unread="why") == (b"x" * LIMIT, "why")


def test_a_huge_compressed_body_is_not_held_in_memory() -> None:
    bomb = gzip.compress(b"x" * (6 * ANSWER_LIMIT), 1)
    tracemalloc.start()
    try:
        body, unread = read(bomb, "gzip")
        assert tracemalloc.get_traced_memory()[1] < 4 * ANSWER_LIMIT
    finally:
        tracemalloc.stop()
    assert (len(body), unread) == (ANSWER_LIMIT, TOO_LONG)


def test_a_plain_body_is_kept_and_any_other_encoding_is_not_read() -> None:
    for encodings in ((), ("identity",), ("",)):
        assert read(b"one", *encodings) == (b"one", None)
        assert read(b"one", *encodings, unread="why") == (b"one", "why")
    why = "its content encoding is {}, which was not requested"
    assert read(b"one", "z" * 50) == (b"", why.format(repr("z" * 40)))
    assert read(b"one", "gzip", "br") == (b"", why.format("'gzip, br'"))
    assert read(b"one", "br", unread="why") == (b"", "why")


def test_the_first_header_of_a_name_is_returned() -> None:
    found = Answer(200, [(b"a", b"1"), (b"b", b"\xe9"), (b"b", b"2")], b"")
    assert [found.header(name) for name in (b"a", b"b", b"c")] == ["1", "é", None]
