"""The contenders of this package: bulk sending, producers, single calls."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from job import ACCESS_KEY, CERTIFICATE, KEY, SECRET_KEY, TOPIC, TOPIC_ID, Job, in_tasks, run

AT_ONCE = 2000
"""Number of tasks or threads that call at the same time."""


def _options(job: Job) -> dict[str, Any]:
    from ncloud_datastream import Credentials

    return {
        "credentials": Credentials(ACCESS_KEY, SECRET_KEY),
        "message_url": job.url,
        "management_url": job.url,
        "verify": job.tls or ssl.create_default_context(cafile=CERTIFICATE),
    }


def _messages(job: Job) -> Iterator[Any]:
    from ncloud_datastream import Message

    for value in job.values():
        yield Message(TOPIC, KEY, value)


async def _ours(job: Job) -> int:
    from ncloud_datastream import AsyncDataStream

    count = 0
    async with AsyncDataStream(**_options(job)) as ds:
        async for delivery in ds.send_messages(_messages(job), concurrency=job.concurrency):
            if delivery.error is None:
                count += 1
            else:
                job.failures += 1
    return count


def ours(job: Job) -> int:
    """`send_messages` of an `AsyncDataStream`."""
    return run(_ours(job))


def ours_uvloop(job: Job) -> int:
    """The same on uvloop."""
    import uvloop

    return int(uvloop.run(_ours(job)))


def ours_sync(job: Job) -> int:
    """`send_messages` of a `DataStream`."""
    from ncloud_datastream import DataStream

    count = 0
    with DataStream(**_options(job)) as ds:
        for delivery in ds.send_messages(_messages(job), concurrency=job.concurrency):
            if delivery.error is None:
                count += 1
            else:
                job.failures += 1
    return count


def ours_producer(job: Job) -> int:
    """A producer of an `AsyncDataStream`."""
    from ncloud_datastream import AsyncDataStream

    counted = Counted(job)

    async def main() -> int:
        async with (
            AsyncDataStream(**_options(job)) as ds,
            ds.producer(
                topic=TOPIC, concurrency=job.concurrency, on_delivery=counted.add
            ) as producer,
        ):
            for value in job.values():
                await producer.send(key=KEY, value=value)
        return counted.messages

    return run(main())


def ours_producer_sync(job: Job) -> int:
    """A producer of a `DataStream`."""
    from ncloud_datastream import DataStream

    counted = Counted(job)
    sent: deque[Future[Any]] = deque()
    with (
        DataStream(**_options(job)) as ds,
        ds.producer(topic=TOPIC, concurrency=job.concurrency) as producer,
    ):
        for value in job.values():
            sent.append(producer.send(key=KEY, value=value))
            while sent and sent[0].done():
                counted.add(sent.popleft().result())
    for future in sent:
        counted.add(future.result())
    return counted.messages


class Counted:
    """Counts outcomes."""

    def __init__(self, job: Job) -> None:
        self.messages = 0
        self._job = job

    def add(self, delivery: Any) -> None:
        """Count one delivery."""
        if delivery.error is None:
            self.messages += 1
        else:
            self._job.failures += 1


def ours_single(job: Job) -> int:
    """Single `send_message` calls on one `AsyncDataStream`."""
    from ncloud_datastream import AsyncDataStream

    async def main() -> int:
        async with AsyncDataStream(**_options(job)) as ds:

            async def send(value: str) -> bool:
                await ds.send_message(topic=TOPIC, key=KEY, value=value)
                return True

            return await in_tasks(job, send)

    return run(main())


def ours_get(job: Job) -> int:
    """Single `get_topic` calls on one `AsyncDataStream`."""
    from ncloud_datastream import AsyncDataStream

    async def main() -> int:
        async with AsyncDataStream(**_options(job)) as ds:

            async def get(_: str) -> bool:
                return (await ds.get_topic(TOPIC_ID)).topic_name == TOPIC

            return await in_tasks(job, get)

    return run(main())


def ours_gather(job: Job) -> int:
    """A gather of 2,000 `send_message` calls, however long it takes."""
    from ncloud_datastream import AsyncDataStream

    async def main() -> int:
        async with AsyncDataStream(**_options(job)) as ds:
            calls = [ds.send_message(topic=TOPIC, key=KEY, value=job.value) for _ in range(AT_ONCE)]
            results = await asyncio.gather(*calls, return_exceptions=True)
        failed = sum(isinstance(result, BaseException) for result in results)
        job.failures = failed
        return len(results) - failed

    with _connections_counted(job):
        return run(main())


def ours_threads(job: Job) -> int:
    """2,000 threads with one `send_message` call each, however long it takes."""
    from ncloud_datastream import DataStream

    def call() -> None:
        ds.send_message(topic=TOPIC, key=KEY, value=job.value)

    with (
        _connections_counted(job),
        DataStream(**_options(job)) as ds,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        results = [future.exception() for future in [pool.submit(call) for _ in range(AT_ONCE)]]
    job.failures = len(results) - results.count(None)
    return results.count(None)


@contextmanager
def _connections_counted(job: Job) -> Iterator[None]:
    """Record the maximum number of sockets opened, by polling."""
    ended = threading.Event()

    def sockets() -> int:
        found = 0
        for path in Path("/proc/self/fd").glob("*"):
            with suppress(OSError):  # closed in the meantime
                found += str(path.readlink()).startswith("socket:")
        return found

    # An event loop and a background thread have two sockets each of their own.
    before = sockets() + 4

    def watch() -> None:
        while not ended.wait(0.01):
            job.connections = max(job.connections, sockets() - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
