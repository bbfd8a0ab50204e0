"""An emulator for the scenario: two hosts at two addresses, with deterministic state."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from ncloud_datastream_api.api import SERVERS
from ncloud_datastream_emulator import Emulator
from ncloud_datastream_emulator.app import Application, Receive, Scope, Send
from ncloud_datastream_emulator.server import Server


class Host:
    """The emulator as one of NCP's hosts: it rejects the operations of the other.

    Args:
        app: The emulator.
        url: The host's URL in the document.
    """

    def __init__(self, app: Application, url: str) -> None:
        self._app = app
        self._name = url.removeprefix("https://").encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request as if it was sent to the host's name."""
        headers = [
            (name, self._name if name == b"host" else value) for name, value in scope["headers"]
        ]
        await self._app({**scope, "headers": headers}, receive, send)


@dataclass(frozen=True, slots=True)
class World:
    """The emulator of a run, and the environment of the program."""

    emulator: Emulator
    environment: dict[str, str]
    """The environment variables for the program."""


@contextmanager
def world() -> Iterator[World]:
    """Serve an emulator with the same keys, ids and states for every run."""
    # The clock is frozen, so that a slow language sees the same states; signatures are valid within
    # five minutes of it.
    now = time.time()
    emulator = Emulator(seed="reuse", prefix="h4j6l-", clock=lambda: now)
    with emulator:
        servers = {
            # Any ASGI application is accepted.
            name: Server(cast(Application, Host(emulator.app, url)), "127.0.0.1", 0)
            for name, url in SERVERS.items()
        }
        for server in servers.values():
            server.start()
        try:
            yield World(
                emulator,
                {
                    "NCLOUD_ACCESS_KEY_ID": emulator.credentials.access_key,
                    "NCLOUD_SECRET_ACCESS_KEY": emulator.credentials.secret_key,
                    "NCLOUD_DATASTREAM_EMULATOR_URL": emulator.url,
                    **{
                        f"NCLOUD_DATASTREAM_{name.upper()}_URL": server.url
                        for name, server in servers.items()
                    },
                },
            )
        finally:
            for server in servers.values():
                server.stop()
