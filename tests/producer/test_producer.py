"""The producer for threads."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import pickle
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from ncloud_datastream import (
    BadRequestError,
    BufferFullError,
    ConfigurationError,
    DataStream,
    DataStreamError,
    Delivery,
    Message,
    Outcome,
    Producer,
    TransportError,
    WaitError,
    WaitTimeoutError,
    partition_for,
)
from ncloud_datastream.sending import background as background_module
from ncloud_datastream.sending import producer as producer_module
from ncloud_datastream.sending import unretrieved as unretrieved_module
from ncloud_datastream_emulator import Emulator
from producer.producers import LONG, TOPIC, Gate, producing, refusing, wait_until
from sending.sendings import options
from sending.server import Reply, Request, Server, answer


def send(producer: Producer, value: object, **more: Any) -> Future[Delivery]:
    return producer.send(**{"key": "k", "value": str(value), **more})


def send_all(producer: Producer, count: int, **more: Any) -> list[Future[Delivery]]:
    return [send(producer, number, **more) for number in range(count)]


# --- futures


def test_a_result_is_the_delivery(server: Server) -> None:
    with producing(server) as producer:
        future = producer.send(key="42", value="shipped", partition=3)
        delivery = future.result(LONG)
        other = producer.send(key="1", value="x", topic="other").result(LONG)
    assert delivery == Delivery(Message(TOPIC, "42", "shipped", 3), Outcome.DELIVERED, 0, 1, None)
    assert (other.message.topic, other.index) == ("other", 1)
    assert server.received[0].message == {
        "topic": TOPIC, "key": "42", "value": "shipped", "partition": 3,
    }  # fmt: skip


def test_a_failure_is_raised_and_knows_its_delivery() -> None:
    with Server(refusing("0")) as server, producing(server) as producer:
        future = send(producer, 0)
        with pytest.raises(BadRequestError) as raised:
            future.result(LONG)
        assert future.exception() is raised.value
    delivery = raised.value.delivery
    assert delivery is not None
    assert (delivery.outcome, delivery.message.value) == (Outcome.REJECTED, "0")
    assert delivery.error is raised.value
    copy = pickle.loads(pickle.dumps(raised.value))
    assert (copy.delivery.message, copy.delivery.outcome) == (delivery.message, Outcome.REJECTED)


def test_a_message_that_has_been_sent_cannot_be_cancelled(server: Server) -> None:
    with producing(server) as producer:
        future = send(producer, 0)
        assert not future.cancel()
        assert future.result(LONG).outcome is Outcome.DELIVERED


def test_callbacks_are_called_in_a_thread_that_may_be_held_up() -> None:
    called: list[tuple[Future[Delivery], threading.Thread]] = []
    held = threading.Event()
    gate = Gate()

    def call(future: Future[Delivery]) -> None:
        assert held.wait(LONG)
        called.append((future, threading.current_thread()))

    with Server(gate) as server, producing(server) as producer:
        first = send(producer, 0)
        first.add_done_callback(call)  # before it is done
        gate.is_open.set()
        others = send_all(producer, 20)
        assert all(each.result(LONG) for each in others)  # the loop goes on
        held.set()
        producer.flush(LONG)
        assert called[0][0] is first
        first.add_done_callback(call)  # it is done: at once, here
    assert [thread.name for _, thread in called] == [
        "ncloud-datastream-producer",
        threading.current_thread().name,
    ]


def test_futures_do_what_futures_do(server: Server) -> None:
    with producing(server) as producer:
        futures = send_all(producer, 20)
        assert concurrent.futures.wait(futures, LONG).not_done == set()
        assert len(list(concurrent.futures.as_completed(futures, LONG))) == 20

        async def awaited() -> Delivery:
            return await asyncio.wrap_future(send(producer, 21))

        assert asyncio.run(awaited()).outcome is Outcome.DELIVERED


# --- arguments


@pytest.mark.parametrize(
    "bad",
    [
        {"topic": ""}, {"topic": 7}, {"concurrency": 0}, {"ordered": "topic"}, {"rate": 0},
        {"partitions": 0}, {"max_buffered": 0}, {"max_buffered": True}, {"max_buffered": 1.5},
        {"max_buffered_bytes": 0}, {"when_full": "drop"}, {"on_delivery": 7},
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_right(bad: dict[str, Any]) -> None:
    with DataStream(**options("http://127.0.0.1:1")) as ds, pytest.raises(ConfigurationError):
        ds.producer(**bad)


def test_a_callback_that_would_have_to_be_awaited_is_refused() -> None:
    async def on_delivery(delivery: Delivery) -> None: ...

    with (
        DataStream(**options("http://127.0.0.1:1")) as ds,
        pytest.raises(ConfigurationError, match="not a coroutine function"),
    ):
        ds.producer(on_delivery=on_delivery)


@pytest.mark.parametrize("timeout", [-1, True, "1", float("nan")])
def test_timeouts_that_cannot_be_right(server: Server, timeout: Any) -> None:
    with producing(server) as producer:
        for call in (
            lambda: send(producer, 0, timeout=timeout),
            lambda: producer.flush(timeout),
            lambda: producer.close(timeout),
        ):
            with pytest.raises(ConfigurationError, match="timeout"):
                call()


def test_no_topic(server: Server) -> None:
    with producing(server, topic=None) as producer:
        with pytest.raises(ConfigurationError, match=r"no topic.* Nothing was sent"):
            send(producer, 0)
        assert send(producer, 0, topic="t").result(LONG)
    assert len(server.received) == 1


def test_what_it_says_of_itself(server: Server) -> None:
    with producing(server) as producer:
        assert repr(producer) == f"Producer({server.url}, concurrency=64, topic={TOPIC!r})"


def test_a_message_that_cannot_be_encoded_fails_alone(server: Server) -> None:
    with producing(server) as producer:
        bad, good = send(producer, "\ud800"), send(producer, 1)
        assert isinstance(bad.exception(LONG), ConfigurationError)
        assert good.result(LONG)


# --- many threads, many producers; how they are sent


def test_from_many_threads(server: Server) -> None:
    with producing(server, max_buffered=50) as producer, ThreadPoolExecutor(16) as pool:
        futures = list(pool.map(lambda number: send(producer, number), range(2000)))
        for number, future in enumerate(futures):
            assert future.result(LONG).message.value == str(number)
        producer.flush(LONG)
        assert producer.buffered == 0
    assert sorted(map(int, server.values)) == list(range(2000))


def test_several_producers_on_one_client(server: Server) -> None:
    with (
        DataStream(**options(server)) as ds,
        ds.producer(topic="a") as first,
        ds.producer(topic="b") as second,
    ):
        one = send_all(first, 50)
        other = send_all(second, 50)
        second.close()
        assert all(future.result(LONG).message.topic == "b" for future in other)
        assert send(first, 50).result(LONG)
        assert all(future.result(LONG).message.topic == "a" for future in one)


def test_the_order_of_a_key(server: Server) -> None:
    with producing(server, ordered="key") as producer:
        for number in range(300):
            send(producer, number, key=f"k{number % 3}")
    for key in range(3):
        values = [int(r.value) for r in server.received if r.message["key"] == f"k{key}"]
        assert values == sorted(values)
        assert len(values) == 100


def test_partitions_and_rate(server: Server) -> None:
    with producing(server, partitions=3, rate=1000.0) as producer:
        send_all(producer, 30, key="k7")
    assert {r.message["partition"] for r in server.received} == {partition_for("k7", 3)}


def test_concurrency() -> None:
    with Server(lambda r: Reply(answer(), after=0.005)) as server:
        with producing(server, concurrency=3) as producer:
            send_all(producer, 50)
        assert server.most_in_flight == 3


def test_it_does_not_linger(server: Server) -> None:
    """One message alone leaves, with nothing after it and nobody waiting for it."""
    with producing(server) as producer:
        send(producer, 0)
        wait_until(lambda: server.received)
        send(producer, 1)
        wait_until(lambda: len(server.received) == 2)


def test_against_the_emulator(served: Emulator) -> None:
    with DataStream(served.credentials, message_url=served.url, management_url=served.url) as ds:
        made = ds.create_topic(name=f"{ds.get_topic_prefix().prefix}p", partitions=3)
        ds.wait_for_topic(made.topic_id)
        name = made.topic_name
        with ds.producer(topic=name, ordered="key", partitions=3) as producer:
            for number in range(200):
                send(producer, number, key=f"k{number % 5}")
    held = served.messages(name)
    assert len(held) == 200
    for key in range(5):
        mine = [each for each in held if each.key == f"k{key}"]
        assert {each.partition for each in mine} == {partition_for(f"k{key}", 3)}
        assert [int(each.value) for each in mine] == list(range(key, 200, 5))


# --- back-pressure


def test_no_room_raises_at_once_or_in_time() -> None:
    gate = Gate()
    with Server(gate) as server:
        for when_full, timeout, said in (
            ("raise", None, "buffer is full:"),
            ("wait", 0.01, "buffer is full after waiting 0.01 s:"),
        ):
            gate.is_open.clear()
            with producing(server, max_buffered=3, when_full=when_full) as producer:
                send_all(producer, 3)
                assert producer.buffered == 3
                with pytest.raises(BufferFullError, match=f"{said}.* 3 messages") as raised:
                    send(producer, 3, timeout=timeout)
                assert isinstance(raised.value, DataStreamError)
                gate.is_open.set()
                producer.flush(LONG)
                assert send(producer, 4, timeout=LONG).result(LONG)
    assert "3" not in server.values[:3] + server.values[4:7]


def test_room_by_bytes() -> None:
    gate = Gate()
    with (
        Server(gate) as server,
        producing(server, max_buffered_bytes=10_000, when_full="raise") as producer,
    ):
        send(producer, "x" * 20_000)  # too large for all of it: alone it has room
        with pytest.raises(BufferFullError, match=r"1 messages \(20,"):
            send(producer, "y")
        gate.is_open.set()
        producer.flush(LONG)
        gate.is_open.clear()
        send(producer, "x" * 4000)
        send(producer, "x" * 4000)
        with pytest.raises(BufferFullError):
            send(producer, "x" * 4000)
        gate.is_open.set()


def test_whoever_waits_for_room_gets_it(server: Server) -> None:
    """Large ones and small ones, many threads, next to no room: none is forgotten."""
    with (
        producing(server, max_buffered=3, max_buffered_bytes=5_000) as producer,
        ThreadPoolExecutor(24) as pool,
    ):
        sent = [
            pool.submit(send, producer, "x" * (3_000 if number % 3 else 1)) for number in range(600)
        ]
        assert all(each.result(LONG).result(LONG) for each in sent)
    assert server.most_in_flight <= 3


def test_whoever_waits_for_room_is_told_of_the_close() -> None:
    gate = Gate()
    with Server(gate) as server, producing(server, max_buffered=1) as producer:
        first = send(producer, 0)
        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(send, producer, number) for number in (1, 2)]
            wait_until(lambda: len(producer._senders) == 2)
            closing = threading.Thread(target=producer.close)
            closing.start()
            for each in waiting:
                with pytest.raises(ConfigurationError, match="closed"):
                    each.result(LONG)
            gate.is_open.set()
            closing.join(LONG)
        assert first.result(0).outcome is Outcome.DELIVERED


# --- flush


def test_any_number_of_threads_wait_for_a_future_and_each_as_long_as_it_says() -> None:
    gate = Gate()
    with (
        Server(gate) as server,
        producing(server) as producer,
        ThreadPoolExecutor(8) as threads,
    ):
        (future,) = send_all(producer, 1)
        waiting = [threads.submit(future.result, LONG) for _ in range(4)]
        waiting += [threads.submit(future.exception) for _ in range(4)]
        for ask in (future.result, future.exception):
            with pytest.raises(TimeoutError):
                ask(0.01)
        gate.is_open.set()
        got = [each.result(LONG) for each in waiting]
    assert got == [future.result(0)] * 4 + [None] * 4


def test_flush_waits_for_futures_and_callbacks(server: Server) -> None:
    got: list[Delivery] = []
    with producing(server, on_delivery=got.append) as producer:
        producer.flush()  # nothing was sent
        futures = send_all(producer, 100)
        producer.flush(LONG)
        assert len(got) == 100
        assert all(future.done() for future in futures)
        producer.flush(0)


def test_a_late_flush_says_so_and_what_was_sent_goes_on() -> None:
    gate = Gate()
    with Server(gate) as server, producing(server) as producer:
        futures = send_all(producer, 3)
        with pytest.raises(
            WaitTimeoutError, match=r"^flush: 3 messages are not settled after 0\.0"
        ) as raised:
            producer.flush(0.01)
        assert isinstance(raised.value, WaitError)
        assert isinstance(raised.value, TimeoutError)
        gate.is_open.set()
        producer.flush(LONG)
        assert all(future.result(0) for future in futures)


def test_flush_does_not_wait_for_what_is_sent_later() -> None:
    gate = Gate()

    def behave(request: Request) -> Reply:
        return gate(request) if request.value == "late" else Reply(answer())

    with Server(behave) as server, producing(server) as producer:
        send_all(producer, 20)
        late = send(producer, "late")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(producer.flush, 0).exception(LONG) is not None
        send_all(producer, 20)
        gate.is_open.set()
        producer.flush(LONG)
        assert late.done()


def test_flush_from_several_threads(server: Server) -> None:
    with producing(server) as producer, ThreadPoolExecutor(16) as pool:

        def work(number: int) -> bool:
            future = send(producer, number)
            producer.flush(LONG)
            return future.done()

        assert all(pool.map(work, range(500)))


# --- callbacks


def test_callbacks_may_send_flush_wait_and_close(server: Server) -> None:
    """With room for one message, and from each callback."""
    again: list[Future[Delivery]] = []
    outcomes: list[Outcome] = []

    def on_delivery(delivery: Delivery) -> None:
        outcomes.append(delivery.outcome)
        if delivery.message.topic == TOPIC:
            again.append(send(producer, delivery.message.value, topic="again"))
            producer.flush(LONG)
            assert again[-1].result(0).outcome is Outcome.DELIVERED
        elif len(outcomes) == 80:
            producer.close()

    with producing(server, on_delivery=on_delivery, max_buffered=1) as producer:
        send_all(producer, 40)
        wait_until(lambda: len(outcomes) == 80)
    assert outcomes == [Outcome.DELIVERED] * 80
    assert [future.exception(0) for future in again] == [None] * 40


def test_every_callback_may_flush(server: Server) -> None:
    """However many there are: they are called one after the other, not one within the other."""
    count, within, deepest = 0, 0, 0

    def on_delivery(delivery: Delivery) -> None:
        nonlocal count, within, deepest
        within += 1
        deepest = max(deepest, within)
        producer.flush(LONG)
        within -= 1
        count += 1

    with producing(server, on_delivery=on_delivery) as producer:
        send_all(producer, 1500)
    assert (count, deepest) == (1500, 1)


def test_a_late_flush_in_a_callback_says_so() -> None:
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

    with Server(behave) as server, producing(server, on_delivery=on_delivery) as producer:
        send_all(producer, 2)
    assert len(raised) == 1


@pytest.mark.parametrize("error", [LookupError, SystemExit, KeyboardInterrupt])
def test_a_callback_that_raises_harms_nobody(
    caplog: pytest.LogCaptureFixture, error: type[BaseException]
) -> None:
    got: list[Delivery] = []
    gate = Gate()

    def on_delivery(delivery: Delivery) -> None:
        got.append(delivery)
        raise error

    with Server(gate) as server, producing(server, on_delivery=on_delivery) as producer:
        futures = send_all(producer, 3)
        # Before it is done: afterwards it would be called, and raise, right here.
        futures[0].add_done_callback(lambda future: on_delivery(future.result()))
        gate.is_open.set()
        producer.flush(LONG)
        assert all(future.result(0) for future in futures)
    assert len(got) == 4
    assert len([each for each in caplog.records if "callback" in each.message]) == 4


# --- the end


def test_leaving_by_an_exception_flushes(server: Server) -> None:
    with pytest.raises(LookupError), producing(server) as producer:
        futures = send_all(producer, 50)
        raise LookupError
    assert all(future.result(0) for future in futures)


def test_leaving_by_an_exception_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producer_module, "EXIT_TIMEOUT", 0.2)
    with Server(lambda request: Reply(b"", "stall")) as server:
        with pytest.raises(LookupError), producing(server) as producer:
            future = send(producer, 0)
            wait_until(lambda: server.received)
            raise LookupError
        assert isinstance(future.exception(0), TransportError)


def test_close_in_no_time_says_truthfully_what_became_of_each() -> None:
    gate = Gate()
    with Server(gate) as server, DataStream(**options(server)) as ds:
        producer = ds.producer(topic=TOPIC, concurrency=2)
        futures = send_all(producer, 50)
        wait_until(lambda: len(server.received) == 2)
        producer.close(timeout=0)
        errors = [future.exception(0) for future in futures]
        assert all(isinstance(error, TransportError) for error in errors)
        outcomes = [error.delivery.outcome for error in errors]  # type: ignore[union-attr]
        assert outcomes == [Outcome.UNKNOWN] * 2 + [Outcome.UNSENT] * 48
        assert [e.delivery.index for e in errors] == list(range(50))  # type: ignore[union-attr]
        assert "the producer stopped before this message was attempted" in str(errors[-1])
        producer.close()
        gate.is_open.set()
        with pytest.raises(ConfigurationError, match="producer is closed"):
            send(producer, 0)
        producer.flush()
    assert len(server.received) == 2


def test_close_of_one_that_never_sent(server: Server) -> None:
    with DataStream(**options(server)) as ds:
        producer = ds.producer()
        producer.close()
        with pytest.raises(ConfigurationError, match="producer is closed"):
            send(producer, 0, topic="t")


def test_closes_at_once_from_several_threads(server: Server) -> None:
    with producing(server) as producer, ThreadPoolExecutor(4) as pool:
        futures = send_all(producer, 200)
        list(pool.map(lambda _: producer.close(), range(4)))
        assert all(future.result(0) for future in futures)


def test_after_the_client_is_closed_what_was_accepted_is_sent() -> None:
    gate = Gate()
    with Server(gate) as server:
        ds = DataStream(**options(server))
        producer = ds.producer(topic=TOPIC, concurrency=2)
        futures = send_all(producer, 20)
        ds.close()
        with pytest.raises(ConfigurationError, match="client is closed"):
            send(producer, 20)
        gate.is_open.set()
        producer.close()
        assert all(future.result(0) for future in futures)


@pytest.mark.parametrize("status", [401, 403])
def test_refusals_that_concern_all_fail_what_is_buffered_and_what_comes(status: int) -> None:
    with Server(lambda request: Reply(answer(status, b"{}"))) as server:
        with producing(server, concurrency=1) as producer:
            futures = send_all(producer, 50)
            errors = [future.exception(LONG) for future in futures]
            outcomes = [error.delivery.outcome for error in errors]  # type: ignore[union-attr]
            assert outcomes == [Outcome.REJECTED] * 5 + [Outcome.UNSENT] * 45
            late = send(producer, 50)
            error = late.exception(0)
            assert isinstance(error, TransportError)
            assert error.__cause__ is errors[4]
            assert str(errors[4]) in str(error)
            producer.flush(0)
        assert len(server.received) == 5


def test_refusals_of_one_topic_do_not_end_it() -> None:
    def behave(request: Request) -> Reply:
        return Reply(answer(404, b"{}") if request.message["topic"] == "none" else answer())

    with Server(behave) as server, producing(server, concurrency=1) as producer:
        for future in send_all(producer, 20, topic="none"):
            assert future.exception(LONG) is not None
        assert send(producer, 0).result(LONG)


# --- failures nobody asks for


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    assert all(each.levelno == logging.ERROR for each in caplog.records)
    return [each.getMessage() for each in caplog.records]


def test_a_failure_nobody_asks_for_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    with Server(refusing("1")) as server, producing(server) as producer:
        send_all(producer, 3)
    (line,) = lines(caplog)
    assert f"topic '{TOPIC}', REJECTED" in line


def counted(caplog: pytest.LogCaptureFixture) -> int:
    """How many more than the first one were told of."""
    return sum(int(line.split()[0]) for line in lines(caplog)[1:])


def test_many_are_counted(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(producer_module, "SPACING", 0.1)
    monkeypatch.setattr(unretrieved_module, "SPACING", 1e6)
    with Server(lambda request: Reply(answer(400))) as server, producing(server) as producer:
        send_all(producer, 200)
        producer.flush(LONG)
        wait_until(lambda: counted(caplog) == 199)  # not only when it is closed
    assert "its result was never retrieved" in lines(caplog)[0]


@pytest.mark.parametrize(
    "ask",
    [
        lambda future: future.exception(LONG),
        lambda future: future.add_done_callback(id),
        lambda future: concurrent.futures.wait([future], LONG) and future.exception(),
    ],
)
def test_what_is_asked_for_is_not_told(caplog: pytest.LogCaptureFixture, ask: Any) -> None:
    caplog.set_level(logging.ERROR)
    with Server(refusing("0")) as server, producing(server) as producer:
        ask(send(producer, 0))
    assert lines(caplog) == []


def test_what_a_callback_gets_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    got: list[Delivery] = []
    with Server(refusing("0")) as server, producing(server, on_delivery=got.append) as producer:
        send(producer, 0)
    assert (lines(caplog), got[0].outcome) == ([], Outcome.REJECTED)


def test_a_future_that_is_let_go_of_after_the_close_is_told_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    with Server(refusing("0")) as server, producing(server) as producer:
        future = send(producer, 0)
    assert lines(caplog) == []
    del future
    assert len(lines(caplog)) == 1


# --- signals, forks, threads that cannot be started


@pytest.mark.soak  # not under coverage, whose own locks no signal may interrupt
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no such timer")
def test_interrupted_at_any_moment_no_future_gets_anothers_delivery(server: Server) -> None:
    interrupts, accepted = 0, []

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with producing(server, max_buffered=100) as producer:
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
    finally:
        signal.signal(signal.SIGALRM, before)
    assert interrupts > 10
    assert len(set(values)) == len(values)
    assert set(values) <= set(server.values)
    assert len(set(server.values)) == len(server.values)


def test_a_second_interruption_ends_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_in_another_process_it_is_refused(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """A forked child, for which `test_programs` has the real thing."""
    with producing(server) as producer:
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
def test_no_thread_can_be_started(
    monkeypatch: pytest.MonkeyPatch, server: Server, number: int
) -> None:
    """Neither that of the loop nor that of the callbacks; and it can begin again."""
    with producing(server) as producer:
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
def test_interrupted_while_it_comes_up(
    monkeypatch: pytest.MonkeyPatch, server: Server, place: Any
) -> None:
    with producing(server) as producer:

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


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="the system has no such signal")
def test_a_handler_that_flushes_in_the_midst_of_a_send(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    """While the code that it has interrupted holds the lock."""
    flushed: list[int] = []

    def handle(number: int, frame: object) -> None:
        producer.flush(LONG)
        flushed.append(number)

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        with producing(server) as producer:
            real = producer._buffer.has_room

            def has_room(size: int) -> bool:
                monkeypatch.undo()
                send_all(producer, 20)
                signal.raise_signal(signal.SIGUSR1)
                return real(size)

            monkeypatch.setattr(producer._buffer, "has_room", has_room)
            assert send(producer, "last").result(LONG)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert flushed == [signal.SIGUSR1]
    assert len(server.received) == 21
