"""What went in and what shall come out: the calls that were made, the answers that were ordered."""

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
    """A request that was answered."""

    operation: str | None
    """Its operationId; None where path and method are those of no operation."""
    method: str
    target: str
    """Path and query as they were received."""
    header_names: tuple[str, ...]
    """In lower case, in the order in which they were received."""
    body: bytes
    """Empty where the body was too large to be read."""
    signature_valid: bool
    status: int
    answer: bytes = field(default=b"", compare=False)
    """The body of the answer."""
    is_lost: bool = field(default=False, compare=False)
    """Was the answer withheld, by a fault?"""
    diagnosis: Diagnosis | None = field(default=None, compare=False)
    """What is wrong with the signature, where it is not valid."""
    time: float = field(default=0.0, compare=False)
    """When it came, by the emulator's clock."""

    @property
    def size(self) -> int:
        """The bytes of both bodies."""
        return len(self.body) + len(self.answer)


class Calls:
    """The last 10,000 calls, or fewer when their bodies have more than 64 MiB together."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque()
        self._bytes = 0
        self.count = 0
        """How many there were, those that are forgotten included."""

    def add(self, call: Call) -> None:
        """Remember a call, and forget the oldest where that is too many."""
        self.count += 1
        self._calls.append(call)
        self._bytes += call.size
        while len(self._calls) > _LONGEST or self._bytes > _MOST_BYTES:
            self._bytes -= self._calls.popleft().size

    def all(self) -> list[Call]:
        """The calls, the oldest first."""
        return list(self._calls)

    def last(self, most: int) -> list[Call]:
        """The last calls, the newest first."""
        return list(itertools.islice(reversed(self._calls), most))


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it goes out."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    delay: float = 0.0
    """Seconds for which it is held back."""
    is_lost: bool = False
    """Shall it never arrive?"""


@dataclass(slots=True)
class _Order:
    answer: Answer
    left: int
    """How many calls still get it: a count, since copies would take room."""

    @property
    def size(self) -> int:
        lines = sum(len(name) + len(value) for name, value in self.answer.headers)
        return len(self.answer.body) + lines


class OrderedAnswers:
    """Answers that were ordered in advance, for each operation in the order of their coming.

    At most 10,000 orders wait at a time, with 64 MiB together.

    Args:
        operations: The ids of the operations that there are.
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
        """Order an answer.

        Raises:
            ValueError: The operation is unknown, or it cannot be sent like that, or too much is
                waiting already.
        """
        if operation_id not in self._waiting:
            raise ValueError(f"There is no operation {operation_id!r}: {', '.join(self._waiting)}.")
        if not 1 <= times <= _MOST_TIMES:
            raise ValueError(f"An answer is given at least once and at most {_MOST_TIMES} times.")
        order = _Order(make_answer(status, body, headers), times)
        if self._count >= _LONGEST:
            raise ValueError(f"{self._count} orders are waiting, and there can be no more.")
        if self._bytes + order.size > _MOST_BYTES:
            raise ValueError(f"The orders that are waiting may have {_MOST_BYTES} bytes together.")
        self._count += 1
        self._bytes += order.size
        self._waiting[operation_id].append(order)

    def take(self, operation_id: str) -> Answer | None:
        """The next answer for an operation, if one was ordered."""
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


def make_answer(status: int, body: object, headers: Mapping[str, str] | None) -> Answer:
    """Make an answer as someone wishes to have it.

    Raises:
        ValueError: It cannot be sent like that.
    """
    if not 200 <= status <= 599:
        raise ValueError(f"The status must be from 200 to 599, but is {status}.")
    content, content_type = _encode(body)
    if content and status in _NO_BODY:
        raise ValueError(f"An answer with the status {status} has no body.")
    lines = dict(headers or {})
    for name, value in lines.items():
        if name.lower() in _FRAMING:
            raise ValueError(f"The header {name} is the server's own business.")
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            raise ValueError(f"The header {name!r} cannot be sent.")
    if content_type and "content-type" not in {name.lower() for name in lines}:
        lines["content-type"] = content_type
    return Answer(status, tuple(lines.items()), content)


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
    """Write a value as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
