from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from examples.conftest import TOPIC, load
from ncloud_datastream import AsyncProducer, BufferFullError, NotFoundError, partition_for
from ncloud_datastream_emulator import Emulator, Fault

EVENT = {"key": "42", "value": "shipped"}


@asynccontextmanager
async def serving() -> AsyncIterator[httpx.AsyncClient]:
    app = load("fastapi_producer").app
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            yield client


async def test_events_are_delivered_and_a_key_keeps_its_partition(emulator: Emulator) -> None:
    async with serving() as service:
        response = await service.post("/receipts", json=EVENT)
        assert (response.status_code, response.content) == (204, b"")
        assert [message.value for message in emulator.messages(TOPIC)] == ["shipped"]
        for number in range(12):
            event = {"key": f"k{number % 4}", "value": f"{number}"}
            assert (await service.post("/events", json=event)).status_code == 202
        for event in ({"value": "x"}, {"key": "", "value": "x"}):
            assert (await service.post("/events", json=event)).status_code == 422
    assert len(emulator.messages(TOPIC)) == 13
    for message in emulator.messages(TOPIC):
        assert message.partition == partition_for(message.key, 3)


async def test_the_service_does_not_start_without_its_topic(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPIC", "nowhere")
    with pytest.raises(NotFoundError):
        async with serving():
            raise AssertionError


async def test_a_failure_is_reported_to_the_caller_or_logged(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as service:
        for fault, maybe_delivered in (
            (Fault.status("sendMessage", 400), False),
            (Fault.lost_answer("sendMessage"), True),
        ):
            emulator.faults = [fault]
            response = await service.post("/receipts", json=EVENT)
            assert response.status_code == 502
            assert response.json()["detail"]["maybe_delivered"] is maybe_delivered
            assert emulator.url not in response.text
        assert caplog.records == []
        emulator.faults = [Fault.status("sendMessage", 400)]
        assert (await service.post("/events", json=EVENT)).status_code == 202
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "its result was never retrieved" in caplog.text


async def test_a_full_buffer_is_a_503_with_retry_after(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(self: AsyncProducer, **message: Any) -> None:
        raise BufferFullError("no room")

    monkeypatch.setattr(AsyncProducer, "send", full)
    async with serving() as service:
        response = await service.post("/events", json=EVENT)
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
