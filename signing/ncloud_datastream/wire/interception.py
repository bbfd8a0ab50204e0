"""Has somebody put himself between httpx and the network?

Recorders and mocks (vcrpy, pytest-httpx, respx) and tracers (OpenTelemetry, Sentry) replace
functions of httpx or httpcore. What they wait for is then called, so that they see every call.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from operator import getitem, is_
from types import FunctionType

import httpx

_OWN = ("httpx.", "httpcore.")
"""Whose modules their functions were written in."""

_ON_THE_WAY = re.compile(r"send$|.*transport_for|handle_")
"""How the names of the functions begin that tools replace on the way to the network."""

_log = logging.getLogger("ncloud_datastream")


def intercepted() -> bool:
    """Return whether blocking requests of httpx are seen by somebody else."""
    return _blocking.looks_replaced()


def async_intercepted() -> bool:
    """Return whether asynchronous requests of httpx are seen by somebody else."""
    return _asynchronous.looks_replaced()


def client_intercepted() -> bool:
    """Return whether somebody else sees what the blocking clients of httpx send."""
    return _client.looks_replaced()


def async_client_intercepted() -> bool:
    """Return whether somebody else sees what the asynchronous clients of httpx send."""
    return _async_client.looks_replaced()


class _Watch:
    """Watches the functions of some classes; asked at every attempt, it rarely sees news.

    Args:
        client: The client of httpx.
        transport: Its transport.
        core: The names of classes of httpcore, which may not be loaded yet. (Its proxies have the
            function of their base, the pool.)
    """

    def __init__(self, client: type, transport: type | None, *core: str) -> None:
        self._names = core
        self._members: list[Mapping[str, object]] = []
        self._functions: list[str] = []
        self._core: object = None
        self._seen: list[object] = []
        self._found = False
        self._told = False
        for kind in (client, transport):
            if kind is not None:
                self._watch(kind)

    def looks_replaced(self) -> bool:
        """Return whether one of the functions is not what httpx and httpcore come with."""
        core = sys.modules.get("httpcore")
        if core is not self._core and self._names:
            self._watch_core(core)
        functions = list(map(getitem, self._members, self._functions))
        # By identity: a wrapper may be equal to what it wraps.
        if len(functions) != len(self._seen) or not all(map(is_, functions, self._seen)):
            self._look(functions)
        return self._found

    def _watch(self, kind: type) -> None:
        members = vars(kind)
        names = [name for name in members if _ON_THE_WAY.match(name)]
        self._functions += names
        self._members += [members] * len(names)

    def _watch_core(self, core: object) -> None:
        """Watch httpcore too, from when it is loaded: nobody has replaced a part of it before."""
        kinds = [getattr(core, name, None) for name in self._names]
        if None not in kinds:  # pragma: no branch - else it is being loaded
            self._core = core
            for kind in kinds:
                assert isinstance(kind, type)
                self._watch(kind)

    def _look(self, functions: list[object]) -> None:
        self._seen = functions
        self._found = not all(map(_is_own, functions))
        if self._found and not self._told and self._names:
            self._told = True
            _log.info(
                "httpx is patched (by a recorder, a mock or a tracer): requests go through it from "
                "here on, as long as that is so"
            )


def _is_own(function: object) -> bool:
    # Replacements take over the names, `__module__` among them, but not where they were written.
    return type(function) is FunctionType and str(
        function.__globals__.get("__name__", "")
    ).startswith(_OWN)


_blocking = _Watch(httpx.Client, httpx.HTTPTransport, "ConnectionPool", "HTTPConnection")
_asynchronous = _Watch(
    httpx.AsyncClient,
    httpx.AsyncHTTPTransport,
    "AsyncConnectionPool",
    "AsyncHTTPConnection",
)
_client = _Watch(httpx.Client, None)
_async_client = _Watch(httpx.AsyncClient, None)
