# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""The base classes of the operation methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .client import Client

__all__ = ("AsyncOperationsBase", "OperationsBase")

P = ParamSpec("P")
T = TypeVar("T")


class OperationsBase:
    """Base class: calls the endpoint functions with `client`.

    Override `_call` to intercept every call and to handle its exceptions.
    """

    client: Client

    def _call(self, function: Callable[P, T | None], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return _content(function(*args, **kwargs))


class AsyncOperationsBase:
    """Base class: calls the asynchronous endpoint functions with `client`.

    Override `_call` to intercept every call and to handle its exceptions.
    """

    client: Client

    async def _call(
        self, function: Callable[P, Awaitable[T | None]], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return _content(await function(*args, **kwargs))


def _content(parsed: T | None) -> T:
    """Return the parsed response; None stands for `null` or an unlisted status."""
    if parsed is None:
        raise ValueError("the response has no content")
    return parsed
