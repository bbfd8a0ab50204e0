"""Converts a response, or the failure to get one, to a typed error.

Only here are request and response converted to httpx objects, with the signature headers masked.
"""

from __future__ import annotations

import ssl
import traceback

import httpx

from ncloud_datastream.errors import (
    ApiError,
    AuthenticationError,
    DataStreamError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
    error_class,
)
from ncloud_datastream.retry import http_date, retry_after

from .answer import EARLY, Answer
from .attempt import Attempt
from .call import Call
from .error_body import (
    REQUEST_ID_HEADER,
    ErrorBody,
    hidden_error,
    read_error_body,
    request_id,
    says_error,
    success_object,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream.codes import ErrorCode, GatewayErrorCode

RETRYABLE = frozenset({429, 502, 503, 504})
"""The status codes after which the same call may succeed later."""

# Raised before the first byte of a request is written, for transports that do not report it.
_EARLY = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

_LIMIT_HINT = (
    "This is a limit of the account, so waiting does not help: delete what is no longer needed, or "
    "ask NCP for a higher limit."
)

_ID_HINT = "This operation needs the topic's id, not its name: find_topic(name) returns both."

_ANOTHER_TYPE = "the body is not of the documented JSON type"


def error_of(
    call: Call, answer: Answer, *, any_2xx_delivers: bool = False
) -> DataStreamError | None:
    """Return the error of a response, or None for a success.

    Args:
        call: The call.
        answer: The response.
        any_2xx_delivers: Whether every 2xx of the message host is a success, whatever its body.
    """
    status, _, body, unread = answer
    if status >= 400:
        return _api_error(call, answer, status, read_error_body(body))
    if status >= 300:
        return _redirect(call, answer)
    message = call.to_message_server
    if message and any_2xx_delivers and unread != EARLY:
        return None
    if unread is not None:
        return unreadable(call, answer, unread)
    document = success_object(body) if message or call.expects_object else None
    if document is not None and not says_error(document, message=message):
        return None  # the common case: the body is parsed only once here
    said = hidden_error(body, message=message)
    if said is not None:
        return _api_error(call, answer, _hidden_status(said), said)
    wanting = call.expects_object and document is None
    return unreadable(call, answer, _ANOTHER_TYPE) if wanting else None


def unreadable(call: Call, answer: Answer, reason: str) -> UnexpectedAnswerError:
    """Return the error for a 2xx whose body does not match the document."""
    error = UnexpectedAnswerError(
        f"{call.operation}: HTTP {answer.status}, but the response cannot be read: "
        f"{reason.rstrip('.')}. The service may have acted on the call."
    )
    error.maybe_delivered = True
    error.status_code = answer.status
    error.operation = call.operation if call.documented else None
    return error


def transport_error(call: Call, cause: Exception, attempt: Attempt) -> TransportError:
    """Return the error for an attempt without a complete response."""
    written = attempt.written if attempt.watched else not isinstance(cause, _EARLY)
    late = isinstance(cause, TimeoutError | httpx.TimeoutException)
    what = "no complete response within the deadline" if late else "no complete response"
    doubt = (
        "The service may have acted on the call" if written else "Nothing was sent in this attempt"
    )
    place = call.server.url + call.target.partition("?")[0]
    words = " ".join(str(cause).split())[:300].rstrip(".")
    error = TransportError(
        f"{call.operation}: {what} from {place}: {type(cause).__name__}"
        f"{': ' + words if words else ''}. {doubt}."
    )
    error.maybe_delivered = written
    error.retryable = not _is_certificate_failure(cause)
    if isinstance(cause, httpx.RequestError):
        cause.request = call.request()
    error.__cause__ = cause
    return error


def forget_locals(error: BaseException | None) -> None:
    """Clear the frames in the tracebacks of an exception and of its causes.

    Tools that show tracebacks with local variables would show signatures, which are valid for
    minutes.
    """
    seen: set[int] = set()
    pending = [error]
    while pending:
        each = pending.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        traceback.clear_frames(each.__traceback__)
        pending += [each.__cause__, each.__context__]


def _hidden_status(said: ErrorBody) -> int | None:
    """Return the status code of an error in the body of a 2xx, or None if it has none."""
    if said.message_status is not None:
        return said.message_status
    if said.gateway_code is not None:
        from ncloud_datastream.codes import GATEWAY_STATUS, GatewayErrorCode

        return GATEWAY_STATUS.get(GatewayErrorCode(said.gateway_code))
    return None


def _api_error(call: Call, answer: Answer, status: int | None, said: ErrorBody) -> ApiError:
    """Return the error for a rejected call.

    Args:
        call: The call.
        answer: The response.
        status: The status that selects the class: the response's, that in the body of a 2xx, or
            None.
        said: The error body.
    """
    from ncloud_datastream.codes import ErrorCode, GatewayErrorCode

    code = None if said.code is None else ErrorCode(said.code)
    gateway_code = None if said.gateway_code is None else GatewayErrorCode(said.gateway_code)
    kind = error_class(status)
    if status == 401 and gateway_code is GatewayErrorCode.PERMISSION_DENIED:
        kind = PermissionDeniedError
    limit = kind is RateLimitedError and code is ErrorCode.LIMIT_EXCEEDED
    named = code or gateway_code
    words = [
        f"{call.operation}: HTTP {answer.status}",
        "" if named is None else f" {'' if code else 'gateway code '}{named.value}",
        "" if named is None or not named.meaning else f" ({named.meaning.rstrip('.')})",
    ]
    text = said.detail or said.title
    if text:
        words.append(f": {text.rstrip('.')}")
    number = request_id(answer.header(REQUEST_ID_HEADER.encode()))
    if number is not None:
        words.append(f" (request id {number})")
    words.append(".")
    hint = _LIMIT_HINT if limit else _hint(call, kind, named)
    error = kind("".join(words) + (f" {hint}" if hint else ""))
    error.status_code = answer.status
    error.code = code
    error.gateway_code = gateway_code
    error.title = said.title
    error.detail = said.detail
    error.instance = said.instance
    error.request_id = number
    error.retryable = status in RETRYABLE and not limit
    error.maybe_delivered = status is None or status >= 500
    error.response = httpx.Response(
        answer.status, headers=list(answer.headers), content=answer.body, request=call.request()
    )
    if isinstance(error, RateLimitedError | ServerError):
        error.retry_after = retry_after(
            answer.header(b"retry-after"), http_date(answer.header(b"date"))
        )
    return error


def _hint(call: Call, kind: type[ApiError], named: ErrorCode | GatewayErrorCode | None) -> str:
    """Return what the user should do, or "" if there is nothing to add to the response."""
    if kind is NotFoundError and named in (None, "InvalidTopicNotFound"):
        # The target has an id. A 404 with another code is not about the topic.
        return _ID_HINT if "/topics/" in call.target else ""
    hints = []
    if kind is AuthenticationError:
        hints.append("Check the access key and the secret key, then this machine's clock.")
    if kind in (AuthenticationError, PermissionDeniedError) and call.to_message_server:
        hints.append(
            "Messages signed with the keys of a main account are rejected: use those of a sub "
            "account that may produce to this topic."
        )
    elif kind is PermissionDeniedError:
        hints.append("The keys are valid; grant them the permission for this operation.")
    return " ".join(hints)


def _redirect(call: Call, answer: Answer) -> UnexpectedAnswerError:
    location = answer.header(b"location")
    target = "" if not location else f" to {location[:200]!r}"
    error = UnexpectedAnswerError(
        f"{call.operation}: HTTP {answer.status}, an unexpected redirect{target}. Check the "
        "configured URL; signed requests do not follow redirects."
    )
    error.status_code = answer.status
    return error


def _is_certificate_failure(cause: BaseException | None) -> bool:
    """Return whether the server's certificate failed verification, which a retry cannot fix."""
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        if "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
