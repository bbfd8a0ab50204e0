"""Fixtures for pytest: `datastream_emulator` and `datastream`, a client of it.

Every run of pytest imports this module, so that it imports nothing but pytest until one is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream import DataStream

    from .emulator import Emulator

Scope = Literal["function", "class", "module", "package", "session"]
_SCOPES: tuple[Scope, ...] = get_args(Scope)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the setting ``datastream_scope``."""
    parser.addini(
        "datastream_scope",
        f"the scope of the fixtures datastream_emulator and datastream: {', '.join(_SCOPES)}",
        default="function",
    )


def _scope(fixture_name: str, config: pytest.Config) -> Scope:
    scope: Scope = config.getini("datastream_scope")
    if scope not in _SCOPES:
        raise pytest.UsageError(f"datastream_scope is one of {', '.join(_SCOPES)}, not {scope!r}.")
    return scope


@pytest.fixture(scope=_scope)
def datastream_emulator() -> Iterator[Emulator]:
    """A local Data Stream at its `url`, in which topics may have any name."""
    from .emulator import Emulator

    with Emulator(prefix="") as emulator:
        yield emulator


@pytest.fixture(scope=_scope)
def datastream(datastream_emulator: Emulator) -> Iterator[DataStream]:
    """A client that is signed in to `datastream_emulator`."""
    from ncloud_datastream import DataStream

    emulator = datastream_emulator
    with DataStream(
        emulator.credentials, management_url=emulator.url, message_url=emulator.url
    ) as client:
        yield client
