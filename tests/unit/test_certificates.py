"""A certificate that is not trusted now will not be trusted in a second."""

from __future__ import annotations

import ssl
from typing import Any

import httpx
import pytest
from ncloud_datastream.calls.attempt import Attempt
from ncloud_datastream.calls.exchange import transport_error


def chained(*, cause: BaseException | None = None, context: BaseException | None = None) -> Any:
    error = httpx.ConnectError("")
    error.__cause__, error.__context__ = cause, context
    return error


@pytest.mark.parametrize(
    ("cause", "again"),
    [
        (chained(), True),
        (chained(cause=OSError("refused")), True),
        (chained(cause=ssl.SSLCertVerificationError(1, "self-signed")), False),
        (chained(context=ssl.SSLCertVerificationError(1, "self-signed")), False),
        (chained(context=chained(cause=ssl.SSLCertVerificationError(1, "no"))), False),
        (chained(cause=ssl.SSLError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] no")), False),
        (chained(cause=ssl.SSLError(1, "bad record")), True),
    ],
)
def test_a_bad_certificate_is_not_tried_again(cause: Exception, again: bool) -> None:
    request = httpx.Request("GET", "https://h/")
    assert transport_error(request, cause, Attempt(0.0)).retryable is again
