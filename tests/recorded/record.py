"""Record the cassettes: `make record`, or from NCP with your keys `make record LIVE=1`.

Each story of `support.stories` becomes one cassette with one exchange; its setup is not recorded.
Nothing is written until all stories are recorded and every cassette is clean.

LIVE=1 creates a topic in your account and deletes it again. The connector stories need a bucket and
a service role: NCLOUD_DATASTREAM_LOCATION (s3a://bucket/path) and NCLOUD_DATASTREAM_ROLE_NRN.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import yaml
from vcr import VCR
from vcr.request import Request

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from ncloud_datastream import ApiError, ConfigurationError, Credentials, DataStream, Retry
from ncloud_datastream_api.api import SERVERS
from ncloud_datastream_emulator import Emulator
from recorded.scrubbing import LeakError, Scrubber, leaks
from support.calls import Options
from support.stories import STORIES
from support.story import Keys, Raises, Story
from support.world import Place, World, wrong

CASSETTES = Path(__file__).with_name("cassettes")
MOMENT = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
"""The time of the emulator's cassettes, for the emulator and the client."""
SEED = "cassettes"

# The default of httpx, created once, since that takes longer than a story.
_TLS = httpx.create_ssl_context()


@dataclass(frozen=True)
class Source:
    """A service to record from.

    Args:
        title: Its description, for the head of each cassette.
        keys: The available keys; stories that need others are not recorded.
        options: The options of clients.
        place: The bucket and role for connectors; None excludes their stories.
        urls: The base URLs, with their replacements in the cassettes.
    """

    title: str
    keys: Mapping[Keys, Credentials]
    options: Options
    place: Place | None = field(default_factory=Place)
    urls: Mapping[str, str] = field(default_factory=dict)

    def client(self, keys: Keys = "sub account", **more: Any) -> DataStream:
        """Return a client."""
        return DataStream(self.keys[keys], verify=_TLS, **self.options, **more)

    def offers(self, story: Story) -> bool:
        """Return whether everything that a story needs is available."""
        needs_place = story.needs in (World.connector, World.no_connector)
        return story.keys in self.keys and not (needs_place and self.place is None)

    @property
    def secrets(self) -> list[str]:
        """The values that must not be in a cassette."""
        return [part for pair in self.keys.values() for part in (pair.access_key, pair.secret_key)]


def emulated() -> Source:
    """Return the local emulator, in process, with a frozen clock: the same every time."""
    emulator = Emulator(clock=MOMENT.timestamp, seed=SEED)
    keys: dict[Keys, Credentials] = {
        "sub account": emulator.credentials,
        "main account": emulator.main_credentials,
        "wrong secret": wrong(emulator.credentials),
    }
    options = {"transport": emulator.transport(), "clock": MOMENT.timestamp}
    return Source("the local emulator (not from NCP), with its clock at", keys, options)


def live(credentials: Credentials, urls: Mapping[str, str], variables: Mapping[str, str]) -> Source:
    """Return NCP with the given keys, or the service at other URLs.

    Args:
        credentials: The keys of a sub account.
        urls: Base URL of each server.
        variables: The environment.
    """
    location = variables.get("NCLOUD_DATASTREAM_LOCATION")
    role_nrn = variables.get("NCLOUD_DATASTREAM_ROLE_NRN")
    return Source(
        "NCP itself, on" if urls == SERVERS else "another service than NCP, on",
        {"sub account": credentials, "wrong secret": wrong(credentials)},
        {f"{name}_url": url for name, url in urls.items()},
        Place(location=location, role_nrn=role_nrn) if location and role_nrn else None,
        {url: SERVERS[name] for name, url in urls.items()},
    )


