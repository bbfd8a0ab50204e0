"""What only the producer for threads has: callbacks in a thread, signals, forks."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from ncloud_datastream import (
    ConfigurationError,
    DataStream,
    Delivery,
    Outcome,
    TransportError,
    WaitTimeoutError,
)
from ncloud_datastream.sending import background as background_module
from ncloud_datastream.sending import futures as futures_module
from ncloud_datastream.sending import handover
from ncloud_datastream.sending.handover import Latch
from producer.producers import TOPIC, Gate, producing, send, send_all
from sending.sendings import LONG, options, wait_until
from sending.server import Reply, Request, Server, answer

# --- futures


def test_a_message_that_has_been_sent_cannot_be_cancelled(server: Server) -> None:
    with producing("blocking", server) as producer:
        future = send(producer, 0)
        assert not future.cancel()
        assert future.result(LONG).outcome is Outcome.DELIVERED


def test_futures_work_with_the_standard_library(server: Server) -> None:
    with producing("blocking", server) as producer:
        futures = send_all(producer, 20)
        assert concurrent.futures.wait(futures, LONG).not_done == set()
        assert len(list(concurrent.futures.as_completed(futures, LONG))) == 20

        async def awaited() -> Delivery:
            return await asyncio.wrap_future(send(producer, 21))

        assert asyncio.run(awaited()).outcome is Outcome.DELIVERED


def test_a_message_settled_just_before_the_wait_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate()
    with Server(gate) as server, producing("blocking", server) as producer:
        future = send(producer, 0)

        def settled_meanwhile() -> Latch:
            gate.is_open.set()
            wait_until(future.done)
            return Latch()

        monkeypatch.setattr(futures_module, "Latch", settled_meanwhile)
        assert future.result(0.0).outcome is Outcome.DELIVERED


def test_any_number_of_threads_may_wait_for_a_future_each_with_its_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handover, "POLL", 0.002)
    gate = Gate()
    with (
        Server(gate) as server,
        producing("blocking", server) as producer,
        ThreadPoolExecutor(8) as threads,
    ):
        future = send(producer, 0)
        waiting = [threads.submit(future.result, LONG) for _ in range(4)]
        waiting += [threads.submit(future.exception) for _ in range(4)]
        for ask in (future.result, future.exception):
            with pytest.raises(TimeoutError):
                ask(0.01)
        gate.is_open.set()
        got = [each.result(LONG) for each in waiting]
    assert got == [future.result(0)] * 4 + [None] * 4


# --- callbacks


def test_callbacks_run_in_a_thread_that_may_block() -> None:
    called: list[tuple[Future[Delivery], str]] = []
    released = threading.Event()
    gate = Gate()

    def call(future: Future[Delivery]) -> None:
        assert released.wait(LONG)
        called.append((future, threading.current_thread().name))

    with Server(gate) as server, producing("blocking", server) as producer:
        first = send(producer, 0)
        first.add_done_callback(call)
        gate.is_open.set()
        others = send_all(producer, 20)
        assert all(each.result(LONG) for each in others)  # the loop is not blocked
        released.set()
        producer.flush(LONG)
        first.add_done_callback(call)  # it is done: called at once, in this thread
    assert called == [
        (first, "ncloud-datastream-producer"),
        (first, threading.current_thread().name),
    ]


def test_a_done_callback_that_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate()
    with Server(gate) as server, producing("blocking", server) as producer:
        future = send(producer, 0)
        future.add_done_callback(lambda future: 1 / 0)
        gate.is_open.set()
        producer.flush(LONG)
        assert future.result(0)
    assert len([each for each in caplog.records if "callback failed" in each.message]) == 1


@pytest.mark.parametrize("space", [1, 1000])
def test_callbacks_may_send_flush_wait_and_close(server: Server, space: int) -> None:
    """They are called one at a time, not one within another."""
    outcomes: list[Outcome] = []
    again: list[Future[Delivery]] = []
    within = 0

    def on_delivery(delivery: Delivery) -> None:
        nonlocal within
        within += 1
        assert within == 1
        outcomes.append(delivery.outcome)
        if delivery.message.topic == TOPIC:
            again.append(send(producer, delivery.message.value, topic="again"))
            producer.flush(LONG)
            assert again[-1].result(0).outcome is Outcome.DELIVERED
        elif len(outcomes) == 80:
            producer.close()
        within -= 1

    with producing("blocking", server, on_delivery=on_delivery, max_buffered=space) as producer:
        send_all(producer, 40)
        wait_until(lambda: len(outcomes) == 80)
    assert outcomes == [Outcome.DELIVERED] * 80
    assert [future.exception(0) for future in again] == [None] * 40


def test_a_flush_in_a_callback_that_times_out_raises() -> None:
    gate = Gate()
    raised: list[BaseException | None] = []

    def behave(request: Request) -> Reply:
        return Reply(answer()) if request.value == "0" else gate(request)

    def on_delivery(delivery: Delivery) -> None:
        try:
            producer.flush(0)
        except WaitTimeoutError as error:
            raised.append(error)
            gate.is_open.set()

    with (
        Server(behave) as server,
        producing("blocking", server, on_delivery=on_delivery) as producer,
    ):
        send_all(producer, 2)
    assert len(raised) == 1


# --- signals


@contextmanager
def handling(number: int, handler: Callable[[int, object], None]) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.soak  # not under coverage, whose own locks no signal may interrupt
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no setitimer")
@pytest.mark.usefixtures("no_finalizers")
def test_interrupted_at_any_moment_each_future_gets_its_own_delivery(server: Server) -> None:
    interrupts, accepted = 0, []

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    with (
        handling(signal.SIGALRM, interrupt),
        producing("blocking", server, max_buffered=100) as producer,
    ):
        for number in range(4000):
            try:
                try:
                    if not number % 3:
                        signal.setitimer(signal.ITIMER_REAL, 1e-5 * (number % 17 + 1))
                    accepted.append((str(number), send(producer, number)))
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupts += 1
        producer.flush(LONG)
        assert producer.buffered == 0
        values = [value for value, future in accepted]
        assert values == [future.result(0).message.value for _, future in accepted]
    assert interrupts > 10
    assert len(set(values)) == len(values)
    assert set(values) <= set(server.values)
    assert len(set(server.values)) == len(server.values)


def test_an_interrupted_close_settles_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(lambda request: Reply(b"", "stall")) as server, DataStream(**options(server)) as ds:
        producer = ds.producer(topic=TOPIC)
        future = send(producer, 0)
        wait_until(lambda: server.received)

        def interrupted(timeout: float | None = None) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(producer, "flush", interrupted)
        with pytest.raises(KeyboardInterrupt):
            producer.close()
        assert isinstance(future.exception(0), TransportError)


def test_calls_from_a_forked_child_are_rejected(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    """Simulated; `test_programs` forks."""
    with producing("blocking", server) as producer:
        future = send(producer, 0)
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: -1)
            for call in (lambda: send(producer, 1), producer.flush, producer.close):
                with pytest.raises(ConfigurationError, match="belongs to the parent process"):
                    call()
            producer.__exit__()
            producer.close_at_exit(0)
        assert future.result(LONG)
        assert send(producer, 2).result(LONG)


@pytest.mark.parametrize("number", [1, 2])
def test_a_thread_that_cannot_be_started_is_reported_and_the_next_send_tries_again(
    monkeypatch: pytest.MonkeyPatch, server: Server, number: int
) -> None:
    """The thread of the loop, or that of the callbacks."""
    with producing("blocking", server) as producer:
        started = 0

        def start(self: threading.Thread, real: Any = threading.Thread.start) -> None:
            nonlocal started
            started += 1
            if started == number:
                raise RuntimeError("can't start new thread")
            real(self)

        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", start)
            with pytest.raises(ConfigurationError, match=r"No thread .* Nothing was sent"):
                send(producer, 0)
        got: list[object] = []
        send(producer, 1).add_done_callback(got.append)
        producer.flush(LONG)
        assert (len(got), producer.buffered) == (1, 0)
    assert server.values == ["1"]


@pytest.mark.parametrize(
    "place", [background_module.Background, threading.Thread], ids=["loop", "callbacks"]
)
def test_a_start_that_is_interrupted_can_be_repeated(
    monkeypatch: pytest.MonkeyPatch, server: Server, place: Any
) -> None:
    with producing("blocking", server) as producer:

        def interrupted(self: Any, real: Any = place.start) -> None:
            real(self)
            if getattr(self, "name", "ncloud-datastream-producer") == "ncloud-datastream-producer":
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(place, "start", interrupted)
            with pytest.raises(KeyboardInterrupt):
                send(producer, 0)
        got: list[object] = []
        send(producer, 1).add_done_callback(got.append)
        producer.flush(LONG)
        assert len(got) == 1
    assert server.values == ["1"]


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="no SIGUSR1")
def test_a_signal_handler_may_flush_while_it_interrupts_a_send(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    """Even while the interrupted code holds the lock."""
    flushed: list[int] = []

    def handle(number: int, frame: object) -> None:
        producer.flush(LONG)
        flushed.append(number)

    with handling(signal.SIGUSR1, handle), producing("blocking", server) as producer:
        real = producer._buffer.has_room

        def has_room(size: int) -> bool:
            monkeypatch.undo()
            send_all(producer, 20)
            signal.raise_signal(signal.SIGUSR1)
            return real(size)

        monkeypatch.setattr(producer._buffer, "has_room", has_room)
        assert send(producer, "last").result(LONG)
    assert flushed == [signal.SIGUSR1]
    assert len(server.received) == 21
