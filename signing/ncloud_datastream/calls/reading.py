"""Converts exceptions of the generated code to typed errors.

A generated function builds a request, sends it through the session, and parses the response that
the session returns. What an exception means depends on how far the function got, so the session
records the response here.
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
        """The call, its response, and the number of attempts."""
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
            forget_locals(error)  # they include the signature if httpx sent the request
            raise self._unreadable(words) from error
        if isinstance(error, ArgumentError):
            # The generated code encodes the arguments before the session gets a request.
            raise ConfigurationError(f"{error}. Nothing was sent.") from error

    def checked(self, result: T | None) -> T:
        """Return the parser's result, if the body matches it.

        The parser has compared the JSON type with the documented one; only for models is there
        more to check. A detailed `Response` of the generated client, which is the only result of
        an operation without a body, matches any body.

        Raises:
            UnexpectedAnswerError: The parser returned a model although the body is not a JSON
                object, or returned nothing.
        """
        if result is None or (hasattr(result, "to_dict") and not self._is_object()):
            raise self._unreadable("the body is not of the documented JSON type")
        return result

    def _is_object(self) -> bool:
        assert self.answered is not None
        # The parsers begin with `dict(...)`, which accepts a list of pairs too.
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
    """Record the response that the parser of the current call is about to read."""
    reading = _current.get()
    if reading is not None:
        reading.answered = (call, answer, attempts)
