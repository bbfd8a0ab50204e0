"""The bounds of connections, each in one place."""

from __future__ import annotations

IN_FLIGHT = 64
"""Requests that an asynchronous client has in flight to one server; further ones wait."""

THREADS = 100
"""Requests that a blocking client has in flight to one server; further threads wait."""

IDLE_LIMIT = 4.0
"""Seconds after which an idle connection is not used again: services close them soon after, and a
request that crosses such an end is lost in doubt."""

SLICE = 64 * 1024
"""Bytes that are written at a time, so that a slow service and an early answer are noticed."""

HEAD_LIMIT = 64 * 1024
"""Bytes that the status line and the headers of an answer may take, interim answers included."""
