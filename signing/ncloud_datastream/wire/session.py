"""The httpx clients inside `DataStream` and `AsyncDataStream`.

Requests of the generated functions become a `Call` directly, without building an httpx request,
which would take most of the time of a call. All other requests, and every request after hooks,
headers, cookies, parameters, auth or timeout were changed on the client, are built and sent by
httpx over a transport on the same wire.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Self

import httpx

from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.attempt import ATTEMPT, Attempt
from ncloud_datastream.calls.call import MASKED, Call
from ncloud_datastream.calls.exchange import Exchange, exchange
from ncloud_datastream.calls.reading import note
from ncloud_datastream.calls.telemetry import Observed
from ncloud_datastream.errors import ConfigurationError, DataStreamError

from .pool import CLOSED
from .short_cut import ShortCut
from .through_httpx import answer_of, response_of
from .transport import timeout_of
from .wire import AsyncWire, Wire

FAILURES = (DataStreamError, httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError)
"""The errors of a failed attempt; any other exception is a bug."""


class Session(httpx.Client):
    """The httpx client inside `DataStream`.

    Args:
        short_cut: Turns requests into calls; holds the client's options and auth.
        wire: Carries each attempt.
        owner: Whether closing the session closes the wire.
    """

    def __init__(self, short_cut: ShortCut, wire: Wire, *, owner: bool = True) -> None:
        self.call_options = short_cut.options
        self.signature_auth = short_cut.auth
        self.wire = wire
        self.is_owner = owner
        self._ended = False
        self._short_cut = short_cut
        super().__init__(**short_cut.arguments)
        short_cut.remember(self)

    def request(self, method: str, url: httpx.URL | str, **given: Any) -> httpx.Response:
        """Make a call, with retries as `Retry` allows, and return the successful response.

        Raises:
            DataStreamError: The call failed.
        """
        call = self._short_cut.call(self, method, url, given)
        if call is None:
            return super().request(method, url, **given)
        answer = self._carry(call, self._short_cut.exchange(call), self.wire.send)
        return response_of(answer)

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Build a request to the server named in its extensions.

        Raises:
            ConfigurationError: An argument cannot be sent, or would address another resource.
        """
        return self._short_cut.request(super().build_request, method, url, options)

    def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = httpx.USE_CLIENT_DEFAULT,
        follow_redirects: Any = False,
    ) -> httpx.Response:
        """Send a request, with retries as `Retry` allows, and return the successful response.

        Responses are always read whole, and redirects are never followed.

        Raises:
            DataStreamError: The call failed.
        """
        del stream, follow_redirects
        send = super().send
        extensions = request.extensions
        received: list[tuple[httpx.Response, Answer]] = []

        def carry(call: Call, attempt: Attempt) -> Answer:
            _put(attempt, request, extensions)
            response = send(request, auth=auth, follow_redirects=False)
            received.append((response, answer_of(response)))
            return received[-1][1]

        call = self._short_cut.call_of(request)
        # httpx's auth flow corrects for clock skew after a 401, so the exchange does not.
        steps = exchange(call, self.call_options.changed(timeout_of(request), None), None)
        try:
            answer = self._carry(call, steps, carry)
        except DataStreamError:
            _mask(request)
            raise
        finally:
            request.extensions = extensions
        response, read = received[-1]
        return response if answer is read else response_of(answer, request)

    @property
    def is_closed(self) -> bool:
        """Return whether this session, or the session whose connections it shares, is closed."""
        return self._ended or self.wire.is_closed

    def close(self) -> None:
        """Close the session, and the connections if it owns them."""
        self._ended = True
        if self.is_owner:
            self.wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _carry(
        self, call: Call, steps: Exchange, carry: Callable[[Call, Attempt], Answer]
    ) -> Answer:
        with Observed(call) as observed:
            step = next(steps)
            while not isinstance(step, Answer):
                if isinstance(step, Attempt):
                    observed.attempted(step)
                    step = steps.send(self._outcome(call, step, carry))
                elif self.is_closed:
                    raise step.error
                else:
                    time.sleep(step.seconds)
                    step = next(steps)
            observed.answered(step)
        answer = self._short_cut.readable(call, step)
        note(call, answer, observed.attempts)
        return answer

    def _outcome(
        self, call: Call, attempt: Attempt, carry: Callable[[Call, Attempt], Answer]
    ) -> Answer | Exception:
        if self.is_closed:
            return ConfigurationError(CLOSED)
        try:
            return carry(call, attempt)
        except FAILURES as error:
            return error


