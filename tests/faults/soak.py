"""Sends many messages under random faults, and compares reports with what the emulator stored.

Single calls, `send_messages` and producers, each with both clients.

python tests/faults/soak.py [--count 100000] [--seed 1] [--share 20] [--at-least-once] [--record]
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio
from faults.clients import bulk_outcome
from faults.page import FIGURES
from faults.random_faults import WELL, RandomFaults
from faults.server import FaultServer, closed_port
from ncloud_datastream import (
    AsyncDataStream,
    AsyncProducer,
    Credentials,
    DataStream,
    DataStreamError,
    Delivery,
    Message,
    Producer,
    Retry,
)
from ncloud_datastream_emulator import Emulator

TIMEOUT = 2.0
THREADS = 16
TASKS = 48
_REFUSED_EVERY = 101
"""One in this number of messages is sent to a port that refuses connections."""

Report = tuple[str, DataStreamError | None]
"""A message value, and its error or None for delivered."""

Options = Mapping[str, Any]
Sender = Callable[[Credentials, Options, Options, str, list[str]], list[Report]]
"""Sends messages to a topic, most with the first options, some with the second."""


def _is_refused(value: str) -> bool:
    return int(value) % _REFUSED_EVERY == 0


def by_threads(
    keys: Credentials, options: Options, refused: Options, topic: str, values: list[str]
) -> list[Report]:
    """Send with one `DataStream` from many threads."""
    with DataStream(keys, **options) as ds, DataStream(keys, **refused) as dead:

        def send(value: str) -> Report:
            client = dead if _is_refused(value) else ds
            try:
                client.send_message(topic=topic, key=value, value=value)
            except DataStreamError as error:
                return value, _bare(error)
            return value, None

        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(send, values))


def by_tasks(
    keys: Credentials, options: Options, refused: Options, topic: str, values: list[str]
) -> list[Report]:
    """Send with one `AsyncDataStream` from many tasks."""
    reports: list[Report] = []

    async def main() -> None:
        async with (
            AsyncDataStream(keys, **options) as ds,
            AsyncDataStream(keys, **refused) as dead,
            anyio.create_task_group() as group,
        ):
            rest = iter(values)

            async def work() -> None:
                for value in rest:
                    client = dead if _is_refused(value) else ds
                    try:
                        await client.send_message(topic=topic, key=value, value=value)
                    except DataStreamError as error:
                        reports.append((value, _bare(error)))
                    else:
                        reports.append((value, None))

            for _ in range(TASKS):
                group.start_soon(work)

    anyio.run(main)
    return reports


def in_bulk(
    keys: Credentials, options: Options, refused: Options, topic: str, values: list[str]
) -> list[Report]:
    """Send with `DataStream.send_messages`."""
    reports: list[Report] = []
    for chosen, messages in _parts(options, refused, topic, values):
        with DataStream(keys, **chosen) as ds:
            reports += map(_report, ds.send_messages(messages, concurrency=TASKS))
    return reports


def in_bulk_by_tasks(
    keys: Credentials, options: Options, refused: Options, topic: str, values: list[str]
) -> list[Report]:
    """Send with `AsyncDataStream.send_messages`."""

    async def main() -> list[Report]:
        reports: list[Report] = []
        for chosen, messages in _parts(options, refused, topic, values):
            async with AsyncDataStream(keys, **chosen) as ds:
                sending = ds.send_messages(messages, concurrency=TASKS)
                reports += [_report(delivery) async for delivery in sending]
        return reports

    return anyio.run(main)


LIVES = 50
"""Number of successive producers, which end in different ways."""


def by_producers(
    keys: Credentials, options: Options, refused: Options, topic: str, values: list[str]
) -> list[Report]:
    """Send with producers of `DataStream` from many threads; some are closed early."""
    futures: list[tuple[str, Future[Delivery]]] = []
    for chosen, messages in _parts(options, refused, topic, values):
        with DataStream(keys, **chosen) as ds:
            for number, part in enumerate(_lives(messages)):
                producer = ds.producer(topic=topic, concurrency=TASKS, max_buffered=100 + number)

                def send(message: Message, producer: Producer = producer) -> None:
                    future = producer.send(key=message.key, value=message.value)
                    futures.append((message.value, future))

                with ThreadPoolExecutor(THREADS) as pool:
                    list(pool.map(send, part))
                # Every third has almost no time for the messages in flight.
                producer.close(timeout=None if number % 3 else number / 1000)
                assert producer.buffered == 0
    return [_settled(value, future) for value, future in futures]


def by_async_producers(
    keys: Credentials, options: Options, refused: Options, topic: str, values: list[str]
) -> list[Report]:
    """Send with producers of `AsyncDataStream`, with cancellations; some are closed early."""
    futures: dict[str, asyncio.Future[Delivery]] = {}
    deliveries: list[Delivery] = []

    async def send(producer: AsyncProducer, message: Message, *, cancelled: bool) -> None:
        sending = asyncio.ensure_future(producer.send(key=message.key, value=message.value))
        if cancelled:
            await asyncio.sleep(0)
            sending.cancel()
        try:
            futures[message.value] = await sending
        except asyncio.CancelledError:
            # The message was not accepted: send it again.
            futures[message.value] = await producer.send(key=message.key, value=message.value)
        if cancelled:
            futures[message.value].cancel()  # this cancels the wait, not the message

    async def live(chosen: Options, part: list[Message], number: int) -> None:
        async with AsyncDataStream(keys, **chosen) as ds:
            producer = ds.producer(
                topic=topic, concurrency=TASKS, max_buffered=100, on_delivery=deliveries.append
            )
            tasks = [
                send(producer, message, cancelled=place % 7 == 0)
                for place, message in enumerate(part)
            ]
            await asyncio.gather(*tasks)
            if number % 3 == 0:
                await producer.aclose(timeout=number / 1000)
            elif number % 3 == 1:
                closing = asyncio.ensure_future(producer.aclose())
                await asyncio.sleep(0.01)
                closing.cancel()
                await asyncio.wait([closing])
            # Every third is closed by the end of the loop.

    for chosen, messages in _parts(options, refused, topic, values):
        for number, part in enumerate(_lives(messages)):
            asyncio.run(live(chosen, part, number))
    assert all(future.done() for future in futures.values())
    return [_report(delivery) for delivery in deliveries]


def _lives(messages: list[Message]) -> Iterator[list[Message]]:
    size = -(-len(messages) // LIVES)
    for start in range(0, len(messages), size):
        yield messages[start : start + size]


def _settled(value: str, future: Future[Delivery]) -> Report:
    """Return the report of a future, which must be done."""
    assert future.done(), f"the future of {value} is not resolved"
    error = future.exception()
    if error is None:
        return _report(future.result())
    assert isinstance(error, DataStreamError)
    assert error.delivery is not None
    return _report(error.delivery)


def _parts(
    options: Options, refused: Options, topic: str, values: list[str]
) -> Iterator[tuple[Options, list[Message]]]:
    for made, dead in ((options, False), (refused, True)):
        yield made, [Message(topic, each, each) for each in values if _is_refused(each) is dead]


def _report(delivery: Delivery) -> Report:
    error = delivery.error
    name, doubt = ("", False) if error is None else (type(error).__name__, error.maybe_delivered)
    assert delivery.outcome is bulk_outcome(name, maybe_delivered=doubt), delivery
    return delivery.message.value, error if error is None else _bare(error)


@dataclass(frozen=True)
class Kind:
    """A kind of sending."""

    senders: tuple[Sender, ...]
    """Each sends an equal part of the messages."""
    limits: float
    """Weight of 429s: bulk sending slows down for seconds after each."""


KINDS = {
    "single calls": Kind((by_threads, by_tasks), 1.0),
    "`send_messages`": Kind((in_bulk, in_bulk_by_tasks), 0.01),
    "producers": Kind((by_producers, by_async_producers), 0.01),
}


def _bare(error: DataStreamError) -> DataStreamError:
    """Return an error without its causes: 100,000 errors are stored."""
    error.__cause__ = error.__context__ = error.__traceback__ = None
    return error


@dataclass(frozen=True)
class Figures:
    """The reports compared with the stored messages."""

    seed: int
    sent: int
    delivered: int
    refused: int
    """Reported as not delivered."""
    in_doubt: int
    """Reported with an unknown outcome."""
    in_doubt_stored: int
    """Of these, stored."""
    unreported: int
    """Not reported, or reported more than once."""
    lost: int
    """Reported as delivered, but not stored."""
    denied: int
    """Reported as not delivered, but stored."""
    duplicates: int
    """Stored more than once."""
    foreign: int
    """Stored, but never sent."""
    faults: int
    """Requests with an injected fault."""

    def broken_promises(self, *, at_least_once: bool = False) -> int:
        """Return the number of messages with another outcome than promised."""
        twice = 0 if at_least_once else self.duplicates
        return self.unreported + self.lost + self.denied + self.foreign + twice


def soak(
    kind: Kind,
    count: int,
    *,
    seed: int = 1,
    share: float = 20.0,
    at_least_once: bool = False,
) -> Figures:
    """Send messages under faults, and compare the reports with the stored messages.

    Args:
        kind: How they are sent.
        count: Number of messages.
        seed: Decides the faults.
        share: Percentage of requests with an injected fault.
        at_least_once: Send with `Retry(at_least_once=True)`.
    """
    reports: list[Report] = []
    with FaultServer() as server, Emulator(seed=seed) as emulator, closed_port() as dead:
        topic = _topic(emulator)
        faults = RandomFaults(emulator.url, seed, share, kind.limits)
        with server.site(faults) as site:
            common = {"timeout": TIMEOUT, "retry": Retry(at_least_once=at_least_once)}
            options = {**common, "management_url": site.url, "message_url": site.url}
            refused = {
                "timeout": TIMEOUT,
                "retry": Retry(max_attempts=1),
                "management_url": dead.url,
                "message_url": dead.url,
            }
            values = [str(number) for number in range(1, count + 1)]
            for number, send in enumerate(kind.senders):
                part = values[number :: len(kind.senders)]
                reports += send(emulator.credentials, options, refused, topic, part)
            assert not site.broken, site.broken[:3]
        held = Counter(message.value for message in emulator.messages(topic))
    injected = faults.events.total() - faults.events[WELL.name]
    return compared(values, reports, held, seed=seed, faults=injected)


def _topic(emulator: Emulator) -> str:
    with DataStream(
        emulator.credentials, management_url=emulator.url, message_url=emulator.url
    ) as ds:
        made = ds.create_topic(name=f"{ds.get_topic_prefix().prefix}soak", partitions=3)
        ds.wait_for_topic(made.topic_id)
        return made.topic_name


def compared(
    sent: list[str], reports: list[Report], held: Counter[str], *, seed: int = 0, faults: int = 0
) -> Figures:
    """Compare the messages sent, reported and stored, one by one."""
    delivered = [value for value, error in reports if error is None]
    doubt = [value for value, error in reports if error is not None and error.maybe_delivered]
    refused = [value for value, error in reports if error is not None and not error.maybe_delivered]
    said = Counter(value for value, _ in reports)
    return Figures(
        seed=seed,
        sent=len(sent),
        delivered=len(delivered),
        refused=len(refused),
        in_doubt=len(doubt),
        in_doubt_stored=sum(held[value] > 0 for value in doubt),
        unreported=sum(said[value] != 1 for value in sent),
        lost=sum(held[value] == 0 for value in delivered),
        denied=sum(held[value] > 0 for value in refused),
        duplicates=sum(times > 1 for times in held.values()),
        foreign=len(held.keys() - set(sent)),
        faults=faults,
    )


def main() -> int:
    """Run the soak from the command line, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="messages of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=20.0)
    parser.add_argument("--at-least-once", action="store_true")
    parser.add_argument("--record", action="store_true", help="record the figures for the page")
    given = parser.parse_args()
    broken = 0
    kept: dict[str, dict[str, int]] = {}
    for name, kind in KINDS.items():
        began = time.monotonic()
        figures = soak(
            kind, given.count, seed=given.seed, share=given.share, at_least_once=given.at_least_once
        )
        print(f"{name}: {time.monotonic() - began:,.0f} s")
        kept[name] = vars(figures)
        for what, number in kept[name].items():
            print(f"  {what.replace('_', ' '):<16}{number:>9,}")
        broken += figures.broken_promises(at_least_once=given.at_least_once)
    if given.record:
        FIGURES.write_text(json.dumps(kept, indent=2) + "\n")
    print("no promise broken" if not broken else f"{broken:,} promises broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
