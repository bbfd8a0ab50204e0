"""What a contender is given to do, and what every one of them does by hand: sign and encode."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import os
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

CERTIFICATE = Path(__file__).parent.parent / "tests" / "sending" / "tls" / "localhost.pem"
ACCESS_KEY = os.environ.get("NCLOUD_ACCESS_KEY_ID", "AK")
SECRET_KEY = os.environ.get("NCLOUD_SECRET_ACCESS_KEY", "SK")
TOPIC = os.environ.get("BENCH_TOPIC", "h4j6l-orders")
TOPIC_ID = "5mgNWA7xk2"
KEY = "order-1"


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


async def in_tasks(job: Job, send: Callable[[str], Awaitable[bool]]) -> int:
    """Send values from as many tasks as the job's concurrency; return the number delivered."""
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
