"""What a producer promises, for threads and for tasks."""

from __future__ import annotations

import asyncio
import logging
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ncloud_datastream import (
    AsyncDataStream,
    BadRequestError,
    BufferFullError,
    ConfigurationError,
    DataStream,
    DataStreamError,
    Delivery,
    Message,
    Outcome,
    TransportError,
    WaitError,
    WaitTimeoutError,
    partition_for,
)
from ncloud_datastream.sending import async_producer as async_module
from ncloud_datastream.sending import producer as producer_module
from ncloud_datastream.sending import unretrieved
from producer.producers import TOPIC, Gate, lines, producing, rejecting, send, send_all
from sending.sendings import LONG, every_form, every_loop, opened, options, wait_until
from sending.server import Reply, Request, Server, answer


@pytest.fixture
def errors(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log, from ERROR on."""
    caplog.set_level(logging.ERROR)
    return caplog


# --- futures


@every_loop
def test_a_result_is_the_delivery_or_raises_its_error(form: str) -> None:
    with Server(rejecting("1")) as server, producing(form, server) as producer:
        delivery = send(producer, "shipped", key="42", partition=3).result(LONG)
        rejected = send(producer, 1, topic="other")
        with pytest.raises(BadRequestError) as raised:
            rejected.result(LONG)
        assert rejected.exception() is raised.value
    assert delivery == Delivery(Message(TOPIC, "42", "shipped", 3), Outcome.DELIVERED, 0, 1, None)
    assert server.received[0].message == {
        "topic": TOPIC, "key": "42", "value": "shipped", "partition": 3,
    }  # fmt: skip
    found = raised.value.delivery
    assert found == Delivery(Message("other", "k", "1"), Outcome.REJECTED, 1, 1, raised.value)
    copy = pickle.loads(pickle.dumps(raised.value))
    assert (copy.delivery.message, copy.delivery.outcome) == (found.message, Outcome.REJECTED)


@every_form
def test_a_message_that_cannot_be_encoded_fails_alone(form: str, server: Server) -> None:
    with producing(form, server) as producer:
        bad, good = send(producer, "\ud800"), send(producer, 1)
        assert isinstance(bad.exception(LONG), ConfigurationError)
        assert good.result(LONG)


# --- arguments


@pytest.mark.parametrize(
    "bad",
    [
        {"topic": ""}, {"topic": 7}, {"concurrency": 0}, {"ordered": "topic"}, {"rate": 0},
        {"partitions": 0}, {"max_buffered": 0}, {"max_buffered": True}, {"max_buffered": 1.5},
        {"max_buffered_bytes": 0}, {"when_full": "drop"}, {"on_delivery": 7},
    ],
)  # fmt: skip
@pytest.mark.parametrize("client", [DataStream, AsyncDataStream])
def test_invalid_options_are_rejected(client: Any, bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        client(**options("http://127.0.0.1:1")).producer(**bad)


def test_a_coroutine_function_is_no_delivery_callback() -> None:
    async def on_delivery(delivery: Delivery) -> None: ...

    with pytest.raises(ConfigurationError, match="not a coroutine function"):
        DataStream(**options("http://127.0.0.1:1")).producer(on_delivery=on_delivery)


@every_form
@pytest.mark.parametrize("timeout", [-1, True, "1", float("nan")])
def test_invalid_timeouts_are_rejected(form: str, server: Server, timeout: Any) -> None:
    with producing(form, server) as producer:
        for call in (
            lambda: send(producer, 0, timeout=timeout),
            lambda: producer.flush(timeout),
            lambda: producer.close(timeout),
        ):
            with pytest.raises(ConfigurationError, match="timeout"):
                call()


@every_form
def test_a_message_needs_a_topic(form: str, server: Server) -> None:
    with producing(form, server, topic=None) as producer:
        with pytest.raises(ConfigurationError, match=r"no topic.* Nothing was sent"):
            send(producer, 0)
        assert send(producer, 0, topic="t").result(LONG)
        kind = "Producer" if form == "blocking" else "AsyncProducer"
        assert repr(producer) == f"{kind}({server.url}, concurrency=64, topic=None)"
    assert len(server.received) == 1


# --- many senders, many producers


@every_loop
def test_many_senders_share_a_small_buffer_and_get_their_own_deliveries(form: str) -> None:
    with (
        Server() as server,
        producing(form, server, max_buffered=50, concurrency=3) as producer,
        ThreadPoolExecutor(16) as pool,
    ):
        futures = list(pool.map(lambda number: send(producer, number), range(400)))
        for number, future in enumerate(futures):
            assert future.result(LONG).message.value == str(number)
        producer.flush(LONG)
        assert producer.buffered == 0
        assert sorted(map(int, server.values)) == list(range(400))
        assert server.most_in_flight <= 3


@every_form
def test_producers_of_one_client_are_independent(form: str, server: Server) -> None:
    with (
        opened(form, server) as ds,
        ds.producer(topic="a", ordered="key", partitions=3, rate=5000.0) as one,
        ds.producer(topic="b") as other,
    ):
        first = [send(one, number, key=f"k{number % 3}") for number in range(60)]
        second = send_all(other, 30, partition=7)
        other.close()
        assert all(future.result(LONG).message.topic == "b" for future in second)
        assert all(future.result(LONG).message.topic == "a" for future in first)
    for key in range(3):
        mine = [r.message for r in server.received if r.message["key"] == f"k{key}"]
        assert [int(each["value"]) for each in mine] == list(range(key, 60, 3))
        assert {each["partition"] for each in mine} == {partition_for(f"k{key}", 3)}
    assert {r.message.get("partition") for r in server.received if r.message["topic"] == "b"} == {7}


@every_form
def test_a_single_message_is_sent_without_lingering(form: str, server: Server) -> None:
    with producing(form, server) as producer:
        for count in (1, 2):
            send(producer, count)
            wait_until(lambda count=count: len(server.received) == count)


# --- back-pressure


@every_form
@pytest.mark.parametrize(
    ("when_full", "timeout", "said"),
    [
        ("raise", None, "buffer is full:"),
        ("wait", 0.01, "buffer is full after waiting 0.01 s:"),
        ("wait", 0, "buffer is full after waiting 0 s:"),
    ],
)
def test_a_full_buffer_raises_at_once_or_at_the_timeout(
    form: str, when_full: str, timeout: float | None, said: str
) -> None:
    gate = Gate()
    with (
        Server(gate) as server,
        producing(form, server, max_buffered=3, when_full=when_full) as producer,
    ):
        send_all(producer, 3)
        assert producer.buffered == 3
        with pytest.raises(BufferFullError, match=f"{said} 3 messages") as raised:
            send(producer, 3, timeout=timeout)
        assert isinstance(raised.value, DataStreamError)
        gate.is_open.set()
        producer.flush(LONG)
        assert send(producer, 4, timeout=LONG).result(LONG)
        assert server.values[3:] == ["4"]


@every_form
def test_the_buffer_is_bounded_in_bytes(form: str) -> None:
    gate = Gate()
    with (
        Server(gate) as server,
        producing(form, server, max_buffered_bytes=10_000, when_full="raise") as producer,
    ):
        send(producer, "x" * 20_000)  # larger than the buffer: it fits if it is the only one
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


@every_form
def test_no_sender_that_waits_for_space_is_forgotten(form: str, server: Server) -> None:
    """Large and small messages from many threads, with almost no space."""
    with (
        producing(form, server, max_buffered=3, max_buffered_bytes=5_000) as producer,
        ThreadPoolExecutor(24) as pool,
    ):
        sent = [
            pool.submit(send, producer, "x" * (3_000 if number % 3 else 1)) for number in range(200)
        ]
        assert all(each.result(LONG).result(LONG) for each in sent)
    assert server.most_in_flight <= 3


@every_form
def test_senders_that_wait_for_space_fail_when_the_producer_is_closed(form: str) -> None:
    gate = Gate()
    with Server(gate) as server, producing(form, server, max_buffered=1) as producer:
        first = send(producer, 0)
        with ThreadPoolExecutor(3) as pool:
            waiting = [pool.submit(send, producer, number) for number in (1, 2)]
            wait_until(lambda: len(producer._senders) == 2)
            closing = pool.submit(producer.close)
            for each in waiting:
                with pytest.raises(ConfigurationError, match="closed"):
                    each.result(LONG)
            gate.is_open.set()
            closing.result(LONG)
        assert first.result(0).outcome is Outcome.DELIVERED


# --- flush


@every_form
def test_flush_waits_for_futures_and_callbacks(form: str, server: Server) -> None:
    got: list[Delivery] = []
    with producing(form, server, on_delivery=got.append) as producer:
        producer.flush()  # nothing was sent
        futures = send_all(producer, 100)
        producer.flush(LONG)
        assert len(got) == 100
        assert all(future.done() for future in futures)
        producer.flush(0)


@every_form
def test_a_flush_that_times_out_raises_and_sending_continues(form: str) -> None:
    gate = Gate()
    with Server(gate) as server, producing(form, server) as producer:
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


@every_form
def test_flush_does_not_wait_for_messages_sent_later(form: str) -> None:
    gate = Gate()

    def behave(request: Request) -> Reply:
        return gate(request) if request.value == "late" else Reply(answer())

    with Server(behave) as server, producing(form, server) as producer:
        futures = send_all(producer, 20)
        with ThreadPoolExecutor(1) as pool:
            flushing = pool.submit(producer.flush, LONG)
            late = send(producer, "late")
            assert all(future.result(LONG) for future in futures)
            gate.is_open.set()
            flushing.result(LONG)
        producer.flush(LONG)
        assert late.done()


@every_form
def test_many_senders_may_flush_at_once(form: str, server: Server) -> None:
    with producing(form, server) as producer, ThreadPoolExecutor(16) as pool:

        def work(number: int) -> bool:
            future = send(producer, number)
            producer.flush(LONG)
            return bool(future.done())

        assert all(pool.map(work, range(200)))


# --- callbacks


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ("blocking", LookupError),
        ("blocking", SystemExit),
        ("blocking", KeyboardInterrupt),
        ("async", LookupError),
        ("async", asyncio.CancelledError),
    ],
)
def test_a_callback_that_raises_is_logged_and_affects_no_delivery(
    form: str, error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    got: list[Delivery] = []

    def on_delivery(delivery: Delivery) -> None:
        got.append(delivery)
        raise error

    with Server() as server, producing(form, server, on_delivery=on_delivery) as producer:
        futures = send_all(producer, 3)
        producer.flush(LONG)
        assert all(future.result(0) for future in futures)
    assert len(got) == 3
    assert len([each for each in caplog.records if "callback failed" in each.message]) == 3


# --- the end


@every_form
def test_leaving_the_block_by_an_exception_flushes(form: str, server: Server) -> None:
    with pytest.raises(LookupError), producing(form, server) as producer:
        futures = send_all(producer, 50)
        raise LookupError
    assert len(server.received) == len(futures)


@every_form
def test_leaving_the_block_by_an_exception_is_bounded(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (producer_module, async_module):
        monkeypatch.setattr(module, "EXIT_TIMEOUT", 0.1)
    got: list[Delivery] = []
    with (
        Server(lambda request: Reply(b"", "stall")) as server,
        pytest.raises(LookupError),
        producing(form, server, on_delivery=got.append) as producer,
    ):
        send(producer, 0)
        wait_until(lambda: server.received)
        raise LookupError
    assert [delivery.outcome for delivery in got] == [Outcome.UNKNOWN]


@every_form
def test_close_with_a_timeout_reports_the_outcome_of_each_message(form: str) -> None:
    gate = Gate()
    with Server(gate) as server, opened(form, server) as ds:
        producer = ds.producer(topic=TOPIC, concurrency=2)
        futures = send_all(producer, 50)
        wait_until(lambda: len(server.received) == 2)
        producer.close(timeout=0)
        errors = [future.exception(0) for future in futures]
        assert all(isinstance(error, TransportError) for error in errors)
        outcomes = [error.delivery.outcome for error in errors]
        assert outcomes == [Outcome.UNKNOWN] * 2 + [Outcome.UNSENT] * 48
        assert [error.delivery.index for error in errors] == list(range(50))
        assert "the producer stopped before this message was attempted" in str(errors[-1])
        producer.close()
        gate.is_open.set()
        with pytest.raises(ConfigurationError, match="producer is closed"):
            send(producer, 0)
        producer.flush()
        assert len(server.received) == 2


@every_form
def test_a_producer_that_never_sent_can_be_closed(form: str, server: Server) -> None:
    with opened(form, server) as ds:
        producer = ds.producer(topic="t")
        producer.close()
        with pytest.raises(ConfigurationError, match="producer is closed"):
            send(producer, 0)


@every_form
def test_a_producer_may_be_closed_several_times_at_once(form: str, server: Server) -> None:
    with producing(form, server) as producer, ThreadPoolExecutor(4) as pool:
        futures = send_all(producer, 100)
        list(pool.map(lambda _: producer.close(), range(4)))
        assert all(future.result(0) for future in futures)


@every_form
def test_accepted_messages_are_sent_after_the_client_is_closed(form: str) -> None:
    gate = Gate()
    with Server(gate) as server, opened(form, server) as ds:
        producer = ds.producer(topic=TOPIC, concurrency=2)
        futures = send_all(producer, 20)
        ds.close()
        with pytest.raises(ConfigurationError, match="client is closed"):
            send(producer, 20)
        gate.is_open.set()
        producer.close()
        assert all(future.result(0) for future in futures)


@every_form
@pytest.mark.parametrize("status", [401, 403])
def test_five_rejections_for_all_stop_the_producer(form: str, status: int) -> None:
    with Server(lambda request: Reply(answer(status, b"{}"))) as server:
        with producing(form, server, concurrency=1) as producer:
            futures = send_all(producer, 50)
            errors = [future.exception(LONG) for future in futures]
            outcomes = [error.delivery.outcome for error in errors]
            assert outcomes == [Outcome.REJECTED] * 5 + [Outcome.UNSENT] * 45
            late = send(producer, 50)
            assert late.done()
            error = late.exception(0)
            assert isinstance(error, TransportError)
            assert error.__cause__ is errors[4]
            assert str(errors[4]) in str(error)
            producer.flush(0)
        assert len(server.received) == 5


@every_form
def test_a_missing_topic_does_not_stop_the_producer(form: str) -> None:
    def behave(request: Request) -> Reply:
        return Reply(answer(404, b"{}") if request.message["topic"] == "none" else answer())

    with Server(behave) as server, producing(form, server, concurrency=1) as producer:
        for future in send_all(producer, 20, topic="none"):
            assert future.exception(LONG) is not None
        assert send(producer, 0).result(LONG)


# --- failures whose result is never retrieved


def suppressed(caplog: pytest.LogCaptureFixture) -> int:
    """The number of failures counted after the first line."""
    return sum(int(line.split()[0]) for line in lines(caplog)[1:])


@every_form
def test_failures_that_nobody_retrieves_are_logged_once_and_counted(
    form: str, errors: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (producer_module, async_module):
        monkeypatch.setattr(module, "SPACING", 0.05)
    monkeypatch.setattr(unretrieved, "SPACING", 1e6)
    with Server(lambda request: Reply(answer(400))) as server, producing(form, server) as producer:
        send_all(producer, 100)
        producer.flush(LONG)
        wait_until(lambda: suppressed(errors) == 99)  # before it is closed
        send(producer, 100)
    first = lines(errors)[0]
    assert f"its result was never retrieved: topic '{TOPIC}', REJECTED" in first
    assert suppressed(errors) == 100


@every_form
@pytest.mark.parametrize("how", ["exception", "callback", "on_delivery"])
def test_failures_that_are_retrieved_are_not_logged(
    form: str, how: str, errors: pytest.LogCaptureFixture
) -> None:
    got: list[Delivery] = []
    more = {"on_delivery": got.append} if how == "on_delivery" else {}
    with Server(rejecting("0")) as server, producing(form, server, **more) as producer:
        future = send(producer, 0)
        if how == "exception":
            assert future.exception(LONG)
        elif how == "callback":
            future.add_done_callback(id)
        else:
            del future
    assert lines(errors) == []
    assert [delivery.outcome for delivery in got] == [Outcome.REJECTED] * len(more)


@every_form
def test_a_failed_future_that_is_dropped_after_the_close_is_logged(
    form: str, errors: pytest.LogCaptureFixture
) -> None:
    with Server(rejecting("0")) as server, producing(form, server) as producer:
        future = send(producer, 0)
    assert lines(errors) == []
    del future
    (line,) = lines(errors)
    assert "its result was never retrieved" in line
