"""`DataStream` and `AsyncDataStream`: the generated operations, over a session that signs."""

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
    """A synchronous client: one method for each operation, and a few helpers.

    Safe to share between threads. Use it in a ``with`` statement, or call `close`.

    Args:
        credentials: The key pair; a callable that returns one, called in a thread and called again
            from 15 minutes before the pair expires; or None to use `Credentials.find`.
        management_url: URL of the server that manages topics, connectors and schemas; defaults to
            ``NCLOUD_DATASTREAM_MANAGEMENT_URL``, else NCP's server.
        message_url: URL of the server that receives messages; defaults to
            ``NCLOUD_DATASTREAM_MESSAGE_URL``, else NCP's server.
        retry: How failed calls are retried.
        timeout: Seconds that one attempt may take, from waiting for a connection to reading the
            last byte of the response; `Retry.max_elapsed` bounds the whole call.
        clock: Returns the seconds since the epoch; used to sign requests.
        transport: An httpx transport used in place of the client's own connections; the time that
            it takes is not bounded.
        proxy: The proxy for both servers; defaults to that of the environment.
        verify: How certificates are verified: True, False, the path of a CA file or folder, or an
            SSL context.
        user_agent: Name and version of your program, such as ``"my-app/1.2"``; appended to this
            package's own ``User-Agent`` in every request.
        urls: URLs of any servers, by their names in the document, such as ``message``; an
            alternative to `management_url` and `message_url`.
        insecure_hosts: Host names, besides this machine, to which signed requests may be sent over
            plain http, such as emulators in containers. Defaults to
            ``NCLOUD_DATASTREAM_INSECURE_HOSTS`` (comma-separated), else none. Others can read
            those requests; a warning is logged once.
        any_2xx_delivers: Whether every 2xx of the message host counts as delivered, whatever its
            body. NCP does not document the response to a message. By default (our reading), a body
            that is not a JSON object makes the outcome UNKNOWN, and a body that reports an error
            makes it REJECTED or UNKNOWN. With True, `send_message` returns a result without
            `status` and `detail` if the body has nothing to read. Set it if messages arrive and
            are reported as UNKNOWN.

    Raises:
        ConfigurationError: No credentials were found, or an argument is invalid.
    """

    client: Client
    """The generated client, for calling the functions of ``ncloud_datastream_api``."""

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
            del credentials  # keeps keys passed incorrectly out of the traceback
        self._use(self._setup.session())

    def _use(self, session: Session) -> None:
        self._session = session
        self.client = self._setup.stock_client(session.call_options)
        self.client.set_httpx_client(session)

    @property
    def urls(self) -> dict[str, str]:
        """The base URL of each server, by its name in the document."""
        return dict(self._setup.urls)

    @property
    def proxies(self) -> dict[str, str | None]:
        """The proxy for each server, as ``scheme://host:port``; None without a proxy."""
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
        """Close the connections; later calls raise a `ConfigurationError`.

        Closing a client returned by `with_options` leaves the shared connections open.
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
        """Return a client with another timeout, retry or headers that shares the connections.

        Args:
            timeout: Seconds that one attempt may take; None keeps this client's value.
            retry: How failed calls are retried; None keeps this client's value.
            headers: Headers added to every request; they replace headers of the same name.

        Raises:
            ConfigurationError: An argument is invalid.
        """
        client = object.__new__(type(self))
        client._setup = self._setup
        options = self._session.call_options.changed(timeout, retry, headers)
        client._use(self._setup.sharing(self._session, options))
        return client

    def _call(self, function: Callable[P, T | None], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with Reading() as reading:
            return reading.checked(function(*args, **kwargs))


class AsyncDataStream(AsyncSendMethods, AsyncWaiters):
    """The asynchronous counterpart of `DataStream`: same arguments, methods and errors.

    Safe to share between the tasks of one event loop. Up to 64 calls to each server are in flight
    at a time; other calls wait. Use it in an ``async with`` statement, or call `aclose`.
    """

    client: Client
    """The generated client, for calling the functions of ``ncloud_datastream_api``."""

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
            del credentials  # keeps keys passed incorrectly out of the traceback
        self._use(self._setup.async_session())

    def _use(self, session: AsyncSession) -> None:
        self._session = session
        self.client = self._setup.stock_client(session.call_options)
        self.client.set_async_httpx_client(session)

    @property
    def urls(self) -> dict[str, str]:
        """The base URL of each server, by its name in the document."""
        return dict(self._setup.urls)

    @property
    def proxies(self) -> dict[str, str | None]:
        """The proxy for each server, as ``scheme://host:port``; None without a proxy."""
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
        client = object.__new__(type(self))
        client._setup = self._setup
        options = self._session.call_options.changed(timeout, retry, headers)
        client._use(self._setup.async_sharing(self._session, options))
        return client

    async def _call(
        self, function: Callable[P, Awaitable[T | None]], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with Reading() as reading:
            return reading.checked(await function(*args, **kwargs))


def _unpicklable(client: object) -> ConfigurationError:
    return ConfigurationError(
        f"{type(client).__name__} cannot be pickled or copied, because it holds connections and "
        "keys. Create one in each process."
    )
