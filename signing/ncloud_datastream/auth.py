"""Signing of requests: adds the three signature headers, computed over the request line."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from typing import NamedTuple

import httpx
from ncloud_datastream_api.api import SERVERS

from .calls import servers
from .calls.attempt import attempt_of
from .credentials import Credentials
from .credentials.renewal import CredentialsProvider
from .credentials.secret import Secret
from .errors import ConfigurationError, ForeignHostError
from .retry import http_date
from .signature import (
    ACCESS_KEY_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    sign,
    string_to_sign,
)

CLOCK_TOLERANCE = 30.0
"""Seconds of clock skew above which a 401 is attributed to the clock."""

_log = logging.getLogger("ncloud_datastream")


class Stamp(NamedTuple):
    """The values of a request's three signature headers, and the clock offset that was used.

    Anyone who reads the signature can use it for minutes, so its ``repr`` is masked.
    """

    timestamp: str
    access_key: str
    signature: str
    offset: float
    """Seconds added to the local clock."""


class SignatureAuth(httpx.Auth):
    """Signs every request of an `httpx.Client` or `httpx.AsyncClient`.

    When the ``Date`` of a 401 shows clock skew, the clock offset is stored and the request is
    signed and sent once more. The service does not act on a request that it rejects with a 401, so
    this is safe for POST too.

    Leave ``follow_redirects`` off in an httpx client that uses this class: httpx would send the
    signature to the target of the redirect. `DataStream` never follows redirects.

    Args:
        credentials: The key pair, or a callable that returns it.
        origins: Base URL of each server, by server name; defaults to those of the document.
            Requests to any other origin are not signed. A request that names its server, as the
            generated functions do in ``extensions["server"]``, must go to that server's origin.
        clock: Returns the seconds since the epoch.
        insecure_hosts: Host names, besides loopback, to which requests may be signed over plain
            http, such as emulators in containers. Others can read those requests.

    Raises:
        ConfigurationError: `credentials` is neither a key pair nor a callable, an origin is not a
            valid URL, or an insecure host is not a valid host name.
    """

    def __init__(
        self,
        credentials: Credentials | Callable[[], Credentials],
        origins: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        *,
        insecure_hosts: Iterable[str] = (),
    ) -> None:
        try:
            self._provider = CredentialsProvider(credentials, clock)
        finally:
            del credentials  # keeps keys passed incorrectly out of the traceback
        self._insecure = servers.insecure_hosts(insecure_hosts)
        self._origins = servers.origins(SERVERS if origins is None else origins)
        self._clock = clock
        self._offset = 0.0

    @property
    def clock_offset(self) -> float:
        """Seconds by which the service's clock is ahead of ours; 0 until a 401 shows clock skew."""
        return self._offset

    def credentials(self, deadline: float | None = None) -> Credentials:
        """Return the current key pair, after renewing it if it is due. May block.

        Args:
            deadline: When to stop waiting, on `time.monotonic`'s clock; None waits as long as the
                credentials callable takes.

        Raises:
            ConfigurationError: No key pair is available.
            TimeoutError: The deadline has passed.
        """
        return self._provider.get(deadline)

    async def async_credentials(self, deadline: float | None = None) -> Credentials:
        """Return the current key pair without blocking the event loop, under asyncio or trio."""
        return await self._provider.aget(deadline)

    def __repr__(self) -> str:
        insecure = sorted(getattr(self, "_insecure", ()))
        more = f", insecure_hosts={insecure}" if insecure else ""
        return f"SignatureAuth(origins={sorted(getattr(self, '_origins', ()))}{more})"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign and send a request, and repeat it once after a 401 caused by clock skew."""
        self._check(request)
        attempt = attempt_of(request.extensions)
        credentials = self._provider.get(None if attempt is None else attempt.deadline)
        yield from self._flow(request, credentials)

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign and send a request as `auth_flow` does, without blocking the event loop."""
        self._check(request)
        attempt = attempt_of(request.extensions)
        credentials = await self._provider.aget(None if attempt is None else attempt.deadline)
        flow = self._flow(request, credentials)
        try:
            next(flow)
            while True:
                flow.send((yield request))
        except StopIteration:
            return

    def _flow(
        self, request: httpx.Request, credentials: Credentials
    ) -> Generator[httpx.Request, httpx.Response, None]:
        offset = self._offset
        self._sign(request, credentials, offset)
        response = yield request
        if response.status_code == 401 and self.learn(response.headers.get("Date"), offset):
            self._sign(request, credentials, self._offset)
            yield request

    def _sign(self, request: httpx.Request, credentials: Credentials, offset: float) -> None:
        target = request.url.raw_path.decode("ascii")
        stamp = self._stamp(request.method, target, credentials, offset)
        request.headers[TIMESTAMP_HEADER] = stamp.timestamp
        request.headers[ACCESS_KEY_HEADER] = stamp.access_key
        request.headers[SIGNATURE_HEADER] = stamp.signature

    @property
    def ready(self) -> Credentials | None:
        """The current key pair, or None if it has to be fetched or renewed first."""
        return self._provider.ready

    def stamp(self, method: str, target: str, credentials: Credentials) -> Stamp:
        """Return the values of the signature headers, for a request that httpx does not sign.

        Args:
            method: The HTTP method, upper case.
            target: The request target, as in the request line.
            credentials: The key pair.
        """
        return self._stamp(method, target, credentials, self._offset)

    def _stamp(self, method: str, target: str, credentials: Credentials, offset: float) -> Stamp:
        timestamp = int((self._clock() + offset) * 1000)
        access_key = credentials.access_key
        message = string_to_sign(method, target, timestamp, access_key)
        signature = Secret(sign(credentials.secret_key, message))
        return Stamp(str(timestamp), access_key, signature, offset)

    def learn(self, date: str | None, used: float) -> bool:
        """Update the clock offset from the ``Date`` of a 401; return whether to repeat the request.

        The new offset is compared with the one that *this* request was signed with. Comparing with
        the current offset would break parallel calls: the first to update it would leave the
        others, signed earlier, without a reason to be repeated.

        Args:
            date: The ``Date`` header of the response.
            used: The clock offset that the rejected request was signed with.
        """
        theirs = http_date(date)
        if theirs is None:
            return False
        offset = theirs - self._clock()
        if abs(offset - used) <= CLOCK_TOLERANCE:
            return False
        self._offset = offset
        _log.info(
            "corrected for clock skew: the service's clock is %+.0f s from this machine's", offset
        )
        return True

    def _check(self, request: httpx.Request) -> None:
        """Raise an error for a request that must not be signed, before fetching credentials."""
        if not request.method.isascii():
            raise ConfigurationError(f"{request.method!r} is not an HTTP method. Nothing was sent.")
        place = servers.origin(request.url)
        name = request.extensions.get("server")
        if name is None:
            allowed = place in self._origins.values()
        else:
            allowed = self._origins.get(name) == place
        if not allowed:
            why = (
                f"the operation belongs to the {name} server"
                if name in self._origins
                else "signed requests are sent to the configured servers only"
            )
        elif not servers.is_private(place, self._insecure):
            why = "others could read it; signed requests need https, or http on loopback"
        else:
            return
        operation = request.extensions.get("operation")
        target = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
        error = ForeignHostError(
            f"{operation or request.method} was not signed and not sent to {target}: {why}."
        )
        error.operation = operation
        raise error
