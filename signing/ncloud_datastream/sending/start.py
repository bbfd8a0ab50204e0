"""Builds the plan of a run or a producer from a client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Literal

from ncloud_datastream.calls.servers import MESSAGE
from ncloud_datastream.errors import ConfigurationError
from ncloud_datastream.wire.pool import CLOSED
from ncloud_datastream.wire.session import AsyncSession, Session
from ncloud_datastream.wire.setup import Setup
from ncloud_datastream.wire.threaded import BackgroundWire

from .encode import Encoder
from .partitions import Partitioner
from .plan import Carrier, Plan, Report
from .producer_plan import OnDelivery, ProducerPlan, WhenFull


def plan(
    setup: Setup,
    session: Session | AsyncSession,
    *,
    concurrency: int,
    ordered: Literal["key"] | None,
    partitions: int | Mapping[str, int] | None,
    rate: float | None,
    progress: Report | None,
) -> Plan:
    """Return the plan for sending with a client.

    Args:
        setup: The configuration of the client.
        session: The session of the client.
        concurrency: See `Plan`.
        ordered: See `Plan`.
        partitions: The number of partitions; see `Partitioner`.
        rate: See `Plan`.
        progress: See `Plan`.

    Raises:
        ConfigurationError: An argument is invalid.
    """

    def check_open() -> None:
        if session.is_closed:
            raise ConfigurationError(CLOSED)

    def wire() -> Carrier:
        if isinstance(session, AsyncSession):
            return setup.new_async_wire(concurrency)
        tasks = setup.new_async_wire(concurrency) if setup.transport is None else None
        return BackgroundWire(session.wire, tasks, concurrency)

    return Plan(
        wire,
        Encoder(session.call_options).call,
        check_open,
        setup.auth.learn,
        session.call_options,
        concurrency=concurrency,
        ordered=ordered,
        rate=rate,
        progress=progress,
        description=session.call_options.servers[MESSAGE].url,
        partitioner=None if partitions is None else Partitioner(partitions),
    )


def producer_plan(
    setup: Setup,
    session: Session | AsyncSession,
    *,
    topic: str | None,
    concurrency: int,
    ordered: Literal["key"] | None,
    rate: float | None,
    partitions: int | Mapping[str, int] | None,
    max_buffered: int,
    max_buffered_bytes: int,
    when_full: WhenFull,
    on_delivery: OnDelivery | None,
) -> ProducerPlan:
    """Return the plan of a producer; see `ProducerPlan`.

    Raises:
        ConfigurationError: An argument is invalid.
    """
    sending = plan(
        setup,
        session,
        concurrency=concurrency,
        ordered=ordered,
        partitions=partitions,
        rate=rate,
        progress=None,
    )
    if isinstance(session, AsyncSession):
        wire = partial(setup.new_async_wire, concurrency, outlives_loop=True)
        sending = replace(sending, wire=wire)
    return ProducerPlan(
        # Accepted messages are sent even if the client is closed first; and a producer may have
        # other topics that do exist.
        replace(sending, check_open=lambda: None, stops_without_topic=False),
        sending.check_open,
        topic,
        max_buffered,
        max_buffered_bytes,
        when_full,
        on_delivery,
    )
