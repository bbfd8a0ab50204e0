"""One call, from its first try to its last, without any I/O: both sessions drive this.

`exchange` is a generator. It yields an `Attempt` (send the request, give back the answer or the
exception), a `Wait` (sleep so long), and at last the answer that is a success.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Generator
from dataclasses import dataclass

import httpx

from . import servers
from .attempt import Attempt
from .bounded import LOCATION, UNREAD
from .error_body import (
    REQUEST_ID_HEADER,
    ErrorBody,
    hidden_error,
    read_error_body,
    request_id,
    success_object,
)
from .errors import (
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
from .retry import Retry, http_date, retry_after
from .signature import ACCESS_KEY_HEADER, SIGNATURE_HEADER
from .telemetry import log_retry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .codes import ErrorCode, GatewayErrorCode

RETRYABLE = frozenset({429, 502, 503, 504})
"""The statuses after which the same call may succeed."""

# What comes before the first byte of a request, from a transport that tells no more.
_EARLY = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

# Says in an answer's extensions how many attempts it took.
_ATTEMPTS = "ncloud_datastream.attempts"


_LIMIT_HINT = (
    "A limit of the account, which waiting does not change: delete what is no longer needed, or "
    "ask NCP for a higher limit."
)

_ID_HINT = "A topic is named by its id here, not by its name: find_topic(name) returns both."


@dataclass(frozen=True, slots=True)
class Wait:
    """Sleep, then go on; or give up with the error of the last attempt."""

    seconds: float
    error: DataStreamError


Step = Attempt | Wait | httpx.Response
Outcome = httpx.Response | Exception | None


def exchange(
    request: httpx.Request, retry: Retry, timeout: float, *, any_2xx_delivers: bool = False
) -> Generator[Step, Outcome, None]:
    """Make one call.

    Args:
        request: The request; signed anew at every attempt by the client's auth.
        retry: How often, how long and how boldly.
        timeout: Seconds that one attempt may take.
        any_2xx_delivers: Whether every 2xx of the message server is a success, whatever its body.

    Raises:
        DataStreamError: What the last attempt ended with.
    """
    began = time.monotonic()
    attempts = 0
    in_doubt = False
    while True:
        attempts += 1
        attempt = Attempt(min(time.monotonic() + timeout, began + retry.max_elapsed))
        outcome = yield attempt
        error = _judge(request, outcome, attempt, any_2xx_delivers)
        if error is None:
            assert isinstance(outcome, httpx.Response)
            if any_2xx_delivers:
                outcome = _readable(request, outcome)
            outcome.extensions[_ATTEMPTS] = attempts
            yield outcome
            return
        # An error of our own means that this attempt was not made.
        error.attempts = attempts - isinstance(outcome, DataStreamError)
        elapsed = time.monotonic() - began
        seconds = retry.wait(error, method=request.method, attempts=attempts, elapsed=elapsed)
        if in_doubt and not error.maybe_delivered:
            # This attempt was not acted on; the call may have been, by an earlier one.
            error.maybe_delivered = True
            gone = request.method == "DELETE" and isinstance(error, NotFoundError)
            error.add_note(
                "An earlier attempt of this call may have "
                + ("deleted it." if gone else "been acted on.")
            )
        if seconds is None:
            raise error
        in_doubt = error.maybe_delivered
        log_retry(error, seconds)
        yield Wait(seconds, error)


def call_name(request: httpx.Request) -> str:
    """Return the name that messages use for a call: its operationId, else method and path."""
    name = request.extensions.get("operation")
    return name if isinstance(name, str) else f"{request.method} {request.url.path}"


def unreadable(response: httpx.Response, reason: str) -> UnexpectedAnswerError:
    """Return the error for a 2xx whose body is not what the document promises."""
    request = response.request
    error = UnexpectedAnswerError(
        f"{call_name(request)}: HTTP {response.status_code}, but the answer cannot be read: "
        f"{reason}. The service may have acted on the call."
    )
    error.maybe_delivered = True
    error.status_code = response.status_code
    error.operation = request.extensions.get("operation")
    error.attempts = response.extensions.get(_ATTEMPTS, 0)
    return error


def _judge(
    request: httpx.Request, outcome: Outcome, attempt: Attempt, any_2xx_delivers: bool
) -> DataStreamError | None:
    """Return the error that an attempt's outcome means, or None for a success."""
    if isinstance(outcome, httpx.Response):
        error = judge_answer(request, outcome, any_2xx_delivers=any_2xx_delivers)
    elif isinstance(outcome, DataStreamError):
        error = outcome
    else:
        assert outcome is not None
        error = transport_error(request, outcome, attempt)
    if error is not None:
        error.operation = request.extensions.get("operation")
    return error


def judge_answer(
    request: httpx.Request, response: httpx.Response, *, any_2xx_delivers: bool = False
) -> DataStreamError | None:
    """Return the error that a whole answer means, or None for a success.

    Args:
        request: The request.
        response: The answer.
        any_2xx_delivers: Whether every 2xx of the message server is a success, whatever its body.
    """
    status = response.status_code
    if status >= 400:
        return _api_error(request, response, status, read_error_body(response.content))
    if status >= 300:
        return _redirect(request, response)
    message = _is_message(request)
    if message and any_2xx_delivers:
        return None
    if (why := response.extensions.get(UNREAD)) is not None:
        return unreadable(response, why)
    said = hidden_error(response.content, message=message)
    if said is None:
        return None
    return _api_error(request, response, _hidden_status(said), said)


