"""An emulator as clients see it: at an address, with keys."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from ncloud_datastream import Credentials, DataStream
from ncloud_datastream_emulator import Emulator
from support.calls import Options
from support.story import Keys, Story
from support.world import Place, World, wrong

# Making one takes longer than a whole test, and none of these tests speaks TLS.
_TLS = ssl.create_default_context()


@dataclass(frozen=True)
class Service:
    """An emulator, and how clients get to it."""

    emulator: Emulator
    address: Options

    def options(self, keys: Keys = "sub account", **more: object) -> Options:
        """The arguments of a client."""
        return {"credentials": self.credentials(keys), "verify": _TLS, **self.address, **more}

    def credentials(self, keys: Keys) -> Credentials:
        """A pair of keys."""
        return {
            "sub account": self.emulator.credentials,
            "main account": self.emulator.main_credentials,
            "wrong secret": wrong(self.emulator.credentials),
        }[keys]

    def prepare(self, story: Story) -> Place:
        """Make what a story needs, and say what it is called."""
        with DataStream(**self.options()) as ds:
            world = World(ds)
            if story.needs is not None:
                story.needs(world)
            return world.place

    def topic(self) -> Place:
        """Make a topic that is CREATED."""
        with DataStream(**self.options()) as ds:
            world = World(ds)
            world.topic()
            return world.place

    def called(self, operation: str) -> int:
        """How often an operation was called."""
        return sum(call.operation == operation for call in self.emulator.calls)
