"""Detection of tools that intercept httpx.

Recorders and mocks (vcrpy, pytest-httpx, respx) and tracers (OpenTelemetry, Sentry) replace
functions of httpx or httpcore. While any is replaced, calls go through httpx so that the tool sees
every one of them.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from operator import getitem, is_
from types import FunctionType

import httpx

_ORIGINAL = ("httpx.", "httpcore.")
"""Prefixes of the modules that define the original functions."""

_INTERCEPTABLE = re.compile(r"send$|.*transport_for|handle_")
"""Matches the start of the names of functions that such tools replace."""

_log = logging.getLogger("ncloud_datastream")


def intercepted() -> bool:
    """Return whether a tool intercepts blocking requests of httpx."""
    return _blocking.looks_replaced()


def async_intercepted() -> bool:
    """Return whether a tool intercepts asynchronous requests of httpx."""
    return _asynchronous.looks_replaced()


def client_intercepted() -> bool:
    """Return whether a tool has wrapped `httpx.Client` itself."""
    return _client.looks_replaced()


def async_client_intercepted() -> bool:
    """Return whether a tool has wrapped `httpx.AsyncClient` itself."""
    return _async_client.looks_replaced()


class _Watch:
    """Watches the functions of some classes; cheap, because it is consulted on every attempt.

    Args:
        client: The httpx client class.
        transport: The httpx transport class.
        core: Names of httpcore classes, which may not be loaded yet. (The proxy classes inherit
            the function from their base class, the pool.)
    """

    def __init__(self, client: type, transport: type | None, *core: str) -> None:
        self._names = core
        self._members: list[Mapping[str, object]] = []
        self._functions: list[str] = []
        self._core: object = None
        self._seen: list[object] = []
        self._found = False
        self._logged = False
        for kind in (client, transport):
            if kind is not None:
                self._watch(kind)

    def looks_replaced(self) -> bool:
        """Return whether any of the functions is not the original of httpx or httpcore."""
        core = sys.modules.get("httpcore")
        if core is not self._core and self._names:
            self._watch_core(core)
        functions = list(map(getitem, self._members, self._functions))
        # Compared by identity: a wrapper may be equal to the function that it wraps.
        if len(functions) != len(self._seen) or not all(map(is_, functions, self._seen)):
            self._look(functions)
        return self._found

    def _watch(self, kind: type) -> None:
        members = vars(kind)
        names = [name for name in members if _INTERCEPTABLE.match(name)]
        self._functions += names
        self._members += [members] * len(names)

    def _watch_core(self, core: object) -> None:
        """Watch httpcore too, once it is loaded; nothing can be replaced in it before."""
        kinds = [getattr(core, name, None) for name in self._names]
        if None not in kinds:  # pragma: no branch - otherwise its import is in progress
            self._core = core
            for kind in kinds:
                assert isinstance(kind, type)
                self._watch(kind)

    def _look(self, functions: list[object]) -> None:
        self._seen = functions
        self._found = not all(map(_is_original, functions))
        if self._found and not self._logged and self._names:
            self._logged = True
            _log.info(
                "httpx is patched (by a recorder, a mock or a tracer): requests go through httpx "
                "while the patch is in place"
            )


def _is_original(function: object) -> bool:
    # A wrapper copies the name and `__module__` of a function, but not its globals.
    return type(function) is FunctionType and str(
        function.__globals__.get("__name__", "")
    ).startswith(_ORIGINAL)


_blocking = _Watch(httpx.Client, httpx.HTTPTransport, "ConnectionPool", "HTTPConnection")
_asynchronous = _Watch(
    httpx.AsyncClient,
    httpx.AsyncHTTPTransport,
    "AsyncConnectionPool",
    "AsyncHTTPConnection",
)
_client = _Watch(httpx.Client, None)
_async_client = _Watch(httpx.AsyncClient, None)
