"""From bytes to one answer: httptools where it is installed, else h11, behind one small interface.

A parser belongs to a connection and reads one answer after another. Whatever the bytes are split
into, and whichever of the two reads them, the answer is the same; where the two could differ on
something that no honest service sends, both refuse it.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import h11

from ncloud_datastream.bounded import ANSWER_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    import httptools
else:
    try:
        import httptools

        httptools.HttpResponseParser.set_dangerous_leniencies  # noqa: B018 - there since 0.6.3
    except (ImportError, AttributeError):
        httptools = None

HEAD_LIMIT = 64 * 1024
"""Bytes that the status line and the headers of an answer may take, interim answers included."""

RAW_LIMIT = 2 * ANSWER_LIMIT
"""Bytes of an answer on the wire, with what frames its body."""

TOO_LONG = f"it is longer than {ANSWER_LIMIT:,} bytes"

Headers = list[tuple[bytes, bytes]]


class Unreadable(Exception):  # noqa: N818 - it describes an answer; the error is made from it
    """The bytes are no answer of HTTP/1.1."""


class Answer(NamedTuple):
    """One answer; interim ones are skipped."""

    status: int
    headers: Headers
    """With names in lower case; trailers are dropped."""
    body: bytes
    """As sent, up to `ANSWER_LIMIT`."""
    unread: str | None
    """Why the body was not read to its end, or None where it was."""
    reusable: bool
    """May the connection carry another request?"""
    early: bool = False
    """Did it come before all of the request was written?"""


class Parser(Protocol):
    """Reads the answers of one connection."""

    name: str

    def feed(self, data: bytes) -> Answer | None:
        """Take what arrived; return the answer when it is complete.

        Raises:
            Unreadable: It is none.
        """

    def finish(self) -> Answer:
        """Take the end of the connection; return the answer that it completes.

        Raises:
            Unreadable: It cuts the answer short.
        """
        ...


class HttptoolsParser:
    """Parses with httptools, the parser of Node.js: about 5 µs an answer."""

    name = "httptools"

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        # Both lengths: chunks count (RFC 9112, 6.3), and the connection ends with the answer.
        self._parser.set_dangerous_leniencies(lenient_chunked_length=True)
        self._reset()

    def _reset(self) -> None:
        self._raw = 0
        self._status = 0
        self._headers: Headers = []
        self._body: list[bytes] = []
        self._size = 0
        self._in_head = True
        self._clear = True
        self._complete = False
        self._reusable = False

    def feed(self, data: bytes) -> Answer | None:
        self._raw += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._complete:
                raise Unreadable(_reason(error)) from None
            # What follows a complete answer belongs to none.
            self._reusable = False
        if self._complete or self._size > ANSWER_LIMIT:
            return self._answer()
        if self._in_head:
            _check_head(self._raw)
        elif self._raw > RAW_LIMIT:
            return self._answer()
        return None

    def finish(self) -> Answer:
        if self._in_head or not _ends_with_connection(self._headers):
            raise Unreadable(_cut_short(self._raw))
        self._complete = True
        return self._answer()

    def _answer(self) -> Answer:
        body = b"".join(self._body)
        whole = self._complete and self._size <= ANSWER_LIMIT
        answer = Answer(
            self._status,
            self._headers,
            body[:ANSWER_LIMIT],
            None if whole else TOO_LONG,
            whole and self._reusable,
        )
        self._reset()
        return answer

    # httptools calls these.

    def on_message_begin(self) -> None:
        if self._complete:
            raise Unreadable("more than one answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        if self._status >= 200:
            self._clear = _check_framing(self._headers, self._parser.get_http_version())
            self._in_head = False
        elif self._status == 101:
            raise Unreadable("the protocol was switched, which was not asked for")

    def on_body(self, chunk: bytes) -> None:
        self._body.append(chunk)
        self._size += len(chunk)

    def on_message_complete(self) -> None:
        if self._in_head:  # the end of an interim answer
            self._headers = []
        else:
            self._complete = True
            version = self._parser.get_http_version()
            keep = self._parser.should_keep_alive()
            self._reusable = keep and self._clear and version == "1.1"


_REQUEST = h11.Request(method="POST", target="/", headers=[("Host", "h"), ("Content-Length", "0")])


class H11Parser:
    """Parses with h11, which httpx brings along: pure Python, about 70 µs an answer."""

    name = "h11"

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
        # What is really sent does not matter to how the answer is read, but that it is sent does.
        self._parser.send(_REQUEST)
        self._parser.send(h11.EndOfMessage())
        self._raw = 0
        self._head: h11.Response | None = None
        self._clear = True
        self._body: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Answer | None:
        self._raw += len(data)
        try:
            self._parser.receive_data(data)
            while True:
                event = self._parser.next_event()
                if isinstance(event, h11.Data):
                    self._body.append(bytes(event.data))
                    self._size += len(event.data)
                    if self._size > ANSWER_LIMIT:
                        return self._answer(TOO_LONG)
                elif isinstance(event, h11.Response):
                    version = event.http_version.decode()
                    self._clear = _check_framing(list(event.headers), version)
                    self._head = event
                elif isinstance(event, h11.EndOfMessage):
                    return self._answer()
                elif not isinstance(event, h11.InformationalResponse):
                    break
        except h11.RemoteProtocolError as error:
            raise Unreadable(_reason(error)) from None
        if self._head is None:
            _check_head(self._raw)
        elif self._raw > RAW_LIMIT:
            return self._answer(TOO_LONG)
        return None

    def finish(self) -> Answer:
        try:
            self._parser.receive_data(b"")
            event = self._parser.next_event()
        except h11.RemoteProtocolError:
            event = h11.NEED_DATA
        if self._head is None or not isinstance(event, h11.EndOfMessage):
            raise Unreadable(_cut_short(self._raw))
        return self._answer()._replace(reusable=False)

    def _answer(self, unread: str | None = None) -> Answer:
        head = self._head
        assert head is not None
        reusable = (
            unread is None
            and self._clear
            and self._parser.their_state is h11.DONE
            and self._parser.our_state is h11.DONE
            and not self._parser.trailing_data[0]
        )
        answer = Answer(
            head.status_code,
            list(head.headers),
            b"".join(self._body)[:ANSWER_LIMIT],
            unread,
            reusable,
        )
        self._reset()
        return answer


def _check_framing(headers: Headers, version: str) -> bool:
    """Refuse a head whose body could not be read; is its end the same for everyone?"""
    if version not in ("1.1", "1.0"):
        raise Unreadable(f"HTTP/{version[:10]} was not asked for")
    size = 0
    length = encoding = False
    for name, value in headers:
        size += len(name) + len(value) + 4
        if name == b"content-length":
            length = True
        elif name == b"transfer-encoding":
            encoding = True
            if value.lower() != b"chunked":
                raise Unreadable("a transfer encoding that was not asked for")
    _check_head(size)
    return not (length and encoding)


def _check_head(size: int) -> None:
    if size > HEAD_LIMIT:
        raise Unreadable(f"its head is longer than {HEAD_LIMIT:,} bytes")


def _ends_with_connection(headers: Headers) -> bool:
    """Does the body of this answer last until the connection ends?"""
    return all(name not in (b"content-length", b"transfer-encoding") for name, _ in headers)


def _cut_short(raw: int) -> str:
    return f"the connection ended after {raw} bytes of it" if raw else "the connection ended"


def _reason(error: BaseException) -> str:
    # httptools wraps what its callbacks raise.
    cause = error.__context__
    return str(cause if isinstance(cause, Unreadable) else error)[:200]


Chosen: type[Parser] = H11Parser if httptools is None else HttptoolsParser
"""The parser that this process uses, chosen once."""
