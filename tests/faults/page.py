"""Writes what the table of faults and the soak say into `docs/delivery.md`.

python tests/faults/page.py
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.clients import CLIENTS, bulk_outcome
from faults.promises import ADVICE, KINDS, Group, Outcome, Row
from faults.table import GROUPS

PAGE = Path(__file__).parents[2] / "docs" / "delivery.md"
FIGURES = Path(__file__).with_name("soak.json")
"""What `make soak RECORD=1` found last."""

_HEAD = ("failure", *KINDS, "`send_messages`", "error", "`maybe_delivered`", "what to do")
_BULK = CLIENTS["sending"][1][0]
"""The kind of request that `send_messages` makes."""


def page(text: str) -> str:
    """Return the page with what is made in it made anew; all the rest is written by hand."""
    for name, lines in (("table", table()), ("soak", soak(json.loads(FIGURES.read_text())))):
        begin, end = f"<!-- {name}: made by `make delivery` -->", f"<!-- end of {name} -->"
        made = "\n".join((begin, "", *lines, "", end))
        text, times = re.subn(f"{begin}.*?{end}", lambda _, made=made: made, text, flags=re.DOTALL)
        assert times == 1, f"{PAGE} has no place for: {name}"
    return text


# --- the table ----------------------------------------------------------------------------------


def table() -> Iterator[str]:
    """Return the lines of the table: one for all faults of a group that come to the same."""
    for number, group in enumerate(GROUPS):
        yield from ["", f"### {group.title}", ""] if number else [f"### {group.title}", ""]
        yield from _lines(_HEAD, _rows(group))


def _rows(group: Group) -> Iterator[tuple[str, ...]]:
    said = [(promise(row), row.words) for row in group.rows]
    first = {cells: number for number, (cells, _) in reversed(list(enumerate(said)))}
    said.sort(key=lambda each: first[each[0]])
    for cells, alike in groupby(said, key=lambda each: each[0]):
        yield "; ".join(words for _, words in alike), *cells


def promise(row: Row) -> tuple[str, ...]:
    """Return what the page says of a fault: for each kind, and of the error that they share."""
    failures = {(each.error, each.maybe_delivered) for each in row.outcomes.values() if each.error}
    assert len(failures) <= 1, f"{row.name}: one line cannot say it"
    error, maybe = next(iter(failures), ("", False))
    bulk = row.outcomes.get(_BULK)
    return (
        *(_attempts(row.outcomes.get(kind), row) for kind in KINDS),
        "-" if bulk is None else f"{_attempts(bulk, row)}{_told(bulk)}",
        f"`{error}`" if error else "",
        str(maybe) if error else "",
        row.advice or ADVICE[error, maybe],
    )


def _attempts(outcome: Outcome | None, row: Row) -> str:
    if outcome is None:
        return "-"
    more = " + 1" if row.clock else ""
    return f"{outcome.attempts}{more}{'' if outcome.error else ' ✓'}"


def _told(outcome: Outcome) -> str:
    if not outcome.error:
        return ""
    told = bulk_outcome(outcome.error, maybe_delivered=outcome.maybe_delivered)
    return f" {told.name}"


# --- the soak -----------------------------------------------------------------------------------

_NAMES = {
    "sent": "messages",
    "delivered": "reported as delivered",
    "refused": "reported as certainly not delivered",
    "in_doubt": "reported as perhaps delivered",
    "in_doubt_stored": "of these, stored",
    "lost": "**reported as delivered, and not stored**",
    "denied": "**reported as not delivered, and stored**",
    "duplicates": "**stored twice**",
    "unreported": "**not reported, or more than once**",
    "foreign": "**stored, and never sent**",
    "faults": "requests that something befell",
    "seed": "seed",
}


def soak(figures: dict[str, dict[str, int]]) -> Iterator[str]:
    """Return the lines of the soak's figures, a column for each run."""
    rows = [
        (words, *(f"{run[name]:,}" for run in figures.values())) for name, words in _NAMES.items()
    ]
    yield from _lines(("", *figures), rows)


def _lines(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for cells in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
