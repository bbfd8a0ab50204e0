"""The message and the exit code of a failure."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any

import click
from ncloud_datastream import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    DataStreamError,
    NotFoundError,
    RateLimitedError,
    TransportError,
)

from . import terminal

REJECTED = 1
USAGE = 2
NO_RESPONSE = 3
CREDENTIALS = 4
INTERRUPTED = 130
CLOSED_OUTPUT = 141
"""What shells report when the reader of a pipe exits, as `head` does: 128 + SIGPIPE (13)."""

_IN_PYTHON = "This operation needs the topic's id, not its name: find_topic(name) returns both."
_HERE = "Give the topic's id, or its name, which begins with the account's prefix."
"""The same hint for a command, which takes either."""


class NoCredentialsError(ConfigurationError):
    """No key pair was found, or the one that was found is incomplete or malformed."""


def exit_code(error: DataStreamError) -> int:
    """Return the exit code for an error."""
    if isinstance(error, NoCredentialsError | AuthenticationError):
        return CREDENTIALS
    if isinstance(error, ConfigurationError):
        return USAGE
    if isinstance(error, TransportError):
        return NO_RESPONSE
    return REJECTED


def wants_json(arguments: Sequence[str]) -> bool:
    """Return whether a command line, valid or not, requests JSON or JSON lines."""
    words = list(itertools.takewhile(lambda word: word != "--", arguments))
    pairs = itertools.zip_longest(words, words[1:], fillvalue="")
    return any(
        word in (f"{option}{form}" for option in ("-o", "-o=", "--output="))
        or (word in ("-o", "--output") and following == form)
        for word, following in pairs
        for form in ("json", "jsonl")
    )


def report(error: DataStreamError, command: str, *, as_json: bool) -> None:
    """Print an error to stderr: what happened on one line, what to do next on another.

    Args:
        error: The error.
        command: The command that was run, without its options and values.
        as_json: Whether to print one line of JSON instead; see `described`.
    """
    found = described(error, command)
    if as_json:
        terminal.err(json.dumps(found, ensure_ascii=False))
        return
    terminal.err(terminal.one_line(f"{found['error']}: {found['message']}"))
    if (step := next_step(error, command)) is not None:
        terminal.err(f"Next: {step}")


def described(error: DataStreamError, command: str) -> dict[str, Any]:
    """Return an error as a JSON object, without the fields that do not apply."""
    name = (
        type(error).__name__ if not isinstance(error, NoCredentialsError) else "ConfigurationError"
    )
    notes = " ".join(getattr(error, "__notes__", ()))
    message = f"{error} {notes}".strip().replace(_IN_PYTHON, _HERE)
    found: dict[str, Any] = {"error": name, "message": message}
    if isinstance(error, ApiError):
        found |= {
            "status": error.status_code or None,
            "code": error.code,
            "gatewayCode": error.gateway_code,
            "requestId": error.request_id,
        }
    found |= {"maybeDelivered": error.maybe_delivered, "next": next_step(error, command)}
    return {name: value for name, value in found.items() if value is not None}


def report_usage(error: click.ClickException, command: str, *, as_json: bool) -> None:
    """Print a usage error, and the command that prints the help for it."""
    step = f"{command} --help" if isinstance(error, click.UsageError) else None
    if as_json:
        found = {"error": "UsageError", "message": error.format_message()}
        terminal.err(json.dumps(found | ({"next": step} if step else {}), ensure_ascii=False))
        return
    terminal.err(terminal.one_line(f"UsageError: {error.format_message()}"))
    if step:
        terminal.err(f"Next: {step}")


def next_step(error: DataStreamError, command: str) -> str | None:
    """Return what to do next, or None."""
    if isinstance(error, NoCredentialsError | AuthenticationError):
        return "ncloud-datastream doctor"
    if isinstance(error, BadRequestError | ConfigurationError):
        return f"{command} --help"
    if isinstance(error, NotFoundError):
        return "ncloud-datastream topics list"
    if isinstance(error, RateLimitedError):
        return f"wait {error.retry_after or 1:g} s and retry"
    if isinstance(error, ApiError):
        return None
    if isinstance(error, TransportError):
        return "ncloud-datastream doctor"
    return None
