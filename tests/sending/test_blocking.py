"""The blocking form, with a wire that does as it is told: reading, leaving, interrupts."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from ncloud_datastream import (
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
from sending.fakes import Wire, answered, each, numbered, planned

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN

LONG = 20.0


class Gate:
    """Holds up what comes, written in part, until a thread opens it.

    Args:
        full: How many have to come until `full` is set.
    """

    def __init__(self, full: int) -> None:
        self.full = threading.Event()
        self._most = full
        self._came = 0
        self._open = asyncio.Event()

    def open(self) -> None:
        self._loop.call_soon_threadsafe(self._open.set)

    def __call__(self, message: Message, attempt: Attempt) -> Any:
        self._loop = asyncio.get_running_loop()
        attempt.written = True
        self._came += 1
        if self._came == self._most:
            self.full.set()
        return self._wait()

    async def _wait(self) -> None:
        await self._open.wait()


def sending(wire: Wire | Callable[[], Wire], source: Any, **options: Any) -> Sending:
    return Sending(source, planned(wire, **options))


def taken(count: int, into: list[Message]) -> Iterator[Message]:
    """A source that says what was taken from it."""
    for message in numbered(count):
        into.append(message)
        yield message


# --- to the end


def test_all_to_the_end() -> None:
    wire = Wire()
    sent = sending(wire, numbered(200))
    assert sent.unfinished == []
    got = list(sent)
    assert sorted(delivery.index for delivery in got) == list(range(200))
    assert {delivery.outcome for delivery in got} == {DELIVERED}
    assert (sent.unfinished, list(sent), wire.closed) == ([], [], 1)
    assert sorted(wire.values, key=int) == [str(n) for n in range(200)]


def test_in_the_order_of_completion() -> None:
    got = list(sending(Wire(), numbered(50), concurrency=1))
    assert [delivery.index for delivery in got] == list(range(50))
    assert [delivery.message.value for delivery in got] == [str(n) for n in range(50)]


def test_what_is_no_source() -> None:
    with pytest.raises(ConfigurationError, match=r"must be iterable, not int\.$"):
        sending(Wire(), 5)
    with pytest.raises(ConfigurationError, match="generator; AsyncDataStream takes it"):
        sending(Wire(), each([]))


def test_a_source_that_raises() -> None:
    def source() -> Iterator[Message]:
        yield from numbered(3)
        raise LookupError

    sent = sending(Wire(), source())
    got: list[Delivery] = []
    with pytest.raises(LookupError):
        got.extend(sent)
    assert [delivery.outcome for delivery in got] == [DELIVERED] * 3
    assert list(sent) == []


def test_progress_is_told_with_each_and_once_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan_module, "PROGRESS_EVERY", 0.0)
    seen: list[Progress] = []
    wire = Wire(lambda message, attempt: answered(400) if message.value == "2" else None)
    sent = sending(wire, numbered(3), concurrency=1, progress=seen.append)
    assert [delivery.outcome for delivery in sent] == [DELIVERED, DELIVERED, REJECTED]
    assert list(sent) == []
    counts = [(progress.delivered, progress.rejected) for progress in seen]
    assert (len(counts), counts[-1]) == (4, (2, 1))
    assert counts == sorted(counts)  # what is not handed out yet counts


def test_a_last_report_that_raises_comes_once() -> None:
    seen: list[Progress] = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        raise LookupError

    sent = sending(Wire(), numbered(1), progress=report)
    next(sent)
    with pytest.raises(LookupError):
        next(sent)
    assert list(sent) == []
    assert len(seen) == 1


# --- reading


@pytest.mark.parametrize(("ordered", "ahead"), [(None, 4), ("key", 16)])
def test_the_source_is_read_so_far_ahead(ordered: Any, ahead: int) -> None:
    taken = 0
    gate = Gate(2)

    def source() -> Iterator[Message]:
        nonlocal taken
        for message in numbered(100):
            taken += 1
            if taken == ahead:
                assert gate.full.wait(LONG)
                gate.open()  # which nothing else does
            yield message

    with sending(Wire(gate), source(), concurrency=2, ordered=ordered) as sent:
        for handed in range(1, 100):
            next(sent)
            assert taken < ahead + handed
    assert taken > 90


def test_what_ends_it_leaves_the_rest_untaken() -> None:
    wrong = ConfigurationError("no credentials")

    def behave(message: Message, attempt: Attempt) -> None:
        raise wrong

    source: list[Message] = []
    sent = sending(Wire(behave), taken(100, source), concurrency=2)
    got: list[Delivery] = []
    with pytest.raises(ConfigurationError) as caught:
        got.extend(sent)
    assert caught.value is wrong
    assert len(got) == len(source) <= 4
    assert sorted(delivery.index for delivery in got) == list(range(len(got)))
    assert {delivery.outcome for delivery in got} == {UNSENT}
    assert [delivery.attempts for delivery in got].count(0) >= len(got) - 2
    assert list(sent) == []
    assert len(source) == len(got)


# --- beginning and leaving


def test_it_begins_once() -> None:
    made: list[Wire] = []

    def make() -> Wire:
        made.append(Wire())
        return made[-1]

    sent = sending(make, numbered(5), concurrency=1)
    with sent:
        next(sent)
        with sent:
            pass
    assert len(made) == 1
    assert len(sent.unfinished) <= 1


def test_after_its_end_it_does_not_begin() -> None:
    wire = Wire()
    sent = sending(wire, numbered(5))
    sent.close()
    with sent:
        assert list(sent) == []
    assert (wire.begun, sent.unfinished) == ([], [])


def leaving(gate: Gate, leave: Callable[[], object]) -> Iterator[Message]:
    """Three messages, of which two are in flight when it is left."""
    yield from numbered(3)
    assert gate.full.wait(LONG)
    leave()


def test_interrupted_it_waits_for_what_is_in_flight() -> None:
    gate = Gate(2)

    def leave() -> None:
        threading.Timer(0.05, gate.open).start()
        raise KeyboardInterrupt

    sent = sending(Wire(gate), leaving(gate, leave), concurrency=2)
    with pytest.raises(KeyboardInterrupt), sent:
        next(sent)
    outcomes = [delivery.outcome for delivery in sent.unfinished]
    assert sorted(delivery.index for delivery in sent.unfinished) == [0, 1, 2]
    assert (outcomes.count(DELIVERED), outcomes.count(UNSENT)) == (2, 1)
    assert list(sent) == []


def test_interrupted_it_waits_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "GRACE", 0.1)
    gate = Gate(2)

    def leave() -> None:
        raise KeyboardInterrupt

    sent = sending(Wire(gate), leaving(gate, leave), concurrency=2)
    with pytest.raises(KeyboardInterrupt), sent:
        next(sent)
    outcomes = [delivery.outcome for delivery in sent.unfinished]
    assert (outcomes.count(UNKNOWN), outcomes.count(UNSENT)) == (2, 1)
    assert sorted(delivery.index for delivery in sent.unfinished) == [0, 1, 2]


def test_interrupted_twice_it_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time while it waits for what is in flight."""
    gate = Gate(2)
    sent = sending(Wire(gate), leaving(gate, lambda: interrupt_waits(monkeypatch)), concurrency=2)
    with pytest.raises(KeyboardInterrupt), sent:
        next(sent)
    assert [delivery.outcome for delivery in sent.unfinished].count(UNKNOWN) == 2


