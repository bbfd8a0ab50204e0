"""A run that is exited early, cancelled or discarded still accounts for every message."""

from __future__ import annotations

import asyncio
import threading

import pytest
from ncloud_datastream import AsyncDataStream, Delivery, Outcome
from sending.sendings import (
    Counted,
    every_form,
    messages,
    opened,
    options,
    whole,
)
from sending.server import Reply, Server, answer

DELIVERED, REJECTED = Outcome.DELIVERED, Outcome.REJECTED
UNSENT, UNKNOWN = Outcome.UNSENT, Outcome.UNKNOWN


def gated(at_once: int = 0) -> tuple[threading.Event, Server]:
    """A server that responds to the first requests at once, and to the rest after the gate."""
    gate = threading.Event()
    return gate, Server(lambda r: Reply(answer(), gate=None if r.number < at_once else gate))


@every_form
@pytest.mark.parametrize("error", [None, LookupError])
def test_leaving_early_waits_for_the_attempts_in_flight(
    form: str, error: type[Exception] | None
) -> None:
    gate, server = gated(3)
    source = Counted(messages(1000))
    got: list[Delivery] = []
    with server, opened(form, server) as ds:
        try:
            with ds.send_messages(source, concurrency=4) as sending:
                got.extend(next(sending) for _ in range(3))
                gate.set()
                if error is not None:
                    raise error
        except LookupError:
            assert error is LookupError
        rest = sending.unfinished
        assert [delivery.outcome for delivery in got] == [DELIVERED] * 3
        assert {delivery.outcome for delivery in rest} <= {DELIVERED, UNSENT}
        whole(got + rest, source.taken)
        assert source.taken < 20
        assert list(sending) == []


@every_form
def test_leaving_early_is_bounded_by_the_timeout(form: str) -> None:
    source = Counted(messages(1000))
    with (
        Server(lambda r: Reply(answer()) if r.number == 0 else Reply(b"", "stall")) as server,
        opened(form, server, timeout=0.3) as ds,
    ):
        with ds.send_messages(source, concurrency=4) as sending:
            got = [next(sending)]
        outcomes = whole(got + sending.unfinished, source.taken).outcomes
    assert outcomes[DELIVERED] == 1
    assert outcomes[UNKNOWN] >= 1


async def test_a_cancelled_wait_for_a_delivery_loses_none() -> None:
    gate, server = gated()
    with server:
        async with AsyncDataStream(**options(server)) as ds:
            sending = ds.send_messages(messages(5))
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await anext(sending)
            gate.set()
            whole([delivery async for delivery in sending], 5)
