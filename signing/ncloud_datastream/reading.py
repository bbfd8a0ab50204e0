"""Turning what a generated parser stumbles over into one typed error.

A parser runs after the session has let an answer through. Whether an exception comes from the
parser or from building the request decides what it means, so the session notes the answer here.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from types import TracebackType
from typing import Self, TypeVar

import httpx
from ncloud_datastream_api.types import Response

from .errors import DataStreamError
from .exchange import unreadable

T = TypeVar("T")


class Reading:
    """One call of a generated function, from its request to the model it returns."""

    __slots__ = ("_token", "response")

    def __init__(self) -> None:
        self.response: httpx.Response | None = None
        self._token: Token[Reading | None] | None = None

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._token is not None
        _current.reset(self._token)
        if self.response is None or isinstance(error, DataStreamError):
            return
        if isinstance(error, Exception):
            raise unreadable(self.response, f"{type(error).__name__}: {error}") from error

    def checked(self, result: T | None) -> T:
        """Return what the parser made, if it fits the body it was made from.

        A detailed `Response` of the generated client, which is all that an operation without a
        body gives, fits any.

        Raises:
            UnexpectedAnswerError: A model was made of something else than an object, or the
                answer is neither a model nor a bool.
        """
        assert self.response is not None
        is_object = self.response.content.lstrip()[:1] == b"{"
        if isinstance(result, bool | Response):
            return result
        if result is not None and is_object and hasattr(result, "to_dict"):
            return result
        raise unreadable(self.response, "the body has another JSON type than documented")


_current: ContextVar[Reading | None] = ContextVar("ncloud_datastream_reading", default=None)


def note(response: httpx.Response) -> None:
    """Say which answer the parser of the current call is about to read."""
    reading = _current.get()
    if reading is not None:
        reading.response = response
