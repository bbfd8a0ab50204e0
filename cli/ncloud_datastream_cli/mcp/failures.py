"""What a tool that failed tells: which error, its codes, and what to do next."""

from __future__ import annotations

from typing import Any

from ncloud_datastream import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    DataStreamError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    RateLimitedError,
)

Told = dict[str, Any]

_CORRECT = "Correct the arguments by the tool's input schema and description, and call it again."
_ADVICE: tuple[tuple[type[DataStreamError], str], ...] = (
    (
        AuthenticationError,
        "Ask the user to run 'ncloud-datastream doctor': it finds what is wrong with the keys.",
    ),
    (PermissionDeniedError, "Ask the user for keys that may do this; do not call it again."),
    (BadRequestError, _CORRECT),
    (ConfigurationError, _CORRECT),
    (NotFoundError, "Look the ids up first: listTopics, getConnector or listSchemas has them."),
    (ConflictError, "It is there already: read it, and change it only if the user wants that."),
    (PayloadTooLargeError, "Send less in one call."),
)


def told(error: DataStreamError) -> Told:
    """Return what to tell of an error."""
    said: Told = {
        "error": type(error).__name__,
        "message": " ".join([str(error), *getattr(error, "__notes__", ())]),
    }
    if isinstance(error, ApiError):
        said |= {
            "status": error.status_code,
            "code": error.code and str(error.code.value),
            "gatewayCode": error.gateway_code and str(error.gateway_code.value),
            "requestId": error.request_id,
        }
    return said | {"maybeDone": error.maybe_delivered, "next": _next(error)}


def refused(error: str, message: str, step: str) -> Told:
    """Return what to tell of a call that was not made."""
    return {"error": error, "message": message, "maybeDone": False, "next": step}


def arguments_refused(message: str) -> Told:
    """Return what to tell of arguments that have another form than the tool's."""
    return refused("InvalidArguments", message, _CORRECT)


def unlike_promised(message: str) -> Told:
    """Return what to tell of an answer that is not of the form that the document gives."""
    return {
        "error": "UnexpectedAnswerError",
        "message": f"The service answered what its document does not describe: {message}",
        "maybeDone": True,
        "next": _LOOK,
    }


_LOOK = "It may have been done: look with a read-only tool before you call it again."


def _next(error: DataStreamError) -> str:
    if isinstance(error, RateLimitedError):
        if not error.retryable:
            return "A limit of the account is reached, which waiting does not change: ask the user."
        return f"Wait {error.retry_after or 1:g} s and call it again."
    for kind, advice in _ADVICE:
        if isinstance(error, kind):
            return advice
    return _LOOK if error.maybe_delivered else "Nothing was done: call it again later."
