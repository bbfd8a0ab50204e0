"""A plugin for pytest: asynchronous tests run by themselves, as newer versions of AnyIO have it.

The versions that the package still allows know no `anyio_mode`.
"""

from __future__ import annotations

from inspect import iscoroutinefunction

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("anyio_mode", "so that the option in pyproject.toml is known")


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(obj: object) -> None:
    if iscoroutinefunction(obj):
        # Both what asks AnyIO's own plugin to run it and what that plugin then adds, since it
        # may have looked at the function before.
        pytest.mark.anyio(obj)
        pytest.mark.usefixtures("anyio_backend")(obj)
