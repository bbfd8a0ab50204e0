"""Send each line of standard input through Kafka and report the outcome.

    pip install confluent-kafka
    seq 100000 | python examples/kafka_produce.py h4j6l-orders

The keys (of a sub account) and the URLs come from the environment; for the broker of an emulator,
pass the certificate that it prints with ``--ca``. Undelivered lines are written to standard error,
and the exit status is then 1.
"""

import argparse
import sys
import time
from typing import Any

from confluent_kafka import KafkaError, Message, Producer
from ncloud_datastream import DataStream, DataStreamError


def config_for(topic_name: str, extra: dict[str, Any]) -> dict[str, Any]:
    """Look up the topic's Kafka address and return the producer's configuration."""
    with DataStream() as ds:
        for topic in ds.list_topics(search_text=topic_name):
            if topic.topic_name == topic_name:
                return ds.kafka_config(topic, extra=extra)
    raise SystemExit(f"There is no topic {topic_name}.")


class Sent:
    """Counts the delivery reports."""

    def __init__(self) -> None:
        self.delivered = self.failed = 0

    def note(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self.delivered += 1
            return
        self.failed += 1
        value = message.value() or b""
        text = value if isinstance(value, str) else value.decode(errors="replace")
        print(f"{error.str()}\t{text}", file=sys.stderr)


def main() -> int:
    options = _options()
    # Idempotent: a message that is retried after a lost response is stored once.
    extra: dict[str, Any] = {"enable.idempotence": True, "linger.ms": 20}
    # The same partition for a key as Kafka's Java clients and `partition_for`.
    extra["partitioner"] = "murmur2_random"
    if options.ca:
        extra["ssl.ca.location"] = options.ca
    try:
        producer = Producer(config_for(options.topic, extra))
    except DataStreamError as error:
        print(error, file=sys.stderr)
        return 1
    sent, began = Sent(), time.monotonic()
    try:
        for number, line in enumerate(sys.stdin, 1):
            _send(producer, options.topic, str(number), line.rstrip("\n"), sent)
    except KeyboardInterrupt:
        pass  # lines already read are still sent
    producer.flush()
    seconds = time.monotonic() - began
    print(f"{sent.delivered} delivered, {sent.failed} failed, in {seconds:.1f} s")
    return 1 if sent.failed else 0


def _send(producer: Producer, topic: str, key: str, value: str, sent: Sent) -> None:
    while True:
        try:
            producer.produce(topic, value.encode(), key.encode(), on_delivery=sent.note)
            producer.poll(0)
            return
        except BufferError:  # wait for space in librdkafka's queue
            producer.poll(1.0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Send each line of standard input through Kafka.")
    parser.add_argument("topic", help="the topic's name")
    parser.add_argument(
        "--ca", metavar="FILE", help="CA certificate to trust instead of the system's"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
