"""The form for ordinary code, with ways that do as they are told: reading, leaving, the thread."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ncloud_datastream import (
    BadRequestError,
    ConfigurationError,
    Delivery,
    Message,
    Outcome,
    Progress,
)
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.sending import blocking
from ncloud_datastream.sending import plan as plan_module
from ncloud_datastream.sending.blocking import Sending
from sending.fakes import Service, each, error, numbered, planned

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN

LONG = 20.0


class Gate:
    """Holds up what comes until a thread opens it."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._left = asyncio.Event()
        self.full = threading.Event()
        self._seen = 0

    def open(self) -> None:
        self._loop.call_soon_threadsafe(self._left.set)

    async def _wait(self) -> None:
        await self._left.wait()

    def __call__(self, message: Message, attempt: Attempt) -> Any:
        self._loop = asyncio.get_running_loop()
        attempt.written = True
        self._seen += 1
        if self._seen == self._first:
            self.full.set()
        return self._wait()


def sending(service: Service, source: Any, **options: Any) -> Sending:
    return Sending(source, planned(service, **options))


def taken(count: int, into: list[Message]) -> Iterator[Message]:
    """A source that says what was taken from it."""
    for message in numbered(count):
        into.append(message)
        yield message


def fed(sent: Sending) -> None:
    """Put in what there is room for."""
    engine = sent._engine
    assert engine is not None
    while sent._feed(engine):
        pass


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("ncloud-")]


@pytest.fixture(autouse=True)
def all_threads_end() -> Iterator[None]:
    before = threads()  # an emulator may serve all tests
    yield
    gc.collect()
    for thread in set(threads()).difference(before):
        thread.join(LONG)
        assert not thread.is_alive()


# --- to the end


def test_all_to_the_end() -> None:
    service = Service()
    sent = sending(service, numbered(200))
    assert sent.unfinished == []
    got = list(sent)
    assert sorted(delivery.index for delivery in got) == list(range(200))
    assert {delivery.outcome for delivery in got} == {DELIVERED}
    assert (sent.unfinished, list(sent), service.closed) == ([], [], 1)
    assert sorted(service.values, key=int) == [str(n) for n in range(200)]


def test_in_the_order_of_completion() -> None:
    got = list(sending(Service(), numbered(50), concurrency=1))
    assert [delivery.index for delivery in got] == list(range(50))
    assert [delivery.message.value for delivery in got] == [str(n) for n in range(50)]


def test_what_is_no_source() -> None:
    with pytest.raises(ConfigurationError, match=r"must be iterable, not int\.$"):
        sending(Service(), 5)
    with pytest.raises(ConfigurationError, match="generator; AsyncDataStream takes it"):
        sending(Service(), each([]))


def test_a_source_that_raises() -> None:
    def source() -> Iterator[Message]:
        yield from numbered(3)
        raise LookupError

    sent = sending(Service(), source())
    got: list[Delivery] = []
    with pytest.raises(LookupError):
        got.extend(sent)
    assert [delivery.outcome for delivery in got] == [DELIVERED] * 3
    assert list(sent) == []


def test_progress_is_told_before_each_and_once_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan_module, "PROGRESS_EVERY", 0.0)
    seen: list[Progress] = []
    wrong = error(BadRequestError)
    service = Service(lambda message, attempt: wrong if message.value == "2" else None)
    sent = sending(service, numbered(3), concurrency=2, progress=seen.append)
    with sent:
        fed(sent)
        assert sent._engine is not None
        while len(sent.unfinished) < 3:
            sent._engine.bell.wait(lambda: len(sent.unfinished) == 3, 0.1)
        assert [delivery.outcome for delivery in sent] == [DELIVERED, DELIVERED, REJECTED]
    assert list(sent) == []
    counts = [(progress.delivered, progress.rejected) for progress in seen]
    assert counts == [(0, 0), (1, 0), (2, 0), (2, 1)]


def test_a_last_report_that_raises_comes_once() -> None:
    seen: list[Progress] = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        raise LookupError

    sent = sending(Service(), numbered(1), progress=report)
    next(sent)
    with pytest.raises(LookupError):
        next(sent)
    assert list(sent) == []
    assert len(seen) == 1


# --- reading


