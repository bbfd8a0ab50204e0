"""The exceptions that this package raises.

    DataStreamError            .maybe_delivered, .retryable, .operation, .attempts
    ├── ConfigurationError     (also a ValueError) an argument or setting is invalid
    ├── TransportError         no complete response was received; __cause__ has the reason
    ├── ForeignHostError       the request's origin is not configured; it was not signed
    ├── UnexpectedAnswerError  an unusable response: an unreadable 2xx, or a redirect
    ├── WaitError              a waiter gave up, or the topic reached a terminal state
    │   └── WaitTimeoutError   (also a TimeoutError) the wait timed out
    ├── BufferFullError        a producer's buffer has no space for a message
    └── ApiError               the service, or the gateway in front of it, rejected the call
        ├── BadRequestError 400      AuthenticationError 401    PermissionDeniedError 403, 401+210
        ├── NotFoundError 404        ConflictError 409          PayloadTooLargeError 413
        ├── RateLimitedError 429     (.retry_after)
        └── ServerError 5xx          (.retry_after)

All of them can be pickled, to cross a process boundary. None holds a secret key, and the signature
headers of a stored request are masked.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import httpx
    from ncloud_datastream_api.models import ErrorCode, GatewayErrorCode, Topic


class DataStreamError(Exception):
    """Base class: ``except DataStreamError`` catches every error that this package raises."""

    maybe_delivered: bool = False
    """Whether the service may have acted on the call. False only if the call failed before its
    first byte was written, and for a 3xx or 4xx; that the service does not act on a request that
    it rejects with such a status (429, for example) is our reading."""

    retryable: bool = False
    """Whether the same call, unchanged, could succeed later."""

    operation: str | None = None
    """The operationId of the call in the OpenAPI document, if known."""

    delivery: Any = None
    """The `Delivery` of the message if a producer's future raises this error; else None."""

    attempts: int = 0
    """Number of attempts, including the one that failed; 0 before the first attempt."""


class ConfigurationError(DataStreamError, ValueError):
    """The call cannot be made: invalid credentials, URL or argument, or a closed client."""


class ForeignHostError(DataStreamError):
    """The request's origin is not configured: it was not signed, and nothing was sent."""


class TransportError(DataStreamError):
    """No complete response: the connection was refused, reset or cut short, or timed out."""


class UnexpectedAnswerError(DataStreamError):
    """A response that cannot be used: an unreadable or oversized 2xx, or a redirect."""

    status_code: int = 0
    """The HTTP status of the response."""


class WaitError(DataStreamError):
    """A waiter gave up, or the state that it waits for can no longer be reached."""

    topic: Topic | None = None
    """The topic as last read; None if it could not be read."""


class WaitTimeoutError(WaitError, TimeoutError):
    """The wait timed out; the awaited state may still be reached. Also a `TimeoutError`.

    `maybe_delivered` is False, because waiting changes nothing.
    """


class BufferFullError(DataStreamError):
    """A producer's buffer had no space for a message in time; the message was not sent."""


class ApiError(DataStreamError):
    """The service, or the gateway in front of it, rejected the call."""

    status_code: int = 0
    """The HTTP status of the response."""

    code: ErrorCode | None = None
    """The service's error code, if the response has one; an unknown code stays usable."""

    gateway_code: GatewayErrorCode | None = None
    """The API gateway's error code, if the response comes from the gateway."""

    title: str | None = None
    """The problem's title, or the gateway's message."""

    detail: str | None = None
    """The service's description of this occurrence."""

    instance: str | None = None
    """The service's identifier for where the problem occurred."""

    request_id: str | None = None
    """NCP's id of the request (``x-ncp-request-id``), for requests to NCP's support; None if the
    response has none."""

    response: httpx.Response | None = None
    """The response; the signature headers of its request are masked."""


class BadRequestError(ApiError):
    """400: the request is invalid; `code` and `detail` give the reason."""


class AuthenticationError(ApiError):
    """401: the access key, the secret key or the timestamp was not accepted."""


class PermissionDeniedError(ApiError):
    """403, or 401 with gateway code 210: the keys are valid but lack the permission."""


class NotFoundError(ApiError):
    """404: the topic, connector, schema or path does not exist."""


class ConflictError(ApiError):
    """409: the resource already exists."""


class PayloadTooLargeError(ApiError):
    """413: the request is larger than the service accepts."""


class RateLimitedError(ApiError):
    """429: a limit or quota was exceeded; by our reading, the service did not act on the call.

    The code ``LimitExceeded`` stands for a limit of the account, such as the number of topics (our
    reading): waiting does not help, `retryable` is False, and the call is not retried.
    """

    retry_after: float | None = None
    """Seconds to wait, from the ``Retry-After`` of the response; None without one."""


class ServerError(ApiError):
    """5xx: the service or the gateway failed; it may still have acted on the call."""

    retry_after: float | None = None
    """Seconds to wait, from the ``Retry-After`` of the response; None without one."""


def error_class(status: int | None) -> type[ApiError]:
    """Return the class for an HTTP status, by default `ApiError`."""
    if status is not None and status >= 500:
        return ServerError
    return _BY_STATUS.get(status, ApiError)


_BY_STATUS: dict[int | None, type[ApiError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    413: PayloadTooLargeError,
    429: RateLimitedError,
}
