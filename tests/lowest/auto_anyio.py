"""A pytest plugin that runs asynchronous tests, as newer versions of AnyIO do.

The lowest supported version has no `anyio_mode`.
"""

from __future__ import annotations

from inspect import iscoroutinefunction

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("anyio_mode", "so that the option in pyproject.toml is known")


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(obj: object) -> None:
    if iscoroutinefunction(obj):
        # The mark for AnyIO's plugin, and the fixture that it adds, since it may have seen the
        # function before.
        pytest.mark.anyio(obj)
        pytest.mark.usefixtures("anyio_backend")(obj)
