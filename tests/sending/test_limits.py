"""429s slow the whole sending down, `rate` holds it, equal keys keep their order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ncloud_datastream import (
    AsyncDataStream,
    Message,
    Outcome,
    RateLimitedError,
    Retry,
)
from ncloud_datastream.sending.rate_limiter import LONGEST_PAUSE
from sending.sendings import (
    Counted,
    every_form,
    messages,
    options,
    send,
    until,
    whole,
)
from sending.server import Reply, Request, Server, answer

DELIVERED, REJECTED, UNSENT = Outcome.DELIVERED, Outcome.REJECTED, Outcome.UNSENT


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


def first_told_to_wait(at: list[float]) -> Callable[[Request], Reply]:
    """Take note of when each request comes; the first is told to come again in a second."""

    def behave(request: Request) -> Reply:
        at.append(time.monotonic())
        if request.number == 0:
            return Reply(answer(429, b"{}", "Retry-After: 1"))
        return Reply(answer())

    return behave


@every_form
def test_retry_after_holds_back_all(form: str) -> None:
    """While one was told to wait, no other one begins."""
    at: list[float] = []
    with Server(first_told_to_wait(at)) as server:
        sent = messages(12)
        result = send(form, server, sent, concurrency=2, client={"retry": Retry()})
    result.check(sent)
    assert result.outcomes == {DELIVERED: 12}
    # One may have been on its way already.
    assert sum(moment - at[0] < 0.9 for moment in at) <= 2


@every_form
def test_a_pause_holds_back_those_that_wait_for_their_key(form: str) -> None:
    at: list[float] = []
    with Server(first_told_to_wait(at)) as server:
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
    sent: list[Any] = [
        Message("t", "k", "v"),
        Message("t", "k", "\ud800"),
        Message("t", ["k"], "v"),  # type: ignore[arg-type]
        Message("t", "k", b"v"),  # type: ignore[arg-type]
    ]
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
