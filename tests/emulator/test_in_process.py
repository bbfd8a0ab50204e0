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
        answer = await client.get(url, headers=call.headers("GET", "/api/v1/topics"))
    assert answer.json() == {"list": []}


class Hesitating(list[int]):
    """A list that lets other threads run between reading and writing."""

    def __getitem__(self, index: Any) -> Any:
        value = super().__getitem__(index)
        time.sleep(0)
        return value


def test_it_can_be_used_from_many_threads(call: Any) -> None:
    name = call.topic(partitions=2)["topicName"]
    call.emulator._state.log._next[name] = Hesitating([0, 0])
    url = "https://api.datastream.naverncp.com/api/produce"
    together = threading.Barrier(32)
    headers = call.headers("POST", "/api/produce")

    def send(number: int) -> None:
        with httpx.Client(transport=call.emulator.transport()) as client:
            together.wait(timeout=30)
            for _ in range(20):
                body = {"topic": name, "key": "k", "value": "v", "partition": number % 2}
                assert client.post(url, json=body, headers=headers).status_code == 200
                assert len(call.emulator.calls) > 0

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(send, range(32)))
    kept = call.emulator.messages(name)
    for partition in (0, 1):
        offsets = [message.offset for message in kept if message.partition == partition]
        assert offsets == list(range(320))


def test_an_application_that_waits_is_refused() -> None:
    class Wait:
        def __await__(self) -> Generator[None, None, None]:
            yield

    async def waits(*_: Any) -> None:
        await Wait()

    app: Any = waits
    with (
        httpx.Client(transport=transport(app)) as client,
        pytest.raises(RuntimeError, match="the application waits"),
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


def test_a_caller_who_leaves_is_not_answered() -> None:
    emulator = Emulator()
    events: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert drive(emulator.app, SCOPE, *events) == []
    assert emulator.calls == []


def test_any_server_may_run_the_application() -> None:
    emulator = Emulator()
    events: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": b"b"},
    ]
    start, body = drive(emulator.app, SCOPE, *events)
    assert start["status"] == 401
    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()
    assert emulator.calls[0].body == b"ab"


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_only_http_is_served(kind: str) -> None:
    with pytest.raises(NotImplementedError, match=kind):
        drive(Emulator().app, {"type": kind})


def test_importing_is_light() -> None:
    """A test suite that imports the emulator pays for HTTP and schema languages when used."""
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
