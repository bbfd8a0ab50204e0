"""The fault server, and a hook on the waits of clients."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

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


class _Listening(logging.Handler):
    def __init__(self, heard: Callable[[], object]) -> None:
        super().__init__()
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        if "Retrying in" in record.getMessage():
            self._heard()


@pytest.fixture
def at_a_wait() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Register a function that is called whenever a client starts to wait before a retry."""
    log = logging.getLogger("ncloud_datastream")
    level, handlers = log.level, []

    def call(heard: Callable[[], object]) -> None:
        handlers.append(_Listening(heard))
        log.addHandler(handlers[-1])

    log.setLevel(logging.INFO)
    yield call
    log.setLevel(level)
    for handler in handlers:
        log.removeHandler(handler)
