"""Has somebody put himself between httpx and the network?

Recorders and mocks (vcrpy, pytest-httpx, respx) and tracers (OpenTelemetry, Sentry) replace
functions of httpx or httpcore. What they wait for is then called, so that they see every call.
"""

from __future__ import annotations

import logging
import sys
from types import FunctionType

import httpx

_OWN = ("httpx.", "httpcore.")

_log = logging.getLogger("ncloud_datastream")


def intercepted() -> bool:
    """Return whether blocking requests of httpx are seen by somebody else."""
    core = sys.modules.get("httpcore")  # nobody has replaced a part of what is not loaded
    return _blocking.see(
        httpx.HTTPTransport.handle_request,
        httpx.Client.send,
        *(
            ()
            if core is None
            else (
                core.ConnectionPool.handle_request,
                core.HTTPConnection.handle_request,
                core.HTTPProxy.handle_request,
            )
        ),
    )


def async_intercepted() -> bool:
    """Return whether asynchronous requests of httpx are seen by somebody else."""
    core = sys.modules.get("httpcore")
    return _asynchronous.see(
        httpx.AsyncHTTPTransport.handle_async_request,
        httpx.AsyncClient.send,
        *(
            ()
            if core is None
            else (
                core.AsyncConnectionPool.handle_async_request,
                core.AsyncHTTPConnection.handle_async_request,
                core.AsyncHTTPProxy.handle_async_request,
            )
        ),
    )


def client_intercepted() -> bool:
    """Return whether somebody else sees what the blocking clients of httpx send."""
    return not _is_stock(httpx.Client.send)


def async_client_intercepted() -> bool:
    """Return whether somebody else sees what the asynchronous clients of httpx send."""
    return not _is_stock(httpx.AsyncClient.send)


class _Watch:
    """Remembers what it saw last: it is asked at every attempt, and there is rarely news."""

    def __init__(self) -> None:
        self._seen: tuple[object, ...] = ()
        self._found = False
        self._told = False

    def see(self, *functions: object) -> bool:
        """Return whether one of these functions is not what httpx and httpcore come with."""
        if functions != self._seen:
            self._found = not all(_is_stock(function) for function in functions)
            self._seen = functions
            if self._found and not self._told:
                self._told = True
                _log.info(
                    "httpx is patched (by a recorder, a mock or a tracer): requests go through it "
                    "as long as that is so"
                )
        return self._found


def _is_stock(function: object) -> bool:
    # Replacements take over the names, `__module__` among them, but not where they were written.
    return type(function) is FunctionType and str(
        function.__globals__.get("__name__", "")
    ).startswith(_OWN)


_blocking = _Watch()
_asynchronous = _Watch()
