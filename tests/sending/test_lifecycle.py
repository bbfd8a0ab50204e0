"""How a sending begins, is left and ends; the account is whole in every case."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from ncloud_datastream import (
    AsyncDataStream,
    AuthenticationError,
    ConfigurationError,
    Credentials,
    DataStream,
    Delivery,
    Message,
    Outcome,
    PermissionDeniedError,
    Progress,
    RateLimitedError,
    Retry,
    TransportError,
)
from ncloud_datastream.sending import blocking, crew, wire
from ncloud_datastream.sending import plan as plan_module
from ncloud_datastream.sending.flow import LONGEST_PAUSE
from sending.sendings import (
    Counted,
    Result,
    as_async,
    every_form,
    messages,
    options,
    parsing_with,
    send,
    until,
)
from sending.server import Reply, Request, Server, answer

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN


class SourceError(Exception):
    pass


def breaking(count: int) -> Iterator[Message]:
    yield from messages(count)
    raise SourceError


async def breaking_async(count: int) -> AsyncIterator[Message]:
    for message in messages(count):
        yield message
    raise SourceError


def whole(deliveries: list[Delivery], taken: int) -> Result:
    """Every message that was taken has exactly one delivery."""
    assert sorted(delivery.index for delivery in deliveries) == list(range(taken))
    return Result(deliveries)


# --- the source


@every_form
def test_the_source_is_read_only_as_far_as_there_is_work(form: str, server: Server) -> None:
    """With a consumer that takes its time, what is taken and not handed out stays bounded."""
    ahead: list[int] = []
    handed = 0
    source = Counted(messages(400), lambda taken: ahead.append(taken - handed))
    kind, _, parser = form.partition("-")
    with parsing_with(parser):
        if kind == "blocking":
            with DataStream(**options(server)) as ds:
                for _ in ds.send_messages(source, concurrency=4):
                    handed += 1
        else:

            async def run() -> None:
                nonlocal handed
                async with AsyncDataStream(**options(server)) as ds:
                    async for _ in ds.send_messages(source, concurrency=4):
                        handed += 1
                        await asyncio.sleep(0)

            asyncio.run(run())
    assert handed == 400
    assert max(ahead) <= 9


@every_form
def test_a_source_that_raises(form: str, server: Server) -> None:
    result = send(form, server, breaking(20), concurrency=4)
    assert whole(result.deliveries, 20).outcomes == {DELIVERED: 20}
    assert isinstance(result.failure, SourceError)


@every_form
def test_a_source_that_raises_at_once(form: str, server: Server) -> None:
    result = send(form, server, breaking(0))
    assert result.deliveries == []
    assert isinstance(result.failure, SourceError)


@every_form
def test_a_source_that_raises_while_messages_are_repeated(form: str) -> None:
    seen: set[str] = set()

    def behave(request: Request) -> Reply:
        if request.value in seen:
            return Reply(answer())
        seen.add(request.value)
        return Reply(answer(429))

    with Server(behave) as server:
        result = send(form, server, breaking(3), client={"retry": Retry()})
    assert whole(result.deliveries, 3).outcomes == {DELIVERED: 3}
    assert isinstance(result.failure, SourceError)


async def test_asynchronous_sources(server: Server) -> None:
    sent = messages(50)
    async with AsyncDataStream(**options(server)) as ds:
        result = Result([d async for d in ds.send_messages(as_async(sent), concurrency=8)])
    result.check(sent)
    assert result.outcomes == {DELIVERED: 50}


async def test_an_asynchronous_source_that_raises(server: Server) -> None:
    got = []
    async with AsyncDataStream(**options(server)) as ds:
        with pytest.raises(SourceError):
            async for delivery in ds.send_messages(breaking_async(20), concurrency=4):
                got.append(delivery)  # noqa: PERF401 - some come before the error
    whole(got, 20)


async def test_a_source_that_was_cancelled_itself(server: Server) -> None:
    async def source() -> AsyncIterator[Message]:
        yield Message("t", "k", "v")
        raise asyncio.CancelledError

    async with AsyncDataStream(**options(server)) as ds:
        sending = ds.send_messages(source())
        assert (await anext(sending)).outcome is DELIVERED
        with pytest.raises(asyncio.CancelledError):
            await anext(sending)


async def test_a_slow_source_uses_one_connection(server: Server) -> None:
    """Who came free last goes first, so that its connection is used again."""

    async def source() -> AsyncIterator[Message]:
        for n in range(10):
            yield Message("t", "k", str(n))
            await until(lambda n=n: len(server.received) > n and not server.in_flight)

    async with AsyncDataStream(**options(server)) as ds:
        got = [delivery async for delivery in ds.send_messages(source())]
    assert whole(got, 10).outcomes == {DELIVERED: 10}
    assert server.connections <= 2


async def test_deliveries_come_while_the_source_waits(server: Server) -> None:
    more = asyncio.Event()

    async def source() -> AsyncIterator[Message]:
        yield Message("t", "k", "0")
        await more.wait()
        yield Message("t", "k", "1")

    async with AsyncDataStream(**options(server)) as ds:
        sending = ds.send_messages(source())
        assert (await anext(sending)).index == 0
        more.set()
        assert (await anext(sending)).index == 1
        with pytest.raises(StopAsyncIteration):
            await anext(sending)
        with pytest.raises(StopAsyncIteration):
            await anext(sending)


# --- leaving early


def gated() -> tuple[threading.Event, Server]:
    """A server that answers the first three at once, and the rest when it is told."""
    gate = threading.Event()
    return gate, Server(lambda r: Reply(answer(), gate=None if r.number < 3 else gate))


async def test_leaving_early_waits_for_what_is_in_flight() -> None:
    gate, server = gated()
    source = Counted(messages(1000))
    got = []
    with server:
        async with AsyncDataStream(**options(server)) as ds:
            async with ds.send_messages(source, concurrency=4) as sending:
                async for delivery in sending:
                    got.append(delivery)
                    if len(got) == 3:
                        break
                gate.set()
            assert [d.outcome for d in got] == [DELIVERED] * 3
            rest = sending.unfinished
            assert {delivery.outcome for delivery in rest} <= {DELIVERED, UNSENT}
            whole(got + rest, source.taken)
            assert source.taken < 20
            assert [d async for d in sending] == []


def test_leaving_early_in_ordinary_code() -> None:
    gate, server = gated()
    source = Counted(messages(1000))
    got = []
    with server, DataStream(**options(server)) as ds:
        with ds.send_messages(source, concurrency=4) as sending:
            for delivery in sending:
                got.append(delivery)
                if len(got) == 3:
                    break
            gate.set()
        rest = sending.unfinished
        assert {delivery.outcome for delivery in rest} <= {DELIVERED, UNSENT}
        whole(got + rest, source.taken)
        assert source.taken < 20
        assert list(sending) == []


async def test_leaving_with_an_exception() -> None:
    gate, server = gated()
    gate.set()
    source = Counted(messages(1000))
    got = []
    with server:
        async with AsyncDataStream(**options(server)) as ds:
            with pytest.raises(SourceError):
                async with ds.send_messages(source, concurrency=4) as sending:
                    async for delivery in sending:
                        got.append(delivery)
                        raise SourceError
            whole(got + sending.unfinished, source.taken)


@every_form
def test_leaving_is_bounded_by_the_timeout(form: str) -> None:
    source = Counted(messages(1000))
    kind, _, parser = form.partition("-")
    with Server(lambda r: Reply(answer()) if r.number == 0 else Reply(b"", "stall")) as server:
        made = options(server, timeout=0.5)
        with parsing_with(parser):
            if kind == "blocking":
                with DataStream(**made) as ds:
                    with ds.send_messages(source, concurrency=4) as sending:
                        got = [next(sending)]
                    rest = sending.unfinished
            else:

                async def run() -> tuple[list[Delivery], list[Delivery]]:
                    async with AsyncDataStream(**made) as ds:
                        async with ds.send_messages(source, concurrency=4) as sending:
                            got = [await anext(sending)]
                        return got, sending.unfinished

                got, rest = asyncio.run(run())
    outcomes = whole(got + rest, source.taken).outcomes
    assert outcomes[DELIVERED] == 1
    assert outcomes[UNKNOWN] >= 1


async def test_leaving_ends_the_waits_between_attempts() -> None:
    with Server(lambda r: Reply(answer(429, b"{}", "Retry-After: 15"))) as server:
        made = options(server, retry=Retry(max_elapsed=100.0))
        async with AsyncDataStream(**made) as ds:
            async with ds.send_messages(messages(3)) as sending:
                await until(lambda: len(server.received) == 3 and not server.in_flight)
            rest = sending.unfinished
    assert rest
    assert whole(rest, len(rest)).outcomes.keys() <= {REJECTED, UNSENT}


async def test_being_cancelled_ends_it_at_once() -> None:
    gate, server = gated()
    source = Counted(messages(1000))
    got: list[Delivery] = []
    sendings = []

    async def run() -> None:
        ds = AsyncDataStream(**options(server, timeout=1000.0))
        async with ds, ds.send_messages(source, concurrency=4) as sending:
            sendings.append(sending)
            async for delivery in sending:
                got.append(delivery)  # noqa: PERF401 - some come before the error

    with server:
        task = asyncio.ensure_future(run())
        await until(lambda: server.in_flight == 4)
        task.cancel()
        async with asyncio.timeout(10):
            with pytest.raises(asyncio.CancelledError):
                await task
        gate.set()
    rest = sendings[0].unfinished
    outcomes = whole(got + rest, source.taken).outcomes
    assert outcomes[UNKNOWN] == 4
    assert outcomes[DELIVERED] == 3
    unknown = next(d for d in rest if d.outcome is UNKNOWN)
    assert isinstance(unknown.error, TransportError)
    assert unknown.error.maybe_delivered
    assert unknown.attempts == unknown.error.attempts == 1


async def test_a_wait_for_a_delivery_that_is_cancelled_loses_none() -> None:
    gate = threading.Event()
    with Server(lambda r: Reply(answer(), gate=gate)) as server:
        async with AsyncDataStream(**options(server)) as ds:
            sending = ds.send_messages(messages(5))
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await anext(sending)
            gate.set()
            whole([delivery async for delivery in sending], 5)


async def test_closing_that_is_cancelled_still_closes_the_account() -> None:
    gate = threading.Event()
    source = Counted(messages(100))
    with Server(lambda r: Reply(answer(), gate=gate)) as server:
        async with AsyncDataStream(**options(server, timeout=1000.0)) as ds:
            sending = ds.send_messages(source, concurrency=4)
            async with sending:
                await until(lambda: server.in_flight == 4)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await sending.aclose()
                outcomes = whole(sending.unfinished, source.taken).outcomes
                assert outcomes[UNKNOWN] == 4
            gate.set()


async def test_a_sending_that_nobody_holds_any_more_ends(server: Server) -> None:
    before = asyncio.all_tasks()
    async with AsyncDataStream(**options(server)) as ds:
        async for _ in ds.send_messages(messages(1000), concurrency=4):
            break
        gc.collect()
        await until(lambda: not asyncio.all_tasks() - before)


def test_a_blocking_sending_that_nobody_holds_any_more_ends(server: Server) -> None:
    """Its thread is gone: the fixture of all tests looks."""
    with DataStream(**options(server)) as ds:
        for _ in ds.send_messages(messages(1000), concurrency=4):
            break
        gc.collect()


def test_a_loop_that_ends_before_the_sending() -> None:
    gate = threading.Event()
    kept = []

    async def run(server: Server) -> None:
        ds = AsyncDataStream(**options(server))
        sending = ds.send_messages(messages(10), concurrency=4)
        kept.append(sending)
        asyncio.ensure_future(anext(sending))  # noqa: RUF006 - left behind on purpose
        await until(lambda: server.in_flight == 4)

    with Server(lambda r: Reply(answer(), gate=gate)) as server:
        asyncio.run(run(server))
        gate.set()
    rest = kept.pop().unfinished
    assert whole(rest, len(rest)).outcomes == {UNKNOWN: 4}
    gc.collect()


async def test_leaving_before_anything_began(server: Server) -> None:
    async with AsyncDataStream(**options(server)) as ds:
        sending = ds.send_messages(messages(5))
        assert sending.unfinished == []
        await sending.aclose()
        assert [d async for d in sending] == []
        async with sending:
            assert sending.unfinished == []
    assert server.connections == 0


def test_leaving_before_anything_began_in_ordinary_code(server: Server) -> None:
    with DataStream(**options(server)) as ds:
        sending = ds.send_messages(messages(5))
        assert sending.unfinished == []
        sending.close()
        assert list(sending) == []
        with sending:
            assert sending.unfinished == []
    assert server.connections == 0


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


def test_messages_that_arrive_while_the_loop_begins_to_wait() -> None:
    """Put in by a thread that could not see yet that the loop would wait."""

    class Late(deque[Message]):
        looks = 0

        def __bool__(self) -> bool:
            self.looks += 1
            if self.looks == 2:
                self.append(Message("t", "k", "v"))
            return len(self) > 0

    async def run() -> Message:
        inbox = blocking._Inbox(asyncio.get_running_loop())
        inbox.items = Late()
        return await anext(inbox)

    assert asyncio.run(run()).value == "v"


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


# --- what befalls all messages


@every_form
@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthenticationError), (403, PermissionDeniedError)]
)
def test_no_rights_end_the_sending(form: str, status: int, kind: type[Exception]) -> None:
    source = Counted(messages(100_000))
    with Server(lambda r: Reply(answer(status, b"{}"))) as server:
        result = send(form, server, source, concurrency=4)
    outcomes = whole(result.deliveries, source.taken).outcomes
    assert outcomes.keys() <= {REJECTED, UNSENT}
    assert 5 <= outcomes[REJECTED] <= 16
    assert source.taken <= 24
    assert type(result.failure) is kind


async def test_no_rights_end_a_sending_whose_source_waits() -> None:
    never = asyncio.Event()

    async def source() -> AsyncIterator[Message]:
        for message in messages(8):
            yield message
        await never.wait()

    with Server(lambda r: Reply(answer(403, b"{}"))) as server:
        async with AsyncDataStream(**options(server)) as ds:
            got = []
            with pytest.raises(PermissionDeniedError):
                async for delivery in ds.send_messages(source()):
                    got.append(delivery)  # noqa: PERF401 - some come before the error
    whole(got, len(got))


@every_form
def test_one_topic_without_rights_does_not(form: str) -> None:
    def behave(request: Request) -> Reply:
        return Reply(answer(403 if int(request.value) % 2 else 200))

    with Server(behave) as server:
        sent = [Message("t", "k", str(n)) for n in range(100)]
        result = send(form, server, sent, concurrency=1)
    result.check(sent)
    assert result.failure is None
    assert result.outcomes == {DELIVERED: 50, REJECTED: 50}


@every_form
def test_credentials_that_run_out(form: str, server: Server) -> None:
    asked = 0

    def credentials() -> Credentials:
        nonlocal asked
        asked += 1
        raise ConfigurationError("the vault is closed")

    source = Counted(messages(1000))
    result = send(form, server, source, client={"credentials": credentials}, concurrency=4)
    assert whole(result.deliveries, source.taken).outcomes == {UNSENT: source.taken}
    assert isinstance(result.failure, ConfigurationError)
    assert asked <= 4
    assert source.taken <= 12
    assert server.connections == 0


@every_form
def test_credentials_are_asked_for_once(form: str, server: Server) -> None:
    asked = 0

    def credentials() -> Credentials:
        nonlocal asked
        asked += 1
        return Credentials("AK", "SK")

    result = send(form, server, messages(50), client={"credentials": credentials}, concurrency=1)
    assert result.outcomes == {DELIVERED: 50}
    assert asked == 1


async def test_the_client_is_closed_meanwhile(server: Server) -> None:
    ds = AsyncDataStream(**options(server))
    source = Counted(messages(1000))
    sending = ds.send_messages(source, concurrency=4)
    got = [await anext(sending)]
    await ds.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        async for delivery in sending:
            got.append(delivery)  # noqa: PERF401 - some come before the error
    assert whole(got, source.taken).outcomes.keys() <= {DELIVERED, UNSENT}


@every_form
def test_a_clock_that_is_off_is_learned_for_all(form: str) -> None:
    def behave(request: Request) -> Reply:
        theirs = 1_795_000_000 + 3600
        off = abs(int(request.headers["x-ncp-apigw-timestamp"]) / 1000 - theirs)
        if off < 300:
            return Reply(answer())
        return Reply(answer(401, b"{}", "Date: Wed, 18 Nov 2026 12:06:40 GMT"))

    with Server(behave) as server:
        made = {"clock": lambda: 1_795_000_000.0}
        result = send(form, server, messages(50), client=made, concurrency=8)
        assert result.outcomes == {DELIVERED: 50}
        assert {delivery.attempts for delivery in result.deliveries} == {1}
        assert len(server.received) <= 58


# --- 429


@every_form
def test_a_storm_of_429_slows_down_and_passes(form: str) -> None:
    refused = 5

    def behave(request: Request) -> Reply:
        return Reply(answer(429) if request.number < refused else answer())

    with Server(behave) as server:
        sent = messages(20)
        retry = Retry(max_attempts=20)
        result = send(form, server, sent, concurrency=4, client={"retry": retry})
    result.check(sent)
    assert result.outcomes == {DELIVERED: 20}
    assert sum(delivery.attempts for delivery in result.deliveries) == 20 + refused


@every_form
def test_retry_after_holds_back_all(form: str) -> None:
    """While one was told to wait, no other one begins."""
    at: list[float] = []

    def behave(request: Request) -> Reply:
        at.append(time.monotonic())
        if request.number == 0:
            return Reply(answer(429, b"{}", "Retry-After: 1"))
        return Reply(answer())

    with Server(behave) as server:
        sent = messages(12)
        result = send(form, server, sent, concurrency=2, client={"retry": Retry()})
    result.check(sent)
    assert result.outcomes == {DELIVERED: 12}
    # One may have been on its way already.
    assert sum(moment - at[0] < 0.9 for moment in at) <= 2


@every_form
def test_a_pause_holds_back_those_that_wait_for_their_key(form: str) -> None:
    at: list[float] = []

    def behave(request: Request) -> Reply:
        at.append(time.monotonic())
        if request.number == 0:
            return Reply(answer(429, b"{}", "Retry-After: 1"))
        return Reply(answer())

    with Server(behave) as server:
        sent = messages(2, keys=1)
        result = send(form, server, sent, ordered="key")
    result.check(sent)
    assert result.outcomes == {REJECTED: 1, DELIVERED: 1}
    assert at[1] - at[0] > 0.9


@every_form
def test_a_pause_keeps_no_end_from_being_seen(form: str) -> None:
    began = time.monotonic()
    with Server(lambda r: Reply(answer(429, b"{}", "Retry-After: 3600"))) as server:
        result = send(form, server, messages(1), concurrency=1)
    assert result.outcomes == {REJECTED: 1}
    assert time.monotonic() - began < LONGEST_PAUSE / 2


async def test_leaving_while_a_message_waits_for_its_turn() -> None:
    source = Counted(messages(100))
    with Server(lambda r: Reply(answer(429, b"{}", "Retry-After: 3600"))) as server:
        async with AsyncDataStream(**options(server)) as ds:
            async with ds.send_messages(source, concurrency=1) as sending:
                got = [await anext(sending)]
                await until(lambda: source.taken == 2)
            rest = sending.unfinished
    assert [delivery.outcome for delivery in got + rest] == [REJECTED, UNSENT]


@every_form
def test_429_without_end_is_told(form: str) -> None:
    with Server(lambda r: Reply(answer(429, b"{}", "Retry-After: 0"))) as server:
        sent = messages(6)
        retry = Retry(max_attempts=2)
        result = send(form, server, sent, concurrency=6, client={"retry": retry})
    result.check(sent)
    assert result.outcomes == {REJECTED: 6}
    for delivery in result.deliveries:
        assert isinstance(delivery.error, RateLimitedError)
        assert delivery.attempts == 2


@every_form
def test_the_users_rate(form: str, server: Server) -> None:
    began = time.monotonic()
    result = send(form, server, messages(50), rate=100.0)
    assert result.outcomes == {DELIVERED: 50}
    assert time.monotonic() - began >= 0.4


# --- order


@every_form
def test_equal_keys_keep_their_order(form: str) -> None:
    """Whatever the service's answers take: of each key one is in flight, and in order."""

    def behave(request: Request) -> Reply:
        return Reply(answer(), after=0.02 if request.number % 5 == 0 else 0.0)

    with Server(behave) as server:
        sent = messages(150, keys=4)
        result = send(form, server, sent, ordered="key", concurrency=16)
        result.check(sent)
        assert server.most_in_flight <= 4
        for key in ("k0", "k1", "k2", "k3"):
            values = [r.value for r in server.received if r.message["key"] == key]
            assert values == [m.value for m in sent if m.key == key]


