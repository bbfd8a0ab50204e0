"""The examples, configured for an emulator by the environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from ncloud_datastream import DataStream
from ncloud_datastream_emulator import Emulator
from support.modules import load_module

EXAMPLES = Path(__file__).parents[2] / "examples"
TOPIC = "orders"


def load(name: str) -> ModuleType:
    return load_module(EXAMPLES / f"{name}.py")


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator with the topic `TOPIC`, configured in the environment."""
    with Emulator(prefix="") as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TOPIC", TOPIC)
        with DataStream() as ds:
            topic = ds.create_topic(name=TOPIC, partitions=3)
            for _ in ("CREATING", "CREATED"):  # the second response says CREATED
                ds.get_topic(topic.topic_id)
        yield emulator
