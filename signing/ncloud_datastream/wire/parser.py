"""The response parser: httptools (the parser of Node.js) plus the checks that it leaves out.

A parser belongs to a connection and reads one response after another. The result does not depend on
how the bytes are split into chunks. Malformed responses, and those that HTTP parsers interpret
differently, are rejected.
"""

from __future__ import annotations

import httptools

from ncloud_datastream.calls.answer import ANSWER_LIMIT, TOO_LONG, Answer, decoded

from .limits import HEAD_LIMIT

RAW_LIMIT = 2 * ANSWER_LIMIT
"""Maximum bytes of a response as received, chunk framing included."""

_PROTOCOL = b"HTTP/"
_NO_HTTP = "it does not start with HTTP/1.1"

Headers = list[tuple[bytes, bytes]]


class UnreadableError(OSError):
    """The bytes received are not a valid HTTP/1.1 response."""


class Parser:
    """Parses the responses on one connection; about 5 µs each."""

    reusable: bool
    """Whether the connection may carry another request after the response returned last."""
    excess: bool
    """Whether data followed the headers of the last response although it has no body."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        # With both Content-Length and chunks, the chunks count (RFC 9112, section 6.3), and the
        # connection is closed after the response.
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
        """Set the method of the next request: responses to HEAD and CONNECT have no body."""
        self._bodiless = method in ("HEAD", "CONNECT")

    def feed(self, data: bytes) -> Answer | None:
        """Process received data; return the response once it is complete.

        Raises:
            UnreadableError: The data is not a valid response.
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
            # The error is in data after a complete response.
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
        """Process the end of the connection; return the response that it completes.

        Raises:
            UnreadableError: The response is incomplete.
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
        """Reject anything but ``HTTP/`` at the start: httptools also accepts CRLF, RTSP and ICE."""
        self._start += data[: len(_PROTOCOL) - len(self._start)]
        if not _PROTOCOL.startswith(self._start):
            raise UnreadableError(_NO_HTTP)

    def _check_heads(self) -> None:
        """Apply the same check to each response after an interim response, which has no body."""
        heads = b"".join(self._head).split(b"\r\n\r\n", self._interim + 1)
        if not all(head.startswith(_PROTOCOL) for head in heads[: self._interim + 1]):
            raise UnreadableError(_NO_HTTP)
        self._interim = 0

    # Callbacks of httptools.

    def on_message_begin(self) -> None:
        if self._complete:
            raise UnreadableError("more than one response arrived")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        version = self._parser.get_http_version()
        interim = self._status < 200
        if version != "1.1" and (version != "1.0" or interim or self._interim):
            raise UnreadableError(f"HTTP/{version[:10]} was not requested")
        if self._status == 101:
            raise UnreadableError("the protocol was switched, which was not requested")
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
        if self._in_head:  # the end of an interim response
            self._headers = []
        else:
            self._complete = True
            self._keep_alive = (
                self._one_length
                and self._parser.should_keep_alive()
                and self._parser.get_http_version() == "1.1"
            )


def _check_interim(headers: Headers) -> None:
    """Reject an interim response that announces a body: parsers disagree about where it ends."""
    for name, value in headers:
        if name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
            raise UnreadableError("an interim response announces a body")


def _check_framing(headers: Headers) -> bool:
    """Reject headers whose body could not be read.

    Return whether all parsers agree on where the body ends.
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
                raise UnreadableError("a transfer encoding that was not requested")
    _check_head(size)
    return not (length and encoding)


def _check_head(size: int) -> None:
    if size > HEAD_LIMIT:
        raise UnreadableError(f"its headers are longer than {HEAD_LIMIT:,} bytes")


def _ends_with_connection(headers: Headers) -> bool:
    """Return whether the body of this response extends to the end of the connection."""
    return all(name not in (b"content-length", b"transfer-encoding") for name, _ in headers)


def _cut_short(raw: int) -> str:
    return f"the connection ended after {raw} bytes of it" if raw else "the connection ended"


def _reason(error: BaseException) -> str:
    # httptools wraps the exceptions of its callbacks.
    cause = error.__context__
    return str(cause if isinstance(cause, UnreadableError) else error)[:200]
