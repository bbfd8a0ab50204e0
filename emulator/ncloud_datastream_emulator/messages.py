"""The message operation."""

from __future__ import annotations

from typing import Any

from .problems import GatewayError, ServiceError, invalid
from .state import State
from .validation import Arguments

LARGEST = 1024 * 1024
"""The maximum of a message's key and value together, and of a schema, in bytes of UTF-8."""


def send_message(state: State, arguments: Arguments) -> dict[str, Any]:
    """Append a message to a topic."""
    body = arguments.body
    key: str = body["key"]
    value: str = body["value"]
    size = len(key.encode()) + len(value.encode())
    if size > LARGEST:
        raise GatewayError(
            "430", f"key and value may have {LARGEST} bytes together, but have {size}."
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
            f"partition must be from 0 to {count - 1} for {topic.name!r}, but is {partition}.",
        )
    state.log.append(topic.name, key, value, partition)
    return {"status": 200, "detail": "OK"}
