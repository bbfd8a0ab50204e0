"""The table of faults once more, parsed with h11: sending promises the same without httptools."""

from __future__ import annotations

import pytest
from faults.cells import cells, check, run_all
from faults.certificates import Certificates
from faults.server import FaultServer
from sending.sendings import parsing_with

CLIENTS = ("sending", "sending-sync")


@pytest.mark.faults
@pytest.mark.parametrize("client", CLIENTS)
def test_every_fault_with_h11(client: str) -> None:
    wanted = [cell for cell in cells() if cell.client == client]
    assert len(wanted) > 100
    with FaultServer() as server, parsing_with("h11"):
        ran = run_all(wanted, server, Certificates())
    for cell in wanted:
        check(cell, ran[cell].result())
