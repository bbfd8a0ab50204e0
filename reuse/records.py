"""The calls that the emulator records of a scenario, and the differences between two recordings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import unquote

from ncloud_datastream_emulator import Call

HEADERS = frozenset(
    {
        "x-ncp-apigw-timestamp",
        "x-ncp-iam-access-key",
        "x-ncp-apigw-signature-v2",
        "content-type",
    }
)
"""The headers of the contract; all others depend on the HTTP library."""

WRITINGS = ("order", "space", "escapes")
"""Differences between equivalent request targets; see `scenario.md`."""


@dataclass(frozen=True, slots=True)
class Record:
    """The parts of a call that must be the same in every language."""

    operation: str | None
    method: str
    target: str
    headers: frozenset[str]
    body: Any
    signature_valid: bool
    status: int


def record(call: Call) -> Record:
    """Return the parts of a call that are compared."""
    try:
        body = json.loads(call.body) if call.body else None
    except ValueError:
        body = call.body
    return Record(
        call.operation,
        call.method,
        call.target,
        HEADERS.intersection(call.header_names),
        body,
        call.signature_valid,
        call.status,
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences between a recording and the expected one."""

    writings: frozenset[str]
    """The kinds of equivalent differences found, from `WRITINGS`."""
    faults: tuple[str, ...]
    """Descriptions of the differences that matter; empty if the recordings are equal."""


def compare(expected: Iterable[Call], actual: Iterable[Call]) -> Comparison:
    """Compare the calls of two runs of the scenario."""
    writings: set[str] = set()
    faults = []
    pairs = zip_longest(map(record, expected), map(record, actual))
    for number, (wanted, found) in enumerate(pairs, 1):
        if wanted is None or found is None:
            one, which = (wanted, "is missing") if wanted else (found, "is unexpected")
            assert one is not None
            faults.append(f"call {number} ({one.operation}): {which}: {one.method} {one.target}")
            continue
        here = _faults(wanted, found)
        different = target_writings(wanted.target, found.target)
        if different is None:
            here.append(f"target is {found.target!r} instead of {wanted.target!r}")
        writings |= different or set()
        faults += [f"call {number} ({wanted.operation}): {fault}" for fault in here]
    return Comparison(frozenset(writings), tuple(faults))


def _faults(wanted: Record, found: Record) -> list[str]:
    faults = []
    for name in ("operation", "method", "body", "signature_valid", "status"):
        here, there = getattr(found, name), getattr(wanted, name)
        # As JSON, because True == 1 in Python.
        if _json(here) != _json(there):
            faults.append(f"{name} is {here!r} instead of {there!r}")
    faults += [f"header {name} is missing" for name in sorted(wanted.headers - found.headers)]
    faults += [f"header {name} is unexpected" for name in sorted(found.headers - wanted.headers)]
    return faults


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


def target_writings(wanted: str, found: str) -> frozenset[str] | None:
    """Return how two equivalent targets differ; None if they are not equivalent."""
    wanted_path, _, wanted_query = wanted.partition("?")
    found_path, _, found_query = found.partition("?")
    there, here = wanted_query.split("&"), found_query.split("&")
    writings = set()
    if list(map(_name, there)) != list(map(_name, here)):
        writings.add("order")
        there.sort(key=_name)
        here.sort(key=_name)
    if len(there) != len(here):
        return None
    # By segment, so that an escaped slash is not treated as a separator.
    pairs = [*zip_longest(wanted_path.split("/"), found_path.split("/"), fillvalue="/")]
    for one, other in zip(there, here, strict=True):
        if ("+" in one) != ("+" in other):
            writings.add("space")
        pairs.append((one.replace("+", "%20"), other.replace("+", "%20")))
    for one, other in pairs:
        if one != other:
            if unquote(one) != unquote(other):
                return None
            writings.add("escapes")
    return frozenset(writings)


def _name(parameter: str) -> str:
    return parameter.partition("=")[0]
