"""The signing middleware: three headers on every request, over the bytes of its request line."""

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
"""Seconds that the service's clock may differ from ours before a 401 is laid to the clock."""

_log = logging.getLogger("ncloud_datastream")


class Stamp(NamedTuple):
    """What proves a request: the values of its three headers, and how its time was told.

    The signature is good for minutes, for whoever reads it: its ``repr`` is masked.
    """

    timestamp: str
    access_key: str
    signature: str
    offset: float
    """The seconds that were added to our clock."""


class SignatureAuth(httpx.Auth):
    """Signs every request that it is given, for `httpx.Client` and `httpx.AsyncClient` alike.

    A 401 whose ``Date`` shows that our clock is off teaches the offset, and the request is sent
    once more with it: a 401 was not acted on, so that this is right for POST too.

    Leave ``follow_redirects`` off in an httpx client that signs with it: httpx would carry the
    signature to wherever an answer points. `DataStream` never follows.

    Args:
        credentials: The key pair, or a callable that returns it.
        origins: Base URL of each server, by its name; by default those of the document. Requests
            to any other origin are refused. A request that names its server (the generated
            functions do, as ``extensions["server"]``) must go to that server's origin.
        clock: Returns the seconds since the epoch.
        insecure_hosts: Host names that requests may be signed for over plain http although they
            are not loopback: emulators in containers. Others can read those requests.

    Raises:
        ConfigurationError: `credentials` are none, an origin is no URL, or a host no host.
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
            del credentials  # given in a wrong way, keys must not show in the traceback
        self._insecure = servers.insecure_hosts(insecure_hosts)
        self._origins = servers.origins(SERVERS if origins is None else origins)
        self._clock = clock
        self._offset = 0.0

    @property
    def clock_offset(self) -> float:
        """Seconds by which the service's clock is ahead of ours, as learned; 0 at first."""
        return self._offset

    def credentials(self, deadline: float | None = None) -> Credentials:
        """Return the key pair in force, asked for where that is due; this may block.

        Args:
            deadline: How long to wait at the most, on `time.monotonic`'s clock; None for as long
                as a callable for the credentials takes.

        Raises:
            ConfigurationError: There is none.
            TimeoutError: The deadline has passed.
        """
        return self._provider.get(deadline)

    async def async_credentials(self, deadline: float | None = None) -> Credentials:
        """Do the same without holding up the event loop, under asyncio or trio."""
        return await self._provider.aget(deadline)

    def __repr__(self) -> str:
        insecure = sorted(getattr(self, "_insecure", ()))
        more = f", insecure_hosts={insecure}" if insecure else ""
        return f"SignatureAuth(origins={sorted(getattr(self, '_origins', ()))}{more})"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign, send, and once more where the clock was off."""
        self._check(request)
        attempt = attempt_of(request.extensions)
        credentials = self._provider.get(None if attempt is None else attempt.deadline)
        yield from self._flow(request, credentials)

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Do the same; nothing holds up the event loop."""
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
        """The key pair in force where nothing has to be asked, else None."""
        return self._provider.ready

    def stamp(self, method: str, target: str, credentials: Credentials) -> Stamp:
        """Return what to put into the headers of a request that is not signed by httpx.

        Args:
            method: The HTTP method, upper case.
            target: The request target as it stands in the request line.
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
        """Learn the clock's offset from the ``Date`` of a 401; is another try worthwhile?

        It is compared with the offset that *this* request used. Comparing with the offset in
        force would break parallel calls: the first one to learn would leave the others, signed
        before, with nothing to repeat for.

        Args:
            date: The answer's ``Date`` header.
            used: The offset that the refused request was signed with.
        """
        theirs = http_date(date)
        if theirs is None:
            return False
        offset = theirs - self._clock()
        if abs(offset - used) <= CLOCK_TOLERANCE:
            return False
        self._offset = offset
        _log.info("the service's clock is %+.0f s from ours; signing with that", offset)
        return True

    def _check(self, request: httpx.Request) -> None:
        """Refuse a request that must not be signed, before anything is asked or computed."""
        if not request.method.isascii():
            raise ConfigurationError(f"{request.method!r} is no HTTP method; nothing was sent.")
        place = servers.origin(request.url)
        name = request.extensions.get("server")
        if name is None:
            allowed = place in self._origins.values()
        else:
            allowed = self._origins.get(name) == place
        if not allowed:
            why = (
                f"it belongs to the {name} server"
                if name in self._origins
                else "signed requests go to the configured servers only"
            )
        elif not servers.is_private(place, self._insecure):
            why = "others could read along: signed requests go over https, or http on loopback"
        else:
            return
        operation = request.extensions.get("operation")
        target = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
        error = ForeignHostError(
            f"{operation or request.method} was not signed and not sent to {target}: {why}."
        )
        error.operation = operation
        raise error
