"""Credentials that may change: asked for again before they expire, by one caller at a time."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from typing import NamedTuple

from .credentials import Credentials
from .errors import ConfigurationError, DataStreamError

REFRESH_BEFORE = 15 * 60.0
"""Seconds before expiry from which on a new pair is asked for."""

PAUSE = 30.0
"""Seconds from one question to the next at the least, as long as the pair in force is valid: a
pair that never lives longer than `REFRESH_BEFORE`, or a refresh that fails, must not cost each call
a question."""

_log = logging.getLogger("ncloud_datastream")


class _Held(NamedTuple):
    """The pair in force."""

    pair: Credentials
    expiry: float
    due: float | None
    """When a new one is asked for; None for never."""


class CredentialsProvider:
    """Hands out the pair in force.

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
        self._lock = threading.Lock()
        self._held: _Held | None = None
        if isinstance(credentials, Credentials):
            self._held = _Held(credentials, math.inf, None)
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
        if held is not None and (held.due is None or self._clock() < held.due):
            return held.pair
        return None

    def get(self) -> Credentials:
        """Return the pair in force, asking for a new one where that is due; this may block.

        Raises:
            ConfigurationError: The callable failed, or returned something else than credentials,
                and the old pair has expired.
        """
        if (ready := self.ready) is not None:
            return ready
        held = self._valid()
        # While one caller asks, the others go on with the old pair as long as it is valid.
        if not self._lock.acquire(blocking=held is None):
            assert held is not None
            return held.pair
        try:
            if (ready := self.ready) is not None:
                return ready
            try:
                found = self._fetch()
            except DataStreamError as error:
                held = self._valid()
                if held is None:
                    raise
                _log.warning("going on with credentials that expire soon: %s", error)
                found = held.pair
            self._held = self._hold(found)
            return found
        finally:
            self._lock.release()

    def _valid(self) -> _Held | None:
        held = self._held
        return held if held is not None and self._clock() < held.expiry else None

    def _hold(self, pair: Credentials) -> _Held:
        if pair.expires_at is None:
            return _Held(pair, math.inf, None)
        expiry = pair.expires_at.timestamp()
        soonest = min(self._clock() + PAUSE, expiry)
        return _Held(pair, expiry, max(expiry - REFRESH_BEFORE, soonest))

    def _fetch(self) -> Credentials:
        try:
            found = self._ask()
        except DataStreamError:
            raise
        except Exception as error:
            raise ConfigurationError(
                f"The credentials callable failed with {type(error).__name__}."
            ) from error
        if not isinstance(found, Credentials):
            kind = type(found).__name__
            del found
            raise ConfigurationError(f"The credentials callable returned {kind}, not Credentials.")
        return found
