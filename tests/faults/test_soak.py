"""A short soak, and proof that the soak detects broken promises."""

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
    # Every kind of outcome occurred.
    assert figures.faults > COUNT / 10
    assert min(figures.delivered, figures.refused, figures.in_doubt_stored) > 0
    assert figures.in_doubt > figures.in_doubt_stored


def unknown() -> DataStreamError:
    error = DataStreamError()
    error.maybe_delivered = True
    return error


NOT_SENT = DataStreamError()


def account(reports: list[Report], held: dict[str, int]) -> Figures:
    return compared(["1", "2"], reports, Counter(held))


def test_matching_accounts_break_no_promise() -> None:
    figures = account([("1", None), ("2", NOT_SENT)], {"1": 1})
    assert (figures.delivered, figures.refused, figures.broken_promises()) == (1, 1, 0)
    for held in ({"1": 1}, {"1": 1, "2": 1}):
        figures = account([("1", None), ("2", unknown())], held)
        assert (figures.in_doubt, figures.broken_promises()) == (1, 0)
        assert figures.in_doubt_stored == held.get("2", 0)


@pytest.mark.parametrize(
    ("broken", "reports", "held"),
    [
        ("lost", [("1", None), ("2", None)], {"1": 1}),
        ("denied", [("1", None), ("2", NOT_SENT)], {"1": 1, "2": 1}),
        ("duplicates", [("1", None), ("2", None)], {"1": 1, "2": 2}),
        ("duplicates", [("1", None), ("2", unknown())], {"1": 1, "2": 2}),
        ("unreported", [("1", None)], {"1": 1}),
        ("unreported", [("1", None), ("2", None), ("2", None)], {"1": 1, "2": 1}),
        ("foreign", [("1", None), ("2", None)], {"1": 1, "2": 1, "3": 1}),
    ],
)
def test_a_broken_promise_is_detected(
    broken: str, reports: list[Report], held: dict[str, int]
) -> None:
    figures = account(reports, held)
    assert getattr(figures, broken) == 1
    assert figures.broken_promises() == 1
    assert figures.broken_promises(at_least_once=True) == (broken != "duplicates")
