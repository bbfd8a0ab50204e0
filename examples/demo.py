"""The main operations in one run: a topic, a message, typed errors, correction of clock skew.

Runs against the local emulator, or with ``LIVE=1`` and ``NCLOUD_*`` credentials against NCP.
"""

import os
import sys
import textwrap
import time
from contextlib import ExitStack

from ncloud_datastream import Credentials, DataStream, DataStreamError


def say(step: int, what: str, result: str) -> None:
    first, *rest = textwrap.wrap(result, 80 - 27) or [""]
    print(f"{step:>2}  {what:<22} {first}")
    for line in rest:
        print(f"{'':27}{line}")


def main() -> int:
    live = os.environ.get("LIVE") == "1"
    with ExitStack() as stack:
        if live:
            options: dict[str, str] = {}
            credentials = Credentials.find()
            print("Data Stream of NAVER Cloud Platform, with your keys\n")
        else:
            from ncloud_datastream_emulator import Emulator

            emulator = stack.enter_context(Emulator())
            options = {"management_url": emulator.url, "message_url": emulator.url}
            credentials = emulator.credentials
            print(f"A local Data Stream at {emulator.url}: real sockets, real signatures\n")
        ds = stack.enter_context(DataStream(credentials, **options))
        story(ds, credentials, options)
    if not live:
        print("\nTo run it against NCP, set NCLOUD_ACCESS_KEY_ID and NCLOUD_SECRET_ACCESS_KEY,")
        print("then: LIVE=1 make demo")
    return 0


def story(ds: DataStream, credentials: Credentials, options: dict[str, str]) -> None:
    prefix = ds.get_topic_prefix().prefix
    say(1, "your prefix", prefix)

    topic = ds.create_topic(name=f"{prefix}demo", description="created by make demo", partitions=3)
    say(2, "create a topic", f"{topic.topic_name}, {topic.partitions} partitions: {topic.status}")
    try:
        topic = ds.wait_for_topic(topic.topic_id)
        say(3, "wait until ready", f"{topic.status}; Kafka clients use {topic.tcp_endpoint}")

        result = ds.send_message(topic=topic.topic_name, key="k1", value="안녕하세요, Data Stream")
        say(4, "send a message", f"{result.status} {result.detail}")

        topics = ds.list_topics()
        say(5, "list the topics", ", ".join(each.topic_name for each in topics))

        rejected(6, "invalid name", lambda: ds.create_topic(name="No Such Prefix!"))

        wrong = Credentials(credentials.access_key, "not-the-secret-key")
        with DataStream(wrong, **options) as other:
            rejected(7, "wrong secret key", other.get_topic_prefix)

        with DataStream(credentials, **options, clock=lambda: time.time() - 900) as late:
            late.get_topic_prefix()
            say(8, "clock 15 minutes slow", "401, clock offset corrected, signed again: accepted")
    finally:
        ds.delete_topic(topic.topic_id)
        say(9, "delete the topic", "deleted")


def rejected(step: int, what: str, call) -> None:  # type: ignore[no-untyped-def]
    try:
        call()
    except DataStreamError as error:
        say(step, what, f"{type(error).__name__}: {error}")
    else:
        raise SystemExit(f"{what}: the request was not rejected")


if __name__ == "__main__":
    sys.exit(main())
