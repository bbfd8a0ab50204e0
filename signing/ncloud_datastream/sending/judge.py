"""What an answer, or a failure to get one, means for a message."""

from __future__ import annotations

import httpx

from ncloud_datastream.bounded import UNREAD, BoundedTransport
from ncloud_datastream.error_body import says_error, success_object
from ncloud_datastream.errors import ApiError, DataStreamError, UnexpectedAnswerError
from ncloud_datastream.exchange import judge_answer, unreadable

from .messages import Outcome
from .parser import Answer

EARLY = "it came before the whole request was written"


def is_plain_success(answer: Answer) -> bool:
    """Return whether it is, at a glance, a success; `judge` decides the rest."""
    status, headers, body, unread, _, early = answer
    if not 200 <= status < 300 or unread is not None or early:
        return False
    if any(name == b"content-encoding" for name, _ in headers):
        return False
    document = success_object(body)
    return document is not None and not says_error(document, message=True)


def judge(
    request: httpx.Request, answer: Answer, *, any_2xx_delivers: bool = False
) -> DataStreamError | None:
    """Return the error that an answer means, or None for a success.

    Args:
        request: The request, unsigned.
        answer: What came back.
        any_2xx_delivers: Whether every 2xx to a whole request is a success, whatever its body.
    """
    if any_2xx_delivers and 200 <= answer.status < 300 and not answer.early:
        return None
    response = BoundedTransport(_Given(answer)).handle_request(request)
    response.request = request
    content = response.read()
    unread = answer.unread or (EARLY if answer.early else None)
    if unread is not None:
        response.extensions[UNREAD] = unread
    error = judge_answer(request, response)
    if error is None and success_object(content) is None:
        error = unreadable(response, "the body has another JSON type than documented")
    if error is not None:
        error.operation = request.extensions.get("operation")
    return error


def outcome_of(error: DataStreamError) -> Outcome:
    """Return what became of a message whose last attempt ended with this error."""
    if error.maybe_delivered:
        return Outcome.UNKNOWN
    if isinstance(error, ApiError | UnexpectedAnswerError):
        return Outcome.REJECTED
    return Outcome.UNSENT


class _Given(httpx.BaseTransport):
    """Hands over an answer that is there already, so that it is read under the same bounds."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._answer
        stream = httpx.ByteStream(answer.body)
        return httpx.Response(answer.status, headers=answer.headers, stream=stream)
