"""From bytes to one answer: httptools, the parser of Node.js, and what it leaves unchecked.

A parser belongs to a connection and reads one answer after another. Whatever pieces the bytes come
in, the answer is the same. What no honest service sends, and what parsers disagree about, is
refused.
"""

from __future__ import annotations

import httptools

from ncloud_datastream.calls.answer import ANSWER_LIMIT, TOO_LONG, Answer, decoded

from .limits import HEAD_LIMIT

RAW_LIMIT = 2 * ANSWER_LIMIT
"""Bytes of an answer on the wire, with what frames its body."""

_PROTOCOL = b"HTTP/"
_NO_HTTP = "it does not begin with HTTP/1.1"

Headers = list[tuple[bytes, bytes]]


class UnreadableError(OSError):
    """The bytes are no answer of HTTP/1.1."""


class Parser:
    """Reads the answers of one connection; about 5 µs each."""

    reusable: bool
    """May the connection carry another request after the answer that was returned last?"""
    excess: bool
    """Did bytes follow the head of the last answer, which has no body?"""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        # Both lengths: chunks count (RFC 9112, 6.3), and the connection ends with the answer.
        self._parser.set_dangerous_leniencies(lenient_chunked_length=True)
        self.reusable = False
        self.excess = False
        self._bodiless = False
        self._reset()

    def _reset(self) -> None:
        self._raw = 0
        self._start = b""
        self._head: list[bytes] = []
        self._interim = 0
        self._status = 0
        self._headers: Headers = []
        self._body: list[bytes] = []
        self._size = 0
        self._in_head = True
        self._one_length = True
        self._complete = False
        self._keep_alive = False
        self._excess = False

    def expect(self, method: str) -> None:
        """Say what the next answer is one to: those to HEAD and CONNECT have no body."""
        self._bodiless = method in ("HEAD", "CONNECT")

    def feed(self, data: bytes) -> Answer | None:
        """Take what arrived; return the answer when it is complete.

        Raises:
            UnreadableError: It is none.
        """
        if self._raw < len(_PROTOCOL):
            self._check_start(data)
        self._raw += len(data)
        if self._in_head:
            self._head.append(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._complete:
                raise UnreadableError(_reason(error)) from None
            # What follows a complete answer belongs to none.
            self._keep_alive = False
        if self._interim and not self._in_head:
            self._check_heads()
        if self._complete or self._size > ANSWER_LIMIT:
            return self._answer()
        if self._in_head:
            _check_head(self._raw)
        elif self._raw > RAW_LIMIT:
            return self._answer()
        return None

    def finish(self) -> Answer:
        """Take the end of the connection; return the answer that it completes.

        Raises:
            UnreadableError: It cuts the answer short.
        """
        if self._in_head or not _ends_with_connection(self._headers):
            raise UnreadableError(_cut_short(self._raw))
        self._complete = True
        self._keep_alive = False
        return self._answer()

    def _answer(self) -> Answer:
        body = b"".join(self._body)
        whole = self._complete and self._size <= ANSWER_LIMIT
        self.reusable = whole and self._keep_alive
        self.excess = self._excess
        unread = None if whole else TOO_LONG
        answer = decoded(self._status, self._headers, body[:ANSWER_LIMIT], unread)
        self._reset()
        return answer

    def _check_start(self, data: bytes) -> None:
        """Refuse what does not begin as an answer does: httptools takes CRLF, RTSP and ICE, too."""
        self._start += data[: len(_PROTOCOL) - len(self._start)]
        if not _PROTOCOL.startswith(self._start):
            raise UnreadableError(_NO_HTTP)

    def _check_heads(self) -> None:
        """Refuse such a beginning of what follows interim answers, too; none of them has a body."""
        heads = b"".join(self._head).split(b"\r\n\r\n", self._interim + 1)
        if not all(head.startswith(_PROTOCOL) for head in heads[: self._interim + 1]):
            raise UnreadableError(_NO_HTTP)
        self._interim = 0

    # httptools calls these.

    def on_message_begin(self) -> None:
        if self._complete:
            raise UnreadableError("more than one answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        version = self._parser.get_http_version()
        interim = self._status < 200
        if version != "1.1" and (version != "1.0" or interim or self._interim):
            raise UnreadableError(f"HTTP/{version[:10]} was not asked for")
        if self._status == 101:
            raise UnreadableError("the protocol was switched, which was not asked for")
        if interim:
            _check_interim(self._headers)
            self._interim += 1
            return
        self._one_length = _check_framing(self._headers)
        self._in_head = False
        if self._bodiless:
            self._complete = True

    def on_body(self, chunk: bytes) -> None:
        if self._bodiless:
            self._excess = True
            return
        self._body.append(chunk)
        self._size += len(chunk)

    def on_message_complete(self) -> None:
        if self._in_head:  # the end of an interim answer
            self._headers = []
        else:
            self._complete = True
            self._keep_alive = (
                self._one_length
                and self._parser.should_keep_alive()
                and self._parser.get_http_version() == "1.1"
            )


def _check_interim(headers: Headers) -> None:
    """Refuse an interim answer that announces a body: readers disagree about where it ends."""
    for name, value in headers:
        if name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
            raise UnreadableError("an interim answer announces a body")


def _check_framing(headers: Headers) -> bool:
    """Refuse a head whose body could not be read.

    Return whether its body ends at one place for every reader.
    """
    size = 0
    length = encoding = False
    for name, value in headers:
        size += len(name) + len(value) + 4
        if name == b"content-length":
            length = True
        elif name == b"transfer-encoding":
            encoding = True
            if value.lower() != b"chunked":
                raise UnreadableError("a transfer encoding that was not asked for")
    _check_head(size)
    return not (length and encoding)


def _check_head(size: int) -> None:
    if size > HEAD_LIMIT:
        raise UnreadableError(f"its head is longer than {HEAD_LIMIT:,} bytes")


def _ends_with_connection(headers: Headers) -> bool:
    """Return whether the body of this answer lasts until the connection ends."""
    return all(name not in (b"content-length", b"transfer-encoding") for name, _ in headers)


def _cut_short(raw: int) -> str:
    return f"the connection ended after {raw} bytes of it" if raw else "the connection ended"


def _reason(error: BaseException) -> str:
    # httptools wraps what its callbacks raise.
    cause = error.__context__
    return str(cause if isinstance(cause, UnreadableError) else error)[:200]
