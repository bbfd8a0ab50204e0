"""The options that every command takes, and the client that they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from ncloud_datastream import ConfigurationError, Credentials, DataStream, Retry

from . import debug, output
from .failure import NoCredentialsError

F = TypeVar("F", bound=Callable[..., Any])

profile_option = click.option(
    "--profile", metavar="NAME", help="The section of ~/.ncloud/configure."
)
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="The longest that one attempt at a call may take.",
)


def server_options(command: F) -> F:
    """Add the options that say where the service is and whose keys to use."""
    for option in (
        click.option("--debug", is_flag=True, help="Show each exchange, with secrets masked."),
        click.option(
            "--insecure-host",
            "insecure_hosts",
            metavar="HOST",
            multiple=True,
            help="A host that may be reached over plain http: an emulator in a container.",
        ),
        click.option(
            "--url",
            "urls",
            metavar="NAME=URL",
            multiple=True,
            callback=_by_name,
            help="Where the server of that name is, such as message=https://localhost:8765.",
        ),
        click.option("--message-url", metavar="URL", help="Where messages are sent."),
        click.option("--management-url", metavar="URL", help="Where topics are managed."),
        profile_option,
    ):
        command = option(command)
    return command


def connection_options(command: F) -> F:
    """Add `server_options`, and how long an attempt may take."""
    return server_options(timeout_option(command))


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
    """Add the options that say how results are printed."""
    style = click.option(
        "--output",
        "-o",
        type=click.Choice(output.FORMATS),
        default="table",
        show_default=True,
        help="How results are printed.",
    )
    query = click.option(
        "--query",
        metavar="JMESPATH",
        type=output.Query(),
        help="What of the result is printed, such as 'list[].topicName'.",
    )
    return style(query(command))


def find_credentials(profile: str | None) -> Credentials:
    """Return the key pair to use.

    Raises:
        NoCredentialsError: There is none.
    """
    try:
        return Credentials.find(profile=profile)
    except ConfigurationError as error:
        raise NoCredentialsError(str(error)) from error


def client(
    options: dict[str, Any], seen: Callable[[Credentials], None] = lambda _: None, **more: Any
) -> DataStream:
    """Return the client that the common options ask for, taking them out of `options`.

    Args:
        options: The options of a command.
        seen: Called with each key pair that is found, renewed ones included.
        more: Further arguments of `DataStream`; ``timeout`` holds where the option is not given.

    Raises:
        NoCredentialsError: There are no credentials.
        ConfigurationError: A URL cannot be right.
    """
    profile = options.pop("profile")

    def find() -> Credentials:
        seen(found := find_credentials(profile))
        return found

    find()  # at once, so that missing keys are told as such
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
        # None is for those of the environment.
        insecure_hosts=options.pop("insecure_hosts") or None,
        **more,
    )


def completing(parameters: dict[str, Any], timeout: float) -> DataStream:
    """Return a client for a shell that completes, from what was typed so far: soon done or not."""
    known = {
        name: parameters.get(name)
        for name in ("profile", "management_url", "message_url", "urls", "insecure_hosts")
    }
    return client(known | {"debug": False}, timeout=timeout, retry=Retry(max_attempts=1))
