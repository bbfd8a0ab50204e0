"""Credentials that may change: asked for again before they expire, by one caller at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .credentials import Credentials
from .errors import ConfigurationError, DataStreamError

REFRESH_BEFORE = 15 * 60.0
"""Seconds before expiry from which on a new pair is asked for."""


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
        if not isinstance(credentials, Credentials) and not callable(credentials):
            kind = type(credentials).__name__
            del credentials
            raise ConfigurationError(
                f"credentials must be Credentials or a callable that returns them, not {kind}."
            )
        self._held = credentials if isinstance(credentials, Credentials) else None
        self._ask = None if isinstance(credentials, Credentials) else credentials
        self._clock = clock
        self._lock = threading.Lock()

    @property
    def ready(self) -> Credentials | None:
        """The pair in force where nothing has to be asked, else None."""
        held = self._held
        if held is not None and (self._ask is None or self._left(held) > REFRESH_BEFORE):
            return held
        return None

    def get(self) -> Credentials:
        """Return the pair in force, asking for a new one where that is due; this may block.

        Raises:
            ConfigurationError: The callable failed, or returned something else than credentials,
                and the old pair has expired.
        """
        if (ready := self.ready) is not None:
            return ready
        held = self._held
        usable = held is not None and self._left(held) > 0
        # While one caller asks, the others go on with the old pair as long as it is valid.
        if not self._lock.acquire(blocking=not usable):
            assert held is not None
            return held
        try:
            if (ready := self.ready) is not None:
                return ready
            try:
                self._held = self._fetch()
            except DataStreamError:
                if not usable:
                    raise
            assert self._held is not None
            return self._held
        finally:
            self._lock.release()

    def _fetch(self) -> Credentials:
        assert self._ask is not None
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

    def _left(self, held: Credentials) -> float:
        if held.expires_at is None:
            return float("inf")
        return held.expires_at.timestamp() - self._clock()
