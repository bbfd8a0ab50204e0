"""The options of a run and its counts, on a simulated clock."""

from __future__ import annotations

from typing import Any

import pytest
from ncloud_datastream import (
    BadRequestError,
    ConfigurationError,
    Delivery,
    Message,
    Outcome,
    Progress,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
)
from ncloud_datastream.sending import plan as plan_module
from ncloud_datastream.sending.messages import outcome_of
from ncloud_datastream.sending.plan import PROGRESS_EVERY, Tally
from sending.fakes import Clock, planned

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN


@pytest.mark.parametrize(
    "options",
    [
        *[{"rate": rate} for rate in (1e-9, 1, 999_999_999.5, None)],
        *[{"concurrency": concurrency} for concurrency in (1, 2, 100_000)],
        {"ordered": "key"},
        {"progress": print},
    ],
    ids=str,
)
def test_valid_options_are_accepted(options: dict[str, Any]) -> None:
    plan = planned(None, **options)
    order = ", ordered='key'" if plan.ordered else ""
    assert repr(plan) == f"nowhere, concurrency={plan.concurrency}{order}"
    assert plan.ahead == (8 if plan.ordered else 2) * plan.concurrency
    assert all(getattr(plan, name) == value for name, value in options.items())


@pytest.mark.parametrize(
    "options",
    [
        *[{"rate": rate} for rate in (0, -1, 1e9, float("inf"), float("nan"), True, "1")],
        *[{"concurrency": concurrency} for concurrency in (0, -1, 1.0, True, None)],
        {"ordered": "topic"},
        {"ordered": True},
        {"progress": 1},
    ],
    ids=str,
)
def test_invalid_options_are_rejected(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(ConfigurationError, match=f"{name} must be"):
        planned(None, **options)


# --- counts


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(plan_module, "time", found)
    return found


def delivery(outcome: Outcome) -> Delivery:
    return Delivery(Message("t", "k", "v"), outcome, 0, 1, None)


def test_each_outcome_is_counted(clock: Clock) -> None:
    seen: list[Progress] = []
    tally = Tally(seen.append)
    for number, outcome in enumerate((DELIVERED, REJECTED, UNSENT, UNKNOWN), 1):
        for _ in range(number):
            tally.count(outcome)
    assert seen == []
    clock.now += 4.0
    tally.report()
    clock.now += 2.0
    tally.report()
    assert seen == [Progress(1, 2, 3, 4, 4.0, 2.5), Progress(1, 2, 3, 4, 6.0, 0.0)]
    assert seen[0].total == 10
    assert Tally(None).progress.rate == 0.0  # no time has passed


def test_progress_is_reported_about_every_second(clock: Clock) -> None:
    seen: list[Progress] = []
    tally = Tally(seen.append)
    for _ in range(5):
        clock.now += PROGRESS_EVERY / 4
        tally.count(DELIVERED)
        tally.report_if_due()
    assert seen == [Progress(4, 0, 0, 0, PROGRESS_EVERY, 4 / PROGRESS_EVERY)]
    clock.now += PROGRESS_EVERY / 2
    tally.report_if_due()
    assert len(seen) == 1
    clock.now += PROGRESS_EVERY / 4
    tally.count(DELIVERED)
    tally.report_if_due()
    assert seen[1:] == [Progress(6, 0, 0, 0, 2 * PROGRESS_EVERY, 2 / PROGRESS_EVERY)]
    Tally(None).report()


def test_the_error_decides_the_outcome() -> None:
    assert outcome_of(TransportError()) is UNSENT
    assert outcome_of(ConfigurationError()) is UNSENT
    assert outcome_of(BadRequestError()) is REJECTED
    assert outcome_of(UnexpectedAnswerError()) is REJECTED
    doubtful = ServerError()
    doubtful.maybe_delivered = True
    assert outcome_of(doubtful) is UNKNOWN
