"""Which partition a key belongs to: the choice of Kafka's own producers, made by the client.

NCP sends a message that names no partition to a random one, whatever its key is. Where the messages
of a key have to stay in order for those who read them, the client names the partition.
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
    """Return the partition of a key, from 0 to one below `partitions`.

    It is the one that the default partitioner of Kafka's Java producers chooses: the murmur2 hash
    of the key's UTF-8 bytes, without its sign, modulo the number of partitions. When a topic gains
    partitions, most keys belong to another one from then on.

    Args:
        key: The key of the message.
        partitions: How many partitions the topic has, 1 or more.

    Raises:
        ConfigurationError: The key is no text that has UTF-8 bytes, or the number is not whole or
            below 1.
    """
    _check(partitions, "partition_for: partitions")
    if not isinstance(key, str):
        raise ConfigurationError(f"partition_for: a key is text, not {type(key).__name__}.")
    try:
        data = key.encode()
    except UnicodeEncodeError as error:
        raise ConfigurationError(f"partition_for: the key has no UTF-8 bytes: {error}.") from error
    return (_murmur2(data) & _POSITIVE) % partitions


class Partitioner:
    """Names the partition of messages that name none.

    Args:
        partitions: How many partitions a topic has, 1 or more: one number for all topics, or one
            for each topic by its name.

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
                    f"send_messages: partitions goes by names of topics, not by {topic!r}."
                )
            _check(count, f"send_messages: partitions[{topic!r}]")
            self._by_topic[topic] = count

    def apply(self, message: Message) -> Message:
        """Return the message with the partition of its key, or as it is where it names one.

        What is no `Message` is returned as it is: whoever encodes it refuses it.

        Raises:
            ConfigurationError: Nothing says how many partitions the topic has, or the key cannot
                be a key.
        """
        if not isinstance(message, Message) or message.partition is not None:
            return message
        count = self._for_all
        if count is None and isinstance(message.topic, str):
            count = self._by_topic.get(message.topic)
        if count is None:
            raise ConfigurationError(
                f"send_messages: partitions does not say how many the topic {message.topic!r} has, "
                "so that the order of its keys would be lost. Nothing was sent."
            )
        return message._replace(partition=partition_for(message.key, count))


def _check(partitions: object, name: str) -> None:
    if isinstance(partitions, bool) or not isinstance(partitions, int) or partitions < 1:
        raise ConfigurationError(f"{name} must be whole and 1 or more: {partitions!r}.")


def _murmur2(data: bytes) -> int:
    """Return the 32-bit hash that Kafka's default partitioner uses, unsigned."""
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
