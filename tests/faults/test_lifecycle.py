"""Clients that are closed, forked or taken to another event loop in the middle of their work."""

from __future__ import annotations

import asyncio
import os
import pickle
import threading
from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread
import pytest
from faults import scripts
from faults.certificates import Certificates
from faults.clients import KEYS
from faults.server import FaultServer, Peer
from faults.test_deadlines import GUARD, LONG, PATIENT, Hanging, limited, to
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    DataStream,
    DataStreamError,
    RateLimitedError,
    Retry,
    TransportError,
)

AtAWait = Callable[[Callable[[], object]], None]
SCHEMES = ("http", "https")


class Answering(Hanging):
    """Takes a request, says so, and answers once it is told to."""

    def __init__(self, server: FaultServer) -> None:
        super().__init__()
        self._server = server
        self._told = asyncio.Event()

    async def __call__(self, peer: Peer) -> None:
        while True:
            request = await peer.request()
            self.has_request.set()
            await self._told.wait()
            await peer.send(scripts.answer(scripts.success(request)))

    def go_on(self) -> None:
        """Let it answer, from now on at once."""

        async def tell() -> None:
            self._told.set()

        self._server.run(tell())


class Worker(threading.Thread):
    """A call in a thread of its own, and what it ended with."""

    def __init__(self, call: Callable[[], Any]) -> None:
        super().__init__()
        self._call = call
        self.error: BaseException | None = None
        self.value: Any = None
        self.start()

    def run(self) -> None:
        try:
            self.value = self._call()
        except BaseException as error:
            self.error = error

    def ended(self) -> BaseException | None:
        self.join(GUARD)
        assert not self.is_alive()
        return self.error


