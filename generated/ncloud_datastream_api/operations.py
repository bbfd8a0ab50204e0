# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""What the operation methods have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .client import Client

__all__ = ("AsyncOperationsBase", "OperationsBase")

P = ParamSpec("P")
T = TypeVar("T")


class OperationsBase:
    """Calls the endpoint functions with its client.

    Override `_call` to see every call, and to decide what becomes of what it raises.
    """

    client: Client

    def _call(self, function: Callable[P, T | None], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return _content(function(*args, **kwargs))


class AsyncOperationsBase:
    """Calls the asynchronous endpoint functions with its client.

    Override `_call` to see every call, and to decide what becomes of what it raises.
    """

    client: Client

    async def _call(
        self, function: Callable[P, Awaitable[T | None]], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return _content(await function(*args, **kwargs))


def _content(answer: T | None) -> T:
    """The answer of a function that reads one, which is None for `null` and for an unlisted status."""
    if answer is None:
        raise ValueError("the answer has no content")
    return answer
