"""A short soak, and Ctrl-C at any moment."""

from __future__ import annotations

import random
import signal
import threading

import pytest
from ncloud_datastream import DataStream, Outcome
from sending.sendings import every_loop, messages, options
from sending.server import Server
from sending.soak import soak

pytestmark = pytest.mark.soak


@every_loop
def test_no_message_is_lost_duplicated_or_misreported(form: str) -> None:
    verdict = soak(form, 5_000, seed=20261124)
    assert (verdict.lost, verdict.twice, verdict.denied) == (0, 0, 0)
    assert verdict.result.outcomes[Outcome.DELIVERED] > 4_000
    assert set(verdict.result.outcomes) >= {Outcome.REJECTED, Outcome.UNKNOWN}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no such timer")
def test_ctrl_c_at_any_moment_loses_no_delivery(server: Server) -> None:
    assert threading.current_thread() is threading.main_thread()
    chance = random.Random(1)
    source = messages(3_000)  # an iterator in C loses nothing when interrupted
    interrupts = 0
    got = []

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with DataStream(**options(server)) as ds, ds.send_messages(source) as sending:
            while len(got) < 3_000:
                try:
                    try:
                        signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-5, 2e-3))
                        # As in a for loop, a delivery is handed out as soon as it is returned.
                        for delivery in sending:
                            got.append(delivery)  # noqa: PERF402 - one at a time
                    finally:
                        signal.setitimer(signal.ITIMER_REAL, 0)
                except KeyboardInterrupt:
                    interrupts += 1
    finally:
        signal.signal(signal.SIGALRM, before)
    assert interrupts > 10
    assert sorted(delivery.index for delivery in got) == list(range(3_000))