def _is_message(request: httpx.Request) -> bool:
    return request.extensions.get("server") == servers.MESSAGE


def _readable(request: httpx.Request, response: httpx.Response) -> httpx.Response:
    """Return a success of the message server with an empty object as its body, if it has none."""
    if not _is_message(request) or success_object(response.content) is not None:
        return response
    return httpx.Response(
        response.status_code, content=b"{}", request=request, extensions=response.extensions
    )


def _hidden_status(said: ErrorBody) -> int | None:
    """Return the status that an error inside a 2xx stands for, where it tells."""
    if said.message_status is not None:
        return said.message_status
    if said.gateway_code is not None:
        from .codes import GATEWAY_STATUS, GatewayErrorCode

        return GATEWAY_STATUS.get(GatewayErrorCode(said.gateway_code))
    return None


def _api_error(
    request: httpx.Request, response: httpx.Response, status: int | None, said: ErrorBody
) -> ApiError:
    """Return the error of a refusal.

    Args:
        request: The request.
        response: The answer.
        status: What decides the class: the HTTP status, or the one hidden in a 2xx, or None.
        said: What the body says.
    """
    from .codes import ErrorCode, GatewayErrorCode

    code = None if said.code is None else ErrorCode(said.code)
    gateway_code = None if said.gateway_code is None else GatewayErrorCode(said.gateway_code)
    kind = error_class(status)
    if status == 401 and gateway_code is GatewayErrorCode.PERMISSION_DENIED:
        kind = PermissionDeniedError
    limit = kind is RateLimitedError and code is ErrorCode.LIMIT_EXCEEDED
    named = code or gateway_code
    words = [
        f"{call_name(request)}: HTTP {response.status_code}",
        "" if named is None else f" {'' if code else 'gateway code '}{named.value}",
        "" if named is None or not named.meaning else f" ({named.meaning.rstrip('.')})",
    ]
    text = said.detail or said.title
    if text:
        words.append(f": {text.rstrip('.')}")
    number = request_id(response.headers.get(REQUEST_ID_HEADER))
    if number is not None:
        words.append(f" (request id {number})")
    words.append(".")
    hint = _LIMIT_HINT if limit else _hint(request, kind, named)
    error = kind("".join(words) + (f" {hint}" if hint else ""))
    error.status_code = response.status_code
    error.code = code
    error.gateway_code = gateway_code
    error.title = said.title
    error.detail = said.detail
    error.instance = said.instance
    error.request_id = number
    error.retryable = status in RETRYABLE and not limit
    error.maybe_delivered = status is None or status >= 500
    error.response = response
    for each in (response, *response.history):  # a 401 that was repeated is its history
        each.request = _masked(request)
    if isinstance(error, RateLimitedError | ServerError):
        error.retry_after = retry_after(
            response.headers.get("Retry-After"), http_date(response.headers.get("Date"))
        )
    return error


def _hint(
    request: httpx.Request, kind: type[ApiError], named: ErrorCode | GatewayErrorCode | None
) -> str:
    """Return what to do next, where there is more to say than the answer does."""
    if kind is NotFoundError and named in (None, "InvalidTopicNotFound"):
        # An id follows there. A 404 with another code knows the topic, or is the gateway's.
        return _ID_HINT if "/topics/" in request.url.path else ""
    refused = kind in (AuthenticationError, PermissionDeniedError)
    if refused and _is_message(request):
        return (
            "Messages are refused to the keys of a main account: use those of a sub account that "
            "may produce to this topic."
        )
    if kind is AuthenticationError:
        return "Check the access key, the secret key and this machine's clock."
    if kind is PermissionDeniedError:
        return "The keys are known; grant them the permission for this operation."
    return ""


def _redirect(request: httpx.Request, response: httpx.Response) -> UnexpectedAnswerError:
    target = response.extensions.get(LOCATION, "nowhere")
    error = UnexpectedAnswerError(
        f"{call_name(request)}: HTTP {response.status_code}, a redirect to {target[:200]!r}. "
        "Signed requests are never redirected; check the configured URL."
    )
    error.status_code = response.status_code
    return error


def transport_error(request: httpx.Request, cause: Exception, attempt: Attempt) -> TransportError:
    """Return the error for an attempt that brought no whole answer."""
    written = attempt.written if attempt.watched else not isinstance(cause, _EARLY)
    late = isinstance(cause, TimeoutError | httpx.TimeoutException)
    what = "no whole answer within the deadline" if late else "no whole answer"
    doubt = "The service may have acted on it" if written else "Nothing of this attempt was sent"
    place = request.url.copy_with(query=None)
    words = " ".join(str(cause).split())[:300]
    error = TransportError(
        f"{call_name(request)}: {what} from {place}: {type(cause).__name__}"
        f"{': ' + words if words else ''}. {doubt}."
    )
    error.maybe_delivered = written
    error.retryable = not _is_certificate_failure(cause)
    if isinstance(cause, httpx.RequestError):
        cause.request = _masked(request)
    error.__cause__ = cause
    return error


def _is_certificate_failure(cause: BaseException | None) -> bool:
    """Return whether the server's certificate was refused: trying again would change nothing."""
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        if "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _masked(request: httpx.Request) -> httpx.Request:
    """Return a copy of a request without what authenticates it."""
    headers = request.headers.copy()
    for name in (ACCESS_KEY_HEADER, SIGNATURE_HEADER):
        if name in headers:
            headers[name] = "***"
    try:
        content = request.content
    except httpx.RequestNotRead:
        content = b""
    return httpx.Request(request.method, request.url, headers=headers, content=content)