def record(source: Source, folder: Path, stories: Iterable[Story] = STORIES) -> list[str]:
    """Record stories into a folder; return remarks for the user.

    Raises:
        NotSignedError: A request was not signed; nothing was sent or written.
        LeakError: A cassette would contain a secret; nothing was written.
        DataStreamError: The service could not be used.
    """
    cassettes: dict[str, str] = {}
    remarks = []
    with source.client() as ds:
        world = World(ds, source.place or Place())
        try:
            for story in stories:
                if not source.offers(story):
                    remarks.append(f"{story.id}: not recorded, keys or a bucket are missing")
                    continue
                if story.needs is not None:
                    story.needs(world)
                text, end = record_story(story, source, world.place)
                if found := leaks(text, source.secrets):
                    raise LeakError(f"{story.id}: {', '.join(found)}")
                if end != expected_end(story):
                    remarks.append(f"{story.id}: {end} instead of {expected_end(story)}")
                cassettes[story.id] = text
        finally:
            world.no_topic()
    folder.mkdir(exist_ok=True)
    for name, text in cassettes.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return remarks


def record_story(story: Story, source: Source, place: Place) -> tuple[str, str]:
    """Make the call of a story; return the text of the cassette and the outcome."""
    scrubber = Scrubber(place, source.urls)
    call = story.call(place)

    def make(client: DataStream) -> str:
        try:
            call.on(client)
        except ApiError as error:
            return type(error).__name__
        return "success"

    with source.client(story.keys, retry=Retry(max_attempts=1)) as client:
        exchanges, end = listen(scrubber, lambda: make(client))
    when = f"{datetime.fromtimestamp(client_clock(source), UTC):%Y-%m-%d %H:%M}"
    head = (
        f"# {story.operation}: {end}. The story {story.id} of tests/support/stories.py.\n"
        f"# Recorded from {source.title} {when} UTC by `make record`.\n"
        f"# Filtered by tests/recorded/scrubbing.py; names and ids are placeholders.\n"
    )
    return head + yaml.dump(
        {"interactions": exchanges, "version": 1},
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=1000,
    ), end


def listen(scrubber: Scrubber, act: Callable[[], str]) -> tuple[list[dict[str, Any]], str]:
    """Record the calls of a function; return the cleaned exchanges and its result."""
    recorder = VCR(
        record_mode="all",
        before_record_request=scrubber.request,
        before_record_response=scrubber.response,
    )
    recorder.register_persister(_Nowhere)
    with recorder.use_cassette("nowhere") as cassette:
        end = act()
        pairs = list(zip(cassette.requests, cassette.responses, strict=True))
    return [_exchange(request, response) for request, response in pairs], end


def expected_end(story: Story) -> str:
    """Return the expected outcome of a story."""
    return story.ends.error.__name__ if isinstance(story.ends, Raises) else "success"


def client_clock(source: Source) -> float:
    """Return the time of the clients' clock."""
    clock: Callable[[], float] = source.options.get("clock", datetime.now(UTC).timestamp)
    return clock()


def main(variables: Mapping[str, str], folder: Path = CASSETTES) -> int:
    """Record, and print the result."""
    if variables.get("LIVE") == "1":
        source = live(Credentials.find(), SERVERS, variables)
    else:
        source = emulated()
    for remark in record(source, folder):
        print(remark)  # noqa: T201
    print(f"{len(list(folder.glob('*.yaml')))} cassettes in {folder}")  # noqa: T201
    return 0


class _Nowhere:
    """A persister that writes nothing: cassettes are written once all of them are clean."""

    @staticmethod
    def load_cassette(*_: object, **__: object) -> tuple[list[Any], list[Any]]:
        return [], []

    @staticmethod
    def save_cassette(*_: object, **__: object) -> None:
        pass


class _Dumper(yaml.SafeDumper):
    """Writes multi-line strings as literal blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    )


_Dumper.add_representer(str, _text)


def _exchange(request: Request, response: dict[str, Any]) -> dict[str, Any]:
    body = response["body"]["string"].decode()
    return {
        "request": {
            "method": request.method,
            "uri": request.uri,
            "headers": {name: [value] for name, value in request.headers.items()},
            "body": request.body.decode(),
        },
        "response": {
            "status": response["status"],
            "headers": response["headers"],
            "body": {"string": body},
        },
    }


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        try:
            sys.exit(main(os.environ))
        except (ConfigurationError, ApiError) as error:
            sys.exit(str(error))
