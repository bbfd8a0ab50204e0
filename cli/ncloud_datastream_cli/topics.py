"""Topics given by name or by id."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem
from ncloud_datastream import (
    BadRequestError,
    ConfigurationError,
    DataStream,
    DataStreamError,
    NotFoundError,
    PermissionDeniedError,
)
from ncloud_datastream_api.models import Topic

from . import session

_SOON = 3.0
"""Timeout of a completion request, in seconds: someone is waiting after pressing Tab."""


TOPIC_HELP = "The name or id of the topic."


class TopicName(click.ParamType[str]):
    """A topic's name or id; shells complete the names."""

    name = "topic"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        try:
            with session.completing(ctx.params, _SOON) as ds:
                names = [topic.topic_name for topic in ds.list_topics()]
        except DataStreamError:
            return []  # an error message would garble the line being typed
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def topic_id(ds: DataStream, name_or_id: str) -> str:
    """Return the id of the topic with this name; if there is none, take the text for an id."""
    try:
        return ds.find_topic(name_or_id).topic_id
    except (NotFoundError, PermissionDeniedError):  # some keys may use topics but not list them
        return name_or_id


def find(ds: DataStream, name_or_id: str) -> Topic | None:
    """Return the topic with this name or id; None if the keys may not list topics.

    Raises:
        NotFoundError: There is no such topic.
    """
    try:
        return _named(ds, name_or_id)
    except PermissionDeniedError:
        return None


def _named(ds: DataStream, name_or_id: str) -> Topic:
    try:
        return ds.find_topic(name_or_id)
    except NotFoundError:
        try:
            return ds.get_topic(name_or_id)
        except (NotFoundError, BadRequestError, ConfigurationError):
            raise NotFoundError(
                f"There is no topic with the name or id {name_or_id!r}. Topic names begin with "
                "the account's prefix, which `ncloud-datastream prefix` prints."
            ) from None
