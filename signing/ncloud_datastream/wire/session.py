"""The clients of httpx inside `DataStream`: real ones for whoever uses them so, a short cut for us.

What the generated functions ask becomes a `Call` without httpx's own requests, which would take
most of the time of a call. Everything else, and all once somebody has set hooks, headers, cookies,
parameters, auth or timeout, goes the way of httpx, over a transport on the same wire.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Self

import httpx

from ncloud_datastream.auth import SignatureAuth
from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.attempt import ATTEMPT, Attempt
from ncloud_datastream.calls.call import MASKED, Call
from ncloud_datastream.calls.error_body import success_object
from ncloud_datastream.calls.exchange import Exchange, exchange
from ncloud_datastream.calls.options import Options
from ncloud_datastream.calls.reading import note
from ncloud_datastream.calls.servers import MANAGEMENT, Server, origin
from ncloud_datastream.calls.target import check_path, plain_target
from ncloud_datastream.calls.telemetry import Observed
from ncloud_datastream.errors import ConfigurationError, DataStreamError

from .pool import CLOSED
from .through_httpx import answer_of, no_cookies, response_of
from .transport import WireTransport, call_of, timeout_of
from .wire import AsyncWire, Wire

FAILURES = (DataStreamError, httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError)
"""What an attempt may end with instead of an answer; everything else is a defect."""

# What the generated functions say of a request.
_GENERATED = frozenset({"json", "params", "headers", "extensions"})

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class _Shared:
    """What both sessions do alike, without I/O."""

    call_options: Options
    auth: Any
    headers: Any
    cookies: Any
    params: Any
    timeout: Any
    event_hooks: Any

    def _set_up(self, options: Options, auth: SignatureAuth, *, owner: bool) -> None:
        self.call_options = options
        self.signature_auth = auth
        self.is_owner = owner
        self._ended = False
        self._standard = tuple(options.headers.items())
        self._untouched = (self.headers.raw, self.auth, self.timeout)

    def _arguments(self, transport: WireTransport, options: Options, auth: Any) -> dict[str, Any]:
        """Return what httpx's own client is made with."""
        return {
            "auth": auth,
            "headers": dict(options.headers),
            "timeout": options.timeout,
            "transport": transport,
            "trust_env": False,
            "cookies": no_cookies(),
        }

    def _is_untouched(self) -> bool:
        """Return whether the client of httpx is as it was made."""
        headers, auth, timeout = self._untouched
        hooks = self.event_hooks
        return (
            self.auth is auth
            and self.timeout is timeout
            and not hooks["request"]
            and not hooks["response"]
            and not self.params
            and not self.cookies
            and self.headers.raw == headers
        )

    def _plain_call(self, method: str, url: httpx.URL | str, given: dict[str, Any]) -> Call | None:
        """Return the call that a generated function makes, or None where it is httpx's to make.

        Raises:
            ConfigurationError: An argument cannot be sent, or would name another resource.
        """
        if not (
            isinstance(url, str)
            and url.startswith("/")
            and _GENERATED.issuperset(given)
            and self._is_untouched()
        ):
            return None
        extensions = given.get("extensions") or {}
        operation = extensions.get("operation")
        if operation is None:
            return None
        server = self._server(operation, extensions.get("server", MANAGEMENT))
        try:
            target = plain_target(operation, url, given.get("params"))
            body = _json(given["json"]).encode() if "json" in given else b""
        except DataStreamError:
            raise
        except (TypeError, ValueError, RecursionError) as error:
            raise _unsendable(operation, error) from error
        if target is None:
            return None
        headers = given.get("headers")
        own = tuple(headers.items()) if headers else ()
        return Call(server, operation, method.upper(), target, self._standard + own, body)

    def _built(
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
            check_path(operation, target.partition("?")[0])
            target = self._server(operation, extensions.get("server", MANAGEMENT)).url + target
        try:
            return build(method, target, **options)
        except (TypeError, ValueError, RecursionError, httpx.InvalidURL) as error:
            raise _unsendable(operation, error) from error

    def _server(self, operation: str, name: str) -> Server:
        try:
            return self.call_options.servers[name]
        except KeyError:
            raise ConfigurationError(
                f"{operation}: there is no server {name!r}. Nothing was sent."
            ) from None

    def _call_of(self, request: httpx.Request) -> Call:
        """Return the call that a request of httpx is, for errors and for whoever observes it."""
        place = origin(request.url)
        for server in self.call_options.servers.values():
            if server.origin == place:
                named = request.extensions.get("server", server.name)
                return call_of(request, self.call_options.servers.get(named, server))
        url = request.url
        return call_of(request, Server.at("", f"{url.scheme}://{url.netloc.decode('ascii')}"))

    def _exchange(self, call: Call) -> Exchange:
        return exchange(call, self.call_options, self.signature_auth.learn)

    def _readable(self, call: Call, answer: Answer) -> Answer:
        """Return an answer that counts as a success with a body that can be read."""
        if (
            self.call_options.any_2xx_delivers
            and call.to_message_server
            and success_object(answer.body) is None
        ):
            return answer._replace(body=b"{}")
        return answer


class Session(_Shared, httpx.Client):
    """The client of httpx inside `DataStream`.

    Args:
        options: What the client is set up to do.
        auth: Signs each attempt.
        wire: Carries each attempt.
        transport: The same for requests of httpx.
        owner: Whether closing this closes the wire.
    """

    def __init__(
        self,
        options: Options,
        auth: SignatureAuth,
        wire: Wire,
        transport: WireTransport,
        *,
        owner: bool = True,
    ) -> None:
        httpx.Client.__init__(self, **self._arguments(transport, options, auth))
        self.wire = wire
        self._set_up(options, auth, owner=owner)

    def request(self, method: str, url: httpx.URL | str, **given: Any) -> httpx.Response:
        """Make a call, again where `Retry` allows, and return the answer if it is a success.

        Raises:
            DataStreamError: It was no success.
        """
        call = self._plain_call(method, url, given)
        if call is None:
            return super().request(method, url, **given)
        answer = self._carry(call, self._exchange(call), self.wire.send)
        return response_of(answer)

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Build a request to the server that its extensions name.

        Raises:
            ConfigurationError: An argument cannot be sent, or would name another resource.
        """
        return self._built(super().build_request, method, url, options)

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
        send = super().send
        extensions = request.extensions
        response: httpx.Response
        came: Answer

        def carry(call: Call, attempt: Attempt) -> Answer:
            nonlocal response, came
            _put(attempt, request, extensions)
            response = send(request, auth=auth, follow_redirects=False)
            came = answer_of(response)
            return came

        call = self._call_of(request)
        # What a 401 teaches about the clock is learned on the way of httpx, by its auth.
        steps = exchange(call, self.call_options.changed(timeout_of(request), None), None)
        try:
            answer = self._carry(call, steps, carry)
        except DataStreamError:
            _mask(request)
            raise
        finally:
            request.extensions = extensions
        return response if answer is came else response_of(answer, request)

    @property
    def is_closed(self) -> bool:
        """Return whether this session was closed, or the one whose connections it shares."""
        return self._ended or self.wire.is_closed

    def close(self) -> None:
        """Close the connections, if they are this session's own; it sends no more either way."""
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
        answer = self._readable(call, step)
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


class AsyncSession(_Shared, httpx.AsyncClient):
    """The client of httpx inside `AsyncDataStream`: the same, awaited.

    Args:
        options: What the client is set up to do.
        auth: Signs each attempt.
        wire: Carries each attempt.
        transport: The same for requests of httpx.
        owner: Whether closing this closes the wire.
    """

    def __init__(
        self,
        options: Options,
        auth: SignatureAuth,
        wire: AsyncWire,
        transport: WireTransport,
        *,
        owner: bool = True,
    ) -> None:
        httpx.AsyncClient.__init__(self, **self._arguments(transport, options, auth))
        self.wire = wire
        self._set_up(options, auth, owner=owner)

    async def request(self, method: str, url: httpx.URL | str, **given: Any) -> httpx.Response:
        """Make a call, again where `Retry` allows, and return the answer if it is a success.

        Raises:
            DataStreamError: It was no success.
        """
        call = self._plain_call(method, url, given)
        if call is None:
            return await super().request(method, url, **given)
        answer = await self._carry(call, self._exchange(call), self.wire.send)
        return response_of(answer)

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Build a request to the server that its extensions name.

        Raises:
            ConfigurationError: An argument cannot be sent, or would name another resource.
        """
        return self._built(super().build_request, method, url, options)

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
        del stream, follow_redirects
        send = super().send
        extensions = request.extensions
        response: httpx.Response
        came: Answer

        async def carry(call: Call, attempt: Attempt) -> Answer:
            nonlocal response, came
            _put(attempt, request, extensions)
            request.extensions["trace"] = attempt.trace_async
            response = await send(request, auth=auth, follow_redirects=False)
            came = answer_of(response)
            return came

        call = self._call_of(request)
        # What a 401 teaches about the clock is learned on the way of httpx, by its auth.
        steps = exchange(call, self.call_options.changed(timeout_of(request), None), None)
        try:
            answer = await self._carry(call, steps, carry)
        except DataStreamError:
            _mask(request)
            raise
        finally:
            request.extensions = extensions
        return response if answer is came else response_of(answer, request)

    @property
    def is_closed(self) -> bool:
        """Return whether this session was closed, or the one whose connections it shares."""
        return self._ended or self.wire.is_closed

    async def aclose(self) -> None:
        """Close the connections, if they are this session's own; it sends no more either way."""
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
        answer = self._readable(call, step)
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
    """Give a request of httpx the attempt that it is; nothing of it has left yet."""
    attempt.watch()
    request.extensions = {
        **extensions,
        "timeout": httpx.Timeout(attempt.left).as_dict(),
        "trace": attempt.trace,
        ATTEMPT: attempt,
    }


def _mask(request: httpx.Request) -> None:
    """Take the signature off a request that failed: frames of its error's traceback hold it."""
    for name in MASKED:
        if name in request.headers:
            request.headers[name] = "***"


def _unsendable(operation: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"{operation}: an argument cannot be sent: {type(error).__name__}: {error}. "
        "Nothing was sent."
    )
