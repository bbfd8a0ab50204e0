"""One broker for all tests, and helpers to use it."""

from __future__ import annotations

import importlib
import os
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest
from ncloud_datastream import DataStream
from ncloud_datastream_api.models import Topic
from ncloud_datastream_emulator import Emulator, Message

if find_spec("confluent_kafka") is None:
    # There are no wheels for this CPython.
    collect_ignore_glob = ["test_*.py"]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def tools() -> Iterator[None]:
    """Java and Maven; the jars are cached in the checkout."""
    missing = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI must have {' and '.join(missing)}")
    if missing:
        pytest.skip(f"a broker needs {' and '.join(missing)}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(ROOT / ".cache"))
        yield


@pytest.fixture(scope="session")
def _local(tools: None) -> Iterator[Emulator]:
    with Emulator(kafka="127.0.0.1:0", prefix="h4j6l-", topic_limit=1000) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def kafka_python() -> ModuleType:
    """The package, which uses deprecated features of Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module("kafka")


@dataclass(frozen=True)
class Place:
    """An emulator with a broker, and a client of it."""

    emulator: Emulator
    ds: DataStream

    def topic(self, partitions: int = 3) -> Topic:
        name = f"h4j6l-{uuid4().hex}"
        made = self.ds.create_topic(name=name, partitions=partitions)
        return self.ds.wait_for_topic(made.topic_id)

    def send(self, topic: Topic, key: str, value: str) -> None:
        self.ds.send_message(topic=topic.topic_name, key=key, value=value)

    def messages(self, topic: Topic) -> list[Message]:
        return self.emulator.messages(topic.topic_name)

    @property
    def trust(self) -> dict[str, str]:
        """The setting of confluent-kafka that trusts the broker."""
        return {"ssl.ca.location": self.emulator.kafka_ca}


@pytest.fixture
def place(_local: Emulator) -> Iterator[Place]:
    url = _local.url
    with DataStream(_local.credentials, management_url=url, message_url=url) as ds:
        yield Place(_local, ds)