def test_a_loop_that_is_stuck_does_not_hold_up_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "GRACE", 0.1)
    stuck, free = threading.Event(), threading.Event()

    def behave(message: Message, attempt: Attempt) -> None:
        stuck.set()
        assert free.wait(LONG)

    def source() -> Iterator[Message]:
        yield from numbered(1)
        assert stuck.wait(LONG)
        raise KeyboardInterrupt

    sent = sending(Wire(behave), source(), concurrency=2)
    with pytest.raises(KeyboardInterrupt), sent:
        next(sent)
    assert not free.is_set()
    free.set()


def interrupt_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C, and once more in the next wait for what a thread does."""

    def interrupted(self: Any, timeout: float | None = None) -> Any:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(Future, "result", interrupted)
    raise KeyboardInterrupt


def test_that_nobody_holds_any_more_ends() -> None:
    before = threading.active_count()
    sent = sending(Wire(), numbered(100))
    next(sent)
    (thread,) = (each for each in threading.enumerate() if each.name == "ncloud-datastream")
    del sent
    gc.collect()
    thread.join(LONG)
    assert threading.active_count() == before


# --- beginning


def test_a_wire_that_cannot_be_made_ends_it() -> None:
    def broken() -> Any:
        raise ZeroDivisionError

    sent = sending(broken, numbered(3))
    with pytest.raises(ZeroDivisionError):
        next(sent)
    assert sent.unfinished == []


def test_interrupted_while_it_comes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody waits for any more ends by itself, and it can begin again."""
    for waits in range(2):  # for the loop, and for the dispatcher in it
        left = waits

        def interrupted(self: Any, timeout: float | None = None, real: Any = Future.result) -> Any:
            nonlocal left
            if left:
                left -= 1
                return real(self, timeout)
            monkeypatch.undo()
            raise KeyboardInterrupt

        sent = sending(Wire(), numbered(3))
        monkeypatch.setattr(Future, "result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(sent)
        assert sent.unfinished == []
        assert len(list(sent)) == 3
