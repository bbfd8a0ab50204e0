"""What a fault is, what is promised for it, and the families of outcomes that there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from faults.places import Place

KINDS = ("GET", "PUT", "DELETE", "POST")
ATTEMPTS = 3
"""The default of `Retry.max_attempts`."""
SHORT = 1.5
"""Seconds of a deadline that is meant to pass, and long enough to send a request before."""


@dataclass(frozen=True)
class Outcome:
    """What a call ends with."""

    error: str
    """The class of the error, or "" for success."""
    attempts: int
    maybe_delivered: bool = False


Outcomes = Mapping[str, Outcome]


@dataclass(frozen=True, eq=False)
class Row:
    """A fault, and what the client promises for it."""

    name: str
    words: str
    """The fault as the page names it."""
    place: Place
    outcomes: Outcomes
    counted: Literal["requests", "connections", "nothing"] = "requests"
    """By what the server tells how many attempts there were."""
    clock: bool = False
    """Is one more request due, signed by a clock that was put right?"""
    warm: bool = False
    """Does the fault befall the second call on a connection?"""
    waiter: bool = False
    """Is it `wait_for_topic` that reads the topic?"""
    big: bool = False
    """Is the request too large to be written at once?"""
    timeout: float = 20.0
    waits: float = 0.0
    """Seconds that the service asks to wait before the next attempt."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What is set besides the defaults of `Retry`."""
    advice: str = ""
    """What a caller should do, where `ADVICE` does not fit."""


@dataclass(frozen=True)
class Group:
    """Faults of one kind."""

    title: str
    rows: tuple[Row, ...]


# --- families of outcomes -----------------------------------------------------------------------


def alike(outcome: Outcome, kinds: tuple[str, ...] = KINDS) -> Outcomes:
    """The same for all."""
    return dict.fromkeys(kinds, outcome)


def passing(error: str, kinds: tuple[str, ...] = KINDS) -> Outcomes:
    """What may pass, and may have been acted on: repeated, but not where that could duplicate."""
    repeated, once = Outcome(error, ATTEMPTS, True), Outcome(error, 1, True)
    return {kind: once if kind == "POST" else repeated for kind in kinds}


def recovered(error: str) -> Outcomes:
    """What has passed at the second attempt: POST is not repeated, and does not learn of it."""
    return {**alike(Outcome("", 2)), "POST": Outcome(error, 1, True)}


SUCCESS = alike(Outcome("", 1))
UNSENT = alike(Outcome("TransportError", ATTEMPTS))
DOUBT = passing("TransportError")
UNREADABLE = alike(Outcome("UnexpectedAnswerError", 1, True))
REDIRECT = alike(Outcome("UnexpectedAnswerError", 1))
LIMITED = alike(Outcome("RateLimitedError", ATTEMPTS))
UPLOADS = ("PUT", "POST")


def refused(error: str, kinds: tuple[str, ...] = KINDS) -> Outcomes:
    """What the service refused, and would refuse again."""
    return alike(Outcome(error, 1), kinds)


def failed(error: str = "ServerError", kinds: tuple[str, ...] = KINDS) -> Outcomes:
    """What the service failed at, and says nothing of whether it will pass."""
    return alike(Outcome(error, 1, True), kinds)


def only(outcomes: Outcomes, *kinds: str) -> Outcomes:
    """Some kinds of an outcome."""
    return {kind: outcomes[kind] for kind in kinds}


# --- what a caller should do --------------------------------------------------------------------

ADVICE: Mapping[tuple[str, bool], str] = {
    ("", False): "",
    ("TransportError", False): "call again later: nothing was sent",
    ("TransportError", True): "look whether it was done before you repeat a POST",
    ("UnexpectedAnswerError", False): "check the configured URL",
    ("UnexpectedAnswerError", True): "look whether it was done; find out what answers there",
    ("BadRequestError", False): "mend the arguments",
    ("BadRequestError", True): "look whether an earlier attempt did it",
    ("AuthenticationError", False): "check the keys and this machine's clock",
    ("PermissionDeniedError", False): "grant the keys the permission",
    ("NotFoundError", False): "check the id or the name",
    ("NotFoundError", True): "look whether an earlier attempt deleted it",
    ("ConflictError", False): "take what exists, or another name",
    ("PayloadTooLargeError", False): "send less at once",
    ("RateLimitedError", False): "call again after `retry_after`, or more slowly",
    ("ServerError", True): "look whether it was done before you repeat a POST",
    ("WaitTimeoutError", False): "wait again, or longer",
    ("ApiError", False): "read `status_code` and `detail`",
    ("ApiError", True): "read `gateway_code`; look whether it was done",
}
"""By the class of the error and `maybe_delivered`."""
