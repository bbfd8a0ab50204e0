"""What a failure prints, and the exit code it ends with."""

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

SERVICE_SAID_NO = 1
USAGE = 2
NO_ANSWER = 3
CREDENTIALS = 4
INTERRUPTED = 130
CLOSED_OUTPUT = 141
"""What shells give a program whose reader has left, as `head` leaves: 128 and SIGPIPE, 13."""


class NoCredentialsError(ConfigurationError):
    """No key pair was found, or the one found cannot be right."""


def exit_code(error: DataStreamError) -> int:
    """Return the exit code for an error."""
    if isinstance(error, NoCredentialsError | AuthenticationError):
        return CREDENTIALS
    if isinstance(error, ConfigurationError):
        return USAGE
    if isinstance(error, TransportError):
        return NO_ANSWER
    return SERVICE_SAID_NO


def wants_json(arguments: Sequence[str]) -> bool:
    """Return whether a command line, right or wrong, asks for JSON or JSON lines."""
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
        error: What happened.
        command: The command that was run, as it is typed.
        as_json: Print one line of JSON instead; see `described`.
    """
    found = described(error, command)
    if as_json:
        terminal.err(json.dumps(found, ensure_ascii=False))
        return
    terminal.err(terminal.one_line(f"{found['error']}: {found['message']}"))
    if (step := next_step(error, command)) is not None:
        terminal.err(f"Next: {step}")


def described(error: DataStreamError, command: str) -> dict[str, Any]:
    """Return what is known of an error as JSON has it: absent where nothing is known."""
    name = (
        type(error).__name__ if not isinstance(error, NoCredentialsError) else "ConfigurationError"
    )
    notes = " ".join(getattr(error, "__notes__", ()))
    found: dict[str, Any] = {"error": name, "message": f"{error} {notes}".strip()}
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
    """Print what is wrong with a command as it was typed, and where to read how it goes."""
    step = f"{command} --help" if isinstance(error, click.UsageError) else None
    if as_json:
        found = {"error": "UsageError", "message": error.format_message()}
        terminal.err(json.dumps(found | ({"next": step} if step else {}), ensure_ascii=False))
        return
    terminal.err(terminal.one_line(f"UsageError: {error.format_message()}"))
    if step:
        terminal.err(f"Next: {step}")


def next_step(error: DataStreamError, command: str) -> str | None:
    """Return what to do next, where there is something to do."""
    if isinstance(error, NoCredentialsError | AuthenticationError):
        return "ncloud-datastream doctor"
    if isinstance(error, BadRequestError | ConfigurationError):
        return f"{command} --help"
    if isinstance(error, NotFoundError):
        return "ncloud-datastream topics list"
    if isinstance(error, RateLimitedError):
        return f"wait {error.retry_after or 1:g} s and try again"
    if isinstance(error, ApiError):
        return None
    if isinstance(error, TransportError):
        return "ncloud-datastream doctor"
    return None
