"""What holds where nothing is said: defaults, limits, and values that nobody can change."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import ncloud_datastream
import pytest
from ncloud_datastream import AsyncDataStream, DataStream
from ncloud_datastream.wire.session import AsyncSession, Session

each_client = pytest.mark.parametrize("kind", [DataStream, AsyncDataStream])


def default(function: Any, name: str) -> Any:
    return inspect.signature(function).parameters[name].default


@each_client
def test_of_a_client(kind: type[DataStream | AsyncDataStream]) -> None:
    assert default(kind, "timeout") == 30.0
    assert default(kind, "verify") is True
    assert default(kind.send_messages, "concurrency") == 64
    assert default(kind.wait_for_topic, "timeout") == 300.0


@pytest.mark.parametrize("kind", [Session, AsyncSession])
def test_of_a_session(kind: type[Session | AsyncSession]) -> None:
    """As httpx has them."""
    assert default(kind.send, "stream") is False
    assert default(kind.send, "follow_redirects") is False


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("calls.answer.ANSWER_LIMIT", 16 * 1024 * 1024),
        ("calls.attempt.LONGEST_WAIT", 86_400.0),
        ("wire.limits.IN_FLIGHT", 64),
        ("wire.limits.THREADS", 100),
        ("wire.limits.IDLE_LIMIT", 4.0),
        ("wire.limits.SLICE", 65_536),
        ("wire.limits.HEAD_LIMIT", 65_536),
        ("sending.dispatcher.FATAL", 5),
        ("sending.plan.PROGRESS_EVERY", 1.0),
        ("sending.blocking.GRACE", 1.0),
    ],
)
def test_limits(place: str, value: float) -> None:
    """What they are is said in the documentation, or measured: a change is to be meant."""
    module, _, name = place.rpartition(".")
    assert getattr(importlib.import_module(f"ncloud_datastream.{module}"), name) == value


def modules() -> Iterator[ModuleType]:
    for each in pkgutil.walk_packages(ncloud_datastream.__path__, "ncloud_datastream."):
        yield importlib.import_module(each.name)


def records() -> set[type]:
    return {
        each
        for module in modules()
        for each in vars(module).values()
        if inspect.isclass(each)
        and dataclasses.is_dataclass(each)
        and each.__module__.startswith("ncloud_datastream.")
    }


@pytest.mark.parametrize("record", sorted(records(), key=repr), ids=lambda record: record.__name__)
def test_records_are_frozen(record: type) -> None:
    """They pass between threads, and from one owner to the next."""
    blank = object.__new__(record)
    for field in dataclasses.fields(record):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(blank, field.name, None)
