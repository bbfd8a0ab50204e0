"""When a connection can be used for another request."""

from __future__ import annotations

import time

from .limits import IDLE_LIMIT


class Reusable:
    """The state of a connection that decides on its reuse."""

    _closed = False
    _used = 0.0
    """When it was opened or used last, on `time.monotonic`'s clock."""

    @property
    def is_old(self) -> bool:
        """Return whether the connection has been idle for too long to be reused."""
        return time.monotonic() - self._used >= IDLE_LIMIT

    @property
    def is_reusable(self) -> bool:
        """Return whether the connection is still open after the last response."""
        return not self._closed
