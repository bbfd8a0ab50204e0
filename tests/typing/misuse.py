"""Mistakes that type checkers must find: each ignored error must be reported.

This module is never imported.
"""

# ruff: noqa: B018, F401
# pyright: reportUnnecessaryTypeIgnoreComment=error
from __future__ import annotations

import ncloud_datastream
from ncloud_datastream import AsyncDataStream, Credentials, DataStream, Retry
from ncloud_datastream import DataStreem as Misspelt  # type: ignore[attr-defined]
from ncloud_datastream_api.api.topic import list_topics
from ncloud_datastream_api.models import Topik  # type: ignore[attr-defined]


def misspelt(ds: DataStream) -> None:
    ncloud_datastream.Credential  # type: ignore[attr-defined]
    ds.create_topics(name="orders")  # type: ignore[attr-defined]
    ds.get_topic("topic").topicName  # type: ignore[attr-defined]
    ds.get_topic("topic").status.NEW  # type: ignore[union-attr]


def wrong_arguments(ds: DataStream) -> None:
    ds.create_topic(nmae="orders")  # type: ignore[call-arg]
    ds.create_topic("orders")  # type: ignore[call-arg]
    ds.create_topic(name="orders", partitions="3")  # type: ignore[arg-type]
    ds.send_message(topic="orders", key="k")  # type: ignore[call-arg]
    ds.get_topic(7)  # type: ignore[arg-type]
    ds.list_topics(sort_by=7)  # type: ignore[arg-type]
    ds.with_options(timeout="long")  # type: ignore[arg-type]
    DataStream("access", "secret")  # type: ignore[call-arg, arg-type]
    DataStream(retry=3)  # type: ignore[arg-type]
    DataStream(user_agent=("my-app", "1.2"))  # type: ignore[arg-type]
    DataStream(lambda: "access")  # type: ignore[arg-type, return-value]
    Retry(attempts=3)  # type: ignore[call-arg]
    Credentials("access")  # type: ignore[call-arg]
    list_topics.sync()  # type: ignore[call-arg]


def absent_fields(ds: DataStream) -> None:
    ds.get_topic("topic").created_date.year  # type: ignore[union-attr]
    ds.get_topic("topic").partitions + 1  # type: ignore[operator]


def immutable(credentials: Credentials) -> None:
    credentials.secret_key = "other"  # type: ignore[misc]


async def not_awaited(ds: AsyncDataStream) -> None:
    ds.get_topic("topic").status  # type: ignore[attr-defined]
    with ds:  # type: ignore[attr-defined]
        pass
