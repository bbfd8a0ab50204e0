# Generated from openapi.yaml by `make regenerate`.
# Do not edit: the next run overwrites it. Change the document instead.

"""Arguments that become parts of a path."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import quote

from .values import ArgumentError, text

__all__ = ("PathArgumentError", "in_path")


class PathArgumentError(ArgumentError):
    """An argument that a path cannot hold: another type than documented, or no text.

    Nothing was sent.
    """


def in_path(
    operation: str, name: str, value: object, kind: type | tuple[type, ...], what: str
) -> str:
    """Quote an argument for the path of an operation; `what` says what it has to be.

    Raises:
        PathArgumentError: It is no `kind`, or holds a lone surrogate.
    """
    # To isinstance() a bool is an int, and a time a date.
    misfit = isinstance(value, bool) and kind not in (bool, object)
    misfit = misfit or (kind is date and isinstance(value, datetime))
    if value is None or misfit or not isinstance(value, kind):
        raise PathArgumentError(f"{operation}: {name} must be {what}, not {type(value).__name__}")
    try:
        return quote(text(operation, name, value), safe="")
    except UnicodeEncodeError:
        raise PathArgumentError(
            f"{operation}: {name} holds half a character (a lone surrogate), which no URL can carry"
        ) from None
