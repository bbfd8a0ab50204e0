"""Setup shared by both clients: validates their arguments and creates sessions and wires."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping

import httpx
from ncloud_datastream_api import Client

from ncloud_datastream.auth import SignatureAuth
from ncloud_datastream.calls import servers
from ncloud_datastream.calls.headers import standard_headers
from ncloud_datastream.calls.options import Options
from ncloud_datastream.credentials import Credentials
from ncloud_datastream.errors import ConfigurationError
from ncloud_datastream.retry import Retry

from .limits import IN_FLIGHT
from .network import Network
from .proxies import Proxy
from .session import AsyncSession, Session
from .short_cut import ShortCut
from .tls import Verify, ssl_context
from .transport import WireTransport
from .wire import AsyncWire, Wire


class Setup:
    """The validated arguments of a client, and the objects created from them.

    The arguments are those of `DataStream`; `transport` may be of either kind.

    Raises:
        ConfigurationError: No credentials were found, or an argument is invalid.
    """

    def __init__(
        self,
        credentials: Credentials | Callable[[], Credentials] | None,
        management_url: str | None,
        message_url: str | None,
        retry: Retry,
        timeout: float,
        clock: Callable[[], float],
        transport: httpx.BaseTransport | httpx.AsyncBaseTransport | None,
        proxy: Proxy | None,
        verify: Verify,
        user_agent: str | None,
        urls: Mapping[str, str] | None,
        insecure_hosts: Iterable[str] | None,
        any_2xx_delivers: bool,
    ) -> None:
        if transport is not None and proxy is not None:
            raise ConfigurationError(
                "transport and proxy are mutually exclusive: configure the proxy in the transport."
            )
        if not isinstance(verify, bool | str | ssl.SSLContext):
            raise ConfigurationError(
                f"verify must be a bool, a path as a string or an ssl.SSLContext, not {verify!r}."
            )
        self.insecure_hosts = servers.insecure_hosts(insecure_hosts)
        self.urls = servers.base_urls(
            management_url, message_url, urls, insecure=self.insecure_hosts
        )
        places = {name: servers.Server.at(name, url) for name, url in self.urls.items()}
        headers = standard_headers(user_agent)
        self.options = Options(places, retry, timeout, headers, any_2xx_delivers)
        find = credentials is None
        keys = Credentials.find if credentials is None else credentials
        try:
            self.auth = SignatureAuth(keys, self.urls, clock, insecure_hosts=self.insecure_hosts)
        finally:
            del credentials, keys  # invalid credentials must not appear in the traceback
        if find:
            self.auth.credentials()
        self.network = Network.of(places, ssl_context(verify), proxy)
        self.transport = transport
        self._wire: Wire | None = None
        self._async_wire: AsyncWire | None = None
        self._httpx = WireTransport(
            {server.origin: server for server in places.values()},
            self.wire,
            self.async_wire,
            timeout,
        )

    def session(self) -> Session:
        """Return the session of a blocking client."""
        return Session(self._short_cut(self.options), self.wire(owner=True))

    def async_session(self) -> AsyncSession:
        """Return the session of an asynchronous client."""
        return AsyncSession(self._short_cut(self.options), self.async_wire())

    def sharing(self, session: Session, options: Options) -> Session:
        """Return a session with different options over the same wire."""
        return Session(self._short_cut(options), session.wire, owner=False)

    def async_sharing(self, session: AsyncSession, options: Options) -> AsyncSession:
        """Return a session with different options over the same wire."""
        return AsyncSession(self._short_cut(options), session.wire, owner=False)

    def _short_cut(self, options: Options) -> ShortCut:
        return ShortCut(options, self.auth, self._httpx)

    def stock_client(self, options: Options) -> Client:
        """Return the generated client, which also signs when it creates an httpx client itself."""
        return Client(
            base_url=self.urls[servers.MANAGEMENT],
            raise_on_unexpected_status=True,
            headers=dict(options.headers),
            timeout=httpx.Timeout(options.timeout),
            verify_ssl=self.network.verify,
            httpx_args={"auth": self.auth, "transport": self._httpx},
        )

    def wire(self, *, owner: bool = False) -> Wire:
        """Return the wire for blocking calls, creating it on first use.

        Args:
            owner: Whether closing the wire closes the user's transport.
        """
        if self._wire is None:
            transport = self.transport
            if transport is not None and not isinstance(transport, httpx.BaseTransport):
                raise ConfigurationError(
                    "transport is not an httpx.BaseTransport. Nothing was sent."
                )
            self._wire = Wire(self.network, self.auth, transport, owner=owner)
            self._wire.is_closed = self._async_wire is not None and self._async_wire.is_closed
        return self._wire

    def async_wire(self) -> AsyncWire:
        """Return the wire for asynchronous calls, creating it on first use."""
        if self._async_wire is None:
            self._async_wire = self.new_async_wire(IN_FLIGHT, owner=True)
            self._async_wire.is_closed = self._wire is not None and self._wire.is_closed
        return self._async_wire

    def new_async_wire(
        self, size: int, *, owner: bool = False, outlives_loop: bool = False
    ) -> AsyncWire:
        """Return a new wire for asynchronous calls.

        Args:
            size: Maximum number of requests in flight to one server.
            owner: Whether closing the wire closes the user's transport.
            outlives_loop: Whether connections stay open while their event loop shuts down.
        """
        transport = self.transport
        if transport is not None and not isinstance(transport, httpx.AsyncBaseTransport):
            raise ConfigurationError(
                "transport is not an httpx.AsyncBaseTransport. Nothing was sent."
            )
        return AsyncWire(
            self.network, self.auth, transport, size, owner=owner, outlives_loop=outlives_loop
        )

    def closed(self) -> None:
        """Close the other wire too (asynchronous for a blocking client), if it was created."""
        if self._wire is not None and not self._wire.is_closed:
            self._wire.close()
        if self._async_wire is not None:
            self._async_wire.is_closed = True

    def __repr__(self) -> str:
        # Must also work if __init__ failed: tracebacks show the repr of such an object.
        urls: dict[str, str] = getattr(self, "urls", {})
        shown = [f"{name}_url={url!r}" for name, url in urls.items()]
        insecure: frozenset[str] = getattr(self, "insecure_hosts", frozenset())
        if insecure:
            shown.append(f"insecure_hosts={sorted(insecure)}")
        return ", ".join(shown)
