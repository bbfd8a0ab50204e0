"""Calls end on time: at a deadline, at `max_elapsed`, on Ctrl-C, or with a cancel scope."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread
import pytest
from faults import scripts
from faults.clients import KEYS
from faults.server import FaultServer, Peer, Site
from ncloud_datastream import (
    AsyncDataStream,
    DataStream,
    RateLimitedError,
    Retry,
    ServerError,
    TransportError,
)

LONG = 3600.0
"""Seconds that a call would take if nothing ended it."""

PATIENT = Retry(max_attempts=9, max_elapsed=2 * LONG)
GUARD = 60.0
"""Seconds after which a test fails, even on a busy machine."""

AtAWait = Callable[[Callable[[], object]], None]
limited = scripts.respond(b"", 429, {"Retry-After": str(int(LONG))})


def to(site: Site, **more: Any) -> dict[str, Any]:
    return {"management_url": site.url, "message_url": site.url, "verify": False, **more}


class Hanging:
    """A script that reads a request, signals it, and never responds."""

    def __init__(self) -> None:
        self.has_request = threading.Event()
        self.client_left = threading.Event()

    async def __call__(self, peer: Peer) -> None:
        await peer.request()
        self.has_request.set()
        try:
            await peer.gone()
        finally:
            self.client_left.set()


class TestMaxElapsed:
    def test_it_is_the_deadline_of_the_last_attempt(self, server: FaultServer) -> None:
        with server.site(scripts.hang) as site:
            retry = Retry(max_attempts=1000, max_elapsed=1.0)
            with DataStream(KEYS, **to(site, retry=retry, timeout=0.2)) as ds:
                began = time.monotonic()
                with pytest.raises(TransportError) as caught:
                    ds.get_topic("t")
        assert time.monotonic() - began < GUARD
        assert caught.value.attempts == len(site.requests) > 1

    @pytest.mark.parametrize("timeout", [0.2, LONG])
    async def test_it_limits_a_single_attempt(self, server: FaultServer, timeout: float) -> None:
        with server.site(scripts.hang) as site:
            retry = Retry(max_elapsed=0.4, max_attempts=1)
            async with AsyncDataStream(KEYS, **to(site, retry=retry, timeout=timeout)) as ds:
                with anyio.fail_after(GUARD), pytest.raises(TransportError):
                    await ds.get_topic("t")

    @pytest.mark.parametrize(
        ("status", "kind"), [(429, RateLimitedError), (503, ServerError)], ids=str
    )
    def test_a_wait_that_would_exceed_it_is_not_started(
        self, server: FaultServer, status: int, kind: type[Exception]
    ) -> None:
        with server.site(scripts.respond(b"", status, {"Retry-After": "3600"})) as site:
            retry = Retry(max_elapsed=LONG)
            with DataStream(KEYS, **to(site, retry=retry)) as ds, pytest.raises(kind) as caught:
                ds.get_topic("t")
        assert caught.value.retry_after == LONG  # type: ignore[attr-defined]
        assert len(site.requests) == 1

    @pytest.mark.parametrize("forever", [float("inf"), 1e300])
    async def test_a_deadline_can_exceed_what_the_system_can_wait(
        self, server: FaultServer, forever: float
    ) -> None:
        retry = Retry(max_elapsed=forever)
        with server.site(scripts.healthy) as site:
            with DataStream(KEYS, **to(site, retry=retry, timeout=forever)) as ds:
                ds.get_topic("t")
            async with AsyncDataStream(KEYS, **to(site, retry=retry, timeout=forever)) as async_ds:
                await async_ds.get_topic("t")


class TestInterruption:
    def test_ctrl_c_ends_a_wait(self, server: FaultServer, at_a_wait: AtAWait) -> None:
        at_a_wait(lambda: threading.Thread(target=_interrupt).start())
        with (
            server.site(limited) as site,
            DataStream(KEYS, **to(site, retry=PATIENT)) as ds,
            pytest.raises(KeyboardInterrupt),
        ):
            ds.get_topic("t")
        assert len(site.requests) == 1

    def test_ctrl_c_ends_an_attempt(self, server: FaultServer) -> None:
        hanging = Hanging()
        with server.site(hanging) as site, DataStream(KEYS, **to(site, timeout=LONG)) as ds:
            thread = threading.Thread(target=lambda: (hanging.has_request.wait(), _interrupt()))
            thread.start()
            with pytest.raises(KeyboardInterrupt):
                ds.get_topic("t")
            thread.join()
            assert hanging.client_left.wait(GUARD), "the connection was left open"
            assert len(site.requests) == 1

    async def test_cancelling_a_task_ends_a_wait(
        self, server: FaultServer, at_a_wait: AtAWait
    ) -> None:
        waiting = asyncio.Event()
        at_a_wait(waiting.set)
        with server.site(limited) as site:
            async with AsyncDataStream(KEYS, **to(site, retry=PATIENT)) as ds:
                task = asyncio.ensure_future(ds.get_topic("t"))
                with anyio.fail_after(GUARD):
                    await waiting.wait()
                    task.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await task
        assert len(site.requests) == 1

    async def test_cancelling_a_task_ends_an_attempt(self, server: FaultServer) -> None:
        hanging = Hanging()
        with server.site(hanging) as site:
            async with AsyncDataStream(KEYS, **to(site, timeout=LONG)) as ds:
                task = asyncio.ensure_future(ds.get_topic("t"))
                with anyio.fail_after(GUARD):
                    await anyio.to_thread.run_sync(hanging.has_request.wait)
                    task.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await task
                gone = await anyio.to_thread.run_sync(hanging.client_left.wait, GUARD)
        assert gone, "the connection was left open"
        assert len(site.requests) == 1


class TestCallerScope:
    """A deadline or cancel scope of the caller is neither mistaken for ours nor swallowed."""

    async def test_the_callers_timeout_ends_a_call(self, server: FaultServer) -> None:
        with server.site(scripts.hang) as site:
            async with AsyncDataStream(KEYS, **to(site, timeout=LONG)) as ds:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await ds.get_topic("t")
                with anyio.move_on_after(0.2) as scope:
                    await ds.get_topic("t")
        assert scope.cancelled_caught
        assert len(site.requests) == 2

    async def test_our_deadline_within_it_raises_our_error(self, server: FaultServer) -> None:
        with server.site(scripts.hang) as site:
            async with AsyncDataStream(KEYS, **to(site, timeout=0.2)) as ds:
                with anyio.fail_after(GUARD), pytest.raises(TransportError, match="deadline"):
                    await ds.send_message(topic="t", key="k", value="v")
        assert len(site.requests) == 1

    @pytest.mark.parametrize("ours", [0.1, 0.3])
    async def test_calls_that_end_return_their_slot_in_the_pool(
        self, server: FaultServer, ours: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ncloud_datastream.wire.setup.IN_FLIGHT", 2)
        hang = threading.Event()
        hang.set()

        async def script(peer: Peer) -> None:
            while True:
                request = await peer.request()
                if hang.is_set():
                    await peer.gone()
                await peer.send(scripts.answer(scripts.success(request)))

        with server.site(script) as site:
            retry = Retry(max_attempts=1)
            async with AsyncDataStream(KEYS, **to(site, retry=retry, timeout=ours)) as ds:

                async def call() -> None:
                    with contextlib.suppress(TransportError, TimeoutError):
                        async with asyncio.timeout(0.2):
                            await ds.get_topic("t")

                await asyncio.gather(*(call() for _ in range(20)))
                hang.clear()
                patient = ds.with_options(timeout=GUARD)
                await asyncio.gather(*(patient.get_topic("t") for _ in range(20)))


def _interrupt() -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
