"""Each cell of the table of faults, on real sockets."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from faults.cells import Cell, Ran, cells, check, run_all
from faults.certificates import Certificates
from faults.server import FaultServer

CELLS = list(cells())
FAST = {"GET", "POST"}
"""The kinds that the default suite runs, where no deadline has to pass; all by `make faults`."""


def _parameter(cell: Cell) -> object:
    fast = cell.kind in FAST and not cell.short
    return pytest.param(cell, id=str(cell), marks=() if fast else pytest.mark.faults)


@pytest.fixture(scope="session")
def ran(
    request: pytest.FixtureRequest, server: FaultServer, certificates: Certificates
) -> dict[Cell, Future[Ran]]:
    """What came of the cells of this run: all are made at the first, for they mostly wait."""
    wanted = [
        item.callspec.params["cell"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == "test_cell"
    ]
    return run_all(wanted, server, certificates)


@pytest.mark.parametrize("cell", [_parameter(cell) for cell in CELLS])
def test_cell(cell: Cell, ran: dict[Cell, Future[Ran]]) -> None:
    check(cell, ran[cell].result())


def test_there_are_cells_enough() -> None:
    assert len(CELLS) >= 150
    assert len({str(cell) for cell in CELLS}) == len(CELLS)
