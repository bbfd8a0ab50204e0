"""The cost of one call, one signature and one import, relative to the bare minimum.

    python bench/single.py calls|send URL ROUNDS COUNT | sign ROUNDS | imports ROUNDS

Prints a JSON object: for each name the ratio of each round (milliseconds for the bare import,
microseconds for ``send``).
"""

from __future__ import annotations

import binascii
import hmac
import json
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from typing import Any

import httpx
from job import signed

TOPIC = b'{"topicId":"5mgNWA7xk2","topicName":"h4j6l-orders","partitions":3,"status":"CREATED"}'


class HandWritten(httpx.Auth):
    """The same signature as a hand-written `httpx.Auth`."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers.update(signed(request.method, request.url.raw_path.decode("ascii")))
        yield request


def paired(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    rounds: int,
    count: int,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Return each round's ratio of the time per call, ours to theirs."""

    def timed(function: Callable[[], object]) -> float:
        began = clock()
        for _ in range(count):
            function()
        return clock() - began

    timed(ours)
    timed(theirs)
    ratios = []
    for number in range(rounds):
        # In alternating order, so that neither always gets the quieter half of a round.
        first, second = (ours, theirs) if number % 2 else (theirs, ours)
        times = {first: timed(first), second: timed(second)}
        ratios.append(times[ours] / times[theirs])
    return ratios


def calls(url: str, rounds: int, count: int) -> dict[str, list[float]]:
    """Compare one `get_topic` with a hand-written call over httpx and over requests."""
    import requests
    from ncloud_datastream import Credentials, DataStream

    keys = Credentials("AK", "SK")
    found = {}
    answer = httpx.MockTransport(
        lambda request: httpx.Response(
            200, content=TOPIC, headers={"Content-Type": "application/json"}
        )
    )
    for name, transport in (("socket", None), ("mock", answer)):
        with (
            DataStream(keys, management_url=url, message_url=url, transport=transport) as ds,
            httpx.Client(auth=HandWritten(), transport=transport, timeout=30.0) as client,
        ):

            def by_hand(client: httpx.Client = client) -> Any:
                response = client.get(f"{url}/api/v1/topics/5mgNWA7xk2")
                response.raise_for_status()
                return response.json()["topicName"]

            def ours(ds: DataStream = ds) -> Any:
                return ds.get_topic("5mgNWA7xk2").topic_name

            assert ours() == by_hand() == "h4j6l-orders"
            found[name] = paired(ours, by_hand, rounds, count)
            if transport is not None:
                continue
            found["cpu"] = paired(ours, by_hand, rounds, count, time.process_time)
            with requests.Session() as session:

                def by_requests(session: requests.Session = session) -> Any:
                    headers = signed("GET", "/api/v1/topics/5mgNWA7xk2")
                    response = session.get(
                        f"{url}/api/v1/topics/5mgNWA7xk2", headers=headers, timeout=30.0
                    )
                    response.raise_for_status()
                    return response.json()["topicName"]

                assert by_requests() == "h4j6l-orders"
                found["cpu_requests"] = paired(ours, by_requests, rounds, count, time.process_time)
    return found


def signing(rounds: int) -> dict[str, list[float]]:
    """Compare `sign()` with the bare digest and Base64 of a prebuilt string."""
    from ncloud_datastream import sign

    secret, text = "a" * 40, "POST /api/produce\n1700000000000\n" + "A" * 20
    key, ready = secret.encode(), text.encode()

    def bare() -> bytes:
        return binascii.b2a_base64(hmac.digest(key, ready, "sha256"), newline=False)

    assert sign(secret, text) == bare().decode()
    return {"sign": paired(lambda: sign(secret, text), bare, rounds, 20_000)}


def imports(rounds: int) -> dict[str, list[float]]:
    """Measure the bare import, and compare the client's with that of its dependencies."""
    measure = "import time; a = time.perf_counter(); {}; print(time.perf_counter() - a)"

    def seconds(statement: str) -> float:
        command = [sys.executable, "-c", measure.format(statement)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    found: dict[str, list[float]] = {"bare": [], "client": []}
    for _ in range(rounds):
        found["bare"].append(1000 * seconds("import ncloud_datastream"))
        below = seconds("import httpx, attrs")
        found["client"].append(seconds("from ncloud_datastream import DataStream") / below)
    return found


def sends(url: str, rounds: int, count: int) -> dict[str, list[float]]:
    """Measure the CPU microseconds of one `send` of a producer whose buffer has space."""
    from ncloud_datastream import Credentials, DataStream

    found = []
    with (
        DataStream(Credentials("AK", "SK"), message_url=url, management_url=url) as ds,
        ds.producer(topic="h4j6l-orders", max_buffered=count) as producer,
    ):
        for number in range(rounds + 1):
            began = time.thread_time()
            for _ in range(count):
                producer.send(key="k", value="v")
            if number:  # the first round warms up
                found.append((time.thread_time() - began) / count * 1e6)
            producer.flush()
    return {"send": found}


def main() -> None:
    """Run one measurement."""
    what, *arguments = sys.argv[1:]
    if what in ("calls", "send"):
        url, rounds, count = arguments
        found = {"calls": calls, "send": sends}[what](url, int(rounds), int(count))
    else:
        found = {"sign": signing, "imports": imports}[what](int(arguments[0]))
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main()
