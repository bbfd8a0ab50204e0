"""From a name to a connection: lookups within the deadline, the race of addresses (RFC 8305)."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from connections.lines import GUARD, Line, both_kinds, in_thread, server_at
from faults.certificates import Certificates
from faults.clients import KEYS
from faults.places import Unanswering
from faults.server import FaultServer
from ncloud_datastream import AsyncDataStream, DataStream, Message, Outcome, Retry, TransportError
from ncloud_datastream.wire import addresses, asynchronous, blocking
from ncloud_datastream.wire.addresses import ATTEMPT_DELAY, Address, Race, interleaved, literal
from ncloud_datastream.wire.lookup import lookup, lookup_async

V4, V6 = socket.AF_INET, socket.AF_INET6


def v4(port: int, host: str = "127.0.0.1") -> Address:
    return V4, (host, port)


def v6(port: int, host: str = "::1") -> Address:
    return V6, (host, port, 0, 0)


# --- the race, without a clock or a socket


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


def test_after_a_failure_the_next_address_need_not_wait() -> None:
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


def test_of_no_addresses_the_race_is_lost_at_once() -> None:
    race = Race([])
    assert race.next(0.0) is None
    assert race.lost
    assert race.failure is None


def test_the_families_take_turns() -> None:
    one, two, three, six = v4(1), v4(2), v4(3), v6(6)
    assert interleaved([one, two, three, six]) == [one, six, two, three]
    assert interleaved([six, one, two]) == [six, one, two]
    assert interleaved([]) == []


def test_an_address_needs_no_lookup() -> None:
    assert literal("127.0.0.1", 80) == [v4(80)]
    assert literal("::1", 80) == [v6(80)]
    assert literal("service.test", 80) is None


def test_an_address_that_is_found_twice_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (V4, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: [found, found])
    assert addresses.resolve("service.test", 80) == [v4(80)]


# --- lookups


Resolver = Callable[[str, int], list[Address]]


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[[Resolver], None]:
    """Have a function asked for the addresses of names instead of the system."""
    return lambda resolver: monkeypatch.setattr("ncloud_datastream.wire.lookup.resolve", resolver)


class Hanging:
    """A resolver that does not answer before it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_asked = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, host: str, port: int) -> list[Address]:
        self.asked += 1
        self.is_asked.set()
        self.go_on.wait(GUARD)
        return [v4(port)]

    @contextmanager
    def for_a_while(self) -> Iterator[None]:
        try:
            yield
        finally:
            self.go_on.set()


def lookups() -> int:
    return sum("lookup" in thread.name for thread in threading.enumerate())


async def test_a_lookup_that_hangs_keeps_to_the_deadline_and_keeps_one_thread_a_host(
    resolving: Callable[[Resolver], None],
) -> None:
    hanging = Hanging()
    resolving(hanging)
    urls = dict.fromkeys(("management_url", "message_url"), "https://service.test")
    options: dict[str, Any] = {**urls, "timeout": 0.1, "retry": Retry(max_attempts=3)}
    with hanging.for_a_while():
        with DataStream(KEYS, **options) as ds:
            for _ in range(3):
                with pytest.raises(TransportError, match="deadline") as caught:
                    await in_thread(ds.get_topic, "t")
                assert (caught.value.attempts, caught.value.maybe_delivered) == (3, False)
            deliveries = await in_thread(list, ds.send_messages([Message("t", "k", "v")]))
            assert [each.outcome for each in deliveries] == [Outcome.UNSENT]
        async with AsyncDataStream(KEYS, **options) as both:
            calls = [both.get_topic("t") for _ in range(20)]
            errors = await asyncio.gather(*calls, return_exceptions=True)
            assert {type(error) for error in errors} == {TransportError}
        assert hanging.asked == 1
        assert lookups() == 1


