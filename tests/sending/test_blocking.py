"""The blocking run over a fake wire: reading, leaving, interrupts."""

from __future__ import annotations

import asyncio
import gc
import random
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from ncloud_datastream import (
    ConfigurationError,
    DataStream,
    Delivery,
    Message,
    Outcome,
)
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.sending import blocking
from ncloud_datastream.sending.blocking import Sending
from sending.fakes import Wire, numbered, planned
from sending.sendings import LONG, messages, options
from sending.server import Server

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN


class Gate:
    """Holds attempts, written in part, until a thread opens it.

    Args:
        full: The number of attempts after which `full` is set.
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
    """A source that records what was taken from it."""
    for message in numbered(count):
        into.append(message)
        yield message


# --- reading


@pytest.mark.parametrize(("ordered", "ahead"), [(None, 4), ("key", 16)])
def test_the_source_is_read_only_so_far_ahead(ordered: Any, ahead: int) -> None:
    taken = 0
    gate = Gate(2)

    def source() -> Iterator[Message]:
        nonlocal taken
        for message in numbered(100):
            taken += 1
            if taken == ahead:
                assert gate.full.wait(LONG)
                gate.open()
            yield message

    with sending(Wire(gate), source(), concurrency=2, ordered=ordered) as sent:
        for handed in range(1, 100):
            next(sent)
            assert taken < ahead + handed
    assert taken > 90


def test_a_failure_for_all_leaves_the_rest_of_the_source_unread() -> None:
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


# --- leaving


def leaving(gate: Gate, leave: Callable[[], object]) -> Iterator[Message]:
    """Three messages, two of which are in flight when the run is left."""
    yield from numbered(3)
    assert gate.full.wait(LONG)
    leave()


def test_ctrl_c_waits_for_the_attempts_in_flight() -> None:
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


def test_ctrl_c_waits_for_the_grace_period_only(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_second_ctrl_c_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(2)
    sent = sending(Wire(gate), leaving(gate, lambda: interrupt_waits(monkeypatch)), concurrency=2)
    with pytest.raises(KeyboardInterrupt), sent:
        next(sent)
    assert [delivery.outcome for delivery in sent.unfinished].count(UNKNOWN) == 2


def test_ctrl_c_does_not_wait_for_a_blocked_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
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
    """Ctrl-C, and again in the next wait for a thread."""

    def interrupted(self: Any, timeout: float | None = None) -> Any:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(Future, "result", interrupted)
    raise KeyboardInterrupt


def test_a_run_that_is_dropped_ends_its_thread() -> None:
    before = threading.active_count()
    sent = sending(Wire(), numbered(100))
    next(sent)
    (thread,) = (each for each in threading.enumerate() if each.name == "ncloud-datastream")
    del sent
    gc.collect()
    thread.join(LONG)
    assert threading.active_count() == before


def test_a_start_that_is_interrupted_can_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    for waits in range(2):  # in the wait for the loop, and for its dispatcher
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


def test_a_message_that_was_read_when_ctrl_c_came_is_sent_when_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(message: Message) -> Message:
        monkeypatch.undo()
        raise KeyboardInterrupt

    sent = sending(Wire(), numbered(3))
    monkeypatch.setattr(blocking, "checked", interrupted)
    with pytest.raises(KeyboardInterrupt):
        next(sent)
    assert [delivery.index for delivery in sent] == [0, 1, 2]


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no setitimer")
@pytest.mark.usefixtures("no_finalizers")
def test_ctrl_c_at_any_moment_loses_no_delivery(server: Server) -> None:
    assert threading.current_thread() is threading.main_thread()
    chance = random.Random(1)
    source = messages(3_000)  # an iterator in C loses nothing when interrupted
    interrupts = 0
    got = []

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with DataStream(**options(server)) as ds, ds.send_messages(source) as sending:
            while len(got) < 3_000:
                try:
                    try:
                        signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-5, 2e-3))
                        # As in a for loop, a delivery is handed out as soon as it is returned.
                        for delivery in sending:
                            got.append(delivery)  # noqa: PERF402 - one at a time
                    finally:
                        signal.setitimer(signal.ITIMER_REAL, 0)
                except KeyboardInterrupt:
                    interrupts += 1
    finally:
        signal.signal(signal.SIGALRM, before)
    assert interrupts > 10
    assert sorted(delivery.index for delivery in got) == list(range(3_000))