@every_form
def test_other_keys_pass_one_that_is_held_up(form: str) -> None:
    gate = threading.Event()

    def behave(request: Request) -> Reply:
        if request.value == "v5":
            gate.set()
        return Reply(answer(), gate=gate if request.value == "v0" else None)

    with Server(behave) as server:
        sent = [Message("t", "a" if n < 5 else "b", f"v{n}") for n in range(6)]
        result = send(form, server, sent, ordered="key", concurrency=2)
    result.check(sent)
    assert result.outcomes == {DELIVERED: 6}


@every_form
def test_the_same_key_in_another_topic_is_another(form: str) -> None:
    gate = threading.Event()

    def behave(request: Request) -> Reply:
        if request.message["topic"] == "b":
            gate.set()
        return Reply(answer(), gate=gate if request.message["topic"] == "a" else None)

    with Server(behave) as server:
        sent = [Message("a", "k", "v"), Message("b", "k", "v")]
        assert send(form, server, sent, ordered="key").outcomes == {DELIVERED: 2}


@every_form
def test_order_and_messages_that_cannot_be_sent(form: str, server: Server) -> None:
    sent: list[Any] = [Message("t", "k", "v"), None, Message("t", ["k"], "v"), None]  # type: ignore[arg-type]
    result = send(form, server, sent, ordered="key")
    result.check(sent)
    assert result.outcomes[DELIVERED] >= 1
    assert result.outcomes[UNSENT] >= 2