async def test_all_who_ask_share_a_lookup(resolving: Callable[[Resolver], None]) -> None:
    hanging = Hanging()
    resolving(hanging)
    with hanging.for_a_while():
        thread = asyncio.ensure_future(in_thread(lookup, "service.test", 80, GUARD))
        await in_thread(hanging.is_asked.wait, GUARD)
        tasks = [asyncio.ensure_future(lookup_async("service.test", 80)) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()  # the others are not to notice
        await asyncio.sleep(0)
        hanging.go_on.set()
        found = await asyncio.gather(thread, *tasks, return_exceptions=True)
    assert isinstance(found[1], asyncio.CancelledError)
    assert [found[0], *found[2:]] == [[v4(80)]] * 3
    assert hanging.asked == 1
    await lookup_async("service.test", 80)  # each later one asks anew
    assert hanging.asked == 2


def test_a_loop_that_has_ended_is_not_told(resolving: Callable[[Resolver], None]) -> None:
    hanging = Hanging()
    resolving(hanging)

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await lookup_async("service.test", 80)

    with hanging.for_a_while():
        asyncio.run(give_up())
        hanging.go_on.set()
        assert lookup("service.test", 80, GUARD) == [v4(80)]


@pytest.mark.parametrize("failure", [OSError("not known"), UnicodeError("not known")])
async def test_a_lookup_that_fails_is_told_to_all(
    resolving: Callable[[Resolver], None], failure: Exception
) -> None:
    def fail(host: str, port: int) -> list[Address]:
        raise failure

    resolving(fail)
    with pytest.raises(OSError, match="not known"):
        lookup("service.test", 80, GUARD)
    with pytest.raises(OSError, match="not known"):
        await lookup_async("service.test", 80)


def test_where_no_thread_is_to_be_had_nothing_is_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As at the end of the program."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(OSError, match=r"service\.test was not looked up"):
        lookup("service.test", 80, GUARD)


# --- connecting to one of several


@both_kinds
async def test_an_address_that_refuses_is_passed_over(
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
async def test_the_last_failure_is_told(kind: str, resolving: Callable[[Resolver], None]) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        refusing = v4(held.getsockname()[1])
        resolving(lambda host, _: [refusing, refusing])
        with pytest.raises(ConnectionRefusedError):
            await Line.open(kind, server_at(1, "service.test"))


@both_kinds
async def test_a_name_without_addresses(kind: str, resolving: Callable[[Resolver], None]) -> None:
    resolving(lambda host, port: [])
    with pytest.raises(OSError, match=r"service\.test has no address"):
        await Line.open(kind, server_at(1, "service.test"))


@both_kinds
async def test_an_address_that_fails_at_once_is_passed_over(
    kind: str, resolving: Callable[[Resolver], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As IPv6 addresses do where the system has no IPv6."""
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
async def test_a_defect_while_connecting_leaves_no_socket_open(
    kind: str, resolving: Callable[[Resolver], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(sock: socket.socket, address: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(socket.socket, "connect", fail)
    resolving(lambda host, port: [v4(port), v4(port)])
    with pytest.raises(ZeroDivisionError):
        await Line.open(kind, server_at(9, "service.test"))
    gc.collect()  # a socket left open would be a warning, and this test a failure


@both_kinds
async def test_a_silent_address_does_not_cost_half_the_deadline(
    kind: str,
    resolving: Callable[[Resolver], None],
    server: FaultServer,
    certificates: Certificates,
) -> None:
    with (
        Unanswering().open(server, certificates) as (_, silent),
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        port = listening.getsockname()[1]
        resolving(lambda host, _: [v4(silent.port), v4(silent.port), v4(port)])
        began = time.monotonic()
        line = await Line.open(kind, server_at(port, "service.test"), seconds=10 * GUARD)
        # Two silent ones cost half a second.
        assert time.monotonic() - began < GUARD
        listening.accept()[0].close()
        await line.close()


@both_kinds
async def test_when_all_are_silent_the_deadline_is_that_of_all_together(
    kind: str,
    resolving: Callable[[Resolver], None],
    server: FaultServer,
    certificates: Certificates,
) -> None:
    with Unanswering().open(server, certificates) as (_, silent):
        resolving(lambda host, _: [v4(silent.port)] * 3)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await Line.open(kind, server_at(1, "service.test"), seconds=0.4)
        assert time.monotonic() - began < GUARD


async def test_what_connects_too_late_is_closed(resolving: Callable[[Resolver], None]) -> None:
    """Both have connected before the race looks; a socket left open would fail this test."""
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


def test_the_race_is_written_once() -> None:
    assert blocking.Race is asynchronous.Race is Race
