"""Many sends under random faults: what the client says of each, against what the emulator holds.

python tests/faults/soak.py [--count 100000] [--seed 1] [--share 20] [--at-least-once]
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio
from faults.server import FaultServer, nobody
from faults.weather import Weather
from ncloud_datastream import AsyncDataStream, Credentials, DataStream, DataStreamError, Retry
from ncloud_datastream_emulator import Emulator

TIMEOUT = 1.0
THREADS = 16
TASKS = 48
_REFUSED_EVERY = 101
"""Every so many messages are sent to a port at which nobody listens."""

Reports = dict[str, DataStreamError | None]
"""What a client said of each message: its error, or None for delivered."""

Options = Mapping[str, Any]
Sender = Callable[[Credentials, Options, Options, str, Iterable[str]], Reports]
"""Sends messages to a topic: most as the first options say, some as the second ones do."""


def by_threads(
    keys: Credentials, options: Options, refused: Options, topic: str, values: Iterable[str]
) -> Reports:
    """Send with one `DataStream` from many threads."""
    with DataStream(keys, **options) as ds, DataStream(keys, **refused) as dead:

        def send(value: str) -> DataStreamError | None:
            client = dead if int(value) % _REFUSED_EVERY == 0 else ds
            try:
                client.send_message(topic=topic, key=value, value=value)
            except DataStreamError as error:
                return _bare(error)
            return None

        values = list(values)
        with ThreadPoolExecutor(THREADS) as pool:
            return dict(zip(values, pool.map(send, values), strict=True))


def by_tasks(
    keys: Credentials, options: Options, refused: Options, topic: str, values: Iterable[str]
) -> Reports:
    """Send with one `AsyncDataStream` from many tasks."""
    reports: Reports = {}

    async def main() -> None:
        async with (
            AsyncDataStream(keys, **options) as ds,
            AsyncDataStream(keys, **refused) as dead,
            anyio.create_task_group() as group,
        ):
            rest = iter(list(values))

            async def work() -> None:
                for value in rest:
                    client = dead if int(value) % _REFUSED_EVERY == 0 else ds
                    try:
                        await client.send_message(topic=topic, key=value, value=value)
                    except DataStreamError as error:
                        reports[value] = _bare(error)
                    else:
                        reports[value] = None

            for _ in range(TASKS):
                group.start_soon(work)

    anyio.run(main)
    return reports


SENDERS: dict[str, Sender] = {"sync": by_threads, "async": by_tasks}


def _bare(error: DataStreamError) -> DataStreamError:
    """The error without what it was raised from: a hundred thousand are kept."""
    error.__cause__ = error.__context__ = error.__traceback__ = None
    return error


@dataclass(frozen=True)
class Figures:
    """Both accounts, compared one by one."""

    sent: int
    delivered: int
    refused: int
    """Reported as certainly not delivered."""
    in_doubt: int
    """Reported as perhaps delivered."""
    in_doubt_stored: int
    """Those among them that the emulator holds."""
    unreported: int
    """Not reported at all."""
    lost: int
    """Reported as delivered, and not held."""
    denied: int
    """Reported as certainly not delivered, and held."""
    duplicates: int
    """Held more than once."""
    foreign: int
    """Held, and never sent."""
    seconds: float
    events: Counter[str]

    @property
    def broken_promises(self) -> int:
        """How many messages came out otherwise than promised, duplicates not among them."""
        return self.unreported + self.lost + self.denied + self.foreign


def soak(count: int, *, seed: int = 1, share: float = 20.0, at_least_once: bool = False) -> Figures:
    """Send messages under faults, an equal part with each sender, and compare the accounts.

    Args:
        count: How many.
        seed: What decides the faults.
        share: How many of a hundred requests something befalls.
        at_least_once: Send with `Retry(at_least_once=True)`.
    """
    began = time.monotonic()
    reports: Reports = {}
    with FaultServer() as server, Emulator(seed=seed) as emulator, nobody() as dead:
        topic = _topic(emulator)
        weather = Weather(emulator.url, seed, share)
        with server.site(weather) as site:
            common = {"timeout": TIMEOUT, "retry": Retry(at_least_once=at_least_once)}
            options = {**common, "management_url": site.url, "message_url": site.url}
            refused = {
                "timeout": TIMEOUT,
                "retry": Retry(max_attempts=1),
                "management_url": dead.url,
                "message_url": dead.url,
            }
            values = [str(number) for number in range(1, count + 1)]
            for number, send in enumerate(SENDERS.values()):
                part = values[number :: len(SENDERS)]
                reports |= send(emulator.credentials, options, refused, topic, part)
            assert not site.broken, site.broken[:3]
        held = Counter(message.value for message in emulator.messages(topic))
    return _compared(values, reports, held, time.monotonic() - began, weather.did)


def _topic(emulator: Emulator) -> str:
    with DataStream(
        emulator.credentials, management_url=emulator.url, message_url=emulator.url
    ) as ds:
        made = ds.create_topic(name=f"{ds.get_topic_prefix().prefix}soak", partitions=3)
        ds.wait_for_topic(made.topic_id)
        return made.topic_name


def _compared(
    sent: list[str], reports: Reports, held: Counter[str], seconds: float, events: Counter[str]
) -> Figures:
    errors = {value: error for value, error in reports.items() if error is not None}
    delivered = [value for value, error in reports.items() if error is None]
    doubt = [value for value, error in errors.items() if error.maybe_delivered]
    refused = [value for value, error in errors.items() if not error.maybe_delivered]
    return Figures(
        sent=len(sent),
        delivered=len(delivered),
        refused=len(refused),
        in_doubt=len(doubt),
        in_doubt_stored=sum(held[value] > 0 for value in doubt),
        unreported=len(set(sent) - set(reports)),
        lost=sum(held[value] == 0 for value in delivered),
        denied=sum(held[value] > 0 for value in refused),
        duplicates=sum(times > 1 for times in held.values()),
        foreign=len(set(held) - set(sent)),
        seconds=seconds,
        events=events,
    )


def main() -> int:
    """Run it as the command line says, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=20.0)
    parser.add_argument("--at-least-once", action="store_true")
    given = parser.parse_args()
    figures = soak(
        given.count, seed=given.seed, share=given.share, at_least_once=given.at_least_once
    )
    for name, value in vars(figures).items():
        if name != "events":
            print(f"{name.replace('_', ' '):<18}{value:>9,.0f}")
    print(
        "events:", ", ".join(f"{name} {times:,}" for name, times in sorted(figures.events.items()))
    )
    broken = figures.broken_promises + (0 if given.at_least_once else figures.duplicates)
    print("every promise kept" if not broken else f"{broken:,} promises broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
