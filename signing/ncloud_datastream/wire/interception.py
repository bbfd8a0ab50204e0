"""Has somebody put himself between httpx and the network?

Recorders and mocks (vcrpy, pytest-httpx, respx) and tracers (OpenTelemetry, Sentry) replace
functions of httpx or httpcore. What they wait for is then called, so that they see every call.
"""

from __future__ import annotations

import logging
import sys
from operator import is_
from types import FunctionType

import httpx

_OWN = ("httpx.", "httpcore.", "contextlib")
"""Whose modules their functions were written in; `Client.stream` is a context manager."""

_CORE = ("ConnectionPool", "HTTPConnection", "HTTPProxy")

_log = logging.getLogger("ncloud_datastream")
_logged = False
_stock: dict[type, tuple[object, ...]] = {}
"""What classes held when all of it was theirs, so that one comparison is enough from then on."""


def intercepted() -> bool:
    """Return whether blocking requests of httpx are seen by somebody else."""
    return _logged_once(
        not (_is_stock(httpx.HTTPTransport) and _is_stock(httpx.Client)) or _core_intercepted("")
    )


def async_intercepted() -> bool:
    """Return whether asynchronous requests of httpx are seen by somebody else."""
    return _logged_once(
        not (_is_stock(httpx.AsyncHTTPTransport) and _is_stock(httpx.AsyncClient))
        or _core_intercepted("Async")
    )


def _core_intercepted(prefix: str) -> bool:
    # Nobody has replaced a part of what is not loaded, or not yet to the end.
    core = sys.modules.get("httpcore")
    kinds = [getattr(core, prefix + name, None) for name in _CORE]
    return not all(kind is None or _is_stock(kind) for kind in kinds)


def _is_stock(kind: type) -> bool:
    """Return whether all functions of a class are its library's own."""
    members = vars(kind).values()
    known = _stock.get(kind, ())
    # Not by `==`: a wrapper may be equal to what it wraps.
    if len(known) == len(members) and all(map(is_, known, members)):
        return True
    if not all(_is_own(member) for member in members if callable(member)):
        return False
    _stock[kind] = tuple(members)
    return True


def _is_own(function: object) -> bool:
    # Replacements take over the names, `__module__` among them, but not where they were written.
    function = getattr(function, "__func__", function)
    return type(function) is FunctionType and str(
        function.__globals__.get("__name__", "")
    ).startswith(_OWN)


def _logged_once(found: bool) -> bool:
    global _logged
    if found and not _logged:
        _logged = True
        _log.info(
            "httpx is patched (by a recorder, a mock or a tracer): requests go through it from "
            "here on, as long as that is so"
        )
    return found
