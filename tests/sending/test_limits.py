"""A 429 slows down all messages, `rate` limits them, equal keys stay in order."""

from __future__ import annotations

import threading
import time

import pytest
from ncloud_datastream import (
    Message,
    Outcome,
    Retry,
)
from sending.sendings import (
    every_form,
    messages,
    send,
)
from sending.server import Reply, Request, Server, answer

DELIVERED, REJECTED, UNSENT = Outcome.DELIVERED, Outcome.REJECTED, Outcome.UNSENT


@every_form
def test_a_burst_of_429s_slows_down_and_passes(form: str) -> None:
    rejected = 5

    def behave(request: Request) -> Reply:
        return Reply(answer(429) if request.number < rejected else answer())

    with Server(behave) as server:
        sent = messages(20)
        retry = Retry(max_attempts=20)
        result = send(form, server, sent, concurrency=4, client={"retry": retry})
    result.check(sent)
    assert result.outcomes == {DELIVERED: 20}
    assert sum(delivery.attempts for delivery in result.deliveries) == 20 + rejected


@every_form
def test_a_retry_after_holds_back_all_messages(form: str) -> None:
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
    # One may have been in flight already.
    assert sum(moment - at[0] < 0.9 for moment in at) <= 2


@every_form
def test_the_configured_rate_is_kept(form: str, server: Server) -> None:
    began = time.monotonic()
    result = send(form, server, messages(30), rate=100.0)
    assert result.outcomes == {DELIVERED: 30}
    assert time.monotonic() - began >= 0.25


@every_form
def test_equal_keys_stay_in_order_one_in_flight_each(form: str) -> None:

    def behave(request: Request) -> Reply:
        return Reply(answer(), after=0.02 if request.number % 5 == 0 else 0.0)

    with Server(behave) as server:
        sent = messages(80, keys=4)
        result = send(form, server, sent, ordered="key", concurrency=16)
        result.check(sent)
        assert server.most_in_flight <= 4
        for key in ("k0", "k1", "k2", "k3"):
            values = [r.value for r in server.received if r.message["key"] == key]
            assert values == [m.value for m in sent if m.key == key]


@every_form
@pytest.mark.parametrize("other", [("t", "b"), ("u", "a")])
def test_a_key_in_flight_does_not_block_other_keys_or_topics(
    form: str, other: tuple[str, str]
) -> None:
    gate = threading.Event()

    def behave(request: Request) -> Reply:
        if request.value == "v5":
            gate.set()
        return Reply(answer(), gate=gate if request.value == "v0" else None)

    with Server(behave) as server:
        sent = [Message("t", "a", f"v{n}") for n in range(5)]
        sent.append(Message(*other, "v5"))
        result = send(form, server, sent, ordered="key", concurrency=2)
    result.check(sent)
    assert result.outcomes == {DELIVERED: 6}
