"""The package's names, which are loaded when they are first used."""

from __future__ import annotations

import ncloud_datastream_emulator as package
import pytest


def test_all_names_are_there() -> None:
    assert set(package.__all__) <= set(dir(package))
    for name in package.__all__:
        assert getattr(package, name).__name__ == name


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="'ncloud_datastream_emulator' has no attribute 'X'"):
        _ = package.X  # type: ignore[attr-defined]
