"""The background thread that blocking runs share, and the hand-over to it and back."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from ncloud_datastream import ConfigurationError, DataStream, Message
from ncloud_datastream.sending.blocking import Sending
from ncloud_datastream.sending.handover import END, Inbox, Notifier
from ncloud_datastream.wire.background import BackgroundLoop
from sending.fakes import Wire, numbered, planned
from sending.sendings import LONG, messages, options
from sending.server import Server


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "ncloud-datastream"]


@pytest.fixture(autouse=True)
def no_thread_before_and_after() -> Iterator[None]:
    assert threads() == []
    yield
    assert threads() == []


# --- the thread


def test_runs_share_a_thread_that_ends_with_the_last(server: Server) -> None:
    with DataStream(**options(server)) as ds, DataStream(**options(server)) as other:
        first = ds.send_messages(messages(20), concurrency=2)
        second = other.send_messages(messages(20), concurrency=2)
        with first, second:
            next(first)
            next(second)
            (thread,) = threads()
            assert thread.daemon
            assert len(list(first)) == 19
            assert threads() == [thread]
            assert len(list(second)) == 19
            assert threads() == []
        assert len(list(ds.send_messages(messages(1)))) == 1  # a new thread


@pytest.mark.parametrize("end", ["to its end", "left early", "closed", "left alone"])
def test_a_run_leaves_no_thread_behind(end: str) -> None:
    for _ in range(10):
        sent = Sending(numbered(9), planned(Wire()))
        if end == "to its end":
            assert len(list(sent)) == 9
        elif end == "left early":
            with sent:
                next(sent)
        elif end == "closed":
            next(sent)
            sent.close()
        else:
            with sent:
                pass
        assert threads() == []


def test_a_loop_runs_until_all_have_released_it() -> None:
    shared = BackgroundLoop()
    loop = shared.acquire()
    assert shared.acquire() is loop
    assert shared.release() is None
    assert loop.is_running()
    ending = shared.release()
    assert ending is not None
    ending.join(LONG)
    assert loop.is_closed()
    assert shared.release() is None  # as in a forked child


def rejected(self: Any) -> None:
    raise RuntimeError("can't create new thread at interpreter shutdown")


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [(threading.Thread, "start", rejected), (sys, "is_finalizing", lambda: True)],
)
def test_a_thread_that_cannot_be_started_is_reported(
    place: Any, name: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while the interpreter shuts down."""
    with monkeypatch.context() as patch:
        patch.setattr(place, name, value)
        with pytest.raises(ConfigurationError, match=r"shut(ting )?down.* Nothing was sent"):
            next(Sending(numbered(1), planned(Wire())))
    assert len(list(Sending(numbered(1), planned(Wire())))) == 1


def test_a_loop_that_cannot_be_created_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def rejected() -> Any:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(asyncio.events, "new_event_loop", rejected)
    with pytest.raises(ConfigurationError, match=r"Too many open files.* Nothing was sent"):
        next(Sending(numbered(1), planned(Wire())))


def test_a_loop_that_stops_unexpectedly_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda given: reported.append(given.exc_value))
    shared = BackgroundLoop()
    loop = shared.acquire()
    loop.call_soon_threadsafe(loop.stop)
    ending = shared.release()
    assert ending is not None
    ending.join(LONG)
    assert isinstance(reported[0], RuntimeError)


def test_a_forked_child_cannot_use_a_run_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated; `test_processes` forks."""
    sent = Sending(numbered(9), planned(Wire()))
    with sent:
        next(sent)
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: -1)
            with pytest.raises(ConfigurationError, match="belongs to the parent process"):
                next(sent)
        assert len(list(sent)) == 8


# --- hand-over


def test_a_message_that_arrives_while_the_loop_starts_to_wait_is_seen() -> None:

    class Late(deque[Message]):
        looks = 0

        def __bool__(self) -> bool:
            self.looks += 1
            if self.looks == 2:
                self.append(numbered(1)[0])
            return len(self) > 0

    async def take() -> Message:
        inbox = Inbox(asyncio.get_running_loop())
        inbox.items = Late()
        async with asyncio.timeout(LONG):
            return await anext(inbox)

    assert asyncio.run(take()).value == "0"


async def test_the_inbox_ends_at_its_mark() -> None:
    inbox = Inbox(asyncio.get_running_loop())
    inbox.wake()  # nothing waits
    inbox.items.extend([numbered(1)[0], END])
    assert (await anext(inbox)).value == "0"
    assert not inbox.ended
    with pytest.raises(StopAsyncIteration):
        await anext(inbox)
    assert inbox.ended
    asked = asyncio.ensure_future(anext(inbox))
    await asyncio.sleep(0)
    inbox.items.append(numbered(2)[1])
    inbox.wake()
    async with asyncio.timeout(LONG):
        assert (await asked).value == "1"


def waits(notifier: Notifier, seconds: float = LONG) -> threading.Thread:
    """A thread that has started to wait for a notification."""
    looked = threading.Event()
    thread = threading.Thread(target=lambda: notifier.wait(lambda: looked.set(), seconds))
    thread.start()
    assert looked.wait(LONG)
    return thread


async def test_a_notification_wakes_the_waiting_thread_once_per_turn() -> None:
    notifier = Notifier(asyncio.get_running_loop())
    notifier.notify()  # nothing waits: it has no effect
    for _ in range(3):
        thread = waits(notifier)
        for _ in range(2):
            notifier.notify()
        await asyncio.to_thread(thread.join, LONG / 2)
        assert not thread.is_alive()


async def test_a_wait_returns_at_once_if_there_is_something_ready() -> None:
    notifier = Notifier(asyncio.get_running_loop())
    notifier.wait(lambda: True, LONG)
    notifier.wait(lambda: False, 0.0)
    # Two notifications before a wait count once.
    for _ in range(2):
        notifier.wait(lambda: (notifier.notify(), True), LONG)
    await asyncio.sleep(0)
    notifier.wait(lambda: False, LONG)
    thread = waits(notifier)
    assert thread.is_alive()
    notifier.notify()
    await asyncio.to_thread(thread.join, LONG)
