"""Faults: what may go wrong with a call, so that programs can be tested against it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple, Self

from .document import Operation
from .records import Answer, make_answer

ANY = "*"
"""Stands for every operation."""

# What the gateway says with these; the service's own words go with the others.
_GATEWAY = {
    403: ("230", "Forbidden"),
    429: ("410", "Throttle Limited"),
    500: ("900", "Unexpected Error"),
    503: ("500", "Endpoint Error"),
    504: ("510", "Endpoint Timeout"),
}
_DETAIL = "A fault of the emulator: nothing was done."


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong with the calls of an operation; made by the functions below.

    A fault strikes calls with a valid signature only, except for `clock_skew`, which may make it
    invalid. Several may strike the same call; of several answers the first is given.

    Args:
        operation: The operation as `openapi.yaml` calls it, such as ``sendMessage``, or ``"*"``.
        times: How many calls it strikes; None for no end.
        probability: With which probability it strikes a call.

    Raises:
        ValueError: A value cannot be right.
    """

    operation: str
    times: int | None
    probability: float
    answer: tuple[int, object, Mapping[str, str]] | None = None
    """Status, body and headers of the answer that is given without doing anything."""
    delay: float = 0.0
    skew: float = 0.0
    is_lost: bool = False

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError(f"A fault strikes at least once, not {self.times} times.")
        if not 0.0 < self.probability <= 1.0:
            raise ValueError(f"A probability is above 0 and at most 1, not {self.probability}.")
        if not 0.0 <= self.delay < float("inf"):
            raise ValueError(f"A latency is a number of seconds, not {self.delay}.")
        if self.answer is not None:
            make_answer(*self.answer)

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
        """Answer with a status, such as 429 or 503, without doing anything.

        Args:
            operation: The operation, or ``"*"``.
            status: The HTTP status, 200 to 599.
            body: As for `Emulator.answer_next`; None for what Data Stream says with this status.
            headers: Further headers.
            retry_after: Seconds for the header Retry-After.
            times: How many calls it strikes; None for no end.
            probability: With which probability it strikes a call.
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
        """Hold the answer back for so many seconds; what was asked for is done at once."""
        return cls(operation=operation, times=times, probability=probability, delay=seconds)

    @classmethod
    def lost_answer(
        cls, operation: str, *, times: int | None = 1, probability: float = 1.0
    ) -> Self:
        """Do what was asked for, and cut the connection instead of answering."""
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
        """Check signatures and write dates by a clock that is so many seconds ahead, or behind."""
        return cls(operation=operation, times=times, probability=probability, skew=seconds)


class Effect(NamedTuple):
    """What faults do to one call."""

    answer: Answer | None
    delay: float
    is_lost: bool


class Faults:
    """The faults that are set, and how often each may still strike.

    Args:
        operations: The operations that there are.
        seed: Makes what is left to chance repeatable.
    """

    def __init__(self, operations: Mapping[str, Operation], seed: int | str | None) -> None:
        self._operations = operations
        self._random = random.Random(seed)  # noqa: S311
        self._faults: tuple[Fault, ...] = ()
        self._left: list[float] = []

    @property
    def all(self) -> tuple[Fault, ...]:
        """The faults, as they were set."""
        return self._faults

    def set(self, faults: Iterable[Fault]) -> None:
        """Put faults in the place of those that there are, and count anew.

        Raises:
            ValueError: There is no such operation.
        """
        faults = tuple(faults)
        for fault in faults:
            if fault.operation != ANY and fault.operation not in self._operations:
                names = ", ".join(self._operations)
                raise ValueError(f"There is no operation {fault.operation!r}: {names}.")
        self._faults = faults
        self._left = [float("inf") if each.times is None else each.times for each in faults]

    def skew(self, operation_id: str) -> float:
        """Seconds by which the clock is off for a call."""
        return sum(
            fault.skew
            for index, fault in enumerate(self._faults)
            if fault.skew and self._strikes(index, operation_id)
        )

    def strike(self, operation_id: str, answer: Answer | None = None) -> Effect:
        """What happens to a call whose signature is valid.

        Args:
            operation_id: The operation that is called.
            answer: The answer that it gets in any case, if there is one.
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
    ) -> Answer:
        if body is None and status >= 400:
            body = _usual_body(self._operations[operation_id].server, status)
        return make_answer(status, body, headers)


def _usual_body(server: str, status: int) -> dict[str, Any]:
    if status in _GATEWAY:
        code, message = _GATEWAY[status]
        return {"error": {"errorCode": code, "message": message, "details": _DETAIL}}
    if server == "message":
        return {"status": status, "detail": _DETAIL}
    known = {each.value: each.phrase for each in HTTPStatus}
    title = known.get(status, "Unknown")
    return {"type": "about:blank", "title": title, "status": status, "detail": _DETAIL}
