"""An emulator that mocked calls must not reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mocks.ways import WAYS, Way
from ncloud_datastream import DataStream
from ncloud_datastream_emulator import Emulator
from support.tls import shared_tls_context  # noqa: F401


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest) -> Way:
    """Each way to send messages."""
    found: Way = request.param
    return found


@pytest.fixture(scope="module")
def service() -> Iterator[Emulator]:
    """An emulator with a topic named orders."""
    with Emulator(prefix="") as emulator:
        with DataStream(emulator.credentials, transport=emulator.transport()) as ds:
            ds.wait_for_topic(ds.create_topic(name="orders").topic_id)
        yield emulator


@pytest.fixture
def options(service: Emulator) -> dict[str, Any]:
    """The arguments of a client of it."""
    return {
        "credentials": service.credentials,
        "management_url": service.url,
        "message_url": service.url,
    }


@pytest.fixture
def reached(service: Emulator) -> Callable[[], int]:
    """Return the number of calls that reached the emulator since the start of the test."""
    before = len(service.calls)  # those that created the topic
    return lambda: len(service.calls) - before
