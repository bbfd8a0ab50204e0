"""The contenders that users would write by hand, with aiohttp, httpx or requests."""

from __future__ import annotations

import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

from job import CERTIFICATE, TOPIC, TOPIC_ID, Job, accepted, in_tasks, request, run, signed


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

            return await in_tasks(job, send)

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

            return await in_tasks(job, get)

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

            return await in_tasks(job, send)

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
            return await in_tasks(job, send)
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
