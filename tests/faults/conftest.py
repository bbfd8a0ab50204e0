"""The fault server, one for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faults.certificates import Certificates
from faults.server import FaultServer


@pytest.fixture(scope="session")
def certificates() -> Certificates:
    return Certificates()


@pytest.fixture(scope="session")
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server
