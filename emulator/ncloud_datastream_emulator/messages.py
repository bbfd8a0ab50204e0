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
        partition = partition_of(key, count)
    elif partition >= count:
        raise invalid(
            "partition",
            f"partition must be from 0 to {count - 1} for {topic.name}, but {partition} was given.",
        )
    state.log.append(topic.name, key, value, partition)
    return {"status": 200, "detail": "OK"}


def partition_of(key: str, count: int) -> int:
    """Choose a partition by the key, as Kafka's own producers do: murmur2 of its UTF-8 bytes."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % count if count > 1 else 0


def murmur2(data: bytes) -> int:
    """The 32-bit hash that Kafka's default partitioner uses, unsigned."""
    m = 0x5BD1E995
    length = len(data)
    h = 0x9747B28C ^ length
    whole = length & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * m & 0xFFFFFFFF
        k = (k ^ k >> 24) * m & 0xFFFFFFFF
        h = (h * m & 0xFFFFFFFF) ^ k
    if length > whole:
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & 0xFFFFFFFF
    h = (h ^ h >> 13) * m & 0xFFFFFFFF
    return h ^ h >> 15
