"""Turning what the generated code stumbles over into one typed error.

A generated function builds a request, has the session send it, and parses the answer that the
session lets through. What an exception means depends on how far the function has come, so the
session notes the answer here.
"""

from __future__ import annotations

import codecs
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Self, TypeVar

from ncloud_datastream_api.values import ArgumentError

from ncloud_datastream.errors import ConfigurationError, DataStreamError, UnexpectedAnswerError

from .answer import Answer
from .call import Call
from .failures import forget_locals, unreadable

T = TypeVar("T")

_WORDS_LIMIT = 300


class Reading:
    """One call of a generated function, from its request to the model it returns."""

    __slots__ = ("_token", "answered")

    def __init__(self) -> None:
        self.answered: tuple[Call, Answer, int] | None = None
        """The call, its answer, and how many attempts it took."""
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
        if isinstance(error, DataStreamError) or not isinstance(error, Exception):
            return
        if self.answered is not None:
            words = f"{type(error).__name__}: {' '.join(str(error).split())[:_WORDS_LIMIT]}"
            forget_locals(error)  # where httpx made the request, its signature is among them
            raise self._unreadable(words) from error
        if isinstance(error, ArgumentError):
            # The generated code writes the arguments before the session sees a request.
            raise ConfigurationError(f"{error}. Nothing was sent.") from error

    def checked(self, result: T | None) -> T:
        """Return what the parser made, if it fits the body it was made from.

        The parser has compared the JSON type with the documented one, and nothing else is known of
        what is no model. A detailed `Response` of the generated client, which is all that an
        operation without a body gives, fits any.

        Raises:
            UnexpectedAnswerError: A model was made of something else than an object, or the
                parser made nothing.
        """
        if result is None or (hasattr(result, "to_dict") and not self._is_object()):
            raise self._unreadable("the body has another JSON type than documented")
        return result

    def _is_object(self) -> bool:
        assert self.answered is not None
        # To `dict`, which the parsers begin with, a list of pairs is as good as an object.
        body = self.answered[1].body
        return body.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"{"

    def _unreadable(self, reason: str) -> UnexpectedAnswerError:
        assert self.answered is not None
        call, answer, attempts = self.answered
        error = unreadable(call, answer, reason)
        error.attempts = attempts
        return error


_current: ContextVar[Reading | None] = ContextVar("ncloud_datastream_reading", default=None)


def note(call: Call, answer: Answer, attempts: int) -> None:
    """Say which answer the parser of the current call is about to read."""
    reading = _current.get()
    if reading is not None:
        reading.answered = (call, answer, attempts)
