"""The plan of the mutation run."""

from __future__ import annotations

import tomllib
from pathlib import Path

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "signing" / "ncloud_datastream"
PLAN: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("plan.toml").read_text("utf-8")
)["modules"]
WITHOUT = {"__main__", "_version", "credentials/making"}


def test_every_module_has_existing_tests() -> None:
    modules = {
        path.relative_to(PACKAGE).with_suffix("").as_posix()
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert set(PLAN) == modules - WITHOUT
    for module, names in PLAN.items():
        assert names, module
        assert all((TESTS / name).is_file() for name in names), module
