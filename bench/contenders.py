"""One cell of the table: one way of sending, for a number of seconds, in its own process.

    python bench/contenders.py NAME URL CONCURRENCY SIZE SECONDS

Prints a JSON object: messages delivered, failures, seconds and CPU seconds of this process. Every
contender encodes, signs and sends each message and checks the response, as production code would.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import os
import resource
import ssl
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

CERTIFICATE = Path(__file__).parent.parent / "tests" / "sending" / "tls" / "localhost.pem"
ACCESS_KEY = os.environ.get("NCLOUD_ACCESS_KEY_ID", "AK")
SECRET_KEY = os.environ.get("NCLOUD_SECRET_ACCESS_KEY", "SK")
TOPIC = os.environ.get("BENCH_TOPIC", "h4j6l-orders")
TOPIC_ID = "5mgNWA7xk2"
KEY = "order-1"
AT_ONCE = 2000
"""Number of tasks or threads that call at the same time."""


class Job:
    """The work of one cell.

    Args:
        url: The URL of the message host.
        concurrency: Messages in flight.
        size: Size of each message's value, in bytes.
        seconds: Duration.
    """

    def __init__(self, url: str, concurrency: int, size: int, seconds: float) -> None:
        self.url = url
        self.concurrency = concurrency
        self.value = "x" * size
        self.seconds = seconds
        self.until = 0.0
        self.failures = 0
        self.connections = 0

    def values(self) -> Iterator[str]:
        """Yield values until the time is up."""
        self.until = time.perf_counter() + self.seconds
        while time.perf_counter() < self.until:
            yield self.value

    @property
    def tls(self) -> ssl.SSLContext | None:
        """The TLS context for an https URL, or None."""
        if not self.url.startswith("https"):
            return None
        return ssl.create_default_context(cafile=CERTIFICATE)


def signed(method: str, target: str) -> dict[str, str]:
    """Return the headers of a signed request, hand-written."""
    timestamp = str(int(time.time() * 1000))
    text = f"{method} {target}\n{timestamp}\n{ACCESS_KEY}"
    digest = hmac.digest(SECRET_KEY.encode(), text.encode(), "sha256")
    return {
        "x-ncp-apigw-timestamp": timestamp,
        "x-ncp-iam-access-key": ACCESS_KEY,
        "x-ncp-apigw-signature-v2": base64.b64encode(digest).decode(),
    }


def request(value: str) -> tuple[bytes, dict[str, str]]:
    """Return the body and headers of a message, hand-written."""
    headers = {"Content-Type": "application/json", **signed("POST", "/api/produce")}
    return json.dumps({"topic": TOPIC, "key": KEY, "value": value}).encode(), headers


def accepted(status: int, document: Any) -> bool:
    """Return whether the service accepted the message."""
    return bool(status == 200 and document["status"] < 400)


def run(main: Coroutine[Any, Any, int]) -> int:
    """Run on asyncio's own event loop."""
    return asyncio.run(main)


# --- ours


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

            return await _in_tasks(job, send)

    return run(main())


def ours_get(job: Job) -> int:
    """Single `get_topic` calls on one `AsyncDataStream`."""
    from ncloud_datastream import AsyncDataStream

    async def main() -> int:
        async with AsyncDataStream(**_options(job)) as ds:

            async def get(_: str) -> bool:
                return (await ds.get_topic(TOPIC_ID)).topic_name == TOPIC

            return await _in_tasks(job, get)

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


# --- others


async def _in_tasks(job: Job, send: Callable[[str], Awaitable[bool]]) -> int:
    count = 0
    values = job.values()

    async def work() -> None:
        nonlocal count
        for value in values:
            try:
                done = await send(value)
            except Exception:  # noqa: BLE001 - counted as a failure
                done = False
            count += done
            job.failures += not done

    await asyncio.gather(*(work() for _ in range(job.concurrency)))
    return count


