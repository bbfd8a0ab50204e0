"""What both clients make of their arguments."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping

import httpx
from ncloud_datastream_api import Client

from . import servers
from .auth import SignatureAuth
from .credentials import Credentials
from .errors import ConfigurationError
from .headers import standard_headers
from .lending import LentTransport
from .proxies import Proxy, proxy_for
from .retry import Retry
from .session import AsyncSession, Routing, Session
from .tls import Verify, ssl_context


class Setup:
    """The arguments of a client, checked, and what is made of them.

    Args:
        credentials: See `DataStream`, as for all of these.
        management_url: Likewise.
        message_url: Likewise.
        retry: Likewise.
        timeout: Likewise.
        clock: Likewise.
        transport: Likewise; of either kind.
        proxy: Likewise.
        verify: Likewise.
        user_agent: Likewise.
        urls: Likewise.
        insecure_hosts: Likewise.
        any_2xx_delivers: Likewise.

    Raises:
        ConfigurationError: No credentials were found, or an argument cannot be right.
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
                "transport and proxy exclude each other: a transport knows its own way."
            )
        if not isinstance(verify, bool | str | ssl.SSLContext):
            raise ConfigurationError(
                f"verify must be a bool, a path as text or an SSLContext: {verify!r}."
            )
        self.insecure_hosts = servers.insecure_hosts(insecure_hosts)
        self.urls = servers.base_urls(
            management_url, message_url, urls, insecure=self.insecure_hosts
        )
        self.routing = Routing(
            self.urls,
            retry,
            timeout,
            standard_headers(user_agent),
            any_2xx_delivers=any_2xx_delivers,
        )
        find = credentials is None
        keys = Credentials.find if credentials is None else credentials
        try:
            self.auth = SignatureAuth(keys, self.urls, clock, insecure_hosts=self.insecure_hosts)
        finally:
            del credentials, keys  # given in a wrong way, keys must not show in the traceback
        if find:
            self.auth.credentials()
        self.verify = ssl_context(verify)
        self._transport = transport
        self._proxy = proxy

    def session(self) -> Session:
        """Return the session of a client for ordinary code."""
        transport = self._sync_transport()
        session = Session(self.routing, self.auth, transport)
        self._lent = LentTransport(session, transport, lambda: transport, self._async_transport)
        return session

    def async_session(self) -> AsyncSession:
        """Return the session of a client for asynchronous code."""
        transport = self._async_transport()
        session = AsyncSession(self.routing, self.auth, transport)
        self._lent = LentTransport(session, transport, self._sync_transport, lambda: transport)
        return session

    @property
    def only_httpx(self) -> bool:
        """Can only httpx reach the message server: over a user's transport or a proxy?"""
        if self._transport is not None:
            return True
        return proxy_for(self.urls[servers.MESSAGE], self._proxy) is not None

    def stock_client(self, timeout: float) -> Client:
        """Return the generated client, which signs even where it makes an httpx client itself."""
        return Client(
            base_url=self.urls[servers.MANAGEMENT],
            raise_on_unexpected_status=True,
            headers=dict(self.routing.headers),
            timeout=httpx.Timeout(timeout),
            verify_ssl=self.verify,
            httpx_args={"auth": self.auth, "transport": self._lent},
        )

    def _sync_transport(self) -> httpx.BaseTransport:
        if self._transport is None:
            from . import transports  # loads httpcore, as httpx does, only where it is used

            return transports.sync_transport(self.urls, self.verify, self._proxy)
        if isinstance(self._transport, httpx.BaseTransport):
            return self._transport
        raise ConfigurationError("transport is no httpx.BaseTransport; nothing was sent.")

    def _async_transport(self) -> httpx.AsyncBaseTransport:
        if self._transport is None:
            from . import transports

            return transports.async_transport(self.urls, self.verify, self._proxy)
        if isinstance(self._transport, httpx.AsyncBaseTransport):
            return self._transport
        raise ConfigurationError("transport is no httpx.AsyncBaseTransport; nothing was sent.")

    def __repr__(self) -> str:
        # Of an object whose making failed too: tracebacks show it.
        urls: dict[str, str] = getattr(self, "urls", {})
        shown = [f"{name}_url={url!r}" for name, url in urls.items()]
        insecure: frozenset[str] = getattr(self, "insecure_hosts", frozenset())
        if insecure:
            shown.append(f"insecure_hosts={sorted(insecure)}")
        return ", ".join(shown)
