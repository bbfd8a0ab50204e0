"""Credentials that may change: asked for again before they expire, one question at a time."""

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
"""Seconds before expiry from which on a new pair is asked for."""

PAUSE = 30.0
"""Seconds from one question to the next at the least, as long as the pair in force is valid: a
pair that never lives longer than `REFRESH_BEFORE`, or a refresh that fails, must not cost each call
a question."""

_LONGEST_WAIT = 86400.0
"""Seconds: what a lock or a loop is asked to wait at the most, since systems refuse more."""

_log = logging.getLogger("ncloud_datastream")


class _Held(NamedTuple):
    """The pair in force."""

    pair: Credentials
    expiry: float
    due: float
    """When a new one is asked for."""


class _Failure(NamedTuple):
    """Why there is no pair: what each caller that waited raises an error of its own from."""

    words: str
    cause: BaseException | None


class _Token(Protocol):
    """What trio has for other threads."""

    def run_sync_soon(self, function: Callable[[], object], /) -> object: ...


class _Question:
    """A question to the callable: its answer, and who waits for it.

    Without a lock, so that a fork, a signal handler or Ctrl-C at any moment leaves none behind.
    Whoever waits is noted first and looks for the answer then; whoever answers does so in the
    opposite order.
    """

    def __init__(self) -> None:
        self._answer: Credentials | _Failure | None = None
        self._wakes: set[Callable[[], object]] = set()

    def settle(self, answer: Credentials | _Failure) -> None:
        """Give the answer, if there is none yet, and wake all who wait."""
        if self._answer is None:
            self._answer = answer
        for wake in self._wakes.copy():
            wake()

    @contextmanager
    def waking(self, wake: Callable[[], object]) -> Iterator[bool]:
        """Have `wake` called, in any thread, when the answer comes; is there still none?"""
        self._wakes.add(wake)
        try:
            yield self._answer is None
        finally:
            self._wakes.discard(wake)

    def result(self) -> Credentials:
        """Return the pair.

        Raises:
            ConfigurationError: The callable failed.
            TimeoutError: There is no answer yet.
        """
        answer = self._answer
        if answer is None:
            raise TimeoutError("the credentials callable has not answered in time")
        if isinstance(answer, _Failure):
            # Not the callable's own error, which many would raise, and change, at a time.
            raise ConfigurationError(answer.words) from answer.cause
        return answer