async def test_leaving_early_with_messages_that_wait_for_their_key() -> None:
    gate = threading.Event()
    source = Counted(messages(100, keys=1))
    with Server(lambda r: Reply(answer(), gate=gate)) as server:
        async with AsyncDataStream(**options(server)) as ds:
            async with ds.send_messages(source, ordered="key", concurrency=2) as sending:
                await until(lambda: source.taken == 16)
                gate.set()
            outcomes = whole(sending.unfinished, source.taken).outcomes
    assert outcomes == {DELIVERED: 1, UNSENT: 15}


# --- progress


@every_form
def test_progress(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "PROGRESS_EVERY", 0.0)
    seen: list[Progress] = []

    def behave(request: Request) -> Reply:
        return Reply({"v3": answer(400), "v4": answer(500)}.get(request.value, answer()))

    with Server(behave) as server:
        sent = [*messages(8), Message("t", "k", "\ud800")]
        send(form, server, sent, progress=seen.append)
    last = seen[-1]
    assert (last.delivered, last.rejected, last.unsent, last.unknown) == (6, 1, 1, 1)
    assert last.total == 9
    assert last.elapsed > 0
    assert [progress.total for progress in seen] == [*range(9), 9]


@every_form
def test_progress_comes_every_so_often(form: str, server: Server) -> None:
    seen: list[Progress] = []
    send(form, server, messages(50), progress=seen.append)
    assert [progress.total for progress in seen] == [50]
    assert seen[0].rate > 0


