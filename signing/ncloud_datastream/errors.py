"""Everything this package raises, as one family.

    DataStreamError            .maybe_delivered, .retryable, .operation, .attempts
    ├── ConfigurationError     (also a ValueError) the call could not be made as it was asked for
    ├── TransportError         no whole answer came; the HTTP library's error is __cause__
    ├── ForeignHostError       a request was about to be signed for an origin that is not configured
    ├── UnexpectedAnswerError  a whole answer that cannot be used: unreadable 2xx, redirect
    ├── WaitError              a waiter gave up or met a terminal state
    │   └── WaitTimeoutError   (also a TimeoutError) it gave up because its time was up
    ├── BufferFullError        a producer has no room for a message
    └── ApiError               the service or the gateway in front of it refused
        ├── BadRequestError 400      AuthenticationError 401    PermissionDeniedError 403, 401+210
        ├── NotFoundError 404        ConflictError 409          PayloadTooLargeError 413
        ├── RateLimitedError 429     (.retry_after)
        └── ServerError 5xx          (.retry_after)

Each pickles, so that it can cross a process boundary; none holds a secret key, and what is kept of
a request has its signature headers masked.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import httpx
    from ncloud_datastream_api.models import ErrorCode, GatewayErrorCode, Topic


class DataStreamError(Exception):
    """The root: ``except DataStreamError`` catches all that this package raises."""

    maybe_delivered: bool = False
    """Whether the service may have acted on the call. False only for what was refused before the
    first byte, and for 3xx and 4xx; that the service does not act on what it answers so (a 429,
    say) is our reading."""

    retryable: bool = False
    """Whether the same call could succeed later without a change."""

    operation: str | None = None
    """The operationId of the call in the OpenAPI document, where it is known."""

    delivery: Any = None
    """The `Delivery` of the message, where a producer's future raises this; else None."""

    attempts: int = 0
    """How many times the request was tried, the failed try included; 0 before the first."""


class ConfigurationError(DataStreamError, ValueError):
    """The call cannot be made as asked: credentials, URL, argument or a closed client."""


class ForeignHostError(DataStreamError):
    """A request was about to be signed for an origin that is not configured; nothing was sent."""


class TransportError(DataStreamError):
    """No whole answer came: refused, reset, cut short or past the deadline."""


class UnexpectedAnswerError(DataStreamError):
    """A whole answer that cannot be used: an unreadable or oversized 2xx, or a redirect."""

    status_code: int = 0
    """The HTTP status of the answer."""


class WaitError(DataStreamError):
    """A waiter gave up, or what it waited for can no longer happen."""

    topic: Topic | None = None
    """The topic as it was last seen; None where no look at it succeeded."""


class WaitTimeoutError(WaitError, TimeoutError):
    """The time is up, and what was waited for may still happen; ``except TimeoutError`` catches it.

    `maybe_delivered` is False: a wait changes nothing.
    """


class BufferFullError(DataStreamError):
    """A producer has no room for a message, or had none in time; nothing of it was sent."""


class ApiError(DataStreamError):
    """The service, or the gateway in front of it, refused the call."""

    status_code: int = 0
    """The HTTP status of the answer."""

    code: ErrorCode | None = None
    """The service's error code, where the answer names one; unknown ones stay usable."""

    gateway_code: GatewayErrorCode | None = None
    """The API gateway's error code, where the answer comes from it."""

    title: str | None = None
    """The problem's title, or the gateway's message."""

    detail: str | None = None
    """What the service says of this occurrence."""

    instance: str | None = None
    """Where it happened, as the service names the place."""

    request_id: str | None = None
    """What NCP calls the request (``x-ncp-request-id``), to be named to its support; None where the
    answer has none."""

    response: httpx.Response | None = None
    """The answer; the signature headers of its request are masked."""


class BadRequestError(ApiError):
    """400: the request breaks a rule; `code` and `detail` say which."""


class AuthenticationError(ApiError):
    """401: the signature, the keys or the clock were not accepted."""


class PermissionDeniedError(ApiError):
    """403, or 401 with gateway code 210: the keys are good and lack the permission."""


class NotFoundError(ApiError):
    """404: there is no such topic, connector, schema or address."""


class ConflictError(ApiError):
    """409: it exists already."""


class PayloadTooLargeError(ApiError):
    """413: the request is larger than the service takes."""


class RateLimitedError(ApiError):
    """429: a limit or quota was exceeded; by our reading, the call was not acted on.

    With the code ``LimitExceeded`` it is a limit of the account, such as the number of topics:
    waiting does not change it, `retryable` is False, and the call is not repeated. That this is
    what the code stands for is our reading.
    """

    retry_after: float | None = None
    """Seconds the service asks to wait, where it says so."""


class ServerError(ApiError):
    """5xx: the service or the gateway failed; it may have acted on the call all the same."""

    retry_after: float | None = None
    """Seconds the service asks to wait, where it says so."""


def error_class(status: int | None) -> type[ApiError]:
    """Return the class for an HTTP status; `ApiError` itself where no other fits."""
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
