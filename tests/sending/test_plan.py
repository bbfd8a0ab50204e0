"""What a sending may be asked to do, and its counts; on a clock that the tests turn."""

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


@pytest.mark.parametrize("rate", [1e-9, 0.5, 1, 2, 999_999_999.5, None])
def test_rates(rate: float | None) -> None:
    assert planned(None, rate=rate).rate == rate


@pytest.mark.parametrize("rate", [0, -1, 1e9, float("inf"), float("nan"), True, "1"])
def test_rates_that_cannot_be_right(rate: Any) -> None:
    with pytest.raises(ConfigurationError, match="rate must be messages per second"):
        planned(None, rate=rate)


@pytest.mark.parametrize("concurrency", [1, 2, 100_000])
def test_concurrency(concurrency: int) -> None:
    assert planned(None, concurrency=concurrency).ahead == 2 * concurrency
    assert planned(None, concurrency=concurrency, ordered="key").ahead == 8 * concurrency


@pytest.mark.parametrize("concurrency", [0, -1, 1.0, True, None])
def test_concurrency_that_cannot_be_right(concurrency: Any) -> None:
    with pytest.raises(ConfigurationError, match="concurrency must be an integer"):
        planned(None, concurrency=concurrency)


def test_orders_and_callbacks() -> None:
    assert planned(None, progress=print).progress is print
    for wrong in ({"ordered": "topic"}, {"ordered": True}, {"progress": 1}):
        with pytest.raises(ConfigurationError, match="must be"):
            planned(None, **wrong)


def test_what_it_shows() -> None:
    assert repr(planned(None)) == "nowhere, concurrency=4"
    assert repr(planned(None, ordered="key")) == "nowhere, concurrency=4, ordered='key'"


# --- counts


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(plan_module, "time", found)
    return found


def delivery(outcome: Outcome) -> Delivery:
    return Delivery(Message("t", "k", "v"), outcome, 0, 1, None)


def test_counts(clock: Clock) -> None:
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


def test_it_reports_about_every_second(clock: Clock) -> None:
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


def test_no_time_is_no_rate(clock: Clock) -> None:
    seen: list[Progress] = []
    tally = Tally(seen.append)
    tally.count(DELIVERED)
    tally.report()
    assert seen == [Progress(1, 0, 0, 0, 0.0, 0.0)]


def test_outcomes() -> None:
    assert outcome_of(TransportError()) is UNSENT
    assert outcome_of(ConfigurationError()) is UNSENT
    assert outcome_of(BadRequestError()) is REJECTED
    assert outcome_of(UnexpectedAnswerError()) is REJECTED
    doubtful = ServerError()
    doubtful.maybe_delivered = True
    assert outcome_of(doubtful) is UNKNOWN