async def test_a_progress_callback_that_raises_loses_no_delivery(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "PROGRESS_EVERY", 0.0)
    raised = 0

    def report(progress: Progress) -> None:
        nonlocal raised
        if raised < 3:
            raised += 1
            raise SourceError

    got: list[Delivery] = []
    async with AsyncDataStream(**options(server)) as ds:
        sending = ds.send_messages(messages(10), progress=report)
        while len(got) < 10:
            with contextlib.suppress(SourceError):
                got.append(await anext(sending))
    whole(got, 10)
    assert raised == 3


# --- arguments


@pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])
@pytest.mark.parametrize(
    "arguments",
    [
        {"concurrency": 0},
        {"concurrency": True},
        {"concurrency": 1.5},
        {"ordered": "topic"},
        {"rate": 0},
        {"rate": "fast"},
        {"rate": True},
        {"rate": float("nan")},
        {"progress": 1},
    ],
    ids=str,
)
def test_arguments_that_cannot_be_right(kind: Any, arguments: dict[str, Any]) -> None:
    client = kind(**options("http://127.0.0.1:1"))
    with pytest.raises(ConfigurationError, match="send_messages"):
        client.send_messages([], **arguments)
    with pytest.raises(ConfigurationError, match="iterable, not int"):
        client.send_messages(1)


