"""A topic may be named by its name or by its id."""

from __future__ import annotations

from ncloud_datastream import DataStream, PermissionDeniedError
from ncloud_datastream_api.models import TopicSummary


def topic_id(ds: DataStream, name_or_id: str) -> str:
    """Return the id of the topic that is called so; what no topic is called is taken for an id."""
    for topic in _listed(ds):
        if topic.topic_name == name_or_id:
            return topic.topic_id
    return name_or_id


def find(ds: DataStream, name_or_id: str) -> tuple[str, int | None]:
    """Return a topic's name, and how many partitions it has, as far as the service tells.

    What is neither a name nor an id of a topic is taken for a name.
    """
    for topic in _listed(ds):
        if name_or_id in (topic.topic_name, topic.topic_id):
            return topic.topic_name, topic.partitions or None
    return name_or_id, None


def _listed(ds: DataStream) -> list[TopicSummary]:
    """Return the topics; none for keys that may use topics without listing them."""
    try:
        return list(ds.list_topics())
    except PermissionDeniedError:
        return []
