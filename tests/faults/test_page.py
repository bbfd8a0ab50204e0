"""`docs/delivery.md` matches the fault table that the tests run."""

from __future__ import annotations

import dataclasses
import json

import pytest
from faults.page import FIGURES, PAGE, page, promise, soak, table
from faults.promises import ADVICE, Outcome, Row
from faults.table import rows

ROWS = {row.name: row for row in rows()}


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(PAGE.read_text())


def test_every_fault_is_on_the_page() -> None:
    lines = [line for line in table() if line.startswith("| ")]
    for row in ROWS.values():
        named = [line for line in lines if f"{row.words};" in line or f"{row.words} |" in line]
        assert any(" | ".join(promise(row)) in line for line in named), row.name


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("well", ("1 ✓", "1 ✓", "1 ✓", "1 ✓", "1 ✓", "", "", "")),
        ("refused", ("3", "3", "3", "3", "3 UNSENT", "`TransportError`", "False")),
        ("hang", ("3", "3", "3", "1", "1 UNKNOWN", "`TransportError`", "True")),
        ("503-once", ("2 ✓", "2 ✓", "2 ✓", "1", "1 UNKNOWN", "`ServerError`", "True")),
        ("400", ("1", "1", "1", "1", "1 REJECTED", "`BadRequestError`", "False")),
        ("401-clock", ("1 + 1",) * 4 + ("1 + 1 REJECTED", "`AuthenticationError`", "False")),
        ("no-ids", ("1", "1", "1", "-", "-", "`UnexpectedAnswerError`", "True")),
    ],
)
def test_a_fault_has_these_cells(name: str, cells: tuple[str, ...]) -> None:
    assert promise(ROWS[name])[: len(cells)] == cells


def test_different_errors_do_not_fit_on_one_line() -> None:
    outcomes = {"GET": Outcome("NotFoundError", 1), "POST": Outcome("ServerError", 1, True)}
    row: Row = dataclasses.replace(ROWS["well"], outcomes=outcomes)
    with pytest.raises(AssertionError, match="do not fit on one line"):
        promise(row)


def test_there_is_advice_for_exactly_the_errors_of_the_table() -> None:
    ends = {
        (outcome.error, outcome.maybe_delivered)
        for row in ROWS.values()
        for outcome in row.outcomes.values()
    }
    assert ends == set(ADVICE)


def test_the_recorded_soak_was_long_and_broke_no_promise() -> None:
    figures = json.loads(FIGURES.read_text())
    assert len(list(soak(figures))) > 10
    for run in figures.values():
        assert run["sent"] >= 100_000
        assert run["delivered"] + run["refused"] + run["in_doubt"] == run["sent"]
        for broken in ("lost", "denied", "duplicates", "unreported", "foreign"):
            assert run[broken] == 0
