"""Has somebody put himself between httpx and the network?

Recorders and mocks (vcrpy, pytest-httpx, respx) and tracers (OpenTelemetry, Sentry) replace
functions of httpx or httpcore. What they wait for is then called, so that they see every call.
"""

from __future__ import annotations

import logging
import sys

import httpx

_OWN = ("httpx.", "httpcore.")
_CORE = ("ConnectionPool", "HTTPConnection", "HTTPProxy")

_log = logging.getLogger("ncloud_datastream")
_told = False


def intercepted() -> bool:
    """Return whether blocking requests of httpx are seen by somebody else."""
    return _told_of(
        not (_is_stock(httpx.HTTPTransport.handle_request) and _is_stock(httpx.Client.send))
        or _core_intercepted("", "handle_request")
    )


def async_intercepted() -> bool:
    """Return whether asynchronous requests of httpx are seen by somebody else."""
    return _told_of(
        not (
            _is_stock(httpx.AsyncHTTPTransport.handle_async_request)
            and _is_stock(httpx.AsyncClient.send)
        )
        or _core_intercepted("Async", "handle_async_request")
    )


def _is_stock(function: object) -> bool:
    # Some replacements look like what they replace, but say what they wrap.
    module = getattr(function, "__module__", None) or ""
    return module.startswith(_OWN) and not hasattr(function, "__wrapped__")


def _core_intercepted(prefix: str, method: str) -> bool:
    core = sys.modules.get("httpcore")
    if core is None:  # nobody has replaced a part of what is not loaded
        return False
    return not all(_is_stock(getattr(getattr(core, prefix + name), method)) for name in _CORE)


def _told_of(found: bool) -> bool:
    global _told
    if found and not _told:
        _told = True
        _log.info(
            "httpx is patched (by a recorder, a mock or a tracer): requests go through it from "
            "here on, as long as that is so"
        )
    return found
