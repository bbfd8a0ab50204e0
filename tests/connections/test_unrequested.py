"""Unrequested responses never count as the response to a call; see also the fault table."""

from __future__ import annotations

import asyncio

import pytest
from faults import scripts
from faults.certificates import Certificates
from faults.clients import CLIENTS, KEYS
from faults.places import pushed
from faults.server import FaultServer
from faults.test_deadlines import to
from ncloud_datastream import AsyncDataStream, Retry, TransportError


@pytest.mark.parametrize("client", ["sync", "async"])
def test_the_error_names_a_response_before_the_request(
    server: FaultServer, certificates: Certificates, client: str
) -> None:
    run, _ = CLIENTS[client]
    with pushed(scripts.answer(b"", 408))(server, certificates) as (options, _):
        result = run({**options, "retry": Retry(max_attempts=1)}, "POST", False, None)
    assert type(result.error) is TransportError
    assert "sent data on it before the request" in str(result.error)


async def test_surplus_responses_never_answer_the_next_of_many_calls(server: FaultServer) -> None:
    with server.site(scripts.excess_at_once) as site:
        async with AsyncDataStream(KEYS, **to(site)) as ds:
            for _ in range(20):
                assert (await asyncio.wait_for(ds.get_topic("t"), 20)).topic_id == "t1"
    assert site.connections == 20
