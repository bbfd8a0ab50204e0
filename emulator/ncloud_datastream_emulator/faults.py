"""Fault injection: errors, latency, lost responses and clock skew."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple, Self

from .document import Operation
from .records import Response, make_response

ANY = "*"
"""Matches every operation."""

# Statuses with an error body of the gateway; the others get one of the service.
_GATEWAY = {
    403: ("230", "Forbidden"),
    429: ("410", "Throttle Limited"),
    500: ("900", "Unexpected Error"),
    503: ("500", "Endpoint Error"),
    504: ("510", "Endpoint Timeout"),
}
_DETAIL = "Injected by a fault of the emulator; the request had no effect."


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of an operation's calls, created by the class methods below.

    Faults apply to calls with a valid signature only, except for `clock_skew`, which may invalidate
    it. Several faults may apply to one call; the first of several responses is sent.

    Args:
        operation: The operation's id in `openapi.yaml`, such as ``sendMessage``, or ``"*"``.
        times: The number of calls it applies to; None for no limit.
        probability: The probability that it applies to a call.

    Raises:
        ValueError: A value is out of range.
    """

    operation: str
    times: int | None
    probability: float
    answer: tuple[int, object, Mapping[str, str]] | None = None
    """Status, body and headers of the response that is sent in place of the call's effect."""
    delay: float = 0.0
    skew: float = 0.0
    is_lost: bool = False

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError(f"times must be at least 1, but is {self.times}.")
        if not 0.0 < self.probability <= 1.0:
            raise ValueError(
                f"probability must be above 0 and at most 1, but is {self.probability}."
            )
        if not 0.0 <= self.delay < float("inf"):
            raise ValueError(f"A latency must be a number of seconds, but is {self.delay}.")
        if self.answer is not None:
            make_response(*self.answer)

    @classmethod
    def status(
        cls,
        operation: str,
        status: int,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        retry_after: float | None = None,
        times: int | None = 1,
        probability: float = 1.0,
    ) -> Self:
        """Respond with a status code, such as 429 or 503, and do nothing else.

        Args:
            operation: The operation, or ``"*"``.
            status: The HTTP status code, 200 to 599.
            body: As for `Emulator.answer_next`; None for Data Stream's error body of this status.
            headers: Additional headers.
            retry_after: The value of the header Retry-After, in seconds.
            times: The number of calls it applies to; None for no limit.
            probability: The probability that it applies to a call.
        """
        lines = dict(headers or {})
        if retry_after is not None:
            lines["Retry-After"] = f"{retry_after:g}"
        return cls(
            operation=operation,
            times=times,
            probability=probability,
            answer=(status, body, lines),
        )

    @classmethod
    def latency(
        cls, operation: str, seconds: float, *, times: int | None = None, probability: float = 1.0
    ) -> Self:
        """Delay the response by this number of seconds; the call takes effect immediately."""
        return cls(operation=operation, times=times, probability=probability, delay=seconds)

    @classmethod
    def lost_answer(
        cls, operation: str, *, times: int | None = 1, probability: float = 1.0
    ) -> Self:
        """Let the call take effect, and close the connection without a response."""
        return cls(operation=operation, times=times, probability=probability, is_lost=True)

    @classmethod
    def clock_skew(
        cls,
        seconds: float,
        operation: str = ANY,
        *,
        times: int | None = None,
        probability: float = 1.0,
    ) -> Self:
        """Check signatures and write dates by a clock that is ahead by this number of seconds.

        The clock is behind if the number is negative.
        """
        return cls(operation=operation, times=times, probability=probability, skew=seconds)


class Effect(NamedTuple):
    """The combined effect of faults on one call."""

    answer: Response | None
    delay: float
    is_lost: bool


class Faults:
    """The active faults and their remaining counts.

    Args:
        operations: All operations by id.
        seed: Makes probabilities repeatable.
    """

    def __init__(self, operations: Mapping[str, Operation], seed: int | str | None) -> None:
        self._operations = operations
        self._random = random.Random(seed)  # noqa: S311
        self._faults: tuple[Fault, ...] = ()
        self._left: list[float] = []

    @property
    def all(self) -> tuple[Fault, ...]:
        """The faults as they were set."""
        return self._faults

    def set(self, faults: Iterable[Fault]) -> None:
        """Replace all faults and restart their counts.

        Raises:
            ValueError: An operation is unknown.
        """
        faults = tuple(faults)
        for fault in faults:
            if fault.operation != ANY and fault.operation not in self._operations:
                names = ", ".join(self._operations)
                raise ValueError(f"Unknown operation {fault.operation!r}; known are {names}.")
        self._faults = faults
        self._left = [float("inf") if each.times is None else each.times for each in faults]

    def skew(self, operation_id: str) -> float:
        """Return the clock skew of a call, in seconds."""
        return sum(
            fault.skew
            for index, fault in enumerate(self._faults)
            if fault.skew and self._strikes(index, operation_id)
        )

    def strike(self, operation_id: str, answer: Response | None = None) -> Effect:
        """Return the effect of the faults on a call with a valid signature.

        Args:
            operation_id: The operation that is called.
            answer: The response set with `Emulator.answer_next`, if any.
        """
        delay = 0.0
        is_lost = False
        for index, fault in enumerate(self._faults):
            if fault.skew or (fault.answer and answer) or not self._strikes(index, operation_id):
                continue
            if fault.answer is not None:
                answer = self._answer(operation_id, *fault.answer)
            delay += fault.delay
            is_lost = is_lost or fault.is_lost
        return Effect(answer, delay, is_lost)

    def _strikes(self, index: int, operation_id: str) -> bool:
        fault = self._faults[index]
        if fault.operation not in (ANY, operation_id) or self._left[index] <= 0:
            return False
        if fault.probability < 1.0 and self._random.random() >= fault.probability:
            return False
        self._left[index] -= 1
        return True

    def _answer(
        self, operation_id: str, status: int, body: object, headers: Mapping[str, str]
    ) -> Response:
        if body is None and status >= 400:
            body = _usual_body(self._operations[operation_id].server, status)
        return make_response(status, body, headers)


def _usual_body(server: str, status: int) -> dict[str, Any]:
    if status in _GATEWAY:
        code, message = _GATEWAY[status]
        return {"error": {"errorCode": code, "message": message, "details": _DETAIL}}
    if server == "message":
        return {"status": status, "detail": _DETAIL}
    known = {each.value: each.phrase for each in HTTPStatus}
    title = known.get(status, "Unknown")
    return {"type": "about:blank", "title": title, "status": status, "detail": _DETAIL}
