"""Tunnels through an http proxy: the CONNECT request, its response, and failures."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from connections.lines import Line, both_kinds, in_thread, server_at
from faults import scripts
from faults.certificates import Certificates
from faults.server import FaultServer, Peer
from faults.test_lifecycle import until
from ncloud_datastream.wire.tunnel import HttpProxy, Tunnel, TunnelError

GRANTED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def proxy(url: str = "http://user:pa%3Ass@proxy.test:3128", **more: object) -> HttpProxy:
    return HttpProxy.of(httpx.Proxy(url, **more))  # type: ignore[arg-type]


def test_the_connect_request_has_the_headers_and_credentials_of_the_proxy() -> None:
    assert proxy(headers={"X-Team": "a"}).connect("service.test", 443) == (
        b"CONNECT service.test:443 HTTP/1.1\r\n"
        b"Host: service.test:443\r\n"
        b"x-team: a\r\n"
        b"Proxy-Authorization: Basic dXNlcjpwYTpzcw==\r\n\r\n"
    )
    assert proxy("http://proxy.test").port == 80
    assert proxy("http://proxy.test").connect("::1", 8443) == (
        b"CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n"
    )


@pytest.mark.parametrize("url", ["http://user:pa%3Ass@[::1]:3128", "http://proxy.test:3128"])
def test_the_proxy_is_converted_for_httpx(url: str) -> None:
    ours = proxy(url, headers={"X-Team": "a"})
    assert repr(ours) == f"HttpProxy({ours.host}:3128)"
    theirs = ours.for_httpx()
    host = f"[{ours.host}]" if ":" in ours.host else ours.host
    assert str(theirs.url) == f"http://{host}:3128"
    assert theirs.headers.get("X-Team") == "a"
    assert theirs.headers.get("Proxy-Authorization") == ours.credentials


@pytest.mark.parametrize("split", [0, 1, 20, len(GRANTED) - 1])
def test_a_tunnel_is_open_after_the_complete_response(split: int) -> None:
    tunnel = Tunnel()
    if split:
        assert not tunnel.feed(GRANTED[:split])
    assert tunnel.feed(GRANTED[split:])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"HTTP/1.1 403 No\r\n\r\n", "rejected CONNECT with status 403$"),
        (b"HTTP/1.1 407 No\r\n\r\n", "with status 407; check its user name and password$"),
        (GRANTED + b"HTTP/1.1 200 OK\r\n\r\n", "sent more than its response"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "does not start with HTTP"),
        (b"", "the connection ended"),
    ],
)
def test_any_other_response_to_connect_is_an_error(data: bytes, words: str) -> None:
    with pytest.raises(OSError, match=words):
        Tunnel().feed(data)


@both_kinds
async def test_only_the_proxy_gets_its_credentials(
    kind: str, server: FaultServer, certificates: Certificates
) -> None:
    with (
        server.site(scripts.healthy, tls=certificates.good) as site,
        server.site(scripts.proxy_to(site.port)) as upstream,
    ):
        chosen = proxy(f"http://user:secret@127.0.0.1:{upstream.port}")
        beyond = server_at(site.port, scheme="https")
        line = await Line.open(kind, beyond, tls=certificates.client, proxy=chosen)
        await line.close()
    (request,) = upstream.requests
    assert (request.method, request.target) == ("CONNECT", f"127.0.0.1:{site.port}")
    assert request.headers["proxy-authorization"] == "Basic dXNlcjpzZWNyZXQ="


@both_kinds
async def test_the_response_to_connect_can_arrive_in_pieces(kind: str, server: FaultServer) -> None:
    async def in_pieces(peer: Peer) -> None:
        await peer.head()
        await peer.send(GRANTED[:20])
        await asyncio.sleep(0.05)
        await peer.send(GRANTED[20:])
        await peer.gone()

    with server.site(in_pieces) as upstream:
        chosen = proxy(f"http://127.0.0.1:{upstream.port}")
        line = await Line.open(kind, server_at(443, "service.test"), proxy=chosen)
        await line.close()


@both_kinds
async def test_a_rejected_connect_leaves_no_connection_open(kind: str) -> None:
    async def reject(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 403 No\r\n\r\n")
        await peer.gone()

    with FaultServer() as own, own.site(reject) as upstream:
        with pytest.raises(TunnelError):
            await Line.open(
                kind,
                server_at(443, "service.test"),
                proxy=proxy(f"http://127.0.0.1:{upstream.port}"),
            )
        assert await in_thread(until, own.idle)


@both_kinds
async def test_a_silent_proxy_ends_at_the_deadline(kind: str, server: FaultServer) -> None:
    with server.site(scripts.silent) as upstream, pytest.raises(TimeoutError):
        await Line.open(
            kind,
            server_at(443, "service.test"),
            proxy=proxy(f"http://127.0.0.1:{upstream.port}"),
            seconds=0.2,
        )
