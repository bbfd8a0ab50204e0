"""One cell of the table: one way of sending, for a number of seconds, in its own process.

    python bench/contenders.py NAME URL CONCURRENCY SIZE SECONDS

Prints a JSON object: messages delivered, failures, seconds and CPU seconds of this process. Every
contender encodes, signs and sends each message and checks the response, as production code would.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable

import others
import ours
from job import Job

CONTENDERS: dict[str, Callable[[Job], int]] = {
    function.__name__: function
    for function in (
        ours.ours,
        ours.ours_uvloop,
        ours.ours_sync,
        ours.ours_producer,
        ours.ours_producer_sync,
        ours.ours_single,
        ours.ours_get,
        ours.ours_gather,
        ours.ours_threads,
        others.aiohttp_loop,
        others.aiohttp_get,
        others.httpx_shared,
        others.httpx_per_worker,
        others.requests_threads,
    )
}


def main() -> None:
    """Run one cell."""
    name, url, concurrency, size, seconds = sys.argv[1:]
    job = Job(url, int(concurrency), int(size), float(seconds))
    contender = CONTENDERS[name]
    # Warm up: the cost of first use is not measured.
    warm = Job(url, 1, int(size), 0.05)
    (ours.ours_single if contender in (ours.ours_gather, ours.ours_threads) else contender)(warm)
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
