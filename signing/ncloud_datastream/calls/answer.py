"""The response to a request, with its body decompressed and bounded in size."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import NamedTuple

ANSWER_LIMIT = 16 * 1024 * 1024
"""Bytes: the largest decompressed response body that is read."""

TOO_LONG = f"it is longer than {ANSWER_LIMIT:,} bytes"

EARLY = "it came before the whole request was written"

Headers = Sequence[tuple[bytes, bytes]]


class Answer(NamedTuple):
    """The final response to one request; interim responses are skipped."""

    status: int
    headers: Headers
    """Names are in lower case; trailers are dropped."""
    body: bytes
    """Decompressed, up to `ANSWER_LIMIT`."""
    unread: str | None = None
    """The reason why the body could not be read completely; None if it was."""

    def header(self, name: bytes) -> str | None:
        """Return the value of the first header with this name (in lower case), or None."""
        for each, value in self.headers:
            if each == name:
                return value.decode("latin-1")
        return None


def decoded(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes, unread: str | None
) -> Answer:
    """Return the response with its body decompressed, up to the limit.

    Args:
        status: The status code.
        headers: The headers as received, names in lower case.
        body: The body as received.
        unread: The reason why the body was not read completely; None if it was.
    """
    encodings = [value for name, value in headers if name == b"content-encoding"]
    if not encodings:
        return Answer(status, headers, body, unread)
    # Dropped so that the body is not decompressed a second time.
    headers = [each for each in headers if each[0] != b"content-encoding"]
    encoding = b", ".join(encodings).strip().lower().decode("latin-1")
    if encoding in ("identity", ""):
        return Answer(status, headers, body, unread)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        why = f"its content encoding is {encoding[:40]!r}, which was not requested"
        return Answer(status, headers, b"", unread or why)
    if not body:
        return Answer(status, headers, body, unread)
    plain, why_not = _decompressed(body)
    return Answer(status, headers, plain, unread or why_not)


def _decompressed(body: bytes) -> tuple[bytes, str | None]:
    decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        plain = decompressor.decompress(body, ANSWER_LIMIT + 1)
    except zlib.error:
        return b"", "its compressed body is invalid"
    if len(plain) > ANSWER_LIMIT:
        return plain[:ANSWER_LIMIT], TOO_LONG
    if decompressor.unused_data:
        return plain, "extra data follows its compressed body"
    if not decompressor.eof:
        return plain, "its compressed body is incomplete"
    return plain, None
