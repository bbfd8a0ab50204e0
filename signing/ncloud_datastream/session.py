"""The HTTP clients under `DataStream`: routing by server name, deadlines, retries, typed errors.

A thin layer over `httpx.Client` and `httpx.AsyncClient`: `build_request` gives a request its host,
`send` drives the exchange. All that is decided is decided in `exchange`, once for both.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, Self

import httpx

from . import servers
from .attempt import Attempt, check_open, current
from .auth import SignatureAuth
from .bounded import AsyncBoundedTransport, BoundedTransport
from .errors import ConfigurationError, DataStreamError
from .exchange import Outcome, Step, exchange
from .reading import note
from .retry import Retry
from .telemetry import Observed

# What an attempt may end with instead of an answer; everything else is a defect.
_FAILURES = (DataStreamError, httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError)

_FORBIDDEN_SEGMENTS = frozenset({"", ".", ".."})


class Routing:
    """What both sessions share and no request changes.

    Args:
        urls: Base URL of each server.
        retry: How failed calls are tried again.
        timeout: Seconds that one attempt may take.
        headers: What every request carries.
        any_2xx_delivers: Whether every 2xx of the message server is a success, whatever its body.

    Raises:
        ConfigurationError: One of them cannot be right.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        retry: Retry,
        timeout: float,
        headers: Mapping[str, str],
        *,
        any_2xx_delivers: bool = False,
    ) -> None:
        if not isinstance(retry, Retry):
            raise ConfigurationError(f"retry must be a Retry, not {type(retry).__name__}.")
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0:
            raise ConfigurationError(f"timeout must be a number of seconds above 0: {timeout!r}.")
        if not isinstance(any_2xx_delivers, bool):
            raise ConfigurationError(
                f"any_2xx_delivers must be True or False, not {type(any_2xx_delivers).__name__}."
            )
        self.any_2xx_delivers = any_2xx_delivers
        self.urls = dict(urls)
        self.retry = retry
        self.timeout = timeout
        self.headers = headers

    def changed(self, timeout: float | None, retry: Retry | None) -> Routing:
        """Return this with another timeout or retry, where one is given.

        Raises:
            ConfigurationError: One of them cannot be right.
        """
        return Routing(
            self.urls,
            self.retry if retry is None else retry,
            self.timeout if timeout is None else timeout,
            self.headers,
            any_2xx_delivers=self.any_2xx_delivers,
        )

    def exchange(self, request: httpx.Request) -> Generator[Step, Outcome, None]:
        """Return the steps of one call, as this client is set up to make it."""
        return exchange(request, self.retry, self.timeout, any_2xx_delivers=self.any_2xx_delivers)

    def build(
        self,
        build: Callable[..., httpx.Request],
        method: str,
        url: httpx.URL | str,
        options: dict[str, Any],
    ) -> httpx.Request:
        """Build a request with httpx's `build`, to the server that the request's extensions name.

        Raises:
            ConfigurationError: An argument cannot be sent, or would name another resource.
        """
        extensions = options.get("extensions") or {}
        operation = extensions.get("operation", "The call")
        target = str(url)
        if target.startswith("/"):
            path = target.partition("?")[0]
            if not _FORBIDDEN_SEGMENTS.isdisjoint(path.split("/")[1:]):
                raise ConfigurationError(
                    f"{operation}: {path!r} would name another resource: an id may not be empty, "
                    "'.' or '..'. Nothing was sent."
                )
            target = self._url(operation, extensions.get("server", servers.MANAGEMENT)) + target
        try:
            return build(method, target, **options)
        except (TypeError, ValueError, RecursionError, httpx.InvalidURL) as error:
            raise ConfigurationError(
                f"{operation}: an argument cannot be sent: {type(error).__name__}: {error}. "
                "Nothing was sent."
            ) from error

    def _url(self, operation: str, server: str) -> str:
        try:
            return self.urls[server]
        except KeyError:
            raise ConfigurationError(
                f"{operation}: there is no server {server!r}. Nothing was sent."
            ) from None


class _NoCookies(httpx.Cookies):
    """Keeps none: no call depends on an earlier one, and keeping them took a fifth of one."""

    def extract_cookies(self, response: httpx.Response) -> None:
        del response


