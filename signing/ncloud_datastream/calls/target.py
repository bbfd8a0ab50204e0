"""The request target of a call: validation and encoding."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

from ncloud_datastream.errors import ConfigurationError

# A path that httpx would not change, without a forbidden segment.
_PLAIN = re.compile(r"(?:/(?!\.{1,2}(?:/|$))(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+)+")

_LONGEST = 32 * 1024
"""Characters; httpx rejects URLs of more than 65,536."""

_FORBIDDEN_SEGMENTS = frozenset({"", ".", ".."})


def check_path(operation: str, path: str) -> None:
    """Reject a path that servers or httpx would normalize to another one.

    Raises:
        ConfigurationError: The path has an empty segment, ``.`` or ``..``.
    """
    if not _FORBIDDEN_SEGMENTS.isdisjoint(path.split("/")[1:]):
        raise ConfigurationError(
            f"{operation}: the path {path!r} would name another resource: an id must not be "
            "empty, '.' or '..'. Nothing was sent."
        )


def plain_target(operation: str, path: str, params: Mapping[str, Any] | None) -> str | None:
    """Return the request target as httpx would encode it, or None to leave the encoding to httpx.

    Args:
        operation: The name of the call in errors.
        path: The path, percent-encoded.
        params: The query parameters.

    Raises:
        ConfigurationError: See `check_path`.
    """
    if _PLAIN.fullmatch(path) is None:
        check_path(operation, path)
        return None
    query = str(httpx.QueryParams(params)) if params else ""
    target = f"{path}?{query}" if query else path
    return target if len(target) <= _LONGEST else None
