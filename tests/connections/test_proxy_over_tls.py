"""An https proxy, which httpx's transport connects to: the same outcomes as without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from faults import scripts
from faults.certificates import Certificates
from faults.clients import CLIENTS
from faults.server import FaultServer
from ncloud_datastream import Retry, TransportError


@pytest.mark.parametrize("client", CLIENTS)
def test_calls_through_a_proxy_over_tls_have_the_same_outcomes(
    server: FaultServer, certificates: Certificates, client: str
) -> None:
    run, _ = CLIENTS[client]

    def post(url: str, proxy: str, before: Callable[[], None] | None = None) -> Any:
        # The certificate of the proxy is checked with its own context, not with `verify`.
        over_tls = httpx.Proxy(proxy, ssl_context=certificates.client)
        options = {
            **dict.fromkeys(("management_url", "message_url"), url),
            "verify": certificates.client,
            "proxy": over_tls,
            "retry": Retry(max_attempts=1),
        }
        return run(options, "POST", False, before).error

    for script, error, maybe_delivered, before in (
        (scripts.healthy, type(None), False, lambda: None),  # with a first call before
        (scripts.close_after_reading, TransportError, True, None),
    ):
        with (
            server.site(script, tls=certificates.good) as site,
            server.site(scripts.proxy_to(site.port), tls=certificates.good) as proxy,
        ):
            found = post(site.url, proxy.url, before)
        assert type(found) is error
        assert found is None or found.maybe_delivered is maybe_delivered
        assert len(site.requests) == (1 if before is None else 2)
    with server.site(
        scripts.proxy_responds(scripts.answer(status=403)), tls=certificates.good
    ) as proxy:
        found = post("https://service.test", proxy.url)
    assert type(found) is TransportError
    assert not found.maybe_delivered
