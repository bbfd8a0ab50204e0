"""An emulator with its address and keys, as clients use it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from ncloud_datastream import Credentials, DataStream
from ncloud_datastream_emulator import Emulator
from support.calls import Options
from support.story import Keys, Story
from support.world import Place, World, wrong

# Creating one takes longer than a test, and none of these tests uses TLS.
_TLS = ssl.create_default_context()


@dataclass(frozen=True)
class Service:
    """An emulator, and the options with which clients reach it."""

    emulator: Emulator
    address: Options

    def options(self, keys: Keys = "sub account", **more: object) -> Options:
        """Return the arguments of a client."""
        return {"credentials": self.credentials(keys), "verify": _TLS, **self.address, **more}

    def credentials(self, keys: Keys) -> Credentials:
        """Return a key pair."""
        return {
            "sub account": self.emulator.credentials,
            "main account": self.emulator.main_credentials,
            "wrong secret": wrong(self.emulator.credentials),
        }[keys]

    def prepare(self, story: Story) -> Place:
        """Create what a story needs, and return its names and ids."""
        with DataStream(**self.options()) as ds:
            world = World(ds)
            if story.needs is not None:
                story.needs(world)
            return world.place

    def topic(self) -> Place:
        """Create a topic and wait until it is CREATED."""
        with DataStream(**self.options()) as ds:
            world = World(ds)
            world.topic()
            return world.place

    def called(self, operation: str) -> int:
        """Return how often an operation was called."""
        return sum(call.operation == operation for call in self.emulator.calls)
