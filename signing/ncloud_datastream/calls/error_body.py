"""Parses error bodies of any format; pure, and never raises an error.

Known formats: the service's problem document, the gateway's ``error`` envelope, the message host's
``{status, detail}``, those of other NCP services (``responseError``, a top-level ``errorCode``,
``{status: {code, message}}``, ``{code, msg, data}``), HTML, plain text, nothing at all.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

REQUEST_ID_HEADER = "x-ncp-request-id"
"""The header with NCP's id of a request; that Data Stream sends it is our reading."""

_DETAIL_LIMIT = 500
_REQUEST_ID_LIMIT = 128

# The error fields of other NCP services, in the order in which they are shown.
_FOREIGN = ("returnCode", "errorCode", "code", "returnMessage", "message", "msg", "data")

_ERROR_FIELDS = frozenset({"error", "responseError", "errorCode"})

_PROBLEM = ("type", "title", "detail", "instance")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The fields of an error body; None for those that it does not have."""

    code: str | None = None
    gateway_code: str | None = None
    title: str | None = None
    detail: str | None = None
    instance: str | None = None
    message_status: int | None = None


def read_error_body(body: bytes) -> ErrorBody:
    """Parse the body of a response whose status code is an error."""
    document = _json_object(body)
    return ErrorBody(detail=_plain(body)) if document is None else _read(document)


def hidden_error(body: bytes, *, message: bool) -> ErrorBody | None:
    """Return the error that the body of a 2xx reports, or None for a success.

    Args:
        body: The response body.
        message: Whether it comes from the message host, whose ``status`` is the outcome.
    """
    # A search in the bytes comes first, because nearly every response is a success and will be
    # parsed again. A NUL byte indicates UTF-16 or UTF-32, in which this search finds nothing.
    if not message and b"rror" not in body and b"\0" not in body:
        return None
    document = _json_object(body)
    if document is None or not says_error(document, message=message):
        return None
    said = _read(document)
    status = _status(document.get("status")) if message else None
    if status is None or status < 400 or said.gateway_code is not None:
        return said
    return replace(said, message_status=status)


def says_error(document: Mapping[str, Any], *, message: bool) -> bool:
    """Return whether the JSON object in a 2xx reports an error.

    It does if it has an ``error`` (an envelope or a text), a ``responseError``, or an ``errorCode``
    other than 0; and, on the message host, a ``status`` of 400 or more. None of the documented
    responses has a field with one of these names; a test checks the document for that.

    Args:
        document: The response body.
        message: Whether it comes from the message host.
    """
    if not _ERROR_FIELDS.isdisjoint(document):
        error = document.get("error")
        if _is_envelope(error) or _text(error) or _is_envelope(document.get("responseError")):
            return True
        if (_text(_number_as_text(document.get("errorCode"))) or "0") != "0":
            return True
    status = _status(document.get("status")) if message else None
    return status is not None and status >= 400


def success_object(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object in the body of a success, or None if a model cannot be parsed from it.

    It must be in UTF-8, as JSON requires. Errors are read in other encodings too, models are not.
    """
    plain = body.removeprefix(codecs.BOM_UTF8).lstrip()
    if plain[:1] != b"{":
        return None
    try:
        document = json.loads(plain.decode())
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def request_id(value: str | None) -> str | None:
    """Return the request id of a response header, on one line and bounded in length, or None."""
    return None if value is None else _line(value, _REQUEST_ID_LIMIT)


def _read(document: Mapping[str, Any]) -> ErrorBody:
    for name, read in (("error", _gateway), ("responseError", _foreign)):
        if _is_envelope(document.get(name)):
            return read(document[name])
    if "code" not in document and _is_envelope(document.get("status")):
        return _foreign(document["status"])
    if "errorCode" in document and "code" not in document:
        return _foreign(document)
    if "msg" in document and not any(_text(document.get(name)) for name in _PROBLEM):
        return _foreign(document)
    return _problem(document)


def _problem(document: Mapping[str, Any]) -> ErrorBody:
    return ErrorBody(
        code=_text(document.get("code")),
        title=_text(document.get("title")) or _text(document.get("error")),
        detail=_text(document.get("detail")) or _text(document.get("message")),
        instance=_text(document.get("instance")),
    )


def _gateway(error: Mapping[str, Any]) -> ErrorBody:
    return ErrorBody(
        gateway_code=_text(_number_as_text(error.get("errorCode"))),
        title=_text(error.get("message")),
        detail=_text(error.get("details")),
    )


def _foreign(error: Mapping[str, Any]) -> ErrorBody:
    words = [
        f"{name}: {text}" for name in _FOREIGN if (text := _text(_number_as_text(error.get(name))))
    ]
    return ErrorBody(detail=", ".join(words)[:_DETAIL_LIMIT] or None)


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _status(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
        return int(value)
    return value if isinstance(value, int) else None


def _is_envelope(value: object) -> bool:
    return isinstance(value, dict) and bool(value)


def _text(value: object) -> str | None:
    return _line(value) if isinstance(value, str) else None


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _plain(body: bytes) -> str | None:
    return _line(body[: 4 * _DETAIL_LIMIT].decode("utf-8", errors="replace"))


def _line(text: str, limit: int = _DETAIL_LIMIT) -> str | None:
    """Return the beginning of a text on one line, without unprintable characters."""
    start = text[: 4 * limit]
    words = " ".join("".join(c if c.isprintable() else " " for c in start).split())
    return words[:limit] or None
