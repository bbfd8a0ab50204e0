"""A server, and a process that runs programs, for the tests of sending."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from sending.programs import Programs, running_programs
from sending.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that takes every message."""
    with Server() as served:
        yield served


@pytest.fixture(scope="module")
def programs() -> Iterator[Programs]:
    """Runs programs in real processes."""
    with running_programs() as programs:
        yield programs


@pytest.fixture
def no_finalizers() -> Iterator[None]:
    """No garbage collection, for tests whose interrupts must not be raised in finalizers."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
