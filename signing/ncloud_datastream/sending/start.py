"""From a client to the plan of a sending: which way the messages take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from ncloud_datastream import servers
from ncloud_datastream.arguments import Setup
from ncloud_datastream.client import AsyncDataStream, DataStream
from ncloud_datastream.session import AsyncSession, Session

from .partitions import Partitioner
from .plan import Plan, Report
from .through_httpx import AsyncCarrier, ThreadCarrier
from .way import Carrier
from .wire import Wire


def plan(
    client: DataStream | AsyncDataStream,
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
        client: The client.
        setup: What it was made of.
        session: Its session.
        concurrency: See `Plan`, as for the rest.
        ordered: See there.
        partitions: How many partitions topics have; see `Partitioner`.
        rate: See there.
        progress: See there.

    Raises:
        ConfigurationError: An argument cannot be right.
    """
    url = setup.urls[servers.MESSAGE]
    carrier: Callable[[], Carrier]
    if not setup.only_httpx:
        wire = Wire(
            setup.auth,
            url,
            setup.verify,
            session.routing.headers,
            lambda: session.is_closed,
            any_2xx_delivers=session.routing.any_2xx_delivers,
        )
        carrier, how = lambda: wire, repr(wire)
    else:
        how = f"{url} through httpx"
        if isinstance(client, AsyncDataStream):
            carrier = partial(AsyncCarrier, client)
        else:
            carrier = partial(ThreadCarrier, client, concurrency)
    return Plan(
        carrier,
        session.routing.retry,
        session.routing.timeout,
        concurrency=concurrency,
        ordered=ordered,
        rate=rate,
        progress=progress,
        description=how,
        partitioner=None if partitions is None else Partitioner(partitions),
    )
