"""Memory growth while many messages are sent.

    python bench/memory.py sending|producer URL MESSAGES

Prints a JSON object: growth in megabytes after a warm-up, at its maximum and at the end, and the
seconds taken.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def resident() -> float:
    """Return the resident memory of this process, in megabytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def measure(url: str, count: int) -> dict[str, float]:
    """Send with `send_messages` and sample the memory."""
    from ncloud_datastream import AsyncDataStream, Credentials, Message

    def messages() -> Iterator[Message]:
        for number in range(count):
            yield Message("h4j6l-orders", f"order-{number % 1000}", f"{number:0100}")

    began = time.monotonic()
    sent, start, most = 0, 0.0, 0.0
    keys = Credentials("AK", "SK")
    async with AsyncDataStream(keys, message_url=url, management_url=url) as ds:
        async for delivery in ds.send_messages(messages()):
            if delivery.error is not None:
                raise delivery.error
            sent += 1
            if sent == min(10_000, count // 10):
                start = resident()
            elif sent % 10_000 == 0:
                most = max(most, resident())
    assert sent == count
    end = resident()
    return {
        "most": max(most, end) - start,
        "end": end - start,
        "seconds": time.monotonic() - began,
        "messages": count,
    }


def measure_producer(url: str, count: int) -> dict[str, float]:
    """Send with a producer as fast as its buffer allows, and sample the memory."""
    from ncloud_datastream import Credentials, DataStream

    began = time.monotonic()
    start, most = 0.0, 0.0
    keys = Credentials("AK", "SK")
    with (
        DataStream(keys, message_url=url, management_url=url) as ds,
        ds.producer(topic="h4j6l-orders") as producer,
    ):
        for number in range(1, count + 1):
            producer.send(key=f"order-{number % 1000}", value=f"{number:0100}")
            if number == min(20_000, count // 10):
                start = resident()
            elif number % 10_000 == 0:
                most = max(most, resident())
    end = resident()
    return {
        "most": max(most, end) - start,
        "end": end - start,
        "seconds": time.monotonic() - began,
        "messages": count,
    }


def main() -> None:
    """Measure one of the two."""
    what, url, count = sys.argv[1:]
    found = (
        asyncio.run(measure(url, int(count)))
        if what == "sending"
        else measure_producer(url, int(count))
    )
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main()
