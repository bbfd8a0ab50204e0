"""Limits of connections."""

from __future__ import annotations

IN_FLIGHT = 64
"""Maximum requests in flight from an asynchronous client to one server; others wait."""

THREADS = 100
"""Maximum requests in flight from a blocking client to one server; other threads wait."""

IDLE_LIMIT = 4.0
"""Seconds after which an idle connection is not reused: services close idle connections soon after,
and the outcome of a request sent at that moment is unknown."""

SLICE = 64 * 1024
"""Bytes written at a time, so that a slow service and an early response are noticed."""

HEAD_LIMIT = 64 * 1024
"""Maximum bytes of the status line and headers of a response, interim responses included."""
