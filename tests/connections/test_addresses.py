"""DNS lookups within the deadline, and connecting to one of several addresses (RFC 8305)."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import pytest
from connections.lines import GUARD, Line, both_kinds, in_thread, server_at
from faults.certificates import Certificates
from faults.clients import KEYS
from faults.places import unresponsive
from faults.server import FaultServer
from ncloud_datastream import AsyncDataStream, DataStream, Message, Outcome, Retry, TransportError
from ncloud_datastream.wire import addresses
from ncloud_datastream.wire.addresses import ATTEMPT_DELAY, Address, Race, interleaved, literal
from ncloud_datastream.wire.lookup import lookup, lookup_async

V4, V6 = socket.AF_INET, socket.AF_INET6


def v4(port: int, host: str = "127.0.0.1") -> Address:
    return V4, (host, port)


def v6(port: int, host: str = "::1") -> Address:
    return V6, (host, port, 0, 0)


# --- scheduling, without a clock or a socket


def test_the_next_address_is_tried_a_quarter_of_a_second_later() -> None:
    race = Race([v4(1), v4(2), v4(3)])
    assert race.next(100.0) == v4(1)
    assert race.next(100.0) is None
    assert race.wait(100.1) == pytest.approx(ATTEMPT_DELAY - 0.1)
    assert race.next(100.24) is None
    assert race.next(100.25) == v4(2)
    assert race.next(100.5) == v4(3)
    assert race.wait(100.5) is None
    assert race.next(999.0) is None
    assert not race.lost


def test_after_a_failure_the_next_address_is_tried_at_once() -> None:
    race = Race([v4(1), v4(2), v4(3)])
    race.next(100.0)
    race.failed(OSError("first"))
    assert race.wait(100.0) == 0.0
    assert race.next(100.0) == v4(2)
    race.next(100.25)
    assert not race.lost
    race.failed(OSError("second"))
    assert not race.lost
    race.failed(OSError("third"))
    assert race.lost
    assert str(race.failure) == "third"


def test_a_race_without_addresses_is_lost_at_once() -> None:
    race = Race([])
    assert race.next(0.0) is None
    assert race.lost
    assert race.failure is None


def test_address_families_alternate() -> None:
    one, two, three, six = v4(1), v4(2), v4(3), v6(6)
    assert interleaved([one, two, three, six]) == [one, six, two, three]
    assert interleaved([six, one, two]) == [six, one, two]


def test_literal_addresses_are_not_looked_up_and_duplicates_are_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert literal("127.0.0.1", 80) == [v4(80)]
    assert literal("::1", 80) == [v6(80)]
    assert literal("service.test", 80) is None
    found = (V4, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: [found, found])
    assert addresses.resolve("service.test", 80) == [v4(80)]


# --- lookups


Resolver = Callable[[str, int], list[Address]]


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[[Resolver], None]:
    """Replace the system resolver by a function."""
    return lambda resolver: monkeypatch.setattr("ncloud_datastream.wire.lookup.resolve", resolver)


class Hanging:
    """A resolver that blocks until it is released; a context manager that releases it."""

    def __init__(self) -> None:
        self.calls = 0
        self.called = threading.Event()
        self.released = threading.Event()

    def __call__(self, host: str, port: int) -> list[Address]:
        self.calls += 1
        self.called.set()
        self.released.wait(GUARD)
        return [v4(port)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()


@pytest.fixture
def hanging(resolving: Callable[[Resolver], None]) -> Iterator[Hanging]:
    with Hanging() as hanging:
        resolving(hanging)
        yield hanging


async def test_a_hanging_lookup_ends_at_the_deadline_and_uses_one_thread_per_host(
    hanging: Hanging,
) -> None:
    urls = dict.fromkeys(("management_url", "message_url"), "https://service.test")
    options: dict[str, Any] = {**urls, "timeout": 0.05, "retry": Retry(max_attempts=1)}
    with DataStream(KEYS, **options) as ds:
        for _ in range(3):
            with pytest.raises(TransportError, match="deadline") as caught:
                await in_thread(ds.get_topic, "t")
            assert not caught.value.maybe_delivered
        deliveries = await in_thread(list, ds.send_messages([Message("t", "k", "v")]))
        assert [each.outcome for each in deliveries] == [Outcome.UNSENT]
    async with AsyncDataStream(KEYS, **options) as async_ds:
        calls = [async_ds.get_topic("t") for _ in range(20)]
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(error) for error in errors} == {TransportError}
    assert hanging.calls == 1
    assert sum("lookup" in thread.name for thread in threading.enumerate()) == 1


async def test_concurrent_lookups_of_a_host_are_shared(hanging: Hanging) -> None:
    thread = asyncio.ensure_future(in_thread(lookup, "service.test", 80, GUARD))
    assert await in_thread(hanging.called.wait, GUARD)
    tasks = [asyncio.ensure_future(lookup_async("service.test", 80)) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()  # does not affect the others
    await asyncio.sleep(0)
    hanging.released.set()
    found = await asyncio.gather(thread, *tasks, return_exceptions=True)
    assert isinstance(found[1], asyncio.CancelledError)
    assert [found[0], *found[2:]] == [[v4(80)]] * 3
    assert hanging.calls == 1
    await lookup_async("service.test", 80)  # a later lookup is a new one
    assert hanging.calls == 2


def test_a_lookup_may_outlive_its_event_loop(hanging: Hanging) -> None:
    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await lookup_async("service.test", 80)

    asyncio.run(give_up())
    hanging.released.set()
    assert lookup("service.test", 80, GUARD) == [v4(80)]


@pytest.mark.parametrize("failure", [OSError("not known"), UnicodeError("not known")])
async def test_a_failed_lookup_raises_an_os_error(
    resolving: Callable[[Resolver], None], failure: Exception
) -> None:
    def fail(host: str, port: int) -> list[Address]:
        raise failure

    resolving(fail)
    with pytest.raises(OSError, match="not known"):
        lookup("service.test", 80, GUARD)
    with pytest.raises(OSError, match="not known"):
        await lookup_async("service.test", 80)


def test_a_lookup_fails_if_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """As at interpreter shutdown."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(OSError, match=r"service\.test was not looked up"):
        lookup("service.test", 80, GUARD)


