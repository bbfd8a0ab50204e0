"""A service that a call must not reach while it is mocked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mocks.ways import WAYS, Way
from ncloud_datastream import DataStream
from ncloud_datastream_emulator import Emulator


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest) -> Way:
    """Each way of sending messages."""
    found: Way = request.param
    return found


@pytest.fixture(scope="module")
def service() -> Iterator[Emulator]:
    """A service with a topic that is called orders."""
    with Emulator(prefix="") as emulator:
        with DataStream(emulator.credentials, transport=emulator.transport()) as ds:
            ds.wait_for_topic(ds.create_topic(name="orders").topic_id)
        yield emulator


@pytest.fixture
def options(service: Emulator) -> dict[str, Any]:
    """The arguments of its client."""
    return {
        "credentials": service.credentials,
        "management_url": service.url,
        "message_url": service.url,
    }


@pytest.fixture
def reached(service: Emulator) -> Callable[[], int]:
    """How many calls have reached the service since the test began."""
    before = len(service.calls)  # those that made the topic
    return lambda: len(service.calls) - before
