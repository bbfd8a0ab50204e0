"""The soak in a short form; and that it would see a promise that is broken."""

from __future__ import annotations

from collections import Counter

import pytest
from faults.soak import KINDS, Figures, Kind, Report, compared, soak
from ncloud_datastream import DataStreamError

COUNT = 5_000


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_no_promise_is_broken(kind: Kind) -> None:
    figures = soak(kind, COUNT, seed=2)
    assert figures.broken_promises() == 0, figures
    assert figures.sent == COUNT
    # And it was hard enough: something of everything came.
    assert figures.faults > COUNT / 10
    assert min(figures.delivered, figures.refused, figures.in_doubt_stored) > 0
    assert figures.in_doubt > figures.in_doubt_stored


def doubt() -> DataStreamError:
    error = DataStreamError()
    error.maybe_delivered = True
    return error


SURE = DataStreamError()


def account(reports: list[Report], held: dict[str, int]) -> Figures:
    return compared(["1", "2"], reports, Counter(held))


def test_what_is_well_breaks_no_promise() -> None:
    figures = account([("1", None), ("2", SURE)], {"1": 1})
    assert (figures.delivered, figures.refused, figures.broken_promises()) == (1, 1, 0)
    for held in ({"1": 1}, {"1": 1, "2": 1}):
        figures = account([("1", None), ("2", doubt())], held)
        assert (figures.in_doubt, figures.broken_promises()) == (1, 0)
        assert figures.in_doubt_stored == held.get("2", 0)


@pytest.mark.parametrize(
    ("broken", "reports", "held"),
    [
        ("lost", [("1", None), ("2", None)], {"1": 1}),
        ("denied", [("1", None), ("2", SURE)], {"1": 1, "2": 1}),
        ("duplicates", [("1", None), ("2", None)], {"1": 1, "2": 2}),
        ("duplicates", [("1", None), ("2", doubt())], {"1": 1, "2": 2}),
        ("unreported", [("1", None)], {"1": 1}),
        ("unreported", [("1", None), ("2", None), ("2", None)], {"1": 1, "2": 1}),
        ("foreign", [("1", None), ("2", None)], {"1": 1, "2": 1, "3": 1}),
    ],
)
def test_a_broken_promise_is_seen(broken: str, reports: list[Report], held: dict[str, int]) -> None:
    figures = account(reports, held)
    assert getattr(figures, broken) == 1
    assert figures.broken_promises() == 1
    assert figures.broken_promises(at_least_once=True) == (broken != "duplicates")
