"""DNS lookups within a deadline.

A hanging lookup cannot be cancelled. Each host has at most one lookup thread, shared by all callers
that need the host; it is a daemon, so it never delays the exit of the program.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress

from . import forks
from .addresses import Address, literal, resolve


class _Lookups:
    """The lookups in progress."""

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
        timeout: Maximum duration in seconds.

    Raises:
        OSError: The lookup failed, or took too long (`TimeoutError`).
    """
    found = literal(host, port)
    if found is not None:
        return found
    try:
        return _shared_lookup(host, port).result(timeout)
    except TimeoutError:
        raise TimeoutError(f"the lookup of {host} took too long") from None


async def lookup_async(host: str, port: int) -> list[Address]:
    """Return the addresses of a host. Cancelling this does not cancel the shared lookup.

    Raises:
        OSError: The lookup failed.
    """
    found = literal(host, port)
    if found is not None:
        return found
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def wake(_: object) -> None:
        with suppress(RuntimeError):  # the event loop is closed
            loop.call_soon_threadsafe(_set, done)

    addresses = _shared_lookup(host, port)
    addresses.add_done_callback(wake)
    await done
    return addresses.result()


def _set(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _shared_lookup(host: str, port: int) -> Future[list[Address]]:
    """Return the lookup in progress for a host, or start one."""
    key = (host, port)
    with _lookups.lock:
        running = _lookups.running.get(key)
        if running is not None:
            return running
        future: Future[list[Address]] = Future()
        thread = threading.Thread(
            target=_run, args=(key, future), name=f"ncloud-datastream-lookup-{host}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:  # such as at interpreter shutdown
            raise OSError(f"{host} was not looked up: {error}") from None
        _lookups.running[key] = future
        return future


def _run(key: tuple[str, int], future: Future[list[Address]]) -> None:
    try:
        found = resolve(*key)
    except Exception as error:  # noqa: BLE001 - it is raised to the callers
        _forget(key)
        future.set_exception(error if isinstance(error, OSError) else OSError(str(error)))
    else:
        _forget(key)
        future.set_result(found)


def _forget(key: tuple[str, int]) -> None:
    with _lookups.lock:
        _lookups.running.pop(key, None)