def test_an_asynchronous_source_needs_the_asynchronous_client() -> None:
    client = DataStream(**options("http://127.0.0.1:1"))
    with pytest.raises(ConfigurationError, match="AsyncDataStream takes it"):
        client.send_messages(as_async([]))  # type: ignore[arg-type]


def test_asyncio_is_needed(server: Server) -> None:
    """As under trio: no event loop of asyncio runs."""
    sending = AsyncDataStream(**options(server)).send_messages(messages(1))
    step = sending.__anext__()
    with pytest.raises(ConfigurationError, match="needs asyncio"):
        step.send(None)


def test_what_it_says_of_itself(server: Server) -> None:
    made = options(server)
    with parsing_with("httptools"):
        shown = repr(DataStream(**made).send_messages([], concurrency=3, ordered="key"))
    assert shown == f"Sending({server.url} with httptools, concurrency=3, ordered='key')"
    with parsing_with("h11"):
        shown = repr(AsyncDataStream(**made).send_messages([]))
    assert shown == f"AsyncSending({server.url} with h11, concurrency=64)"


@every_form
def test_the_options_of_a_twin_are_used(form: str, server: Server) -> None:
    with DataStream(**options(server)) as ds:
        twin = ds.with_options(timeout=3.0, retry=Retry(max_attempts=7))
        sending = twin.send_messages([])
        assert (sending._plan.timeout, sending._plan.retry.max_attempts) == (3.0, 7)