class TestClosing:
    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_it_ends_what_threads_have_in_flight(
        self, server: FaultServer, certificates: Certificates, scheme: str
    ) -> None:
        hanging = Hanging()
        tls = certificates.good if scheme == "https" else None
        with server.site(hanging, tls=tls) as site:
            options = {**to(site, timeout=LONG), "verify": certificates.client}
            ds = DataStream(KEYS, **options)
            worker = Worker(lambda: ds.get_topic("t"))
            assert hanging.has_request.wait(GUARD)
            ds.close()
            error = worker.ended()
            assert type(error) is TransportError
            assert error.maybe_delivered
            assert hanging.client_went.wait(GUARD)
        # A GET would be tried again, but not by a client that is closed.
        assert len(site.requests) == 1

    @pytest.mark.parametrize("scheme", SCHEMES)
    async def test_it_ends_what_tasks_have_in_flight(
        self, server: FaultServer, certificates: Certificates, scheme: str
    ) -> None:
        hanging = Hanging()
        tls = certificates.good if scheme == "https" else None
        with server.site(hanging, tls=tls) as site, anyio.fail_after(GUARD):
            options = {**to(site, timeout=LONG), "verify": certificates.client}
            ds = AsyncDataStream(KEYS, **options)
            task = asyncio.ensure_future(ds.get_topic("t"))
            await anyio.to_thread.run_sync(hanging.has_request.wait)
            await ds.aclose()
            with pytest.raises(TransportError) as caught:
                await task
            assert caught.value.maybe_delivered
            await anyio.to_thread.run_sync(hanging.client_went.wait)
        assert len(site.requests) == 1

    async def test_it_ends_the_queue(
        self, server: FaultServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ncloud_datastream.transports.IN_FLIGHT", 1)
        hanging = Hanging()
        with server.site(hanging) as site, anyio.fail_after(GUARD):
            ds = AsyncDataStream(KEYS, **to(site, timeout=LONG))
            tasks = [asyncio.ensure_future(ds.get_topic("t")) for _ in range(9)]
            await anyio.to_thread.run_sync(hanging.has_request.wait)
            await ds.aclose()
            first, *rest = await asyncio.gather(*tasks, return_exceptions=True)
        assert type(first) is TransportError
        assert {type(error) for error in rest} == {ConfigurationError}
        assert not any(error.maybe_delivered for error in rest)  # type: ignore[union-attr]
        assert len(site.requests) == 1

    def test_a_wait_goes_no_further(self, server: FaultServer, at_a_wait: AtAWait) -> None:
        with server.site(limited) as site:
            ds = DataStream(KEYS, **to(site, retry=PATIENT))
            at_a_wait(ds.close)
            with pytest.raises(RateLimitedError):
                ds.get_topic("t")
        assert len(site.requests) == 1

    async def test_a_wait_goes_no_further_in_a_task(
        self, server: FaultServer, at_a_wait: AtAWait
    ) -> None:
        with server.site(limited) as site:
            ds = AsyncDataStream(KEYS, **to(site, retry=PATIENT))
            at_a_wait(lambda: setattr(ds._session, "_ended", True))  # as `aclose` begins
            with pytest.raises(RateLimitedError):
                await ds.get_topic("t")
            await ds.aclose()
        assert len(site.requests) == 1

    def test_closed_while_it_waits(self, server: FaultServer, at_a_wait: AtAWait) -> None:
        """The error says that an earlier attempt may have been acted on."""
        with server.site(scripts.says(b"", 503, {"Retry-After": "0"})) as site:
            ds = DataStream(KEYS, **to(site, retry=PATIENT))
            twin = ds.with_options()
            slept: list[float] = []

            def sleep(seconds: float) -> None:
                slept.append(seconds)
                twin._session._wire.close()

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("ncloud_datastream.wire.session.time.sleep", sleep)
                with pytest.raises(ConfigurationError, match="closed") as caught:
                    ds.delete_topic("t")
        assert slept == [0.0]
        assert caught.value.maybe_delivered
        assert caught.value.attempts == 1
        assert len(site.requests) == 1

    def test_an_answer_that_comes_after_all(self, server: FaultServer) -> None:
        """A connection that was not yet in the pool's books is closed all the same."""
        with server.site(scripts.well) as site:
            ds = DataStream(KEYS, **to(site))
            pool = ds._session._wire._inner._transports[("http", "127.0.0.1", site.port)]._pool
            connect = pool._network_backend.connect_tcp

            def closing(*args: Any, **options: Any) -> Any:
                stream = connect(*args, **options)
                ds.close()
                return stream

            pool._network_backend.connect_tcp = closing
            assert ds.get_topic("t").topic_id == "t1"
        # A socket left open would be a warning, and this test a failure.

    async def test_an_answer_that_comes_after_all_in_a_task(self, server: FaultServer) -> None:
        answering = Answering(server)
        with server.site(answering) as site, anyio.fail_after(GUARD):
            ds = AsyncDataStream(KEYS, **to(site))
            task = asyncio.ensure_future(ds.get_topic("t"))
            await anyio.to_thread.run_sync(answering.has_request.wait)
            ds._session._wire._inner._transports[("http", "127.0.0.1", site.port)]._closed = True
            answering.go_on()
            assert (await task).topic_id == "t1"
            assert await anyio.to_thread.run_sync(lambda: _until(server.idle))

    def test_use_after_close(self, server: FaultServer) -> None:
        with server.site(scripts.well) as site:
            ds = DataStream(KEYS, **to(site))
            twin = ds.with_options(timeout=9)
            twin.close()
            with pytest.raises(ConfigurationError, match="closed") as caught:
                twin.get_topic("t")
            assert (caught.value.maybe_delivered, caught.value.attempts) == (False, 0)
            assert ds.get_topic("t").topic_id == "t1"  # the parent owns the connections
            with ds.client.get_httpx_client() as session:
                assert session is ds._session
            with pytest.raises(ConfigurationError, match="closed"):
                ds.get_topic("t")
            assert ds._session.is_closed

    async def test_use_after_close_in_a_task(self, server: FaultServer) -> None:
        with server.site(scripts.well) as site:
            ds = AsyncDataStream(KEYS, **to(site))
            twin = ds.with_options(timeout=9)
            await twin.aclose()
            with pytest.raises(ConfigurationError, match="closed") as caught:
                await twin.get_topic("t")
            assert (caught.value.maybe_delivered, caught.value.attempts) == (False, 0)
            assert (await ds.get_topic("t")).topic_id == "t1"
            async with ds.client.get_async_httpx_client() as session:
                assert session is ds._session
            with pytest.raises(ConfigurationError, match="closed"):
                await ds.get_topic("t")
            assert ds._session.is_closed


class TestForking:
    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
    @pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
    def test_a_child_gets_connections_of_its_own(self, server: FaultServer) -> None:
        with server.site(scripts.well) as site, DataStream(KEYS, **to(site)) as ds:
            ds.get_topic("parent")
            assert site.connections == 1
            child = os.fork()
            if child == 0:  # pragma: no cover - another process
                try:
                    ds.get_topic("child")
                    ds.close()
                    os._exit(0)
                except BaseException:
                    os._exit(1)
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == 0
            assert site.connections == 2
            # What the child has done leaves the parent's connection as it was.
            ds.get_topic("parent")
            assert site.connections == 2

    def test_what_was_inherited_is_left_alone(
        self, server: FaultServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with server.site(scripts.well) as site:
            ds = DataStream(KEYS, **to(site))
            ds.get_topic("parent")
            parent = os.getpid()
            with monkeypatch.context() as patch:
                patch.setattr("ncloud_datastream.transports.os.getpid", lambda: parent + 1)
                ds.get_topic("child")
                ds.get_topic("child")
                assert site.connections == 2
                ds.close()
            for pools in ds._session._wire._inner._inherited:
                for pool in pools.values():
                    pool.close()


class TestEventLoops:
    def test_one_after_the_other(self, server: FaultServer) -> None:
        with server.site(scripts.well) as site:
            ds = AsyncDataStream(KEYS, **to(site))

            async def call(*, close: bool) -> None:
                for _ in range(2):
                    await ds.get_topic("t")
                if close:
                    await ds.aclose()
                else:  # else they would be closed with their loop, and warned of
                    for each in _leases(ds):
                        await _close(each)

            asyncio.run(call(close=False))
            asyncio.run(call(close=True))
        assert site.connections == 2

    async def test_in_two_threads_at_once(self, server: FaultServer) -> None:
        """Not what it is for, but nobody gets another's connection."""
        answering = Answering(server)
        with server.site(answering) as site, anyio.fail_after(GUARD):
            ds = AsyncDataStream(KEYS, **to(site))
            here = asyncio.ensure_future(ds.get_topic("t"))
            await anyio.to_thread.run_sync(answering.has_request.wait)
            answering.has_request.clear()
            (mine,) = _leases(ds)

            async def there() -> str:
                call = asyncio.ensure_future(ds.get_topic("t"))
                await asyncio.to_thread(answering.has_request.wait)
                answering.go_on()
                topic_id = (await call).topic_id
                await ds.aclose()
                return topic_id

            assert await anyio.to_thread.run_sync(lambda: asyncio.run(there())) == "t1"
            assert (await here).topic_id == "t1"
            assert mine not in _leases(ds)
            await _close(mine)


class TestProcesses:
    @pytest.mark.parametrize("make", [DataStream, AsyncDataStream])
    def test_clients_refuse_to_travel(self, make: Any) -> None:
        with pytest.raises(ConfigurationError, match="pickled"):
            pickle.dumps(make(KEYS))

    @pytest.mark.parametrize(
        "script", [scripts.close_after_reading, scripts.says(b"{}", 400), scripts.says(b"?", 200)]
    )
    def test_errors_travel(self, server: FaultServer, script: Any) -> None:
        with server.site(script) as site:
            retry = Retry(max_attempts=1)
            with (
                DataStream(KEYS, **to(site, retry=retry)) as ds,
                pytest.raises(DataStreamError) as caught,
            ):
                ds.delete_topic("t")
        sent, arrived = caught.value, pickle.loads(pickle.dumps(caught.value))
        assert type(arrived) is type(sent)
        assert str(arrived) == str(sent)
        for name in ("maybe_delivered", "retryable", "operation", "attempts"):
            assert getattr(arrived, name) == getattr(sent, name)


def _leases(ds: AsyncDataStream) -> list[Any]:
    transports = ds._session._wire._inner._transports  # type: ignore[attr-defined]
    return [transport._leases for transport in transports.values()]


async def _close(leases: Any) -> None:
    for transport in leases.all():
        await transport.aclose()


def _until(holds: Callable[[], bool]) -> bool:
    guard = threading.Event()
    for _ in range(int(GUARD * 100)):
        if holds():
            return True
        guard.wait(0.01)
    return False
