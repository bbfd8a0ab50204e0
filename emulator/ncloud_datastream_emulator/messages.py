"""Sending a message."""

from __future__ import annotations

from typing import Any

from .problems import GatewayError, ServiceError, invalid
from .state import State
from .validation import Arguments

LARGEST = 1024 * 1024
"""Bytes that a message's key and value may have together, in UTF-8; also those of a schema text."""


def send_message(state: State, arguments: Arguments) -> dict[str, Any]:
    """Append a message to a topic."""
    body = arguments.body
    key: str = body["key"]
    value: str = body["value"]
    size = len(key.encode()) + len(value.encode())
    if size > LARGEST:
        raise GatewayError(
            "430", f"key and value together may have {LARGEST} bytes, but these have {size}."
        )
    topic = state.names.get(body["topic"])
    if topic is None:
        raise ServiceError(
            404, "InvalidTopicNotFound", f"There is no topic with the name {body['topic']!r}."
        )
    state.require_ready(topic)
    count = topic.partitions
    partition = body.get("partition")
    if partition is None:
        partition = state.draw_partition(count)
    elif partition >= count:
        raise invalid(
            "partition",
            f"partition must be from 0 to {count - 1} for {topic.name}, but {partition} was given.",
        )
    state.log.append(topic.name, key, value, partition)
    return {"status": 200, "detail": "OK"}