@pytest.mark.parametrize("ordered", [None, "key"])
def test_the_source_is_read_so_far_ahead(ordered: Any) -> None:
    source: list[Message] = []
    gate = Gate(2)
    sent = sending(Service(gate), taken(100, source), concurrency=2, ordered=ordered)
    ahead = 4 if ordered is None else 16
    with sent:
        fed(sent)
        assert len(source) == ahead
        assert gate.full.wait(LONG)
        gate.open()
        for handed in range(1, 6):
            next(sent)
            fed(sent)
            assert len(source) == ahead + handed


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [("crew", "failure", LookupError()), ("crew", "done", True), ("inbox", "ended", True)],
)
def test_each_end_leaves_the_rest_untaken(place: str, name: str, value: Any) -> None:
    source: list[Message] = []
    sent = sending(Service(), taken(3, source))
    with sent:
        ended = getattr(sent._engine, place)
        before = getattr(ended, name)
        setattr(ended, name, value)
        fed(sent)
        assert source == []
        setattr(ended, name, before)
        assert len(list(sent)) == 3


def test_what_ends_it_leaves_the_rest_untaken() -> None:
    wrong = ConfigurationError("no credentials")

    def behave(message: Message, attempt: Attempt) -> None:
        raise wrong

    source: list[Message] = []
    sent = sending(Service(behave), taken(100, source), concurrency=2)
    got: list[Delivery] = []
    with pytest.raises(ConfigurationError) as caught:
        got.extend(sent)
    assert caught.value is wrong
    assert len(got) == len(source) <= 4
    assert sorted(delivery.index for delivery in got) == list(range(len(got)))
    assert {delivery.outcome for delivery in got} == {UNSENT}
    assert [delivery.attempts for delivery in got].count(0) >= len(got) - 2
    fed(sent)
    assert len(source) == len(got)


def test_a_delivery_is_news_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(1)
    sent = sending(Service(gate), numbered(1))
    with sent:
        engine = sent._engine
        assert engine is not None
        wait, ready = engine.bell.wait, engine.crew.ready
        told: list[bool] = []

        def looked(news: Any, seconds: float) -> None:
            monkeypatch.undo()
            told.append(bool(news()))
            ready.append(delivery)
            told.append(bool(news()))
            ready.pop()
            gate.open()
            wait(news, seconds)

        delivery: Any = object()
        fed(sent)
        assert gate.full.wait(LONG)
        monkeypatch.setattr(engine.bell, "wait", looked)
        assert next(sent).outcome is DELIVERED
        assert told == [False, True]


# --- beginning and leaving


def test_it_begins_once() -> None:
    sent = sending(Service(), numbered(5), concurrency=1)
    with sent:
        engine = sent._engine
        assert engine is not None
        assert engine._thread.daemon
        next(sent)
        with sent:
            assert sent._engine is engine
    assert len(sent.unfinished) <= 1


def test_after_its_end_it_does_not_begin() -> None:
    service = Service()
    sent = sending(service, numbered(5))
    sent.close()
    with sent:
        assert list(sent) == []
    assert (service.begun, sent._engine) == ([], None)


@pytest.mark.parametrize("reason", [None, LookupError])
def test_left_it_waits_for_what_is_in_flight(reason: type[Exception] | None) -> None:
    gate = Gate(2)
    sent = sending(Service(gate), numbered(100), concurrency=2)
    try:
        with sent:
            fed(sent)
            assert gate.full.wait(LONG)
            threading.Timer(0.05, gate.open).start()
            if reason is not None:
                raise reason
    except LookupError:
        assert reason is LookupError
    assert sent._engine is not None
    outcomes = [delivery.outcome for delivery in sent.unfinished]
    assert (outcomes.count(DELIVERED), outcomes.count(UNSENT)) == (2, 2)
    assert list(sent) == []
    assert not sent._engine._thread.is_alive()


def test_interrupted_it_waits_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "GRACE", 0.1)
    gate = Gate(2)
    service = Service(gate)
    sent = sending(service, numbered(100), concurrency=2)
    with pytest.raises(KeyboardInterrupt), sent:
        fed(sent)
        assert gate.full.wait(LONG)
        raise KeyboardInterrupt
    outcomes = [delivery.outcome for delivery in sent.unfinished]
    assert (outcomes.count(UNKNOWN), outcomes.count(UNSENT)) == (2, 2)
    assert sorted(delivery.index for delivery in sent.unfinished) == [0, 1, 2, 3]


def test_that_nobody_holds_any_more_ends() -> None:
    sent = sending(Service(), numbered(100))
    next(sent)
    del sent
    gc.collect()  # its thread ends: the fixture looks


# --- the thread


def test_an_engine_that_does_not_come_up() -> None:
    def broken() -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        next(sending(Service(), numbered(3), carrier=broken))


def test_interrupted_while_it_comes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody waits for any more ends by itself: the fixture looks."""

    def interrupted(self: Any, timeout: float | None = None) -> Any:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(blocking.Future, "result", interrupted)
    with pytest.raises(KeyboardInterrupt):
        next(sending(Service(), numbered(3)))
