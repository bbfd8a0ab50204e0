"""Test servers leave no socket open when they stop, even while a client connects.

Such a socket would raise a ResourceWarning in an unrelated test later.
"""

from __future__ import annotations

import gc
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol
from urllib.parse import urlsplit

import pytest
from faults import scripts
from faults.server import FaultServer, Site
from ncloud_datastream_emulator import Emulator
from sending.server import Server


class Serves(Protocol):
    """A test server."""

    @property
    def url(self) -> str: ...


@contextmanager
def a_site() -> Iterator[Site]:
    with FaultServer() as server, server.site(scripts.healthy) as site:
        yield site


@pytest.mark.parametrize("serve", [a_site, Server, Emulator])
def test_a_stopped_server_leaves_no_socket_open(
    serve: Callable[[], AbstractContextManager[Serves]],
) -> None:
    gc.collect()
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always", ResourceWarning)
        for _ in range(2):
            with serve() as served:
                port = urlsplit(served.url).port
                callers = [socket.socket() for _ in range(8)]
                for caller in callers:
                    caller.setblocking(False)
                    caller.connect_ex(("127.0.0.1", port))
            for caller in callers:
                caller.close()
        gc.collect()
    assert not [warning.message for warning in left]
