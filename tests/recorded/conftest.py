"""The cassettes: one per story, matched on method, URL and body, read-only."""

from __future__ import annotations

from typing import Any

import pytest
from recorded.record import CASSETTES


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    """The folder of all cassettes."""
    return str(CASSETTES)


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    """The cassette of the story; both clients replay the same one."""
    name: str = request.node.callspec.params["story"].id
    return name


@pytest.fixture(scope="session")
def vcr_config() -> dict[str, Any]:
    """Never record here, whatever the command line: `record.py` does, with filters."""
    return {"match_on": ["method", "uri", "body"], "record_mode": "none"}
