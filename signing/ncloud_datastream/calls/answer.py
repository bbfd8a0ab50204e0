"""What came back: one whole answer, its body plain and within bounds."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import NamedTuple

ANSWER_LIMIT = 16 * 1024 * 1024
"""Bytes of an answer's body, decompressed, that are read at the most."""

TOO_LONG = f"it is longer than {ANSWER_LIMIT:,} bytes"

EARLY = "it came before the whole request was written"

Headers = Sequence[tuple[bytes, bytes]]


class Answer(NamedTuple):
    """One answer to one request; interim answers are skipped."""

    status: int
    headers: Headers
    """With names in lower case; trailers are dropped."""
    body: bytes
    """Decompressed, up to `ANSWER_LIMIT`."""
    unread: str | None = None
    """Why the body could not be read to its end, or None where it was."""

    def header(self, name: bytes) -> str | None:
        """Return the value of the first header of that name (in lower case), or None."""
        for each, value in self.headers:
            if each == name:
                return value.decode("latin-1")
        return None


def decoded(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes, unread: str | None
) -> Answer:
    """Return the answer with its body decompressed, within the limit.

    Args:
        status: The status.
        headers: As sent, names in lower case.
        body: As sent.
        unread: Why the body was not read to its end, or None where it was.
    """
    encodings = [value for name, value in headers if name == b"content-encoding"]
    if not encodings:
        return Answer(status, headers, body, unread)
    # From here on the body is plain: nobody else is to decompress it again.
    headers = [each for each in headers if each[0] != b"content-encoding"]
    encoding = b", ".join(encodings).strip().lower().decode("latin-1")
    if encoding in ("identity", ""):
        return Answer(status, headers, body, unread)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        why = f"it is encoded as {encoding[:40]!r}, which was not asked for"
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
        return b"", "its compression is broken"
    if len(plain) > ANSWER_LIMIT:
        return plain[:ANSWER_LIMIT], TOO_LONG
    if decompressor.unused_data:
        return plain, "something follows its compressed body"
    if not decompressor.eof:
        return plain, "its compressed body is cut short"
    return plain, None
