"""Credentials that are renewed before they expire, with one call of the callable at a time."""

from __future__ import annotations

import logging
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple, Protocol

from ncloud_datastream.errors import ConfigurationError

from .pair import Credentials

REFRESH_BEFORE = 15 * 60.0
"""Seconds before its expiry at which a pair is due for renewal."""

PAUSE = 30.0
"""Seconds between two renewals while the current pair is valid, at least: a pair that is always
valid for less than `REFRESH_BEFORE`, or a failing renewal, must not lead to one per call."""

_LONGEST_WAIT = 86400.0
"""Seconds: the longest single wait, because systems reject larger values."""

_log = logging.getLogger("ncloud_datastream")


class _Held(NamedTuple):
    """The current key pair."""

    pair: Credentials
    expiry: float
    due: float
    """When it is due for renewal."""


class _Failure(NamedTuple):
    """Why there is no pair; each waiting caller raises its own error from it."""

    message: str
    cause: BaseException | None


class _Token(Protocol):
    """The part of a trio token that other threads use."""

    def run_sync_soon(self, function: Callable[[], object], /) -> object: ...


class _Fetch:
    """One call of the callable: its result, and the callers that wait for it.

    It uses no lock, which a fork, a signal handler or Ctrl-C could leave locked. A waiting caller
    first registers and then looks for the result; the result is first stored and then announced.
    """

    def __init__(self) -> None:
        self._result: Credentials | _Failure | None = None
        self._wakes: set[Callable[[], object]] = set()

    def settle(self, result: Credentials | _Failure) -> None:
        """Store the result, unless there is one already, and wake all waiting callers."""
        if self._result is None:
            self._result = result
        for wake in self._wakes.copy():
            wake()

    @contextmanager
    def waking(self, wake: Callable[[], object]) -> Iterator[bool]:
        """Call `wake`, in any thread, when the result is there; yield whether it is missing."""
        self._wakes.add(wake)
        try:
            yield self._result is None
        finally:
            self._wakes.discard(wake)

    def result(self) -> Credentials:
        """Return the pair.

        Raises:
            ConfigurationError: The callable failed.
            TimeoutError: There is no result yet.
        """
        result = self._result
        if result is None:
            raise TimeoutError("the credentials callable did not return in time")
        if isinstance(result, _Failure):
            # A new error for each caller: raising the callable's own in many threads changes it.
            raise ConfigurationError(result.message) from result.cause
        return result


