"""Servers for the tests of producers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sending.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that takes every message."""
    with Server() as served:
        yield served
