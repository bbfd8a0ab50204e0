"""Key partitioning in the client, compatible with Kafka's default partitioner.

NCP puts a message without a partition into a random one, whatever its key. To keep the messages of
a key in order for consumers, the client has to name the partition.
"""

from __future__ import annotations

from collections.abc import Mapping

from ncloud_datastream.errors import ConfigurationError

from .messages import Message

_M = 0x5BD1E995
_SEED = 0x9747B28C
_32_BITS = 0xFFFFFFFF
_POSITIVE = 0x7FFFFFFF


def partition_for(key: str, partitions: int) -> int:
    """Return the partition of a key, from 0 to ``partitions - 1``.

    This is the choice of the default partitioner of Kafka's Java producers: the murmur2 hash of
    the key's UTF-8 bytes, with the sign bit cleared, modulo the number of partitions. When a topic
    gains partitions, most keys move to another partition.

    Args:
        key: The key of the message.
        partitions: The number of partitions of the topic, 1 or more.

    Raises:
        ConfigurationError: The key is not a string that can be encoded as UTF-8, or `partitions`
            is not an integer of 1 or more.
    """
    _check(partitions, "partition_for: partitions")
    if not isinstance(key, str):
        raise ConfigurationError(f"partition_for: key must be a string, not {type(key).__name__}.")
    try:
        data = key.encode()
    except UnicodeEncodeError as error:
        raise ConfigurationError(
            f"partition_for: key cannot be encoded as UTF-8: {error}."
        ) from error
    return (_murmur2(data) & _POSITIVE) % partitions


class Partitioner:
    """Sets the partition of messages that name none.

    Args:
        partitions: The number of partitions, 1 or more: one number for all topics, or a mapping
            from topic name to number.

    Raises:
        ConfigurationError: It is neither.
    """

    def __init__(self, partitions: int | Mapping[str, int]) -> None:
        self._for_all: int | None = None
        self._by_topic: dict[str, int] = {}
        if not isinstance(partitions, Mapping):
            _check(partitions, "send_messages: partitions")
            self._for_all = partitions
            return
        for topic, count in partitions.items():
            if not isinstance(topic, str):
                raise ConfigurationError(
                    f"send_messages: partitions must be keyed by topic name, not by {topic!r}."
                )
            _check(count, f"send_messages: partitions[{topic!r}]")
            self._by_topic[topic] = count

    def apply(self, message: Message) -> Message:
        """Return the message with the partition of its key, or unchanged if it names one.

        Anything but a `Message` is returned unchanged; encoding rejects it later.

        Raises:
            ConfigurationError: The number of partitions of the topic is not known, or the key is
                invalid.
        """
        if not isinstance(message, Message) or message.partition is not None:
            return message
        count = self._for_all
        if count is None and isinstance(message.topic, str):
            count = self._by_topic.get(message.topic)
        if count is None:
            raise ConfigurationError(
                f"send_messages: partitions has no entry for the topic {message.topic!r}, so the "
                "order of its keys could not be kept. Nothing was sent; add the topic to "
                "partitions."
            )
        return message._replace(partition=partition_for(message.key, count))


def _check(partitions: object, name: str) -> None:
    if isinstance(partitions, bool) or not isinstance(partitions, int) or partitions < 1:
        raise ConfigurationError(f"{name} must be an integer, 1 or more, not {partitions!r}.")


def _murmur2(data: bytes) -> int:
    """Return the unsigned 32-bit murmur2 hash that Kafka's default partitioner uses."""
    end = len(data) & ~3
    hashed = _SEED ^ len(data)
    for at in range(0, end, 4):
        word = int.from_bytes(data[at : at + 4], "little") * _M & _32_BITS
        word = (word ^ word >> 24) * _M & _32_BITS
        hashed = hashed * _M & _32_BITS ^ word
    if end < len(data):
        hashed = (hashed ^ int.from_bytes(data[end:], "little")) * _M & _32_BITS
    hashed = (hashed ^ hashed >> 13) * _M & _32_BITS
    return hashed ^ hashed >> 15
