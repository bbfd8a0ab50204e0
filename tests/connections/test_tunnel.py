"""Through an http proxy by CONNECT: what is asked, and what an answer to it means."""

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


def test_what_is_asked_of_a_proxy() -> None:
    assert proxy(headers={"X-Team": "a"}).connect("service.test", 443) == (
        b"CONNECT service.test:443 HTTP/1.1\r\n"
        b"Host: service.test:443\r\n"
        b"x-team: a\r\n"
        b"Proxy-Authorization: Basic dXNlcjpwYTpzcw==\r\n\r\n"
    )
    assert proxy("http://proxy.test").connect("::1", 8443) == (
        b"CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n"
    )


def test_where_a_proxy_is() -> None:
    assert proxy()[:2] == ("proxy.test", 3128)
    assert proxy("http://proxy.test")[:2] == ("proxy.test", 80)
    assert repr(proxy()) == "HttpProxy(proxy.test:3128)"


@pytest.mark.parametrize("url", ["http://user:pa%3Ass@[::1]:3128", "http://proxy.test:3128"])
def test_httpx_gets_the_same_proxy(url: str) -> None:
    ours = proxy(url, headers={"X-Team": "a"})
    theirs = ours.for_httpx()
    host = f"[{ours.host}]" if ":" in ours.host else ours.host
    assert str(theirs.url) == f"http://{host}:3128"
    assert theirs.headers.get("X-Team") == "a"
    assert theirs.headers.get("Proxy-Authorization") == ours.credentials


@pytest.mark.parametrize("split", [0, 1, 20, len(GRANTED) - 1])
def test_a_tunnel_is_open_when_the_whole_head_has_come(split: int) -> None:
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
def test_what_opens_no_tunnel(data: bytes, words: str) -> None:
    with pytest.raises(OSError, match=words):
        Tunnel().feed(data)


@both_kinds
async def test_the_credentials_go_to_the_proxy_and_the_rest_beyond_it(
    kind: str, server: FaultServer, certificates: Certificates
) -> None:
    with (
        server.site(scripts.well, tls=certificates.good) as site,
        server.site(scripts.proxy_to(site.port)) as way,
    ):
        place = proxy(f"http://user:secret@127.0.0.1:{way.port}")
        beyond = server_at(site.port, scheme="https")
        line = await Line.open(kind, beyond, tls=certificates.client, proxy=place)
        await line.close()
    (asked,) = way.requests
    assert (asked.method, asked.target) == ("CONNECT", f"127.0.0.1:{site.port}")
    assert asked.headers["proxy-authorization"] == "Basic dXNlcjpzZWNyZXQ="


@both_kinds
async def test_the_answer_to_connect_may_come_in_pieces(kind: str, server: FaultServer) -> None:
    async def in_pieces(peer: Peer) -> None:
        await peer.head()
        for piece in (GRANTED[:20], GRANTED[20:]):
            await peer.send(piece)
            await asyncio.sleep(0.05)
        await peer.gone()

    with server.site(in_pieces) as way:
        place = proxy(f"http://127.0.0.1:{way.port}")
        line = await Line.open(kind, server_at(443, "service.test"), proxy=place)
        await line.close()


@both_kinds
async def test_a_refusal_leaves_nothing_open(kind: str) -> None:
    async def refuse(peer: Peer) -> None:
        await peer.head()
        await peer.send(b"HTTP/1.1 403 No\r\n\r\n")
        await peer.gone()

    with FaultServer() as own, own.site(refuse) as way:
        with pytest.raises(TunnelError):
            await Line.open(
                kind, server_at(443, "service.test"), proxy=proxy(f"http://127.0.0.1:{way.port}")
            )
        assert await in_thread(until, own.idle)


@both_kinds
async def test_a_proxy_that_is_silent_has_the_deadline(kind: str, server: FaultServer) -> None:
    with server.site(scripts.silent) as way, pytest.raises(TimeoutError):
        await Line.open(
            kind,
            server_at(443, "service.test"),
            proxy=proxy(f"http://127.0.0.1:{way.port}"),
            seconds=0.2,
        )
