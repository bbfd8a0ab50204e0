"""The plan of the mutation run: every module has its tests, and they are there."""

from __future__ import annotations

import tomllib
from pathlib import Path

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "signing" / "ncloud_datastream"
PLAN: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("plan.toml").read_text("utf-8")
)["modules"]
WITHOUT = {"__main__", "_version", "credentials/making"}


def test_every_module_is_in_it() -> None:
    modules = {
        path.relative_to(PACKAGE).with_suffix("").as_posix()
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert set(PLAN) == modules - WITHOUT


def test_the_tests_are_there() -> None:
    named = {name for names in PLAN.values() for name in names}
    assert {name for name in named if not (TESTS / name).is_file()} == set()
    assert all(PLAN.values())
