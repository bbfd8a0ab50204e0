# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""Arguments that become path segments."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import quote

from .values import ArgumentError, text

__all__ = ("PathArgumentError", "in_path")


class PathArgumentError(ArgumentError):
    """A path argument of another type than documented, or one that cannot be encoded.

    No request was sent.
    """


def in_path(
    operation: str, name: str, value: object, kind: type | tuple[type, ...], what: str
) -> str:
    """Quote an argument for the path of an operation; `what` describes the required type.

    Raises:
        PathArgumentError: The value is not a `kind`, or contains a lone surrogate.
    """
    # For isinstance() a bool is an int, and a datetime is a date.
    misfit = isinstance(value, bool) and kind not in (bool, object)
    misfit = misfit or (kind is date and isinstance(value, datetime))
    if value is None or misfit or not isinstance(value, kind):
        raise PathArgumentError(f"{operation}: {name} must be {what}, not {type(value).__name__}")
    try:
        return quote(text(operation, name, value), safe="")
    except UnicodeEncodeError:
        raise PathArgumentError(
            f"{operation}: {name} contains a lone surrogate, which cannot be encoded in a URL"
        ) from None