class CredentialsProvider:
    """Provides the current key pair to any number of threads and event loops.

    A callable is called in a daemon thread, once at a time, and all callers share the result. So
    no caller waits beyond its own deadline, and a callable that hangs blocks one thread, which does
    not keep the program from exiting. While the current pair is valid, no caller waits.

    Args:
        credentials: The key pair, or a callable that returns one; it is called again when that pair
            is about to expire.
        clock: Returns the seconds since the epoch.

    Raises:
        ConfigurationError: `credentials` is neither a pair nor a callable.
    """

    def __init__(
        self, credentials: Credentials | Callable[[], Credentials], clock: Callable[[], float]
    ) -> None:
        self._clock = clock
        self._held: _Held | None = None
        # By process id: after a fork, the thread of a copied call does not exist in the child.
        self._fetches: dict[int, _Fetch] = {}
        if isinstance(credentials, Credentials):
            self._held = _Held(credentials, math.inf, math.inf)
        elif callable(credentials):
            self._callable = credentials
        else:
            kind = type(credentials).__name__
            del credentials
            raise ConfigurationError(
                f"credentials must be Credentials or a callable that returns them, not {kind}."
            )

    @property
    def ready(self) -> Credentials | None:
        """The current key pair, or None if it has to be fetched or renewed first."""
        held = self._held
        if held is not None and (held.due == math.inf or self._clock() < held.due):
            return held.pair
        return None

    def get(self, deadline: float | None = None) -> Credentials:
        """Return the current key pair; wait for a new one if there is no valid pair.

        Args:
            deadline: When to stop waiting, on `time.monotonic`'s clock; None waits as long as the
                callable takes.

        Raises:
            ConfigurationError: The callable failed, or did not return `Credentials`.
            TimeoutError: The deadline has passed; the callable may still return.
        """
        known = self._known()
        if isinstance(known, Credentials):
            return known
        done = threading.Event()
        with known.waking(done.set) as pending:
            if pending:
                done.wait(_left(deadline))
        return known.result()

    async def aget(self, deadline: float | None = None) -> Credentials:
        """Return the current key pair as `get` does, without blocking the event loop."""
        known = self._known()
        if isinstance(known, Credentials):
            return known
        from anyio import Event, move_on_after

        done = Event()
        schedule = _scheduler()

        def wake() -> None:
            with suppress(RuntimeError):  # the event loop has ended, and its tasks with it
                schedule(done.set)

        with known.waking(wake) as pending:
            if pending:
                with move_on_after(_left(deadline)):
                    await done.wait()
        return known.result()

    def _known(self) -> Credentials | _Fetch:
        """Return the current pair, or the call to wait for; start a renewal if one is due."""
        if (ready := self.ready) is not None:
            return ready
        held = self._valid()
        fetch = self._current_fetch()
        return fetch if held is None else held.pair

    def _current_fetch(self) -> _Fetch:
        """Return the call in progress, after starting one if there is none."""
        fetch = own = _Fetch()
        thread = threading.Thread(
            target=self._run, args=(own,), name="ncloud-datastream-credentials", daemon=True
        )
        try:
            # Atomic: of several threads, one stores its call.
            fetch = self._fetches.setdefault(os.getpid(), own)
            if fetch is own:
                thread.start()
        except RuntimeError:
            # No thread can be started, as at interpreter exit: call it in this one.
            self._run(own)
        except BaseException:
            # Ctrl-C: the thread may not have started, so the next caller starts a new call.
            self._close(own, _Failure("Calling the credentials callable was interrupted.", None))
            raise
        return fetch

    def _run(self, fetch: _Fetch) -> None:
        """Call the callable, and announce a result in any case."""
        result: Credentials | _Failure = _Failure("Calling the credentials callable failed.", None)
        try:
            result = self._renew()
        finally:
            self._close(fetch, result)

    def _renew(self) -> Credentials | _Failure:
        """Call the callable, unless a pair has just been renewed, and store the new pair."""
        result = self.ready or self._call()
        held = self._valid()
        if isinstance(result, _Failure) and held is not None:
            _log.warning("credentials were not renewed and expire soon: %s", result.message)
            result = held.pair
        if isinstance(result, Credentials):
            self._held = self._hold(result)
        return result

    def _close(self, fetch: _Fetch, result: Credentials | _Failure) -> None:
        # Removed first: a later caller finds the pair, or starts a new call.
        if self._fetches.get(os.getpid()) is fetch:
            del self._fetches[os.getpid()]
        fetch.settle(result)

    def _valid(self) -> _Held | None:
        held = self._held
        return held if held is not None and self._clock() < held.expiry else None

    def _hold(self, pair: Credentials) -> _Held:
        if pair.expires_at is None:
            return _Held(pair, math.inf, math.inf)
        expiry = pair.expires_at.timestamp()
        soonest = min(self._clock() + PAUSE, expiry)
        return _Held(pair, expiry, max(expiry - REFRESH_BEFORE, soonest))

    def _call(self) -> Credentials | _Failure:
        try:
            found = self._callable()
        except ConfigurationError as error:
            return _Failure(str(error), error.__cause__)
        except BaseException as error:  # noqa: BLE001 - nothing else in this thread would catch it
            kind = type(error).__name__
            return _Failure(f"The credentials callable failed with {kind}.", error)
        if isinstance(found, Credentials):
            return found
        kind = type(found).__name__
        return _Failure(f"The credentials callable returned {kind}, not Credentials.", None)


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    return min(max(0.0, deadline - time.monotonic()), _LONGEST_WAIT)


def _scheduler() -> Callable[[Callable[[], object]], object]:
    """Return a function that schedules a call in the running event loop, from any thread."""
    if (trio := sys.modules.get("trio")) is not None:
        with suppress(RuntimeError):  # trio is imported, but is not running here
            token: _Token = trio.lowlevel.current_trio_token()
            return token.run_sync_soon
    from asyncio import get_running_loop

    return get_running_loop().call_soon_threadsafe
