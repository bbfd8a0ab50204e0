"""`DataStream` and `AsyncDataStream`: the generated operations over a signing session."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import TracebackType
from typing import NoReturn, ParamSpec, Self, TypeVar

import httpx
from ncloud_datastream_api import Client

from .calls.reading import Reading
from .credentials import Credentials
from .errors import ConfigurationError
from .retry import Retry
from .sending.methods import AsyncSendMethods, SendMethods
from .waiters import AsyncWaiters, Waiters
from .wire.proxies import Proxy
from .wire.session import AsyncSession, Session
from .wire.setup import Setup
from .wire.tls import Verify

P = ParamSpec("P")
T = TypeVar("T")


class DataStream(SendMethods, Waiters):
    """A client for ordinary code: one method for each operation, and a few helpers.

    Safe to share between threads. Use it in a ``with`` statement, or `close` it.

    Args:
        credentials: The key pair; a callable that returns one, asked in a thread, and again from 15
            minutes before the pair expires; or None, for `Credentials.find`.
        management_url: Where topics, connectors and schemas are managed; by default
            ``NCLOUD_DATASTREAM_MANAGEMENT_URL``, else NCP's.
        message_url: Where messages are sent; by default ``NCLOUD_DATASTREAM_MESSAGE_URL``, else
            NCP's.
        retry: How failed calls are tried again.
        timeout: Seconds that one attempt may take, from waiting for a connection to reading the
            last byte of the answer; `Retry.max_elapsed` bounds the call.
        clock: Returns the seconds since the epoch; requests are signed with it.
        transport: Sends instead of the client's own connections; its time is not bounded.
        proxy: The proxy to both servers; by default the environment's.
        verify: Check certificates: True, False, the path of a CA file or folder, or a context.
        user_agent: What your program is called, such as ``"my-app/1.2"``: it follows this package's
            own words in the ``User-Agent`` of every request.
        urls: The URLs of any servers by their names in the document, such as ``message``; an
            alternative to the two arguments above.
        insecure_hosts: Host names to which signed requests may go over plain http although they
            are not this machine: emulators in containers. By default
            ``NCLOUD_DATASTREAM_INSECURE_HOSTS``, with commas, else none. Others can read those
            requests; a warning is logged once.
        any_2xx_delivers: What NCP answers to a message is not documented. By default (our reading)
            an answer that is no JSON object, or that says it is an error, leaves the message in
            doubt or refused. True takes every 2xx of the message server as delivered, whatever its
            body; `send_message` then returns a result without `status` and `detail` where there is
            nothing to read. Set it where messages arrive and are reported as in doubt.

    Raises:
        ConfigurationError: No credentials were found, or an argument cannot be right.
    """

    client: Client
    """The generated client inside, for the functions of ``ncloud_datastream_api``."""

    def __init__(
        self,
        credentials: Credentials | Callable[[], Credentials] | None = None,
        *,
        management_url: str | None = None,
        message_url: str | None = None,
        retry: Retry = Retry(),
        timeout: float = 30.0,
        clock: Callable[[], float] = time.time,
        transport: httpx.BaseTransport | None = None,
        proxy: Proxy | None = None,
        verify: Verify = True,
        user_agent: str | None = None,
        urls: Mapping[str, str] | None = None,
        insecure_hosts: Iterable[str] | None = None,
        any_2xx_delivers: bool = False,
    ) -> None:
        try:
            self._setup = Setup(
                credentials,
                management_url,
                message_url,
                retry,
                timeout,
                clock,
                transport,
                proxy,
                verify,
                user_agent,
                urls,
                insecure_hosts,
                any_2xx_delivers,
            )
        finally:
            del credentials  # given in a wrong way, keys must not show in the traceback
        self._use(self._setup.session())

    def _use(self, session: Session) -> None:
        self._session = session
        self.client = self._setup.stock_client(session.call_options)
        self.client.set_httpx_client(session)

    @property
    def urls(self) -> dict[str, str]:
        """The base URL of each server, by the server's name in the document."""
        return dict(self._setup.urls)

    @property
    def proxies(self) -> dict[str, str | None]:
        """The proxy to each server, as ``scheme://host:port``; None where there is none."""
        return self._setup.network.proxies

    def __repr__(self) -> str:
        return f"DataStream({getattr(self, '_setup', '')})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise _unpicklable(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; further calls are a `ConfigurationError`.

        A client made by `with_options` closes for itself only: the connections stay open.
        """
        self._session.close()
        if self._session.is_owner:
            self._setup.closed()

    def with_options(
        self,
        *,
        timeout: float | None = None,
        retry: Retry | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> DataStream:
        """Return a client with another timeout, retry or headers, over the same connections.

        Args:
            timeout: Seconds that one attempt may take; None keeps this client's.
            retry: How failed calls are tried again; None keeps this client's.
            headers: Further headers of every request, or other values of those there are.

        Raises:
            ConfigurationError: An argument cannot be right.
        """
        twin = object.__new__(type(self))
        twin._setup = self._setup
        options = self._session.call_options.changed(timeout, retry, headers)
        twin._use(self._setup.sharing(self._session, options))
        return twin

    def _call(self, function: Callable[P, T | None], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with Reading() as reading:
            return reading.checked(function(*args, **kwargs))


class AsyncDataStream(AsyncSendMethods, AsyncWaiters):
    """The asynchronous twin of `DataStream`: the same arguments, methods and errors, awaited.

    Safe to share between the tasks of one event loop; up to 64 calls are in flight to each server
    at a time, further ones wait. Use it in an ``async with`` statement, or `aclose` it.
    """

    client: Client
    """The generated client inside, for the functions of ``ncloud_datastream_api``."""

    def __init__(
        self,
        credentials: Credentials | Callable[[], Credentials] | None = None,
        *,
        management_url: str | None = None,
        message_url: str | None = None,
        retry: Retry = Retry(),
        timeout: float = 30.0,
        clock: Callable[[], float] = time.time,
        transport: httpx.AsyncBaseTransport | None = None,
        proxy: Proxy | None = None,
        verify: Verify = True,
        user_agent: str | None = None,
        urls: Mapping[str, str] | None = None,
        insecure_hosts: Iterable[str] | None = None,
        any_2xx_delivers: bool = False,
    ) -> None:
        try:
            self._setup = Setup(
                credentials,
                management_url,
                message_url,
                retry,
                timeout,
                clock,
                transport,
                proxy,
                verify,
                user_agent,
                urls,
                insecure_hosts,
                any_2xx_delivers,
            )
        finally:
            del credentials  # given in a wrong way, keys must not show in the traceback
        self._use(self._setup.async_session())

    def _use(self, session: AsyncSession) -> None:
        self._session = session
        self.client = self._setup.stock_client(session.call_options)
        self.client.set_async_httpx_client(session)

    @property
    def urls(self) -> dict[str, str]:
        """The base URL of each server, by the server's name in the document."""
        return dict(self._setup.urls)

    @property
    def proxies(self) -> dict[str, str | None]:
        """The proxy to each server, as ``scheme://host:port``; None where there is none."""
        return self._setup.network.proxies

    def __repr__(self) -> str:
        return f"AsyncDataStream({getattr(self, '_setup', '')})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise _unpicklable(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; see `DataStream.close`."""
        await self._session.aclose()
        if self._session.is_owner:
            self._setup.closed()

    def with_options(
        self,
        *,
        timeout: float | None = None,
        retry: Retry | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncDataStream:
        """Return a client that shares the connections; see `DataStream.with_options`."""
        twin = object.__new__(type(self))
        twin._setup = self._setup
        options = self._session.call_options.changed(timeout, retry, headers)
        twin._use(self._setup.async_sharing(self._session, options))
        return twin

    async def _call(
        self, function: Callable[P, Awaitable[T | None]], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with Reading() as reading:
            return reading.checked(await function(*args, **kwargs))


def _unpicklable(client: object) -> ConfigurationError:
    return ConfigurationError(
        f"{type(client).__name__} refuses to be pickled or copied: it holds connections and keys; "
        "make one in each process."
    )
