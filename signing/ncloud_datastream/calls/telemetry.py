"""Logs and spans of calls.

The logger ``ncloud_datastream`` gets one line per call at DEBUG (operation, status, attempts,
milliseconds, request id), and retries at INFO. Spans need the extra ``[otel]`` and follow the
semantic conventions for HTTP clients; without it nothing is imported. The request id is the only
header in logs and spans, and bodies appear only as far as an error message quotes them.
"""

from __future__ import annotations

import functools
import logging
import time
from types import TracebackType
from typing import Any, Self

from ncloud_datastream._version import __version__
from ncloud_datastream.errors import DataStreamError

from . import metrics
from .answer import Answer
from .attempt import Attempt
from .call import Call
from .error_body import REQUEST_ID_HEADER, request_id

_log = logging.getLogger("ncloud_datastream")


def calls_are_logged() -> bool:
    """Return whether each call is logged."""
    return _log.isEnabledFor(logging.DEBUG)


def log_call(
    operation: str,
    outcome: str,
    error: BaseException | None,
    attempts: int,
    seconds: float,
    number: str | None = None,
) -> None:
    """Log a finished call.

    Args:
        operation: The operationId.
        outcome: The status code, or a text if there is none.
        error: The error, if it failed.
        attempts: The number of attempts.
        seconds: Its duration.
        number: The request id; defaults to that of the error.
    """
    how = outcome if error is None else f"{outcome} {type(error).__name__}"
    number = number or getattr(error, "request_id", None)
    named = "" if number is None else f", request id {number}"
    _log.debug("%s: %s, attempts %d, %.1f ms%s", operation, how, attempts, seconds * 1000, named)


def log_retry(error: DataStreamError, seconds: float) -> None:
    """Log a failed attempt that is followed by a retry."""
    _log.info("%s Retrying in %.1f s.", error, seconds)


class Observed:
    """A context manager around one call, which logs and traces it.

    Args:
        call: The call.
    """

    __slots__ = ("_answer", "_attempt", "_began", "_call", "_span", "attempts")

    def __init__(self, call: Call) -> None:
        self._call = call
        self._span: Any = None
        self._answer: Answer | None = None
        self._began = 0.0
        self._attempt: Attempt | None = None
        self.attempts = 0
        """The number of attempts."""

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        tracer = _tracer()
        if tracer is not None:
            self._span = _started(tracer, self._call)
            self._span.__enter__()
        return self

    def attempted(self, attempt: Attempt) -> None:
        """Count an attempt; one repeated after a correction for clock skew counts once."""
        if attempt is not self._attempt:
            self._attempt = attempt
            self.attempts += 1

    def answered(self, answer: Answer) -> None:
        """Record the successful response."""
        self._answer = answer

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        logged, recording = calls_are_logged(), metrics.instruments()
        if not logged and self._span is None and recording is None:
            return
        seconds = time.monotonic() - self._began
        if self._answer is not None:
            status: int | None = self._answer.status
            number = request_id(self._answer.header(REQUEST_ID_HEADER.encode()))
        else:
            status = getattr(error, "status_code", None)
            number = getattr(error, "request_id", None)
        if recording is not None:
            recording.call(self._call, status, error, seconds)
        if logged:
            outcome = str(status) if status else "no response"
            log_call(_operation(self._call), outcome, error, self.attempts, seconds, number)
        if self._span is not None:
            self._end_span(status, number, kind, error, traceback)

    def _end_span(
        self,
        status: int | None,
        number: str | None,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        from opentelemetry import trace

        span = trace.get_current_span()
        if status:
            span.set_attribute("http.response.status_code", status)
        if number is not None:
            span.set_attribute("ncloud.request_id", number)
        if self.attempts > 1:
            span.set_attribute("http.request.resend_count", self.attempts - 1)
        if error is not None:
            span.set_attribute("error.type", metrics.type_of(error))
            description = str(error) if isinstance(error, DataStreamError) else None
            span.set_status(trace.StatusCode.ERROR, description)
        self._span.__exit__(kind, error, traceback)


def _operation(call: Call) -> str:
    return call.operation if call.documented else call.method


def _tracer() -> Any:
    """Return the tracer of this package, or None if no spans are recorded."""
    trace = _opentelemetry()
    if trace is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return None  # OpenTelemetry is not installed, or no tracer provider was set
    return trace.get_tracer("ncloud_datastream", __version__)


@functools.cache
def _opentelemetry() -> Any:
    """Return OpenTelemetry's trace API, or None if it is not installed."""
    try:
        from opentelemetry import trace
    except ImportError:
        return None
    return trace


def _started(tracer: Any, call: Call) -> Any:
    from opentelemetry.trace import SpanKind

    return tracer.start_as_current_span(
        _operation(call),
        kind=SpanKind.CLIENT,
        record_exception=False,
        set_status_on_exception=False,
        attributes={
            "http.request.method": call.method,
            "server.address": call.server.host,
            "server.port": call.server.port,
            "url.full": call.url,
            "ncloud.datastream.operation": _operation(call),
        },
    )
