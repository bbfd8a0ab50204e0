"""Asking for a host's addresses within a deadline.

A lookup that hangs cannot be ended. It keeps one daemon thread a host, which all who ask for that
host share and which never holds up the end of the program.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress

from . import forks
from .addresses import Address, literal, resolve


class _Lookups:
    """The lookups that are under way."""

    def __init__(self) -> None:
        self.after_fork()
        forks.register(self)

    def after_fork(self) -> None:
        self.lock = threading.Lock()
        self.running: dict[tuple[str, int], Future[list[Address]]] = {}


_lookups = _Lookups()


def lookup(host: str, port: int, timeout: float) -> list[Address]:
    """Return the addresses of a host.

    Args:
        host: A name or an address.
        port: The port.
        timeout: Seconds that it may take.

    Raises:
        OSError: There is none, or none in time (`TimeoutError`).
    """
    found = literal(host, port)
    if found is not None:
        return found
    try:
        return _asked(host, port).result(timeout)
    except TimeoutError:
        raise TimeoutError(f"the lookup of {host} took too long") from None


async def lookup_async(host: str, port: int) -> list[Address]:
    """Return the addresses of a host; whoever cancels this leaves the lookup to others.

    Raises:
        OSError: There is none.
    """
    found = literal(host, port)
    if found is not None:
        return found
    loop = asyncio.get_running_loop()
    answered = loop.create_future()

    def wake(_: object) -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(_set, answered)

    asked = _asked(host, port)
    asked.add_done_callback(wake)
    await answered
    return asked.result()


def _set(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _asked(host: str, port: int) -> Future[list[Address]]:
    """Return the lookup that is under way, or begin one."""
    key = (host, port)
    with _lookups.lock:
        running = _lookups.running.get(key)
        if running is not None:
            return running
        asked: Future[list[Address]] = Future()
        thread = threading.Thread(
            target=_ask, args=(key, asked), name=f"ncloud-datastream-lookup-{host}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:  # no thread is to be had, as at the end of the program
            raise OSError(f"{host} was not looked up: {error}") from None
        _lookups.running[key] = asked
        return asked


def _ask(key: tuple[str, int], asked: Future[list[Address]]) -> None:
    try:
        found = resolve(*key)
    except Exception as error:  # noqa: BLE001 - whoever asked gets it
        _forget(key)
        asked.set_exception(error if isinstance(error, OSError) else OSError(str(error)))
    else:
        _forget(key)
        asked.set_result(found)


def _forget(key: tuple[str, int]) -> None:
    with _lookups.lock:
        _lookups.running.pop(key, None)
