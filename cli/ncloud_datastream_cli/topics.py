"""A topic may be named by its name or by its id."""

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
"""Seconds that somebody waits who has pressed the tab key."""


class TopicName(click.ParamType[str]):
    """A topic's name or id; a shell completes the names."""

    name = "topic"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        try:
            with session.completing(ctx.params, _SOON) as ds:
                names = [topic.topic_name for topic in ds.list_topics()]
        except DataStreamError:
            return []  # an error has no place in a line that is being typed
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def topic_id(ds: DataStream, name_or_id: str) -> str:
    """Return the id of the topic that is called so; what no topic is called is taken for an id."""
    try:
        return ds.find_topic(name_or_id).topic_id
    except (NotFoundError, PermissionDeniedError):  # keys may use topics without listing them
        return name_or_id


def find(ds: DataStream, name_or_id: str) -> Topic | None:
    """Return the topic with a name, else with an id; None where the keys may not look.

    Raises:
        NotFoundError: There is none.
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
                f"there is no topic with the name or id {name_or_id!r}; names begin with the "
                "account's prefix, which `ncloud-datastream prefix` tells."
            ) from None
