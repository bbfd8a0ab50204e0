"""The options common to all commands, and the client that they configure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from ncloud_datastream import ConfigurationError, Credentials, DataStream, Retry

from . import debug, output
from .failure import NoCredentialsError

F = TypeVar("F", bound=Callable[..., Any])

profile_option = click.option(
    "--profile", metavar="NAME", help="Read the keys from this section of ~/.ncloud/configure."
)
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Time limit for each attempt at a request.",
)


def server_options(command: F) -> F:
    """Add the options for the servers and the keys."""
    for option in (
        click.option(
            "--debug",
            is_flag=True,
            help="Print each request and response to stderr, with credentials masked.",
        ),
        click.option(
            "--insecure-host",
            "insecure_hosts",
            metavar="HOST",
            multiple=True,
            help="Allow plain http to this host, such as an emulator in a container. Repeatable.",
        ),
        click.option(
            "--url",
            "urls",
            metavar="NAME=URL",
            multiple=True,
            callback=_by_name,
            help="The URL of a named server, such as message=https://localhost:8765. Repeatable.",
        ),
        click.option("--message-url", metavar="URL", help="The URL of the message host."),
        click.option("--management-url", metavar="URL", help="The URL of the management host."),
        profile_option,
    ):
        command = option(command)
    return command


def connection_options(command: F) -> F:
    """Add `server_options` and ``--timeout``."""
    return server_options(timeout_option(command))


def _by_name(
    context: click.Context, option: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """Return the URLs by server name."""
    urls = {}
    for text in given:
        name, separator, url = text.partition("=")
        if not separator or name in urls:
            reason = f"{name!r} is given twice" if separator else f"{text!r} is not NAME=URL"
            raise click.BadParameter(reason, context, option)
        urls[name] = url
    return urls


def output_option(command: F) -> F:
    """Add the options for printing results."""
    style = click.option(
        "--output",
        "-o",
        type=click.Choice(output.FORMATS),
        default="table",
        show_default=True,
        help="The format of the result.",
    )
    query = click.option(
        "--query",
        metavar="JMESPATH",
        type=output.Query(),
        help="Print only this part of the result, such as 'list[].topicName'.",
    )
    return style(query(command))


def find_credentials(profile: str | None) -> Credentials:
    """Return the key pair to use.

    Raises:
        NoCredentialsError: No key pair was found.
    """
    try:
        return Credentials.find(profile=profile)
    except ConfigurationError as error:
        raise NoCredentialsError(str(error)) from error


def client(
    options: dict[str, Any], seen: Callable[[Credentials], None] = lambda _: None, **more: Any
) -> DataStream:
    """Return the client that the common options configure, removing them from `options`.

    Args:
        options: The options of a command.
        seen: Called with each key pair that is used, renewed ones included.
        more: Other arguments of `DataStream`; ``--timeout`` overrides a ``timeout`` among them.

    Raises:
        NoCredentialsError: No key pair was found.
        ConfigurationError: A URL is invalid.
    """
    profile = options.pop("profile")

    def find() -> Credentials:
        seen(found := find_credentials(profile))
        return found

    find()  # immediately, so that missing keys are reported as such
    timeout = options.pop("timeout", None)
    if timeout is not None:
        more["timeout"] = timeout
    if options.pop("debug"):
        debug.show_exchanges()
    return DataStream(
        find,
        management_url=options.pop("management_url"),
        message_url=options.pop("message_url"),
        urls=options.pop("urls"),
        # None means the hosts from the environment.
        insecure_hosts=options.pop("insecure_hosts") or None,
        **more,
    )


def completing(parameters: dict[str, Any], timeout: float) -> DataStream:
    """Return a client for shell completion, from the options typed so far, without retries."""
    known = {
        name: parameters.get(name)
        for name in ("profile", "management_url", "message_url", "urls", "insecure_hosts")
    }
    return client(known | {"debug": False}, timeout=timeout, retry=Retry(max_attempts=1))
