from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
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


@contextmanager
def full() -> Iterator[None]:
    """Producers without room."""

    async def refuse(self: AsyncProducer, **message: Any) -> None:
        raise BufferFullError("no room")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AsyncProducer, "send", refuse)
        yield


async def test_an_event_is_passed_on(emulator: Emulator) -> None:
    async with serving() as service:
        assert (await service.post("/events", json=EVENT)).status_code == 202
    (message,) = emulator.messages(TOPIC)
    assert (message.key, message.value) == ("42", "shipped")


async def test_a_receipt_says_that_it_is_there(emulator: Emulator) -> None:
    async with serving() as service:
        answer = await service.post("/receipts", json=EVENT)
        assert (answer.status_code, answer.content) == (204, b"")
        assert [message.value for message in emulator.messages(TOPIC)] == ["shipped"]


async def test_a_key_goes_to_one_partition(emulator: Emulator) -> None:
    async with serving() as service:
        for number in range(12):
            event = {"key": f"k{number % 4}", "value": f"{number}"}
            assert (await service.post("/events", json=event)).status_code == 202
    assert len(emulator.messages(TOPIC)) == 12
    for message in emulator.messages(TOPIC):
        assert message.partition == partition_for(message.key, 3)


async def test_it_does_not_start_without_its_topic(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPIC", "nowhere")
    with pytest.raises(NotFoundError):
        async with serving():
            raise AssertionError


async def test_what_is_no_event_is_not(emulator: Emulator) -> None:
    async with serving() as service:
        assert (await service.post("/events", json={"value": "x"})).status_code == 422
        assert (await service.post("/events", json={"key": "", "value": "x"})).status_code == 422
    assert emulator.messages(TOPIC) == []


async def test_what_a_failure_means_to_the_caller(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as service:
        for fault, maybe_delivered in (
            (Fault.status("sendMessage", 400), False),
            (Fault.lost_answer("sendMessage"), True),
        ):
            emulator.faults = [fault]
            answer = await service.post("/receipts", json=EVENT)
            assert answer.status_code == 502
            assert answer.json()["detail"]["maybe_delivered"] is maybe_delivered
            assert emulator.url not in answer.text
        assert caplog.records == []
        emulator.faults = [Fault.status("sendMessage", 400)]
        assert (await service.post("/events", json=EVENT)).status_code == 202
    assert "nobody asked what became of it" in caplog.text


async def test_a_request_without_room_is_refused(emulator: Emulator) -> None:
    async with serving() as service:
        with full():
            answer = await service.post("/events", json=EVENT)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
