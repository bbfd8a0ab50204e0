"""The cells of the fault table: a fault, a kind of request and a client."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import ncloud_datastream
import pytest
from faults.certificates import Certificates
from faults.clients import CLIENTS, Result
from faults.places import no_such_names
from faults.promises import SHORT, Outcome, Row
from faults.server import FaultServer, Site
from faults.table import rows
from ncloud_datastream import Retry
from ncloud_datastream.wire import reuse

AT_ONCE = 24
"""Cells that run in parallel; they mostly wait."""

SLACK = 20.0
"""Extra seconds for a busy machine; a call without a deadline would take minutes."""

_MAX_ELAPSED = 50.0


@dataclass(frozen=True, eq=False)
class Cell:
    """One promised outcome."""

    row: Row
    kind: str
    client: str

    @property
    def promised(self) -> Outcome:
        return self.row.outcomes[self.kind]

    @property
    def short(self) -> bool:
        """Return whether a deadline has to pass."""
        return self.row.timeout <= SHORT

    def __str__(self) -> str:
        return f"{self.row.name}-{self.kind}-{self.client}"


@dataclass(frozen=True)
class Ran:
    """The result of a cell."""

    result: Result
    site: Site


def cells() -> Iterator[Cell]:
    """Return all cells."""
    for row in rows():
        for kind in row.outcomes:
            for client, (_, kinds) in CLIENTS.items():
                if kind in kinds:
                    yield Cell(row, kind, client)


def run(cell: Cell, server: FaultServer, certificates: Certificates) -> Ran:
    """Run a cell."""
    row = cell.row
    client, _ = CLIENTS[cell.client]
    kind = "waiter" if row.waiter else cell.kind
    retry = Retry(max_elapsed=_MAX_ELAPSED, **row.options)
    with row.place(server, certificates) as (options, site):
        before = (lambda: site.closed.wait(SLACK)) if row.warm else None
        result = client({**options, "retry": retry, "timeout": row.timeout}, kind, row.big, before)
    return Ran(result, site)


@contextmanager
def idle_forever() -> Iterator[None]:
    """Disable the idle limit, which a busy machine could exceed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reuse, "IDLE_LIMIT", math.inf)
        yield


def run_all(
    wanted: Collection[Cell], server: FaultServer, certificates: Certificates
) -> dict[Cell, Future[Ran]]:
    """Run cells in parallel."""
    ran: dict[Cell, Future[Ran]] = {}
    with no_such_names(), idle_forever():
        # Cells with short deadlines run apart, so that their clients send in time.
        for short in (True, False):
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for cell in wanted:
                    if cell.short is short:
                        ran[cell] = pool.submit(run, cell, server, certificates)
    return ran


def check(cell: Cell, ran: Ran) -> None:
    """Compare the result of a cell with its promised outcome."""
    row, promised, error, site = cell.row, cell.promised, ran.result.error, ran.site
    assert not site.broken
    if promised.error:
        assert error is not None, "the call succeeded"
        assert type(error) is getattr(ncloud_datastream, promised.error), repr(error)
        assert error.maybe_delivered is promised.maybe_delivered, repr(error)
        assert error.attempts == promised.attempts, repr(error)
    else:
        assert error is None, repr(error)
    seen = {
        "requests": len(site.requests) - row.warm,
        "connections": site.connections,
        "nothing": promised.attempts,
    }[row.counted]
    assert seen == promised.attempts + row.clock, site
    if promised.attempts > 1:
        assert ran.result.seconds >= row.waits
    # Each attempt has its own deadline, with waits of at most 0.5 and 1 second between them.
    assert ran.result.seconds < promised.attempts * row.timeout + row.waits + 1.5 + SLACK
