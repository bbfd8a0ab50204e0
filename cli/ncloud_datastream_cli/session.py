"""The options that every command takes, and the client that they make."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click
from ncloud_datastream import ConfigurationError, Credentials, DataStream

from . import debug, output
from .failure import NoCredentialsError

F = TypeVar("F", bound=Callable[..., Any])


def connection_options(command: F) -> F:
    """Add the options that say where the service is and whose keys to use."""
    for option in (
        click.option("--debug", is_flag=True, help="Show each exchange, with secrets masked."),
        click.option(
            "--url",
            metavar="NAME=URL",
            multiple=True,
            callback=_by_name,
            help="Where the server of that name is, such as message=https://localhost:8765.",
        ),
        click.option("--message-url", metavar="URL", help="Where messages are sent."),
        click.option("--management-url", metavar="URL", help="Where topics are managed."),
        click.option("--profile", metavar="NAME", help="The section of ~/.ncloud/configure."),
    ):
        command = option(command)
    return command


def _by_name(
    context: click.Context, option: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """Return the URLs by the servers' names."""
    urls = {}
    for text in given:
        name, separator, url = text.partition("=")
        if not separator or name in urls:
            reason = f"{name!r} is given twice" if separator else f"{text!r} is no NAME=URL"
            raise click.BadParameter(reason, context, option)
        urls[name] = url
    return urls


def output_option(command: F) -> F:
    """Add the option that says how results are printed."""
    return click.option(
        "--output",
        "-o",
        type=click.Choice(output.FORMATS),
        default="table",
        show_default=True,
        help="How results are printed.",
    )(command)


def find_credentials(profile: str | None) -> Credentials:
    """Return the key pair to use.

    Raises:
        NoCredentialsError: There is none.
    """
    try:
        return Credentials.find(profile=profile)
    except ConfigurationError as error:
        raise NoCredentialsError(str(error)) from error


def client(options: dict[str, Any]) -> DataStream:
    """Return the client that the common options ask for, taking them out of `options`.

    Raises:
        NoCredentialsError: There are no credentials.
        ConfigurationError: A URL cannot be right.
    """
    profile = options.pop("profile")
    find = functools.partial(find_credentials, profile)
    find()  # at once, so that missing keys are told as such
    urls = options.pop("url")
    places = {name: options.pop(name) for name in ("management_url", "message_url")}
    if options.pop("debug"):
        debug.show_exchanges()
    return DataStream(find, urls=urls, **places)
