"""Every cell of the fault table, on real sockets."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from faults.cells import Cell, Ran, cells, check, run_all
from faults.certificates import Certificates
from faults.server import FaultServer

CELLS = list(cells())
FAST = {("GET", "sync"), ("POST", "async"), ("POST", "sending-sync")}
"""The cells that the default suite runs, if no deadline has to pass; `make faults` runs all."""


def _parameter(cell: Cell) -> object:
    fast = (cell.kind, cell.client) in FAST and not cell.short
    return pytest.param(cell, id=str(cell), marks=() if fast else pytest.mark.faults)


@pytest.fixture(scope="session")
def ran(
    request: pytest.FixtureRequest, server: FaultServer, certificates: Certificates
) -> dict[Cell, Future[Ran]]:
    """The results of all selected cells, which run in parallel because they mostly wait."""
    wanted = [
        item.callspec.params["cell"]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.originalname == "test_a_fault_has_the_promised_outcome"
    ]
    return run_all(wanted, server, certificates)


@pytest.mark.parametrize("cell", [_parameter(cell) for cell in CELLS])
def test_a_fault_has_the_promised_outcome(cell: Cell, ran: dict[Cell, Future[Ran]]) -> None:
    check(cell, ran[cell].result())


def test_the_table_has_at_least_150_distinct_cells() -> None:
    assert len(CELLS) >= 150
    assert len({str(cell) for cell in CELLS}) == len(CELLS)
