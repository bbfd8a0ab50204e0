"""Print the messages of a topic as they arrive. Only Kafka clients can read messages.

    pip install confluent-kafka
    python examples/consume.py h4j6l-orders --from-beginning

The keys (of a sub account) and the URLs come from the environment. For the broker of an emulator
(``python -m ncloud_datastream_emulator --kafka 127.0.0.1:9094``), pass the certificate that it
prints with ``--ca``. Consumers with the same ``--group`` share the partitions.
"""

import argparse
import io
import sys
from typing import Any

from confluent_kafka import Consumer, KafkaException
from ncloud_datastream import DataStream, DataStreamError


def config_for(topic_name: str, extra: dict[str, Any]) -> dict[str, Any]:
    """Look up the topic's Kafka address and return the consumer's configuration."""
    with DataStream() as ds:
        for topic in ds.list_topics(search_text=topic_name):
            if topic.topic_name == topic_name:
                return ds.kafka_config(topic, extra=extra)
    raise SystemExit(f"There is no topic {topic_name}.")


def main() -> int:
    options = _options()
    # Escape characters that the console's encoding lacks.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    extra = {
        "group.id": options.group,
        "auto.offset.reset": "earliest" if options.from_beginning else "latest",
    }
    if options.ca:
        extra["ssl.ca.location"] = options.ca
    try:
        consumer = Consumer(config_for(options.topic, extra))
    except DataStreamError as error:
        print(error, file=sys.stderr)
        return 1
    consumer.subscribe([options.topic])
    left = options.count
    try:
        while left != 0:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if (failure := message.error()) is not None:
                raise KafkaException(failure)
            key, value = (_text(each) for each in (message.key(), message.value()))
            print(message.partition(), message.offset(), key, value, sep="\t", flush=True)
            left -= 1
    except KafkaException as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()  # commits the offsets and leaves the group
    return 0


def _text(data: bytes | str | None) -> str:
    return data if isinstance(data, str) else (data or b"").decode(errors="replace")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Print the messages of a topic as they arrive.")
    parser.add_argument("topic", help="the topic's name")
    parser.add_argument("--group", default="consume.py", help="consumer group (%(default)s)")
    parser.add_argument(
        "--from-beginning", action="store_true", help="a new group starts at the oldest message"
    )
    parser.add_argument("--count", type=int, default=-1, help="stop after this many messages")
    parser.add_argument(
        "--ca", metavar="FILE", help="CA certificate to trust instead of the system's"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
