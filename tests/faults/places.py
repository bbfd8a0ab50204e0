"""Where a fault happens: how a client is led there, and what then counts what it does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from faults import scripts
from faults.certificates import Certificates
from faults.server import FaultServer, Script, Site, nobody
from ncloud_datastream import Credentials

Options = dict[str, Any]
"""The arguments of a client that lead it to a place."""


class Place(Protocol):
    """Somewhere that a client can be sent to."""

    def open(
        self, server: FaultServer, certificates: Certificates
    ) -> AbstractContextManager[tuple[Options, Site]]:
        """Open it for one client; gives that client's arguments, and what counts."""


def _to(url: str, certificates: Certificates, **more: Any) -> Options:
    return {
        "management_url": url,
        "message_url": url,
        "verify": certificates.client,
        **more,
    }


@dataclass(frozen=True)
class Direct:
    """A server.

    Args:
        script: What it does.
        certificate: What it shows: one of `Certificates`, None for plain HTTP, or "none" where
            the script itself is what there is instead of TLS.
    """

    script: Script
    certificate: str | None = None

    @contextmanager
    def open(
        self, server: FaultServer, certificates: Certificates
    ) -> Iterator[tuple[Options, Site]]:
        instead = self.certificate == "none"
        named = self.certificate is not None and not instead
        tls = getattr(certificates, self.certificate or "") if named else None
        with server.site(self.script, tls=tls) as site:
            url = site.url.replace("http://", "https://") if instead else site.url
            yield _to(url, certificates), site


@dataclass(frozen=True)
class Refusing:
    """A port at which nobody listens."""

    scheme: str = "http"

    @contextmanager
    def open(
        self, server: FaultServer, certificates: Certificates
    ) -> Iterator[tuple[Options, Site]]:
        with nobody(self.scheme) as site:
            yield _to(site.url, certificates), site


@dataclass(frozen=True)
class Unknown:
    """A name that nobody knows, as `no_such_names` has it."""

    @contextmanager
    def open(
        self, server: FaultServer, certificates: Certificates
    ) -> Iterator[tuple[Options, Site]]:
        site = Site(80, "http")
        yield _to("https://service.invalid", certificates), site


@contextmanager
def no_such_names() -> Iterator[None]:
    """Answer for the DNS that no name in ``.invalid`` exists, without asking anybody."""
    look_up = socket.getaddrinfo

    def refuse(host: Any, *arguments: Any, **keywords: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *arguments, **keywords)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


@dataclass(frozen=True)
class Unanswering:
    """A port that does not even refuse: its queue is full, and connecting takes for ever."""

    @contextmanager
    def open(
        self, server: FaultServer, certificates: Certificates
    ) -> Iterator[tuple[Options, Site]]:
        with ExitStack() as stack:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            address = listening.getsockname()
            for _ in range(3):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(address)
            site = Site(address[1], "http")
            yield _to(site.url, certificates), site


@dataclass(frozen=True)
class Proxied:
    """A proxy that does not lead anywhere.

    Args:
        script: What it does; None where nobody listens.
    """

    script: Script | None

    @contextmanager
    def open(
        self, server: FaultServer, certificates: Certificates
    ) -> Iterator[tuple[Options, Site]]:
        opened = nobody() if self.script is None else server.site(self.script)
        with opened as proxy:
            yield _to("https://service.test", certificates, proxy=proxy.url), proxy


@dataclass(frozen=True)
class Pushed:
    """A server that answers before it was asked, and never reads a byte.

    The client signs nothing before that has happened: what signs it waits for the server.

    Args:
        data: What it sends.
        certificate: As in `Direct`.
    """

    data: bytes
    certificate: str | None = None

    @contextmanager
    def open(
        self, server: FaultServer, certificates: Certificates
    ) -> Iterator[tuple[Options, Site]]:
        pushed = threading.Semaphore(0)
        tls = None if self.certificate is None else getattr(certificates, self.certificate)

        def clock() -> float:
            assert pushed.acquire(timeout=20)
            return 1_700_000_000.0

        with server.site(scripts.pushes(self.data, pushed.release), tls=tls) as site:
            yield _to(site.url, certificates, clock=clock), site


@dataclass(frozen=True)
class Tunnelled:
    """A server behind a proxy that works.

    Args:
        script: What the server does.
    """

    script: Script

    @contextmanager
    def open(
        self, server: FaultServer, certificates: Certificates
    ) -> Iterator[tuple[Options, Site]]:
        with (
            server.site(self.script, tls=certificates.good) as site,
            server.site(scripts.proxy_to(site.port)) as proxy,
        ):
            yield _to(site.url, certificates, proxy=proxy.url), site


@dataclass(frozen=True)
class Keyed:
    """A server that works, and a callable for the credentials.

    Args:
        ask: The callable; it is given an event that is set when the place is closed.
        reached: May a request come to the server?
    """

    ask: Callable[[threading.Event], Credentials]
    reached: bool = False

    @contextmanager
    def open(
        self, server: FaultServer, certificates: Certificates
    ) -> Iterator[tuple[Options, Site]]:
        over = threading.Event()
        with server.site(scripts.well) as site:
            try:
                yield _to(site.url, certificates, credentials=lambda: self.ask(over)), site
            finally:
                over.set()
            assert self.reached or not site.requests


def hanging(over: threading.Event) -> Credentials:
    """Do not answer as long as anybody waits for it."""
    over.wait()
    return Credentials("access", "secret")


def slow(over: threading.Event) -> Credentials:
    """Answer in a while."""
    over.wait(0.2)
    return Credentials("access", "secret")


def direct(script: Script) -> Place:
    """A server that goes by a script."""
    return Direct(script)


def tls(script: Script, certificate: str = "good") -> Place:
    """The same over TLS, with one of the test's certificates."""
    return Direct(script, certificate)
