"""A proxy that is spoken to over TLS: httpx carries there, with the same outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from faults import scripts
from faults.certificates import Certificates
from faults.clients import CLIENTS
from faults.server import FaultServer, Script, Site
from ncloud_datastream import Retry, TransportError

each_client = pytest.mark.parametrize("client", CLIENTS)


def over_tls(way: Site, certificates: Certificates) -> httpx.Proxy:
    # Its certificate is checked by its own context: `verify` is for the servers beyond it.
    return httpx.Proxy(way.url, ssl_context=certificates.client)


@pytest.fixture
def beyond(server: FaultServer, certificates: Certificates) -> Iterator[Any]:
    """Serves a script beyond such a proxy; gives a client's arguments and what counts."""
    with ExitStack() as stack:

        def serve(script: Script) -> tuple[dict[str, Any], Site]:
            site = stack.enter_context(server.site(script, tls=certificates.good))
            way = stack.enter_context(
                server.site(scripts.proxy_to(site.port), tls=certificates.good)
            )
            urls = dict.fromkeys(("management_url", "message_url"), site.url)
            return {
                **urls,
                "verify": certificates.client,
                "proxy": over_tls(way, certificates),
            }, site

        yield serve


@each_client
@pytest.mark.parametrize("kind", ["GET", "POST"])
def test_calls_go_through_it(beyond: Any, client: str, kind: str) -> None:
    run, kinds = CLIENTS[client]
    if kind not in kinds:
        kind = kinds[0]
    options, site = beyond(scripts.well)
    assert run(options, kind, False, None).error is None
    assert len(site.requests) == 1


@each_client
def test_what_was_sent_beyond_it_is_in_doubt(beyond: Any, client: str) -> None:
    run, _ = CLIENTS[client]
    options, site = beyond(scripts.close_after_reading)
    error = run({**options, "retry": Retry()}, "POST", False, None).error
    assert type(error) is TransportError
    assert (error.attempts, error.maybe_delivered) == (1, True)
    assert len(site.requests) == 1


@each_client
def test_what_the_proxy_refuses_was_not_sent(
    server: FaultServer, certificates: Certificates, client: str
) -> None:
    run, _ = CLIENTS[client]
    refuse = scripts.proxy_says(scripts.answer(status=403))
    with server.site(refuse, tls=certificates.good) as way:
        urls = dict.fromkeys(("management_url", "message_url"), "https://service.test")
        options = {**urls, "verify": certificates.client, "proxy": over_tls(way, certificates)}
        error = run({**options, "retry": Retry(max_attempts=2)}, "POST", False, None).error
    assert type(error) is TransportError
    assert (error.attempts, error.maybe_delivered) == (2, False)
