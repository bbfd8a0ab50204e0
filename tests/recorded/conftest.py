"""The cassettes: one for each story, matched on method, URL and body, never added to."""

from __future__ import annotations

from typing import Any

import pytest
from recorded.record import CASSETTES


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    """One folder for all."""
    return str(CASSETTES)


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    """The story's; both clients play the same one."""
    name: str = request.node.callspec.params["story"].id
    return name


@pytest.fixture(scope="session")
def vcr_config() -> dict[str, Any]:
    """Whatever pytest's command line says, nothing is recorded here: `record.py` does, cleanly."""
    return {"match_on": ["method", "uri", "body"], "record_mode": "none"}
