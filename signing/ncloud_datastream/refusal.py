"""Reading what an answer says of a failure, whatever its shape: pure, and it never raises.

Known shapes: the service's problem document, the gateway's ``error`` envelope, the message host's
``{status, detail}``, the ``responseError`` and top-level ``errorCode`` of other NCP services, HTML,
plain text, nothing at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

_DETAIL_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an answer says: every field as far as the answer has it."""

    code: str | None = None
    gateway_code: str | None = None
    title: str | None = None
    detail: str | None = None
    instance: str | None = None
    message_status: int | None = None


def read_refusal(body: bytes) -> Refusal:
    """Read the body of an answer whose status says that it is a failure."""
    document = _json_object(body)
    if document is None:
        return Refusal(detail=_plain(body))
    if _is_envelope(document.get("error")):
        return _gateway(document["error"])
    if _is_envelope(document.get("responseError")):
        return _foreign(document["responseError"])
    if "errorCode" in document and "code" not in document:
        return _foreign(document)
    return _problem(document)


def hidden_refusal(body: bytes, *, message: bool) -> Refusal | None:
    """Return the refusal that a 2xx answer hides, or None where it is a success.

    Args:
        body: The answer's body.
        message: Is it an answer of the message server, whose ``status`` tells the outcome?
    """
    # Looked for as bytes first: nearly every answer is a success, and is parsed only once.
    if b"rror" in body:
        document = _json_object(body)
        if document is not None and (
            _is_envelope(document.get("error")) or _is_envelope(document.get("responseError"))
        ):
            return read_refusal(body)
    if message and b'"status"' in body:
        document = _json_object(body) or {}
        status = _status(document.get("status"))
        if status is not None and status >= 400:
            return replace(_problem(document), message_status=status)
    return None


def _problem(document: Mapping[str, Any]) -> Refusal:
    return Refusal(
        code=_text(document.get("code")),
        title=_text(document.get("title")) or _text(document.get("error")),
        detail=_text(document.get("detail")) or _text(document.get("message")),
        instance=_text(document.get("instance")),
    )


def _gateway(error: Mapping[str, Any]) -> Refusal:
    return Refusal(
        gateway_code=_text(_number_as_text(error.get("errorCode"))),
        title=_text(error.get("message")),
        detail=_text(error.get("details")),
    )


def _foreign(error: Mapping[str, Any]) -> Refusal:
    words = [
        f"{name}: {text}"
        for name in ("returnCode", "errorCode", "returnMessage", "message")
        if (text := _text(_number_as_text(error.get(name))))
    ]
    return Refusal(detail=", ".join(words)[:_DETAIL_LIMIT] or None)


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


def _line(text: str) -> str | None:
    """Return the beginning of a text on one line, without what could not be printed or logged."""
    start = text[: 4 * _DETAIL_LIMIT]
    words = " ".join("".join(c if c.isprintable() else " " for c in start).split())
    return words[:_DETAIL_LIMIT] or None
