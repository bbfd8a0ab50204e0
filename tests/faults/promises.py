"""The rows of the fault table: a fault, the promised outcomes, and the advice for each error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from faults.places import Place, direct
from faults.server import Script

KINDS = ("GET", "PUT", "DELETE", "POST")
ATTEMPTS = 3
"""The default of `Retry.max_attempts`."""
SHORT = 1.5
"""Seconds of a deadline that is meant to pass, but only after the request was sent."""


@dataclass(frozen=True)
class Outcome:
    """The result of a call."""

    error: str
    """The error class, or "" for success."""
    attempts: int
    maybe_delivered: bool = False


Outcomes = Mapping[str, Outcome]


@dataclass(frozen=True, eq=False)
class Row:
    """A fault and the promised outcomes."""

    name: str
    words: str
    """The description of the fault on the page."""
    place: Place
    outcomes: Outcomes
    counted: Literal["requests", "connections", "nothing"] = "requests"
    """What the server counts as an attempt."""
    clock: bool = False
    """Whether one extra request follows a 401, signed with the corrected clock."""
    warm: bool = False
    """Whether the fault happens on the second call on a connection."""
    waiter: bool = False
    """Whether `wait_for_topic` makes the GET."""
    big: bool = False
    """Whether the request is too large to be written at once."""
    timeout: float = 20.0
    waits: float = 0.0
    """Seconds of `Retry-After`."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of `Retry` other than the defaults."""
    advice: str = ""
    """The advice on the page, if other than in `ADVICE`."""


def at(
    name: str,
    words: str,
    script: Script,
    outcomes: Outcomes,
    counted: Literal["requests", "connections", "nothing"] = "requests",
    *,
    certificate: str | None = None,
    **more: Any,
) -> Row:
    """Return a row whose fault is the script of a server."""
    return Row(name, words, direct(script, certificate), outcomes, counted, **more)


@dataclass(frozen=True)
class Group:
    """A section of the table."""

    title: str
    rows: tuple[Row, ...]


# --- families of outcomes -----------------------------------------------------------------------


def alike(outcome: Outcome, kinds: tuple[str, ...] = KINDS) -> Outcomes:
    """The same outcome for all kinds."""
    return dict.fromkeys(kinds, outcome)


def passing(error: str, kinds: tuple[str, ...] = KINDS) -> Outcomes:
    """Temporary failures of calls that may have taken effect: retried, except for POST."""
    repeated, once = Outcome(error, ATTEMPTS, True), Outcome(error, 1, True)
    return {kind: once if kind == "POST" else repeated for kind in kinds}


def recovered(error: str) -> Outcomes:
    """Failures of the first attempt only: POST is not retried, so its call fails."""
    return {**alike(Outcome("", 2)), "POST": Outcome(error, 1, True)}


SUCCESS = alike(Outcome("", 1))
UNSENT = alike(Outcome("TransportError", ATTEMPTS))
DOUBT = passing("TransportError")
UNREADABLE = alike(Outcome("UnexpectedAnswerError", 1, True))
REDIRECT = alike(Outcome("UnexpectedAnswerError", 1))
LIMITED = alike(Outcome("RateLimitedError", ATTEMPTS))
UPLOADS = ("PUT", "POST")


def rejected(error: str, kinds: tuple[str, ...] = KINDS) -> Outcomes:
    """Rejections that a retry would not change."""
    return alike(Outcome(error, 1), kinds)


def failed(error: str = "ServerError", kinds: tuple[str, ...] = KINDS) -> Outcomes:
    """Failures that are not known to be temporary, so they are not retried."""
    return alike(Outcome(error, 1, True), kinds)


def only(outcomes: Outcomes, *kinds: str) -> Outcomes:
    """Return the outcomes of some kinds."""
    return {kind: outcomes[kind] for kind in kinds}


# --- advice for callers -------------------------------------------------------------------------

ADVICE: Mapping[tuple[str, bool], str] = {
    ("", False): "",
    ("TransportError", False): "retry later: nothing was sent",
    ("TransportError", True): "check whether the call took effect before you repeat a POST",
    ("UnexpectedAnswerError", False): "check the configured URL",
    ("UnexpectedAnswerError", True): "check whether the call took effect, and what responded",
    ("BadRequestError", False): "correct the arguments",
    ("BadRequestError", True): "check whether an earlier attempt took effect",
    ("AuthenticationError", False): "check the keys and the clock of this machine",
    ("PermissionDeniedError", False): "grant the permission to the keys",
    ("NotFoundError", False): "check the id or the name",
    ("NotFoundError", True): "check whether an earlier attempt deleted it",
    ("ConflictError", False): "use the existing resource, or another name",
    ("PayloadTooLargeError", False): "send less per request",
    ("RateLimitedError", False): "retry after `retry_after`, or at a lower rate",
    ("ServerError", True): "check whether the call took effect before you repeat a POST",
    ("WaitTimeoutError", False): "wait again, or longer",
    ("ApiError", False): "read `status_code` and `detail`",
    ("ApiError", True): "read `gateway_code`; check whether the call took effect",
}
"""By error class and `maybe_delivered`."""
