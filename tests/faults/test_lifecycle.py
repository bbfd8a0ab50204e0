"""Clients that are closed, forked or used on several event loops while calls are in flight."""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import threading
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import pytest
import uvloop
from faults import scripts
from faults.certificates import Certificates
from faults.clients import KEYS
from faults.server import FaultServer, Peer, Site
from faults.test_deadlines import GUARD, LONG, PATIENT, Hanging, limited, to
from ncloud_datastream import (
    AsyncDataStream,
    ConfigurationError,
    DataStream,
    DataStreamError,
    Message,
    Outcome,
    RateLimitedError,
    Retry,
    TransportError,
)

AtAWait = Callable[[Callable[[], object]], None]
SCHEMES = {"http": None, "https": "good"}
T = TypeVar("T")


class Answering(Hanging):
    """Reads a request, signals it, and responds once released."""

    def __init__(self, server: FaultServer) -> None:
        super().__init__()
        self._server = server
        self._released = asyncio.Event()

    async def __call__(self, peer: Peer) -> None:
        while True:
            request = await peer.request()
            self.has_request.set()
            await self._released.wait()
            await peer.send(scripts.answer(scripts.success(request)))

    def release(self) -> None:
        """Let it respond, from now on immediately."""

        async def release() -> None:
            self._released.set()

        self._server.run(release())


class Opening(Answering):
    """Accepts a connection, signals it, and makes the TLS handshake once released."""

    def __init__(self, server: FaultServer, certificates: Certificates) -> None:
        super().__init__(server)
        self._certificates = certificates
        self.has_connection = threading.Event()

    def options(self, site: Site) -> dict[str, Any]:
        """Return the arguments of a client that connects over TLS."""
        url = site.url.replace("http:", "https:")
        urls = {"management_url": url, "message_url": url}
        return {**urls, "verify": self._certificates.client, "timeout": LONG}

    async def __call__(self, peer: Peer) -> None:
        peer.hold()
        self.has_connection.set()
        await self._released.wait()
        try:
            await peer.tls(self._certificates.good)
            await peer.request()
        finally:
            self.client_left.set()


class Worker(threading.Thread):
    """A call in its own thread, and its result."""

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


Client = DataStream | AsyncDataStream
each_client = pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])


def started(client: Client, method: str, *arguments: Any) -> asyncio.Future[Any]:
    """Start a call: in a thread for a blocking client."""
    function = getattr(client, method)
    if isinstance(client, DataStream):
        return asyncio.ensure_future(in_thread(function, *arguments))
    return asyncio.ensure_future(function(*arguments))


async def close(client: Client) -> None:
    if isinstance(client, DataStream):
        client.close()
    else:
        await client.aclose()


