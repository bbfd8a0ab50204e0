from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from examples.conftest import TOPIC, load
from ncloud_datastream import partition_for
from ncloud_datastream_emulator import Emulator, Fault

EVENT = {"key": "42", "value": "shipped"}


@pytest.fixture
async def service(emulator: Emulator) -> AsyncIterator[httpx.AsyncClient]:
    app = load("fastapi_producer").app
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": dict(state)}, receive, send)

        transport = httpx.ASGITransport(with_state)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            yield client


async def test_an_event_is_passed_on(emulator: Emulator, service: httpx.AsyncClient) -> None:
    answer = await service.post("/events", json=EVENT)
    assert (answer.status_code, answer.content) == (204, b"")
    (message,) = emulator.messages(TOPIC)
    assert (message.key, message.value) == ("42", "shipped")


async def test_a_key_goes_to_one_partition(emulator: Emulator, service: httpx.AsyncClient) -> None:
    for number in range(12):
        event = {"key": f"k{number % 4}", "value": f"{number}"}
        assert (await service.post("/events", json=event)).status_code == 204
    for message in emulator.messages(TOPIC):
        assert message.partition == partition_for(message.key, 3)
    bodies = [call.body for call in emulator.calls if call.operation == "sendMessage"]
    assert all(b'"partition":' in body for body in bodies)


async def test_it_does_not_start_without_its_topic(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPIC", "nowhere")
    app = load("fastapi_producer").app
    with pytest.raises(RuntimeError, match="There is no topic nowhere"):
        async with app.router.lifespan_context(app):
            raise AssertionError


async def test_what_is_no_event_is_not(emulator: Emulator, service: httpx.AsyncClient) -> None:
    assert (await service.post("/events", json={"value": "x"})).status_code == 422
    assert (await service.post("/events", json={"key": "", "value": "x"})).status_code == 422
    assert emulator.messages(TOPIC) == []


@pytest.mark.parametrize(
    ("fault", "status", "maybe_delivered", "retry_after"),
    [
        (Fault.status("sendMessage", 400), 400, False, None),
        (Fault.status("sendMessage", 413), 413, False, None),
        (Fault.status("sendMessage", 429, retry_after=60), 503, False, "60"),
        (Fault.status("sendMessage", 403), 502, False, None),
        (Fault.status("sendMessage", 500), 502, True, None),
        (Fault.lost_answer("sendMessage"), 502, True, None),
    ],
)
async def test_what_a_failure_means_to_the_caller(
    emulator: Emulator,
    service: httpx.AsyncClient,
    fault: Fault,
    status: int,
    maybe_delivered: bool,
    retry_after: str | None,
) -> None:
    emulator.faults = [fault]
    answer = await service.post("/events", json=EVENT)
    assert answer.status_code == status
    assert answer.json()["maybe_delivered"] is maybe_delivered
    assert answer.headers.get("retry-after") == retry_after
    assert len(emulator.messages(TOPIC)) == fault.is_lost
    assert emulator.url not in answer.text


async def test_what_it_answers_is_documented(service: httpx.AsyncClient) -> None:
    document = (await service.get("/openapi.json")).json()
    assert set(document["paths"]["/events"]["post"]["responses"]) == {
        *("204", "400", "413", "422", "502", "503")
    }
