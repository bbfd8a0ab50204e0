"""The record of calls, and responses set in advance."""

from __future__ import annotations

import itertools
import json
import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .diagnosis import Diagnosis

_LONGEST = 10_000
_MOST_BYTES = 64 * 1024 * 1024
_MOST_TIMES = 1_000_000_000
_NO_BODY = (204, 304)
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_FRAMING = {"content-length", "transfer-encoding", "connection"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request and its response."""

    operation: str | None
    """The operationId; None if no operation has this path and method."""
    method: str
    target: str
    """Path and query as received."""
    header_names: tuple[str, ...]
    """In lower case, in the order received."""
    body: bytes
    """Empty if the body was too large to be read."""
    signature_valid: bool
    status: int
    answer: bytes = field(default=b"", compare=False)
    """The response body."""
    is_lost: bool = field(default=False, compare=False)
    """Whether a fault suppressed the response."""
    diagnosis: Diagnosis | None = field(default=None, compare=False)
    """Why the signature is invalid; None if it is valid."""
    time: float = field(default=0.0, compare=False)
    """When the request arrived, by the emulator's clock."""
    message: tuple[str, str] | None = field(default=None, compare=False)
    """Topic and key of a message."""

    @property
    def size(self) -> int:
        """The size of both bodies in bytes."""
        return len(self.body) + len(self.answer)


class Calls:
    """The last 10,000 calls, or fewer when their bodies have more than 64 MiB together."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque()
        self._bytes = 0
        self.count = 0
        """The number of all calls, including discarded ones."""

    def add(self, call: Call) -> None:
        """Add a call, and discard the oldest ones beyond the limits."""
        self.count += 1
        self._calls.append(call)
        self._bytes += call.size
        while len(self._calls) > _LONGEST or self._bytes > _MOST_BYTES:
            self._bytes -= self._calls.popleft().size

    def clear(self) -> None:
        """Discard all calls, and count from 0."""
        self._calls.clear()
        self._bytes = self.count = 0

    def all(self) -> list[Call]:
        """Return the calls, oldest first."""
        return list(self._calls)

    def last(self, most: int) -> list[Call]:
        """Return the last calls, newest first."""
        return list(itertools.islice(reversed(self._calls), most))


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it is sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    delay: float = 0.0
    """The delay in seconds before it is sent."""
    is_lost: bool = False
    """Whether the connection is closed in place of a response."""


@dataclass(slots=True)
class _Order:
    answer: Response
    left: int
    """The number of calls that still receive it; a count, because copies would need memory."""

    @property
    def size(self) -> int:
        lines = sum(len(name) + len(value) for name, value in self.answer.headers)
        return len(self.answer.body) + lines


class PendingResponses:
    """Responses set in advance, per operation and in order.

    At most 10,000 of them, with 64 MiB together, are pending at a time.

    Args:
        operations: The ids of all operations.
    """

    def __init__(self, operations: Iterable[str]) -> None:
        self._waiting: dict[str, deque[_Order]] = {name: deque() for name in operations}
        self._count = 0
        self._bytes = 0

    def add(
        self,
        operation_id: str,
        status: int,
        body: object,
        headers: Mapping[str, str] | None,
        times: int,
    ) -> None:
        """Set a response.

        Raises:
            ValueError: The operation is unknown, the response is invalid, or too many are pending.
        """
        if operation_id not in self._waiting:
            names = ", ".join(self._waiting)
            raise ValueError(f"Unknown operation {operation_id!r}; known are {names}.")
        if not 1 <= times <= _MOST_TIMES:
            raise ValueError(f"times must be at least 1 and at most {_MOST_TIMES}.")
        order = _Order(make_response(status, body, headers), times)
        if self._count >= _LONGEST:
            raise ValueError(f"{self._count} responses are pending, which is the maximum.")
        if self._bytes + order.size > _MOST_BYTES:
            raise ValueError(f"Pending responses may have {_MOST_BYTES} bytes together.")
        self._count += 1
        self._bytes += order.size
        self._waiting[operation_id].append(order)

    def clear(self) -> None:
        """Discard all pending responses."""
        for pending in self._waiting.values():
            pending.clear()
        self._count = self._bytes = 0

    def take(self, operation_id: str) -> Response | None:
        """Return the next response set for an operation, or None."""
        waiting = self._waiting[operation_id]
        if not waiting:
            return None
        order = waiting[0]
        order.left -= 1
        if order.left == 0:
            waiting.popleft()
            self._count -= 1
            self._bytes -= order.size
        return order.answer


def make_response(status: int, body: object, headers: Mapping[str, str] | None) -> Response:
    """Build a response from user-supplied values.

    Raises:
        ValueError: The response is invalid.
    """
    if not 200 <= status <= 599:
        raise ValueError(f"status must be from 200 to 599, but is {status}.")
    content, content_type = _encode(body)
    if content and status in _NO_BODY:
        raise ValueError(f"A response with the status {status} cannot have a body.")
    lines = dict(headers or {})
    for name, value in lines.items():
        if name.lower() in _FRAMING:
            raise ValueError(f"The header {name!r} is set by the server.")
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            raise ValueError(f"The header {name!r} cannot be sent.")
    if content_type and "content-type" not in {name.lower() for name in lines}:
        lines["content-type"] = content_type
    return Response(status, tuple(lines.items()), content)


def _encode(body: object) -> tuple[bytes, str | None]:
    if body is None:
        return b"", None
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    try:
        return to_json(body), "application/json"
    except RecursionError:
        raise ValueError("The body is nested too deeply.") from None


def to_json(value: object) -> bytes:
    """Serialize a value as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
