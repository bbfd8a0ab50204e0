"""The part that both sessions share, without I/O: requests to calls, and arguments for httpx.

Requests of the generated functions become a `Call` directly, without building an httpx request,
which would take most of the time of a call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from ncloud_datastream.auth import SignatureAuth
from ncloud_datastream.calls.answer import Answer
from ncloud_datastream.calls.call import Call, encode_json
from ncloud_datastream.calls.error_body import success_object
from ncloud_datastream.calls.exchange import Exchange, exchange
from ncloud_datastream.calls.options import Options
from ncloud_datastream.calls.servers import MANAGEMENT, Server, origin
from ncloud_datastream.calls.target import check_path, plain_target
from ncloud_datastream.errors import ConfigurationError, DataStreamError

from .through_httpx import no_cookies
from .transport import WireTransport, call_of

# The keyword arguments that the generated functions pass to `request`.
_GENERATED = frozenset({"json", "params", "headers", "extensions"})

Client = httpx.Client | httpx.AsyncClient


class ShortCut:
    """Turns requests made on an httpx client into calls.

    Args:
        options: The client's options.
        auth: Signs each attempt.
        transport: Carries requests built by httpx.
    """

    def __init__(self, options: Options, auth: SignatureAuth, transport: WireTransport) -> None:
        self.options = options
        self.auth = auth
        self._transport = transport
        self._standard = tuple(options.headers.items())
        self._untouched: tuple[object, ...] = ()

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments for the constructor of the httpx client."""
        return {
            "auth": self.auth,
            "headers": dict(self.options.headers),
            "timeout": self.options.timeout,
            "transport": self._transport,
            "trust_env": False,
            "cookies": no_cookies(),
        }

    def remember(self, client: Client) -> None:
        """Record the initial state of the httpx client."""
        self._untouched = (client.headers.raw, client.auth, client.timeout)

    def _is_untouched(self, client: Client) -> bool:
        headers, auth, timeout = self._untouched
        hooks = client.event_hooks
        return (
            client.auth is auth
            and client.timeout is timeout
            and not hooks["request"]
            and not hooks["response"]
            and not client.params
            and not client.cookies
            and client.headers.raw == headers
        )

    def call(
        self, client: Client, method: str, url: httpx.URL | str, given: dict[str, Any]
    ) -> Call | None:
        """Return the call of a generated function, or None if httpx must make the request.

        httpx makes every request after hooks, headers, cookies, parameters, auth or timeout were
        changed on the client.

        Raises:
            ConfigurationError: An argument cannot be sent, or would address another resource.
        """
        if not (
            isinstance(url, str)
            and url.startswith("/")
            and _GENERATED.issuperset(given)
            and self._is_untouched(client)
        ):
            return None
        extensions = given.get("extensions") or {}
        operation = extensions.get("operation")
        if operation is None:
            return None
        server = self._server(operation, extensions.get("server", MANAGEMENT))
        try:
            target = plain_target(operation, url, given.get("params"))
            body = encode_json(given["json"]).encode() if "json" in given else b""
        except DataStreamError:
            raise
        except (TypeError, ValueError, RecursionError) as error:
            raise _unsendable(operation, error) from error
        if target is None:
            return None
        headers = given.get("headers")
        own = tuple(headers.items()) if headers else ()
        return Call(server, operation, method.upper(), target, self._standard + own, body)

    def request(
        self,
        build: Callable[..., httpx.Request],
        method: str,
        url: httpx.URL | str,
        options: dict[str, Any],
    ) -> httpx.Request:
        """Build a request with httpx's `build`, to the server named in its extensions.

        Raises:
            ConfigurationError: An argument cannot be sent, or would address another resource.
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
            return self.options.servers[name]
        except KeyError:
            raise ConfigurationError(
                f"{operation}: there is no server {name!r}. Nothing was sent."
            ) from None

    def call_of(self, request: httpx.Request) -> Call:
        """Return an httpx request as a call, for errors and telemetry."""
        target = origin(request.url)
        for server in self.options.servers.values():
            if server.origin == target:
                named = request.extensions.get("server", server.name)
                return call_of(request, self.options.servers.get(named, server))
        url = request.url
        return call_of(request, Server.at("", f"{url.scheme}://{url.netloc.decode('ascii')}"))

    def exchange(self, call: Call) -> Exchange:
        """Return the exchange of a call that its carrier signs."""
        return exchange(call, self.options, self.auth.learn)

    def readable(self, call: Call, answer: Answer) -> Answer:
        """Return a successful response with a body that generated code can parse."""
        if (
            self.options.any_2xx_delivers
            and call.to_message_server
            and success_object(answer.body) is None
        ):
            return answer._replace(body=b"{}")
        return answer


def _unsendable(operation: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"{operation}: an argument cannot be sent: {type(error).__name__}: {error}. "
        "Nothing was sent."
    )
