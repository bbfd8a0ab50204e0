"""What a server sends before it is asked, or beyond what it was asked, answers no call."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from faults import scripts
from faults.certificates import Certificates
from faults.clients import CLIENTS, KEYS
from faults.places import Direct, Pushed, Tunnelled
from faults.server import FaultServer, Peer
from faults.test_deadlines import to
from ncloud_datastream import AsyncDataStream, BadRequestError, Retry, TransportError

PUSHED = scripts.answer(b'{"status": 200, "topicId": "t1", "topicName": "n", "detail": "OK"}')

each_client = pytest.mark.parametrize("client", CLIENTS)


@each_client
@pytest.mark.parametrize("certificate", [None, "good"], ids=["http", "https"])
@pytest.mark.parametrize("data", [PUSHED, scripts.answer(b"", 408)], ids=["200", "408"])
def test_an_answer_before_the_request_does_not_count(
    server: FaultServer,
    certificates: Certificates,
    client: str,
    certificate: str | None,
    data: bytes,
) -> None:
    """The client signs no request before the server has sent it, on each new connection."""
    run, _ = CLIENTS[client]
    with Pushed(data, certificate).open(server, certificates) as (options, site):
        result = run({**options, "retry": Retry(max_attempts=2)}, "POST", False, None)
    assert type(result.error) is TransportError
    assert (result.error.attempts, result.error.maybe_delivered) == (2, False)
    assert "before the request" in str(result.error)
    assert site.connections == 2


async def one_too_many(peer: Peer) -> None:
    """Answer the first request with its answer and one more; refuse all others."""
    while True:
        request = await peer.request()
        if len(peer.site.requests) == 1:
            await peer.send_at_once(scripts.answer(scripts.success(request)), PUSHED)
            peer.site.closed.set()
        else:
            await peer.send(scripts.answer(b"{}", 400))


@each_client
@pytest.mark.parametrize(
    "place",
    [Direct(one_too_many), Direct(one_too_many, "good"), Tunnelled(one_too_many)],
    ids=["http", "https", "proxy"],
)
def test_an_answer_too_many_is_not_the_next_calls(
    server: FaultServer, certificates: Certificates, client: str, place: Any
) -> None:
    """It comes together with the right one, over TLS as a record of its own: a 200 before a 400."""
    run, _ = CLIENTS[client]
    with place.open(server, certificates) as (options, site):
        result = run(options, "POST", False, lambda: site.closed.wait(20))
    assert type(result.error) is BadRequestError
    assert (len(site.requests), site.connections) == (2, 2)


async def test_the_next_call_need_not_wait_for_it(server: FaultServer) -> None:
    """Of many calls one after another, none gets what belongs to another."""
    with server.site(scripts.excess_at_once) as site:
        async with AsyncDataStream(KEYS, **to(site)) as ds:
            for _ in range(20):
                assert (await asyncio.wait_for(ds.get_topic("t"), 20)).topic_id == "t1"
    assert site.connections == 20
