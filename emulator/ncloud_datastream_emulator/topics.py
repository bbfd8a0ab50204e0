"""The topic operations."""

from __future__ import annotations

from typing import Any

from .problems import ServiceError, invalid
from .state import State, Topic, date
from .validation import Arguments

_DAY_MS = 86_400_000


def get_topic_prefix(state: State, _: Arguments) -> dict[str, Any]:
    """Return the prefix of topic names."""
    return {"prefix": state.prefix}


def list_topics(state: State, arguments: Arguments) -> dict[str, Any]:
    """Return all topics, filtered and sorted."""
    text = arguments.query.get("searchText", "")
    by_name = arguments.query.get("sortBy") == "topicName"
    topics = sorted(
        (
            topic
            for topic in state.topics.values()
            if text in topic.name or text in topic.description
        ),
        key=lambda topic: (topic.name if by_name else "", topic.number),
        reverse=arguments.query.get("descending", True),
    )
    return {"list": [_summary(state, topic, state.read_status(topic)) for topic in topics]}


def create_topic(state: State, arguments: Arguments) -> dict[str, Any]:
    """Create a topic, which is CREATING at first."""
    body = arguments.body
    name: str = body["name"]
    if not name.startswith(state.prefix) or name == state.prefix:
        raise invalid(
            "name",
            f"name must be {state.prefix!r} followed by at least one character, not {name!r}.",
        )
    if name in state.names:
        raise ServiceError(409, "DuplicateName", f"Topic {name!r} already exists.")
    if len(state.topics) >= state.topic_limit:
        # Our reading: NCP gives this code no status, and describes 429 as "service limit exceeded".
        raise ServiceError(
            429,
            "LimitExceeded",
            f"The limit is {state.topic_limit} topics, and {len(state.topics)} exist already; "
            "delete one first.",
        )
    topic = state.add_topic(
        name,
        body.get("description", ""),
        body.get("partitions", 1),
        body.get("retentionMs", _DAY_MS),
    )
    return _whole(state, topic, "CREATING")


def get_topic(state: State, arguments: Arguments) -> dict[str, Any]:
    """Return a topic."""
    topic = state.topic(arguments.path["topicId"])
    return _whole(state, topic, state.read_status(topic))


def update_topic(state: State, arguments: Arguments) -> dict[str, Any]:
    """Change a topic; partitions can be added but not removed."""
    topic = state.ready_topic(arguments.path["topicId"])
    partitions = arguments.body["partitions"]
    if partitions < topic.partitions:
        raise invalid(
            "partitions",
            f"partitions cannot be reduced: the topic has {topic.partitions}, "
            f"but {partitions} was given.",
        )
    state.log.change(topic.name, partitions, arguments.body["retentionMs"])
    topic.partitions = partitions
    topic.description = arguments.body["description"]
    topic.retention_ms = arguments.body["retentionMs"]
    topic.updated = state.clock()
    return _whole(state, topic, state.read_status(topic))


def delete_topic(state: State, arguments: Arguments) -> bool:
    """Delete a topic immediately, with its connector and schemas."""
    state.remove_topic(state.topic(arguments.path["topicId"]))
    return True


def _summary(state: State, topic: Topic, status: str) -> dict[str, Any]:
    whole = _whole(state, topic, status)
    del whole["updatedDate"]
    return whole | {"pinned": False}


def _whole(state: State, topic: Topic, status: str) -> dict[str, Any]:
    return {
        "topicId": topic.id,
        "topicName": topic.name,
        "description": topic.description,
        "partitions": topic.partitions,
        "retentionMs": topic.retention_ms,
        "status": status,
        "tcpEndpoint": state.log.endpoint,
        "createdDate": date(topic.created),
        "updatedDate": date(topic.updated),
    }
