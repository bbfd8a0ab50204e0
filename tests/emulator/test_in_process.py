"""The in-process transport, and the application under any ASGI server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from ncloud_datastream_emulator import Emulator
from ncloud_datastream_emulator.in_process import transport


async def test_the_transport_serves_async_clients_too(call: Any) -> None:
    async with httpx.AsyncClient(transport=call.emulator.transport()) as client:
        url = "https://datastream.apigw.ntruss.com/api/v1/topics"
        response = await client.get(url, headers=call.headers("GET", "/api/v1/topics"))
    assert response.json() == {"list": []}


class Yielding(list[int]):
    """A list that lets other threads run between reading and writing."""

    def __getitem__(self, index: Any) -> Any:
        value = super().__getitem__(index)
        time.sleep(0)
        return value


def test_many_threads_can_use_the_transport(call: Any) -> None:
    name = call.topic(partitions=2)["topicName"]
    call.emulator._state.log._next[name] = Yielding([0, 0])
    url = "https://api.datastream.naverncp.com/api/produce"
    threads, each = 8, 20
    together = threading.Barrier(threads)
    headers = call.headers("POST", "/api/produce")

    def send(number: int) -> None:
        with httpx.Client(transport=call.emulator.transport()) as client:
            together.wait(timeout=30)
            for _ in range(each):
                body = {"topic": name, "key": "k", "value": "v", "partition": number % 2}
                assert client.post(url, json=body, headers=headers).status_code == 200
                assert len(call.emulator.calls) > 0

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(send, range(threads)))
    messages = call.emulator.messages(name)
    for partition in (0, 1):
        offsets = [message.offset for message in messages if message.partition == partition]
        assert offsets == list(range(threads * each // 2))


def test_an_application_that_waits_is_an_error() -> None:
    class Wait:
        def __await__(self) -> Generator[None, None, None]:
            yield

    async def waits(*_: Any) -> None:
        await Wait()

    app: Any = waits
    with (
        httpx.Client(transport=transport(app)) as client,
        pytest.raises(RuntimeError, match="must not wait in process"),
    ):
        client.get("https://a.example")


def drive(app: Any, scope: dict[str, Any], *events: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    left = list(events)

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


SCOPE = {
    "type": "http",
    "method": "POST",
    "raw_path": b"/api/produce",
    "query_string": b"",
    "headers": [(b"content-length", b"5")],
}
PART = {"type": "http.request", "body": b"a", "more_body": True}


def test_any_asgi_server_can_run_the_application() -> None:
    emulator = Emulator()
    assert drive(emulator.app, SCOPE, PART, {"type": "http.disconnect"}) == []
    assert emulator.calls == []
    more: list[dict[str, Any]] = [
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": b"b"},
    ]
    start, body = drive(emulator.app, SCOPE, PART, *more)
    assert start["status"] == 401
    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()
    assert emulator.calls[0].body == b"ab"
    with pytest.raises(NotImplementedError, match="lifespan"):
        drive(emulator.app, {"type": "lifespan"})


def test_importing_the_emulator_does_not_import_servers_and_schema_languages() -> None:
    code = (
        "import sys, ncloud_datastream_emulator as e; e.Emulator();"
        "heavy = {'httpx', 'uvicorn', 'avro', 'ncloud_datastream_api'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or 0)"
    )
    environment = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
