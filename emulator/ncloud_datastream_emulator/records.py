"""What went in and what shall come out: the calls that were made, the answers that were ordered."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_LONGEST = 10_000
_MOST_BYTES = 64 * 1024 * 1024
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


class Calls:
    """The last 10,000 calls, or fewer when their bodies have more than 64 MiB together."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque()
        self._bytes = 0

    def add(self, call: Call) -> None:
        """Remember a call, and forget the oldest where that is too many."""
        self._calls.append(call)
        self._bytes += len(call.body)
        while len(self._calls) > _LONGEST or self._bytes > _MOST_BYTES:
            self._bytes -= len(self._calls.popleft().body)

    def all(self) -> list[Call]:
        """The calls, the oldest first."""
        return list(self._calls)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it goes out."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class OrderedAnswers:
    """Answers that were ordered in advance, for each operation in the order of their coming.

    Args:
        operations: The ids of the operations that there are.
    """

    def __init__(self, operations: Iterable[str]) -> None:
        self._waiting: dict[str, deque[Answer]] = {name: deque() for name in operations}

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
            ValueError: The operation is unknown, or it cannot be sent like that.
        """
        if operation_id not in self._waiting:
            raise ValueError(f"There is no operation {operation_id!r}: {', '.join(self._waiting)}.")
        if not 200 <= status <= 599:
            raise ValueError(f"The status must be from 200 to 599, but is {status}.")
        if times < 1:
            raise ValueError(f"An answer is given at least once, not {times} times.")
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
        answer = Answer(status, tuple(lines.items()), content)
        self._waiting[operation_id].extend([answer] * times)

    def take(self, operation_id: str) -> Answer | None:
        """The next answer for an operation, if one was ordered."""
        waiting = self._waiting[operation_id]
        return waiting.popleft() if waiting else None


def _encode(body: object) -> tuple[bytes, str | None]:
    if body is None:
        return b"", None
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return to_json(body), "application/json"


def to_json(value: object) -> bytes:
    """Write a value as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
