"""Fixtures of all tests: an isolated environment, and a check for threads and processes left."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ncloud_datastream_emulator import Emulator

# A background job of a shell ignores Ctrl-C, and so would every program started by a test.
signal.signal(signal.SIGINT, signal.default_int_handler)

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True, scope="session")
def no_credentials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Remove the credentials, URLs and proxies of the user who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("NCLOUD_") or name.lower() in _PROXIES:
                patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The event loop of asynchronous tests."""
    return "asyncio"


_kept: set[threading.Thread] = set()
"""Threads that may outlive a test."""


@pytest.fixture(scope="session")
def _served() -> Iterator[Emulator]:
    before = set(threading.enumerate())
    with Emulator() as emulator:
        _kept.update(set(threading.enumerate()) - before)
        yield emulator


@pytest.fixture
def served(_served: Emulator) -> Iterator[Emulator]:
    """An emulator on a socket, shared by all tests, without topics at the start of each."""
    yield _served
    # Not with a client, because a test may have broken anything.
    _served._state.topics.clear()
    _served._state.names.clear()


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail a test that leaves a thread or a process running."""
    threads, processes = set(threading.enumerate()), _children()
    yield
    left = set(threading.enumerate()) - threads - _kept
    for thread in left:
        thread.join(5.0)  # it may be about to end
    assert not [thread for thread in left if thread.is_alive()]
    assert _children() <= processes


def _children() -> set[str]:
    """Return the ids of this process's children, if the system lists them."""
    tasks = Path("/proc/self/task")
    found: set[str] = set()
    for path in tasks.glob("*/children"):
        try:
            found.update(path.read_text().split())
        except OSError:  # a thread that has just ended
            continue
    return found
