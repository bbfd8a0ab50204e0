"""The thread of the form for ordinary code: how it is waited for, and how both wake each other."""

from __future__ import annotations

import asyncio
from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest
from ncloud_datastream import Message, Outcome
from ncloud_datastream.sending import blocking
from ncloud_datastream.sending.blocking import _END, _Engine
from sending.fakes import numbered

UNSENT = Outcome.UNSENT

LONG = 20.0


class Thread:
    """A thread that lives for some waits, on a clock of its own."""

    def __init__(self, waits: int) -> None:
        self.left = waits
        self.now = 1000.0
        self.waited: list[float] = []

    def is_alive(self) -> bool:
        return self.left > 0

    def join(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds
        self.left -= 1

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("patience", "lives", "waited"),
    [
        (None, 3, [0.5, 0.5, 0.5]),
        (None, 0, []),
        (1.25, 9, [0.5, 0.5, 0.25]),
        (0.25, 9, [0.25]),
        (1.25, 1, [0.5]),
        (0.0, 9, []),
    ],
)
def test_it_is_waited_for_in_short_waits(
    patience: float | None, lives: int, waited: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine: Any = object.__new__(_Engine)
    engine._thread = thread = Thread(lives)
    monkeypatch.setattr(blocking, "time", thread)
    engine.join(patience)
    assert thread.waited == waited


def test_what_the_crew_did_not_take_is_written_off() -> None:
    engine: Any = object.__new__(_Engine)
    first, second, third = numbered(3)
    engine.crew = SimpleNamespace(ready=deque(), taken=5)
    engine.inbox = SimpleNamespace(items=deque([first, _END, second, third]))
    engine.write_off()
    assert [
        (delivery.message, delivery.outcome, delivery.index, delivery.attempts)
        for delivery in engine.crew.ready
    ] == [(first, UNSENT, 5, 0), (second, UNSENT, 6, 0), (third, UNSENT, 7, 0)]
    assert engine.crew.taken == 8
    assert not engine.inbox.items


def test_messages_that_arrive_while_the_loop_begins_to_wait() -> None:
    """Put in by a thread that could not see yet that the loop would wait."""

    class Late(deque[Message]):
        looks = 0

        def __bool__(self) -> bool:
            self.looks += 1
            if self.looks == 2:
                self.append(numbered(1)[0])
            return len(self) > 0

    async def run() -> Message:
        inbox = blocking._Inbox(asyncio.get_running_loop())
        inbox.items = Late()
        async with asyncio.timeout(LONG):
            return await anext(inbox)

    assert asyncio.run(run()).value == "0"


def test_the_inbox_ends_once() -> None:
    async def run() -> None:
        inbox = blocking._Inbox(asyncio.get_running_loop())
        inbox.wake()  # nobody waits
        inbox.items.extend([numbered(1)[0], _END])
        assert (await anext(inbox)).value == "0"
        assert not inbox.ended
        with pytest.raises(StopAsyncIteration):
            await anext(inbox)
        assert inbox.ended
        asked = asyncio.ensure_future(anext(inbox))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        inbox.items.append(numbered(2)[1])
        inbox.wake()
        async with asyncio.timeout(LONG):
            assert (await asked).value == "1"

    asyncio.run(run())


def test_a_bell_rings_for_who_waits() -> None:
    async def run() -> None:
        bell = blocking._Bell(asyncio.get_running_loop())
        bell.ring()  # nobody waits: nothing is left of it
        await asyncio.sleep(0)
        assert bell._lock.locked()
        waiting = asyncio.ensure_future(asyncio.to_thread(bell.wait, lambda: False, LONG))
        while not bell._waiting:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0)
        for _ in range(2):
            bell.ring()
        async with asyncio.timeout(LONG / 2):
            await waiting
        assert bell._lock.locked()
        for _ in range(2):
            bell._waiting = True
            bell.ring()
        await asyncio.sleep(0)  # heard once
        bell.wait(lambda: True, LONG)  # there is news already: not even the bell is heard
        assert not bell._lock.locked()
        assert not bell._waiting

    asyncio.run(run())


def test_a_bell_that_rings_twice_before_anyone_hears() -> None:
    async def run() -> blocking._Bell:
        bell = blocking._Bell(asyncio.get_running_loop())
        for _ in range(2):
            bell.wait(lambda: True, 0.0)
            bell._waiting = True
            bell.ring()
        await asyncio.sleep(0)
        return bell

    bell = asyncio.run(run())
    bell.wait(lambda: False, 20.0)  # heard once, and not for ever
    assert bell._lock.locked()