class Session(httpx.Client):
    """The client for ordinary code.

    Args:
        routing: Servers, retry and timeout.
        auth: Signs each attempt.
        transport: Sends; its answers are bounded here.
    """

    def __init__(
        self, routing: Routing, auth: SignatureAuth, transport: httpx.BaseTransport
    ) -> None:
        self._wire = BoundedTransport(transport)
        super().__init__(
            auth=auth,
            headers=routing.headers,
            timeout=routing.timeout,
            transport=self._wire,
            trust_env=False,
        )
        self._cookies = _NoCookies()
        self.routing = routing
        self._shares = False
        self._ended = False

    def with_routing(self, routing: Routing) -> Self:
        """Return a session that shares the connections of this one."""
        twin = copy.copy(self)
        twin.routing = routing
        twin._shares = True
        return twin

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Build a request to the server that its extensions name.

        Raises:
            ConfigurationError: An argument cannot be sent, or would name another resource.
        """
        return self.routing.build(super().build_request, method, url, options)

    def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = httpx.USE_CLIENT_DEFAULT,
        follow_redirects: Any = False,
    ) -> httpx.Response:
        """Send a request, again where `Retry` allows, and return the answer if it is a success.

        Answers are always read whole, and redirects never followed.

        Raises:
            DataStreamError: It was no success.
        """
        del stream, follow_redirects
        with Observed(request) as call:
            steps = self.routing.exchange(request)
            step = next(steps)
            while not isinstance(step, httpx.Response):
                if isinstance(step, Attempt):
                    call.attempts += 1
                    step = steps.send(self._try(request, step, auth))
                elif self.is_closed:
                    raise step.error
                else:
                    time.sleep(step.seconds)
                    step = next(steps)
            call.answered(step)
        note(step)
        return step

    @property
    def is_closed(self) -> bool:
        """Was this session closed, or the one that it shares the connections of?"""
        return self._ended or self._wire.closed

    def close(self) -> None:
        """Close the connections, if they are this session's own; it sends no more either way."""
        self._ended = True
        if not self._shares:
            self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _try(
        self, request: httpx.Request, attempt: Attempt, auth: Any
    ) -> httpx.Response | Exception:
        request.extensions["timeout"] = httpx.Timeout(attempt.left).as_dict()
        request.extensions["trace"] = attempt.trace
        token = current.set(attempt)
        try:
            check_open(self.is_closed)
            return super().send(request, auth=auth, follow_redirects=False)
        except _FAILURES as error:
            return error
        finally:
            current.reset(token)


class AsyncSession(httpx.AsyncClient):
    """The client for asynchronous code: the same, awaited.

    Args:
        routing: Servers, retry and timeout.
        auth: Signs each attempt.
        transport: Sends; its answers are bounded here.
    """

    def __init__(
        self, routing: Routing, auth: SignatureAuth, transport: httpx.AsyncBaseTransport
    ) -> None:
        self._wire = AsyncBoundedTransport(transport)
        super().__init__(
            auth=auth,
            headers=routing.headers,
            timeout=routing.timeout,
            transport=self._wire,
            trust_env=False,
        )
        self._cookies = _NoCookies()
        self.routing = routing
        self._shares = False
        self._ended = False

    def with_routing(self, routing: Routing) -> Self:
        """Return a session that shares the connections of this one."""
        twin = copy.copy(self)
        twin.routing = routing
        twin._shares = True
        return twin

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Build a request to the server that its extensions name.

        Raises:
            ConfigurationError: An argument cannot be sent, or would name another resource.
        """
        return self.routing.build(super().build_request, method, url, options)

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = httpx.USE_CLIENT_DEFAULT,
        follow_redirects: Any = False,
    ) -> httpx.Response:
        """Send a request, again where `Retry` allows, and return the answer if it is a success.

        Answers are always read whole, and redirects never followed.

        Raises:
            DataStreamError: It was no success.
        """
        from anyio import sleep

        del stream, follow_redirects
        with Observed(request) as call:
            steps = self.routing.exchange(request)
            step = next(steps)
            while not isinstance(step, httpx.Response):
                if isinstance(step, Attempt):
                    call.attempts += 1
                    step = steps.send(await self._try(request, step, auth))
                elif self.is_closed:
                    raise step.error
                else:
                    await sleep(step.seconds)
                    step = next(steps)
            call.answered(step)
        note(step)
        return step

    @property
    def is_closed(self) -> bool:
        """Was this session closed, or the one that it shares the connections of?"""
        return self._ended or self._wire.closed

    async def aclose(self) -> None:
        """Close the connections, if they are this session's own; it sends no more either way."""
        self._ended = True
        if not self._shares:
            await self._wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _try(
        self, request: httpx.Request, attempt: Attempt, auth: Any
    ) -> httpx.Response | Exception:
        from anyio import fail_after

        request.extensions["timeout"] = httpx.Timeout(attempt.left).as_dict()
        request.extensions["trace"] = attempt.trace_async
        token = current.set(attempt)
        try:
            check_open(self.is_closed)
            with fail_after(attempt.left):
                return await super().send(request, auth=auth, follow_redirects=False)
        except _FAILURES as error:
            return error
        finally:
            current.reset(token)
