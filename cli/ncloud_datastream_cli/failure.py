"""What a failure prints, and the exit code it ends with."""

from __future__ import annotations

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


def report(error: DataStreamError, command: str) -> None:
    """Print an error to stderr: what happened on one line, what to do next on another.

    Args:
        error: What happened.
        command: The command that was run, as it is typed.
    """
    name = (
        type(error).__name__ if not isinstance(error, NoCredentialsError) else "ConfigurationError"
    )
    notes = " ".join(getattr(error, "__notes__", ()))
    terminal.err(terminal.one_line(f"{name}: {error} {notes}"))
    if (step := next_step(error, command)) is not None:
        terminal.err(step)


def report_usage(error: click.ClickException, command: str) -> None:
    """Print what is wrong with a command as it was typed, and where to read how it goes."""
    terminal.err(terminal.one_line(f"UsageError: {error.format_message()}"))
    if isinstance(error, click.UsageError):
        terminal.err(f"Next: {command} --help")


def next_step(error: DataStreamError, command: str) -> str | None:
    """Return what to do next, where there is something to do."""
    if isinstance(error, NoCredentialsError | AuthenticationError):
        return "Next: ncloud-datastream doctor"
    if isinstance(error, BadRequestError | ConfigurationError):
        return f"Next: {command} --help"
    if isinstance(error, NotFoundError):
        return "Next: ncloud-datastream topics list"
    if isinstance(error, RateLimitedError):
        return f"Next: wait {error.retry_after or 1:g} s and try again"
    if isinstance(error, ApiError):
        return None
    if isinstance(error, TransportError):
        return "Next: ncloud-datastream doctor"
    return None