class CredentialsProvider:
    """Hands out the pair in force; for any number of threads and event loops at once.

    A callable is asked in a daemon thread, by one question at a time, whose answer all who need it
    share. So nobody waits beyond a deadline of their own, and a callable that hangs holds one
    thread, which keeps no program from ending. While the pair in force is valid, nobody waits.

    Args:
        credentials: The pair, or a callable that returns one; it is asked again when the pair it
            gave nears its expiry.
        clock: Returns the seconds since the epoch.

    Raises:
        ConfigurationError: `credentials` is neither.
    """

    def __init__(
        self, credentials: Credentials | Callable[[], Credentials], clock: Callable[[], float]
    ) -> None:
        self._clock = clock
        self._held: _Held | None = None
        # By process: of a question that a fork has copied, the thread that asks it is missing.
        self._questions: dict[int, _Question] = {}
        if isinstance(credentials, Credentials):
            self._held = _Held(credentials, math.inf, math.inf)
        elif callable(credentials):
            self._ask = credentials
        else:
            kind = type(credentials).__name__
            del credentials
            raise ConfigurationError(
                f"credentials must be Credentials or a callable that returns them, not {kind}."
            )

    @property
    def ready(self) -> Credentials | None:
        """The pair in force where nothing has to be asked, else None."""
        held = self._held
        if held is not None and (held.due == math.inf or self._clock() < held.due):
            return held.pair
        return None

    def get(self, deadline: float | None = None) -> Credentials:
        """Return the pair in force, waiting for one where there is none that is valid.

        Args:
            deadline: How long to wait at the most, on `time.monotonic`'s clock; None for as long
                as the callable takes.

        Raises:
            ConfigurationError: The callable failed, or returned something else than credentials.
            TimeoutError: The deadline has passed; the callable may still answer.
        """
        known = self._known()
        if isinstance(known, Credentials):
            return known
        answered = threading.Event()
        with known.waking(answered.set) as unanswered:
            if unanswered:
                answered.wait(_left(deadline))
        return known.result()

    async def aget(self, deadline: float | None = None) -> Credentials:
        """Do the same under asyncio or trio, without holding up the event loop."""
        known = self._known()
        if isinstance(known, Credentials):
            return known
        from anyio import Event, move_on_after

        answered = Event()
        in_loop = _caller()

        def wake() -> None:
            with suppress(RuntimeError):  # a loop that has ended holds nobody who waits
                in_loop(answered.set)

        with known.waking(wake) as unanswered:
            if unanswered:
                with move_on_after(_left(deadline)):
                    await answered.wait()
        return known.result()

    def _known(self) -> Credentials | _Question:
        """Return the pair in force, or the question for it; see to it that one is asked if due."""
        if (ready := self.ready) is not None:
            return ready
        held = self._valid()
        question = self._question()
        return question if held is None else held.pair

    def _question(self) -> _Question:
        """Return the question that is being asked, after beginning one if there is none."""
        question = mine = _Question()
        asking = threading.Thread(
            target=self._answer, args=(mine,), name="ncloud-datastream-credentials", daemon=True
        )
        try:
            # Of many at a time, one puts its question there: this is one step to all threads.
            question = self._questions.setdefault(os.getpid(), mine)
            if question is mine:
                asking.start()
        except RuntimeError:
            # No thread to be had, as when the program is ending: then it is asked in this one.
            self._answer(mine)
        except BaseException:
            # Ctrl-C, and nobody knows whether the thread has begun: the next one asks anew.
            self._close(mine, _Failure("Asking for credentials was interrupted.", None))
            raise
        return question

    def _answer(self, question: _Question) -> None:
        """Ask, and let all know, whatever happens."""
        answer: Credentials | _Failure = _Failure("Asking for credentials failed.", None)
        try:
            answer = self._renew()
        finally:
            self._close(question, answer)

    def _renew(self) -> Credentials | _Failure:
        """Ask, unless there was an answer a moment ago, and take a new pair into force."""
        answer = self.ready or self._fetch()
        held = self._valid()
        if isinstance(answer, _Failure) and held is not None:
            _log.warning("going on with credentials that expire soon: %s", answer.words)
            answer = held.pair
        if isinstance(answer, Credentials):
            self._held = self._hold(answer)
        return answer

    def _close(self, question: _Question, answer: Credentials | _Failure) -> None:
        # First of all out of the way: who comes from now on finds the pair, or asks anew.
        if self._questions.get(os.getpid()) is question:
            del self._questions[os.getpid()]
        question.settle(answer)

    def _valid(self) -> _Held | None:
        held = self._held
        return held if held is not None and self._clock() < held.expiry else None

    def _hold(self, pair: Credentials) -> _Held:
        if pair.expires_at is None:
            return _Held(pair, math.inf, math.inf)
        expiry = pair.expires_at.timestamp()
        soonest = min(self._clock() + PAUSE, expiry)
        return _Held(pair, expiry, max(expiry - REFRESH_BEFORE, soonest))

    def _fetch(self) -> Credentials | _Failure:
        try:
            found = self._ask()
        except ConfigurationError as error:
            return _Failure(str(error), error.__cause__)
        except BaseException as error:  # noqa: BLE001 - nobody else is there to catch it
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


def _caller() -> Callable[[Callable[[], object]], object]:
    """Return what has a function called in the running event loop, from any thread."""
    if (trio := sys.modules.get("trio")) is not None:
        with suppress(RuntimeError):  # it is loaded, and does not run here
            token: _Token = trio.lowlevel.current_trio_token()
            return token.run_sync_soon
    from asyncio import get_running_loop

    return get_running_loop().call_soon_threadsafe
