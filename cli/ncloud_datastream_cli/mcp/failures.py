"""The error object of a failed tool call: which error, its codes, and what to do next."""

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

Failure = dict[str, Any]

_CORRECT = (
    "Correct the arguments according to the tool's input schema and description, "
    "then call it again."
)
_ADVICE: tuple[tuple[type[DataStreamError], str], ...] = (
    (
        AuthenticationError,
        "Ask the user to run 'ncloud-datastream doctor', which checks the keys and the clock.",
    ),
    (
        PermissionDeniedError,
        "Ask the user for keys with permission to do this; do not call it again without them.",
    ),
    (BadRequestError, _CORRECT),
    (ConfigurationError, _CORRECT),
    (NotFoundError, "Look up the id first: listTopics, getConnector or listSchemas returns it."),
    (
        ConflictError,
        "It already exists: read it, and change it only if the user wants that.",
    ),
    (PayloadTooLargeError, "Send less in one call."),
)


def describe(error: DataStreamError) -> Failure:
    """Return the error object for an error of the client."""
    found: Failure = {
        "error": type(error).__name__,
        "message": " ".join([str(error), *getattr(error, "__notes__", ())]),
    }
    if isinstance(error, ApiError):
        found |= {
            "status": error.status_code,
            "code": error.code and str(error.code.value),
            "gatewayCode": error.gateway_code and str(error.gateway_code.value),
            "requestId": error.request_id,
        }
    return found | {"maybeDone": error.maybe_delivered, "next": _next(error)}


def not_sent(error: str, message: str, step: str) -> Failure:
    """Return the error object for a call that was rejected before any request was sent."""
    return {"error": error, "message": message, "maybeDone": False, "next": step}


def invalid_arguments(message: str) -> Failure:
    """Return the error object for arguments that do not match the tool's schema."""
    return not_sent("InvalidArguments", message, _CORRECT)


def unexpected_response(message: str) -> Failure:
    """Return the error object for a response that does not match the tool's output schema."""
    return {
        "error": "UnexpectedAnswerError",
        "message": f"The response does not match the API document: {message}",
        "maybeDone": True,
        "next": _LOOK,
    }


def unexpected_error(error: Exception) -> Failure:
    """Return the error object for an exception that is no error of the client."""
    return {
        "error": type(error).__name__,
        "message": f"The call failed unexpectedly: {error}",
        "maybeDone": True,
        "next": _LOOK,
    }


_LOOK = "It may have been done: look with a read-only tool before calling it again."


def _next(error: DataStreamError) -> str:
    if isinstance(error, RateLimitedError):
        if not error.retryable:
            return "A limit of the account is reached and waiting does not help: ask the user."
        return f"Wait {error.retry_after or 1:g} s, then call it again."
    for kind, advice in _ADVICE:
        if isinstance(error, kind):
            return advice
    return _LOOK if error.maybe_delivered else "Nothing was done: call it again later."
