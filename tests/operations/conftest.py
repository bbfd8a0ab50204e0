"""The emulators that the operations call: one in process, and one on a socket."""

from __future__ import annotations

import pytest
from ncloud_datastream_emulator import Emulator
from support.calls import KINDS, Kind
from support.service import Service


@pytest.fixture
def in_process() -> Service:
    """A new emulator in this process."""
    emulator = Emulator()
    return Service(emulator, {"transport": emulator.transport()})


@pytest.fixture
def on_socket(served: Emulator) -> Service:
    """The emulator that all tests share, on a socket."""
    return Service(served, {"management_url": served.url, "message_url": served.url})


@pytest.fixture(params=["in_process", "on_socket"])
def service(request: pytest.FixtureRequest) -> Service:
    """Each of the two emulators."""
    found: Service = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each kind of client."""
    found: Kind = request.param
    return found
