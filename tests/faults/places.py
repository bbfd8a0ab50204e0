"""Places where faults happen: servers, and the arguments of a client that connects to them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest
from faults import scripts
from faults.certificates import Certificates
from faults.server import FaultServer, Script, Site, closed_port
from ncloud_datastream import Credentials

Opened = tuple[dict[str, Any], Site]
"""Arguments for a client, and the site that counts what arrives."""

Place = Callable[[FaultServer, Certificates], AbstractContextManager[Opened]]
"""Opens a place for one client."""


def place(function: Callable[..., Iterator[Opened]]) -> Callable[..., Place]:
    """Turn a function of a server, certificates and arguments into one of the arguments alone."""

    def with_arguments(*given: Any, **more: Any) -> Place:
        return lambda server, certificates: contextmanager(function)(
            server, certificates, *given, **more
        )

    return with_arguments


def _to(url: str, certificates: Certificates, **more: Any) -> dict[str, Any]:
    return {"management_url": url, "message_url": url, "verify": certificates.client, **more}


@place
def direct(
    server: FaultServer, certificates: Certificates, script: Script, certificate: str | None = None
) -> Iterator[Opened]:
    """A server, with one of the `Certificates` or over plain HTTP."""
    with server.site(script, tls=certificates.named(certificate)) as site:
        yield _to(site.url, certificates), site


@place
def no_tls(server: FaultServer, certificates: Certificates, script: Script) -> Iterator[Opened]:
    """An https URL whose port is served by a script instead of TLS."""
    with server.site(script) as site:
        yield _to(site.url.replace("http://", "https://"), certificates), site


@place
def refusing(
    server: FaultServer, certificates: Certificates, scheme: str = "http"
) -> Iterator[Opened]:
    """A port that refuses connections."""
    with closed_port(scheme) as site:
        yield _to(site.url, certificates), site


@place
def unknown_host(server: FaultServer, certificates: Certificates) -> Iterator[Opened]:
    """A host name that does not exist, with `no_such_names`."""
    yield _to("https://service.invalid", certificates), Site(80, "http")


@contextmanager
def no_such_names() -> Iterator[None]:
    """Make lookups of names in ``.invalid`` fail without using the network."""
    look_up = socket.getaddrinfo

    def fail(host: Any, *arguments: Any, **keywords: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *arguments, **keywords)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", fail)
        yield


@place
def unresponsive(server: FaultServer, certificates: Certificates) -> Iterator[Opened]:
    """A port that neither accepts nor refuses, because its backlog is full."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listening.getsockname()
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        site = Site(address[1], "http")
        yield _to(site.url, certificates), site


@place
def proxied(
    server: FaultServer, certificates: Certificates, script: Script | None
) -> Iterator[Opened]:
    """A proxy that leads nowhere; it refuses connections if there is no script."""
    with closed_port() if script is None else server.site(script) as proxy:
        yield _to("https://service.test", certificates, proxy=proxy.url), proxy


@place
def tunnelled(server: FaultServer, certificates: Certificates, script: Script) -> Iterator[Opened]:
    """A server behind a working proxy."""
    with (
        server.site(script, tls=certificates.good) as site,
        server.site(scripts.proxy_to(site.port)) as proxy,
    ):
        yield _to(site.url, certificates, proxy=proxy.url), site


@place
def pushed(
    server: FaultServer, certificates: Certificates, data: bytes, certificate: str | None = None
) -> Iterator[Opened]:
    """A server that responds before the request, which it never reads.

    The clock of the client waits for that, so the client signs nothing before.
    """
    pushed = threading.Semaphore(0)

    def clock() -> float:
        assert pushed.acquire(timeout=20)
        return 1_700_000_000.0

    tls = certificates.named(certificate)
    with server.site(scripts.pushes(data, pushed.release), tls=tls) as site:
        yield _to(site.url, certificates, clock=clock), site


@place
def keyed(
    server: FaultServer, certificates: Certificates, seconds: float | None
) -> Iterator[Opened]:
    """A working server, and a credentials callable that takes some seconds, or never returns."""
    closed = threading.Event()

    def credentials() -> Credentials:
        closed.wait(seconds)
        return Credentials("access", "secret")

    with server.site(scripts.healthy) as site:
        try:
            yield _to(site.url, certificates, credentials=credentials), site
        finally:
            closed.set()
        assert seconds is not None or not site.requests
