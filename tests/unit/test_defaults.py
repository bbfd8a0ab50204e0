"""Limits that are documented or measured, and records that are immutable."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import ncloud_datastream
import pytest


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("calls.answer.ANSWER_LIMIT", 16 * 1024 * 1024),
        ("calls.attempt.LONGEST_WAIT", 86_400.0),
        ("credentials.server_role.TIMEOUT", 2.0),
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
def test_a_limit_has_its_documented_or_measured_value(place: str, value: float) -> None:
    module, _, name = place.rpartition(".")
    assert getattr(importlib.import_module(f"ncloud_datastream.{module}"), name) == value


def test_records_are_frozen_since_they_pass_between_threads() -> None:
    names = pkgutil.walk_packages(ncloud_datastream.__path__, "ncloud_datastream.")
    modules = [importlib.import_module(each.name) for each in names]
    records = {
        each
        for module in modules
        for each in vars(module).values()
        if inspect.isclass(each)
        and dataclasses.is_dataclass(each)
        and each.__module__.startswith("ncloud_datastream.")
    }
    assert records
    for record in records:
        blank = object.__new__(record)
        for field in dataclasses.fields(record):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(blank, field.name, None)