def aiohttp_loop(job: Job) -> int:
    """Tasks that share an aiohttp session: a careful hand-written loop."""
    import aiohttp

    async def main() -> int:
        connector = aiohttp.TCPConnector(limit=job.concurrency, ssl=job.tls or True)
        async with aiohttp.ClientSession(connector=connector) as session:
            address = job.url + "/api/produce"

            async def send(value: str) -> bool:
                body, headers = request(value)
                async with session.post(address, data=body, headers=headers) as response:
                    return accepted(response.status, await response.json())

            return await _in_tasks(job, send)

    return run(main())


def aiohttp_get(job: Job) -> int:
    """Tasks that share an aiohttp session and get a topic."""
    import aiohttp

    path = f"/api/v1/topics/{TOPIC_ID}"

    async def main() -> int:
        connector = aiohttp.TCPConnector(limit=job.concurrency, ssl=job.tls or True)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def get(_: str) -> bool:
                headers = signed("GET", path)
                async with session.get(job.url + path, headers=headers) as response:
                    document = await response.json()
                    return bool(response.status == 200 and document["topicName"] == TOPIC)

            return await _in_tasks(job, get)

    return run(main())


def httpx_shared(job: Job) -> int:
    """Tasks that share an `httpx.AsyncClient`."""
    import httpx

    async def main() -> int:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(verify=job.tls or True, limits=limits) as client:
            address = job.url + "/api/produce"

            async def send(value: str) -> bool:
                body, headers = request(value)
                response = await client.post(address, content=body, headers=headers)
                return accepted(response.status_code, response.json())

            return await _in_tasks(job, send)

    return run(main())


def httpx_per_worker(job: Job) -> int:
    """Tasks with an `httpx.AsyncClient` each."""
    import httpx

    async def main() -> int:
        address = job.url + "/api/produce"
        context = job.tls or ssl.create_default_context(cafile=CERTIFICATE)
        clients = [httpx.AsyncClient(verify=context) for _ in range(job.concurrency)]
        free = list(clients)

        async def send(value: str) -> bool:
            body, headers = request(value)
            client = free.pop()
            try:
                response = await client.post(address, content=body, headers=headers)
            finally:
                free.append(client)
            return accepted(response.status_code, response.json())

        try:
            return await _in_tasks(job, send)
        finally:
            for client in clients:
                await client.aclose()

    return run(main())


def requests_threads(job: Job) -> int:
    """Threads with a `requests.Session` each."""
    import requests

    address = job.url + "/api/produce"
    values = job.values()
    lock = threading.Lock()

    def work() -> int:
        count = 0
        with requests.Session() as session:
            session.verify = str(CERTIFICATE)
            while True:
                with lock:
                    value = next(values, None)
                if value is None:
                    return count
                body, headers = request(value)
                response = session.post(address, data=body, headers=headers, timeout=30)
                count += accepted(response.status_code, response.json())

    with ThreadPoolExecutor(job.concurrency) as pool:
        return sum(
            future.result() for future in [pool.submit(work) for _ in range(job.concurrency)]
        )


CONTENDERS: dict[str, Callable[[Job], int]] = {
    function.__name__: function
    for function in (
        ours,
        ours_uvloop,
        ours_sync,
        ours_producer,
        ours_producer_sync,
        ours_single,
        ours_get,
        ours_gather,
        ours_threads,
        aiohttp_loop,
        aiohttp_get,
        httpx_shared,
        httpx_per_worker,
        requests_threads,
    )
}


def main() -> None:
    """Run one cell."""
    name, url, concurrency, size, seconds = sys.argv[1:]
    job = Job(url, int(concurrency), int(size), float(seconds))
    contender = CONTENDERS[name]
    # Warm up: the cost of first use is not measured.
    warm = Job(url, 1, int(size), 0.05)
    (ours_single if contender in (ours_gather, ours_threads) else contender)(warm)
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    messages = contender(job)
    elapsed = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    print(  # noqa: T201
        json.dumps(
            {
                "messages": messages,
                "failures": job.failures,
                "seconds": elapsed,
                "cpu": cpu,
                "connections": job.connections,
            }
        )
    )


if __name__ == "__main__":
    main()
