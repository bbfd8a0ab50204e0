"""Interrupts, and an engine that breaks or gets stuck, harm no other message."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ncloud_datastream import (
    AsyncDataStream,
    DataStream,
    Message,
    Outcome,
    TransportError,
)
from ncloud_datastream.sending import blocking, crew, wire
from sending.sendings import (
    Result,
    every_form,
    messages,
    options,
    send,
    until,
    whole,
)
from sending.server import Reply, Server, answer

DELIVERED, UNSENT, UNKNOWN = Outcome.DELIVERED, Outcome.UNSENT, Outcome.UNKNOWN


def test_interrupted_with_messages_that_the_loop_has_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocking, "GRACE", 0.2)
    gate = threading.Event()
    with Server(lambda r: Reply(answer(), gate=gate)) as server:

        def source() -> Iterator[Message]:
            yield from messages(3)
            while server.in_flight < 2:
                time.sleep(0.002)
            raise KeyboardInterrupt

        ds = DataStream(**options(server, timeout=1000.0))
        with (
            ds,
            pytest.raises(KeyboardInterrupt),
            ds.send_messages(source(), concurrency=2) as sent,
        ):
            next(sent)
        gate.set()
    rest = whole(sent.unfinished, 3)
    assert rest.outcomes == {UNKNOWN: 2, UNSENT: 1}
    unsent = rest.deliveries[-1]
    assert (unsent.outcome, unsent.index, unsent.attempts) == (UNSENT, 2, 0)
    assert isinstance(unsent.error, TransportError)


def test_interrupted_while_answers_are_on_their_way() -> None:
    """They have a moment to come."""
    gate = threading.Event()
    with Server(lambda r: Reply(answer(), gate=gate)) as server:

        def source() -> Iterator[Message]:
            yield from messages(2)
            while server.in_flight < 2:
                time.sleep(0.002)
            gate.set()
            raise KeyboardInterrupt

        ds = DataStream(**options(server))
        with (
            ds,
            pytest.raises(KeyboardInterrupt),
            ds.send_messages(source(), concurrency=2) as sent,
        ):
            next(sent)
    assert whole(sent.unfinished, 2).outcomes == {DELIVERED: 2}


def test_interrupted_while_leaving() -> None:
    """A second Ctrl-C does not wait for anything."""
    with Server(lambda r: Reply(b"", "stall")) as server:
        ds = DataStream(**options(server, timeout=1000.0))
        with ds, ds.send_messages(messages(2), concurrency=2) as sending:
            engine = sending._engine
            assert engine is not None
            while sending._feed(engine):
                pass
            while len(server.received) < 2:
                time.sleep(0.002)
            with pytest.raises(KeyboardInterrupt), pytest.MonkeyPatch.context() as patch:
                stop = engine.stop

                def interrupted() -> None:
                    stop()
                    patch.undo()
                    raise KeyboardInterrupt

                patch.setattr(engine, "stop", interrupted)
                sending.close()
    assert whole(sending.unfinished, 2).outcomes == {UNKNOWN: 2}


@every_form
def test_a_transport_that_breaks_harms_one_message_only(
    form: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect, here in the judging, is told as doubt, and ends nothing."""
    judge = wire.is_plain_success
    broken = 0

    def breaks_once(found: Any) -> bool:
        nonlocal broken
        broken += 1
        if broken == 1:
            raise ZeroDivisionError
        return judge(found)

    monkeypatch.setattr(wire, "is_plain_success", breaks_once)
    sent = messages(10)
    result = send(form, server, sent)
    result.check(sent)
    assert result.outcomes == {DELIVERED: 9, UNKNOWN: 1}
    error = next(d.error for d in result.deliveries if d.error)
    assert isinstance(error.__cause__, ZeroDivisionError)


@every_form
def test_a_carrier_that_cannot_be_made_ends_the_sending(
    form: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(wire.Wire, "way", broken)
    result = send(form, server, messages(10))
    # In the blocking form, messages may have been taken by then.
    assert result.outcomes.keys() <= {UNSENT}
    assert isinstance(result.failure, ZeroDivisionError)


@pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])
def test_an_engine_that_does_not_come_up(
    kind: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(crew.Crew, "of", broken)
    result = send("blocking-h11" if kind is DataStream else "async-h11", server, messages(1))
    assert isinstance(result.failure, ZeroDivisionError)


def test_interrupted_while_the_engine_comes_up(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that nobody waits for any more ends: the fixture of all tests looks."""
    result = blocking.Future.result

    def interrupted(self: Any, timeout: float | None = None) -> Any:
        monkeypatch.undo()
        raise KeyboardInterrupt

    with DataStream(**options(server)) as ds:
        sending = ds.send_messages(messages(3))
        monkeypatch.setattr(blocking.Future, "result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(sending)
        assert blocking.Future.result is result
        assert sending.unfinished == []
        assert Result(list(sending)).outcomes == {DELIVERED: 3}


def test_a_loop_that_is_stuck_does_not_hold_up_ctrl_c(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocking, "GRACE", 0.1)
    stuck, free = threading.Event(), threading.Event()

    def clock() -> float:
        stuck.set()
        assert free.wait(20)
        return time.time()

    def source() -> Iterator[Message]:
        yield Message("t", "k", "v")
        assert stuck.wait(20)
        raise KeyboardInterrupt

    ds = DataStream(**options(server, clock=clock))
    sending = ds.send_messages(source(), concurrency=2)
    with ds, pytest.raises(KeyboardInterrupt), sending:
        next(sending)
    free.set()


async def test_a_worker_that_someone_else_cancels(server: Server) -> None:
    gate = threading.Event()
    before = asyncio.all_tasks()
    with Server(lambda r: Reply(answer(), gate=gate)) as server:
        async with AsyncDataStream(**options(server)) as ds:
            sending = ds.send_messages(messages(100), concurrency=2)
            async with sending:
                await until(lambda: server.in_flight == 2)
                for task in asyncio.all_tasks() - before:
                    task.cancel()
                got = []
                with pytest.raises(asyncio.CancelledError):
                    async for delivery in sending:
                        got.append(delivery)  # noqa: PERF401 - some come before the error
                whole(got, len(got))
                assert Result(got).outcomes == {UNKNOWN: 2}
        gate.set()