# --- connecting to one of several addresses


@both_kinds
async def test_an_address_that_refuses_is_skipped(
    kind: str, resolving: Callable[[Resolver], None]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        refusing, port = v4(held.getsockname()[1]), listening.getsockname()[1]
        resolving(lambda host, _: [refusing, v6(1), v4(port), refusing])
        line = await Line.open(kind, server_at(port, "service.test"))
        peer, _ = listening.accept()
        peer.close()
        await line.close()


@both_kinds
async def test_the_last_failure_is_raised(kind: str, resolving: Callable[[Resolver], None]) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        refusing = v4(held.getsockname()[1])
        resolving(lambda host, _: [refusing, refusing])
        with pytest.raises(ConnectionRefusedError):
            await Line.open(kind, server_at(1, "service.test"))


@both_kinds
async def test_a_name_without_address_is_an_error(
    kind: str, resolving: Callable[[Resolver], None]
) -> None:
    resolving(lambda host, port: [])
    with pytest.raises(OSError, match=r"service\.test has no address"):
        await Line.open(kind, server_at(1, "service.test"))


@both_kinds
async def test_an_address_that_fails_immediately_is_skipped(
    kind: str, resolving: Callable[[Resolver], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As IPv6 addresses do on systems without IPv6."""
    no_socket: Address = (255, ("nowhere",))
    unreachable = v4(9)
    connect = socket.socket.connect

    def refuse(sock: socket.socket, address: Any) -> None:
        if address == unreachable[1]:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        connect(sock, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        resolving(lambda host, _: [no_socket, unreachable, v4(port)])
        line = await Line.open(kind, server_at(port, "service.test"))
        listening.accept()[0].close()
        await line.close()


@both_kinds
async def test_a_bug_while_connecting_leaves_no_socket_open(
    kind: str, resolving: Callable[[Resolver], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(sock: socket.socket, address: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(socket.socket, "connect", fail)
    resolving(lambda host, port: [v4(port), v4(port)])
    with pytest.raises(ZeroDivisionError):
        await Line.open(kind, server_at(9, "service.test"))
    gc.collect()  # a socket left open would raise a ResourceWarning


@both_kinds
async def test_silent_addresses_delay_the_next_one_only_briefly(
    kind: str,
    resolving: Callable[[Resolver], None],
    server: FaultServer,
    certificates: Certificates,
) -> None:
    with (
        unresponsive()(server, certificates) as (_, silent),
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        port = listening.getsockname()[1]
        resolving(lambda host, _: [v4(silent.port), v4(silent.port), v4(port)])
        began = time.monotonic()
        line = await Line.open(kind, server_at(port, "service.test"), seconds=10 * GUARD)
        # Each silent address costs a quarter of a second.
        assert time.monotonic() - began < GUARD
        listening.accept()[0].close()
        await line.close()


@both_kinds
async def test_all_addresses_share_one_deadline(
    kind: str,
    resolving: Callable[[Resolver], None],
    server: FaultServer,
    certificates: Certificates,
) -> None:
    with unresponsive()(server, certificates) as (_, silent):
        resolving(lambda host, _: [v4(silent.port)] * 3)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await Line.open(kind, server_at(1, "service.test"), seconds=0.4)
        assert time.monotonic() - began < GUARD


async def test_a_connection_that_loses_the_race_is_closed(
    resolving: Callable[[Resolver], None],
) -> None:
    """Both connect before the winner is chosen; a socket left open would fail this test."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        resolving(lambda host, _: [v4(port), v4(port)])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(addresses, "ATTEMPT_DELAY", 0.0)
            for kind in ("threads", "tasks"):
                line = await Line.open(kind, server_at(port, "service.test"))
                peers = [listening.accept()[0] for _ in range(2)]
                await line.close()
                for peer in peers:
                    peer.settimeout(GUARD)
                    assert await in_thread(peer.recv, 1) == b""
                    peer.close()