@each_client
async def test_nothing_was_sent_if_the_deadline_passes_in_the_queue(
    server: FaultServer, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ncloud_datastream.wire.setup.IN_FLIGHT", 1)
    monkeypatch.setattr("ncloud_datastream.wire.wire.THREADS", 1)
    hanging = Hanging()
    with server.site(hanging) as site:
        ds = kind(KEYS, **to(site, retry=Retry(max_attempts=1), timeout=LONG))
        first = started(ds, "delete_topic", "t")
        assert await in_thread(hanging.has_request.wait, GUARD)
        with pytest.raises(TransportError) as caught:
            await started(ds.with_options(timeout=0.1), "delete_topic", "t")
        assert not caught.value.maybe_delivered
        assert isinstance(caught.value.__cause__, TimeoutError)
        await close(ds)
        with pytest.raises(TransportError):
            await first
    assert len(site.requests) == 1


class TestClosing:
    @each_client
    @pytest.mark.parametrize("scheme", SCHEMES)
    async def test_it_ends_a_call_in_flight(
        self, server: FaultServer, certificates: Certificates, scheme: str, kind: Any
    ) -> None:
        hanging = Hanging()
        with server.site(hanging, tls=certificates.named(SCHEMES[scheme])) as site:
            ds = kind(KEYS, **{**to(site, timeout=LONG), "verify": certificates.client})
            call = started(ds, "get_topic", "t")
            assert await in_thread(hanging.has_request.wait, GUARD)
            await close(ds)
            with pytest.raises(TransportError) as caught:
                await call
            assert caught.value.maybe_delivered
            assert await in_thread(hanging.client_left.wait, GUARD)
        # An open client would retry a GET.
        assert len(site.requests) == 1

    @each_client
    async def test_it_wakes_calls_that_wait_for_a_connection(
        self, server: FaultServer, kind: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ncloud_datastream.wire.setup.IN_FLIGHT", 1)
        monkeypatch.setattr("ncloud_datastream.wire.wire.THREADS", 1)
        hanging = Hanging()
        with server.site(hanging) as site, anyio.fail_after(GUARD):
            ds = kind(KEYS, **to(site, timeout=LONG))
            first = started(ds, "get_topic", "t")
            await in_thread(hanging.has_request.wait)
            rest = [started(ds, "get_topic", "t") for _ in range(9)]
            await asyncio.sleep(0.1)  # some wait already; all get the same error
            await close(ds)
            errors = await asyncio.gather(first, *rest, return_exceptions=True)
        assert [type(error) for error in errors] == [TransportError, *[ConfigurationError] * 9]
        assert not any(error.maybe_delivered for error in errors[1:])
        assert len(site.requests) == 1

    def test_it_ends_the_wait_before_a_retry(self, server: FaultServer, at_a_wait: AtAWait) -> None:
        with server.site(limited) as site:
            ds = DataStream(KEYS, **to(site, retry=PATIENT))
            at_a_wait(ds.close)
            with pytest.raises(RateLimitedError):
                ds.get_topic("t")
        assert len(site.requests) == 1

    async def test_it_ends_the_wait_of_a_task_before_a_retry(
        self, server: FaultServer, at_a_wait: AtAWait
    ) -> None:
        with server.site(limited) as site:
            ds = AsyncDataStream(KEYS, **to(site, retry=PATIENT))
            at_a_wait(lambda: setattr(ds._session, "_ended", True))  # the first step of `aclose`
            with pytest.raises(RateLimitedError):
                await ds.get_topic("t")
            await ds.aclose()
        assert len(site.requests) == 1

    def test_during_a_wait_it_does_not_hide_an_earlier_attempt(self, server: FaultServer) -> None:
        with server.site(scripts.respond(b"", 503, {"Retry-After": "0"})) as site:
            ds = DataStream(KEYS, **to(site, retry=PATIENT))
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(
                    "ncloud_datastream.wire.session.time.sleep", lambda seconds: ds.close()
                )
                with pytest.raises(ConfigurationError, match="closed") as caught:
                    ds.delete_topic("t")
        assert caught.value.maybe_delivered
        assert caught.value.attempts == 1
        assert len(site.requests) == 1

    @each_client
    async def test_it_closes_a_connection_that_is_being_opened(
        self, server: FaultServer, certificates: Certificates, kind: Any
    ) -> None:
        opening = Opening(server, certificates)
        with server.site(opening) as site, anyio.fail_after(GUARD):
            ds = kind(KEYS, **opening.options(site))
            call = started(ds, "get_topic", "t")
            await in_thread(opening.has_connection.wait)
            await close(ds)
            opening.release()
            with pytest.raises(ConfigurationError, match="closed"):
                await call
            await in_thread(opening.client_left.wait)
        assert site.requests == []

    @each_client
    async def test_use_after_close_is_an_error(self, server: FaultServer, kind: Any) -> None:
        with server.site(scripts.healthy) as site:
            ds = kind(KEYS, **to(site))
            other = ds.with_options(timeout=9)
            await close(other)
            with pytest.raises(ConfigurationError, match="closed") as caught:
                await started(other, "get_topic", "t")
            assert (caught.value.maybe_delivered, caught.value.attempts) == (False, 0)
            # The parent owns the connections.
            assert (await started(ds, "get_topic", "t")).topic_id == "t1"
            if isinstance(ds, DataStream):
                with ds.client.get_httpx_client() as session:
                    assert session is ds._session
            else:
                async with ds.client.get_async_httpx_client() as session:
                    assert session is ds._session
            with pytest.raises(ConfigurationError, match="closed"):
                await started(ds, "get_topic", "t")
            assert ds._session.is_closed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
class TestForking:
    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_a_child_opens_its_own_connections(
        self, server: FaultServer, certificates: Certificates, scheme: str
    ) -> None:
        """It affects neither idle nor used connections of the parent."""
        tls = certificates.named(SCHEMES[scheme])
        answering = Answering(server)
        with server.site(scripts.healthy, tls=tls) as site, server.site(answering, tls=tls) as held:
            options = {**to(site), "verify": certificates.client, "message_url": held.url}
            ds = DataStream(KEYS, **options)
            ds.get_topic("parent")
            worker = Worker(lambda: ds.send_message(topic="t", key="k", value="v"))
            assert answering.has_request.wait(GUARD)

            def child() -> None:
                ds.get_topic("child")
                ds.close()

            assert in_child(child) == 0
            assert site.connections == 2
            answering.release()
            assert worker.ended() is None
            ds.get_topic("parent")
            assert (site.connections, held.connections) == (2, 1)
            ds.close()

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_a_child_with_an_asynchronous_client_opens_its_own_connections(
        self, server: FaultServer, certificates: Certificates, scheme: str
    ) -> None:
        tls = certificates.named(SCHEMES[scheme])
        with server.site(scripts.healthy, tls=tls) as site, asyncio.Runner() as runner:
            ds = AsyncDataStream(KEYS, **{**to(site), "verify": certificates.client})
            runner.run(ds.get_topic("parent"))

            async def call() -> None:
                await ds.get_topic("child")
                await ds.aclose()

            assert in_child(lambda: asyncio.run(call())) == 0
            assert site.connections == 2
            runner.run(ds.get_topic("parent"))
            assert site.connections == 2
            runner.run(ds.aclose())

    def test_a_child_can_send_messages_while_its_parent_does(self, server: FaultServer) -> None:
        with server.site(scripts.healthy) as site, DataStream(KEYS, **to(site)) as ds:
            sending = iter(ds.send_messages([Message("t", "k", "v")] * 2, concurrency=1))
            assert next(sending).outcome is Outcome.DELIVERED

            def child() -> None:
                sent = list(ds.send_messages([Message("t", "k", "v")]))
                assert [each.outcome for each in sent] == [Outcome.DELIVERED]

            assert in_child(child) == 0
            assert next(sending).outcome is Outcome.DELIVERED
            assert list(sending) == []


LOOPS: dict[str, tuple[str, Callable[[Callable[[], Coroutine[Any, Any, None]]], None]]] = {
    "asyncio": ("https", lambda main: asyncio.run(main())),
    "uvloop": ("https", lambda main: uvloop.run(main())),
    "anyio": ("http", anyio.run),
    "anyio-uvloop": ("http", lambda main: anyio.run(main, backend_options={"use_uvloop": True})),
}


class TestEventLoops:
    @pytest.mark.parametrize("loop", LOOPS)
    def test_connections_are_closed_with_their_loop(
        self, certificates: Certificates, loop: str
    ) -> None:
        """No socket stays open although the client is never closed."""
        scheme, run = LOOPS[loop]
        tls = certificates.named(SCHEMES[scheme])
        with FaultServer() as server, server.site(scripts.healthy, tls=tls) as site:
            ds = AsyncDataStream(KEYS, **{**to(site), "verify": certificates.client})

            async def call() -> None:
                for _ in range(2):
                    await ds.get_topic("t")

            for number in range(1, 4):
                run(call)
                assert site.connections == number
                assert until(server.idle)
            gc.collect()  # a transport left open would raise a ResourceWarning

    async def test_two_loops_at_once_use_separate_connections(self, server: FaultServer) -> None:
        answering = Answering(server)
        with server.site(answering) as site, anyio.fail_after(GUARD):
            ds = AsyncDataStream(KEYS, **to(site))
            here = asyncio.ensure_future(ds.get_topic("t"))
            await in_thread(answering.has_request.wait)
            answering.has_request.clear()

            async def there() -> str:
                call = asyncio.ensure_future(ds.get_topic("t"))
                await asyncio.to_thread(answering.has_request.wait)
                answering.release()
                topic_id = (await call).topic_id
                await ds.aclose()
                return topic_id

            assert await in_thread(lambda: asyncio.run(there())) == "t1"
            assert (await here).topic_id == "t1"
            assert site.connections == 2
            with pytest.raises(ConfigurationError, match="closed"):
                await ds.get_topic("t")
            await ds.aclose()


class TestProcesses:
    @pytest.mark.parametrize("make", [DataStream, AsyncDataStream])
    def test_clients_cannot_be_pickled(self, make: Any) -> None:
        with pytest.raises(ConfigurationError, match="pickled"):
            pickle.dumps(make(KEYS))

    @pytest.mark.parametrize(
        "script",
        [scripts.close_after_reading, scripts.respond(b"{}", 400), scripts.respond(b"?", 200)],
    )
    def test_errors_can_be_pickled(self, server: FaultServer, script: Any) -> None:
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


def in_thread(function: Callable[..., T], *arguments: Any) -> Awaitable[T]:
    return anyio.to_thread.run_sync(function, *arguments)


def in_child(function: Callable[[], object]) -> int:
    """Run a function in a forked process, and return its exit code."""
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        try:
            function()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def until(holds: Callable[[], bool]) -> bool:
    guard = threading.Event()
    for _ in range(int(GUARD * 100)):
        if holds():
            return True
        guard.wait(0.01)
    return False
