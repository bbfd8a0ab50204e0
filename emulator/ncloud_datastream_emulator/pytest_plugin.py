"""Fixtures for pytest: `datastream_emulator` and its clients `datastream`, `async_datastream`.

Every pytest run imports this module, so it imports only pytest until a fixture is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ncloud_datastream import AsyncDataStream, DataStream

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
        raise pytest.UsageError(
            f"datastream_scope must be one of {', '.join(_SCOPES)}, but is {scope!r}."
        )
    return scope


def _emulator_class() -> type[Emulator]:
    try:
        from . import Emulator
    except ImportError as error:  # the message says what to install; a traceback adds nothing
        pytest.fail(f"datastream_emulator: {error}", pytrace=False)
    return Emulator


@pytest.fixture(scope=_scope)
def datastream_emulator() -> Iterator[Emulator]:
    """A running emulator without a topic prefix."""
    with _emulator_class()(prefix="") as emulator:
        yield emulator


@pytest.fixture(scope=_scope)
def datastream(datastream_emulator: Emulator) -> Iterator[DataStream]:
    """A client with the URL and the credentials of `datastream_emulator`."""
    from ncloud_datastream import DataStream

    emulator = datastream_emulator
    with DataStream(
        emulator.credentials, management_url=emulator.url, message_url=emulator.url
    ) as client:
        yield client


@pytest.fixture
def async_datastream(datastream_emulator: Emulator) -> Iterator[AsyncDataStream]:
    """An asynchronous client of `datastream_emulator`, for one test.

    It calls the emulator in process and is not bound to an event loop, so it works with any plugin
    for asynchronous tests.
    """
    import asyncio

    from ncloud_datastream import AsyncDataStream

    emulator = datastream_emulator
    client = AsyncDataStream(emulator.credentials, transport=emulator.transport())
    yield client
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(client.aclose())
    finally:
        loop.close()