class AsyncSession(httpx.AsyncClient):
    """The httpx client inside `AsyncDataStream`.

    Args:
        short_cut: Turns requests into calls; holds the client's options and auth.
        wire: Carries each attempt.
        owner: Whether closing the session closes the wire.
    """

    def __init__(self, short_cut: ShortCut, wire: AsyncWire, *, owner: bool = True) -> None:
        self.call_options = short_cut.options
        self.signature_auth = short_cut.auth
        self.wire = wire
        self.is_owner = owner
        self._ended = False
        self._short_cut = short_cut
        super().__init__(**short_cut.arguments)
        short_cut.remember(self)

    async def request(self, method: str, url: httpx.URL | str, **given: Any) -> httpx.Response:
        """Make a call, with retries as `Retry` allows, and return the successful response.

        Raises:
            DataStreamError: The call failed.
        """
        call = self._short_cut.call(self, method, url, given)
        if call is None:
            return await super().request(method, url, **given)
        answer = await self._carry(call, self._short_cut.exchange(call), self.wire.send)
        return response_of(answer)

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Build a request to the server named in its extensions.

        Raises:
            ConfigurationError: An argument cannot be sent, or would address another resource.
        """
        return self._short_cut.request(super().build_request, method, url, options)

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = httpx.USE_CLIENT_DEFAULT,
        follow_redirects: Any = False,
    ) -> httpx.Response:
        """Send a request, with retries as `Retry` allows, and return the successful response.

        Responses are always read whole, and redirects are never followed.

        Raises:
            DataStreamError: The call failed.
        """
        del stream, follow_redirects
        send = super().send
        extensions = request.extensions
        received: list[tuple[httpx.Response, Answer]] = []

        async def carry(call: Call, attempt: Attempt) -> Answer:
            _put(attempt, request, extensions)
            request.extensions["trace"] = attempt.trace_async
            response = await send(request, auth=auth, follow_redirects=False)
            received.append((response, answer_of(response)))
            return received[-1][1]

        call = self._short_cut.call_of(request)
        # httpx's auth flow corrects for clock skew after a 401, so the exchange does not.
        steps = exchange(call, self.call_options.changed(timeout_of(request), None), None)
        try:
            answer = await self._carry(call, steps, carry)
        except DataStreamError:
            _mask(request)
            raise
        finally:
            request.extensions = extensions
        response, read = received[-1]
        return response if answer is read else response_of(answer, request)

    @property
    def is_closed(self) -> bool:
        """Return whether this session, or the session whose connections it shares, is closed."""
        return self._ended or self.wire.is_closed

    async def aclose(self) -> None:
        """Close the session, and the connections if it owns them."""
        self._ended = True
        if self.is_owner:
            await self.wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _carry(
        self, call: Call, steps: Exchange, carry: Callable[[Call, Attempt], Any]
    ) -> Answer:
        with Observed(call) as observed:
            step = next(steps)
            while not isinstance(step, Answer):
                if isinstance(step, Attempt):
                    observed.attempted(step)
                    step = steps.send(await self._outcome(call, step, carry))
                elif self.is_closed:
                    raise step.error
                else:
                    from anyio import sleep

                    await sleep(step.seconds)
                    step = next(steps)
            observed.answered(step)
        answer = self._short_cut.readable(call, step)
        note(call, answer, observed.attempts)
        return answer

    async def _outcome(
        self, call: Call, attempt: Attempt, carry: Callable[[Call, Attempt], Any]
    ) -> Answer | Exception:
        if self.is_closed:
            return ConfigurationError(CLOSED)
        try:
            answer: Answer = await carry(call, attempt)
        except FAILURES as error:
            return error
        return answer


def _put(attempt: Attempt, request: httpx.Request, extensions: Mapping[str, Any]) -> None:
    """Attach an attempt to an httpx request, none of whose bytes have been sent yet."""
    attempt.watch()
    request.extensions = {
        **extensions,
        "timeout": httpx.Timeout(attempt.left).as_dict(),
        "trace": attempt.trace,
        ATTEMPT: attempt,
    }


def _mask(request: httpx.Request) -> None:
    """Mask the signature of a failed request, which the frames of the traceback refer to."""
    for name in MASKED:
        if name in request.headers:
            request.headers[name] = "***"
