"""The emulator's Python interface."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from ncloud_datastream import Credentials

from .app import Application
from .document import Document
from .faults import Fault, Faults
from .guard import Guard, is_loopback
from .initial import fill
from .log import Message
from .records import Call
from .server import Server
from .service import Service
from .state import State

if TYPE_CHECKING:
    import httpx

    from .kafka.log import KafkaLog


class Emulator:
    """A local Data Stream with one account.

    As a context manager it serves on a socket; `transport` needs neither a socket nor ``with``.
    Its state survives `stop`: if started again, it continues where it stopped.

    Args:
        clock: Returns the time in seconds since 1970. Used for dates, for the window of signatures
            and for how long a topic is CREATING.
        seed: Makes ids, keys, the prefix and the partitions of messages without ``partition``
            repeatable; None draws them from the system's random source.
        prefix: The prefix of topic names, which may be empty; random if None.
        topic_limit: The maximum number of topics.
        host: The address to listen on. The page and the paths below ``/_emulator/`` accept this
            host and loopback names only (see `guard`).
        port: The port to listen on; 0 for any free port.
        faults: The faults of calls; see `Fault`.
        kafka: The address of a real Kafka broker to start, which then stores the messages:
            ``HOST:PORT``, with port 0 for any free port. Needs the extra ``[kafka]`` and Java, and
            runs between `start` and `stop`.
        credentials: The keys of the sub account; random if None.
        allowed_hosts: Additional host names for the page and the paths below ``/_emulator/``, such
            as that of its container.
        initial: Initial topics and messages (see `initial`). With it and without a `prefix`, topics
            may have any name. With `kafka` they are created at the first start.

    Raises:
        ValueError: The prefix contains characters other than lower-case letters, digits and
            hyphens, the port or an address is invalid, a fault names an unknown operation, or the
            initial content is invalid.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        seed: int | str | None = None,
        prefix: str | None = None,
        topic_limit: int = 3,
        host: str = "127.0.0.1",
        port: int = 0,
        faults: Iterable[Fault] = (),
        kafka: str | None = None,
        credentials: Credentials | None = None,
        allowed_hosts: Iterable[str] = (),
        initial: Mapping[str, Iterable[Any]] | None = None,
    ) -> None:
        if initial is not None and prefix is None:
            prefix = ""
        if prefix is not None and not re.fullmatch("[a-z0-9-]{0,199}", prefix):
            raise ValueError(
                f"prefix must consist of lower-case letters, digits and hyphens, but is {prefix!r}."
            )
        if not 0 <= port <= 65535:
            raise ValueError(f"port must be from 0 to 65535, but is {port}.")
        given = None if credentials is None else (credentials.access_key, credentials.secret_key)
        self._state = State(clock, seed, prefix, topic_limit, given)
        self._document = document = Document.load()
        self._service = Service(
            document, self._state, Faults(document.operations, seed), Guard(host, allowed_hosts)
        )
        self._service.faults.set(faults)
        self._host, self._port = host, port
        self._server: Server | None = None
        self.app = Application(self._service)
        """The ASGI application, for any ASGI server."""
        keys = zip(self._state.access_keys, self._state.secret_keys, strict=True)
        self.credentials, self.main_credentials = (Credentials(*pair) for pair in keys)
        """The keys of a sub account, which allow every operation, and of the main account, which
        cannot send messages."""
        self._kafka: KafkaLog | None = None
        if kafka is not None:
            from .kafka.log import KafkaLog

            pair = self.credentials
            self._state.log = self._kafka = KafkaLog(
                kafka, pair.access_key, pair.secret_key, self._service.lock
            )
        self._initial = initial
        if kafka is None:
            self._fill()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def bind(self) -> str:
        """Bind the port and return the URL, without accepting connections yet.

        Raises:
            OSError: The port is in use, or cannot be bound for another reason.
            RuntimeError: The emulator is bound already, or the broker cannot be started
                (`kafka.BrokerError`).
        """
        if self._server is not None:
            raise RuntimeError(f"The emulator is already bound to {self._server.url}.")
        server = Server(self.app, self._host, self._port)
        try:
            self._state.log.start()
        except BaseException:
            server.stop()
            raise
        try:
            self._fill()
        except BaseException:
            server.stop()
            self._state.log.stop()
            raise
        self._server = server
        return server.url

    def _fill(self) -> None:
        initial, self._initial = self._initial, None
        if initial is None:
            return
        with self._service.lock:
            self._state.initial = fill(self._document, self._state, initial)

    def start(self) -> None:
        """Bind the port, unless `bind` did, and accept connections.

        Raises:
            OSError: The port is in use, or cannot be bound for another reason.
            RuntimeError: The emulator is running already, or the broker cannot be started
                (`kafka.BrokerError`).
        """
        if self._server is None or self._server.is_serving:
            self.bind()
        assert self._server is not None
        try:
            self._server.start()
        except BaseException:
            self._server = None
            self._state.log.stop()
            raise

    def stop(self) -> None:
        """Close the port and all connections; do nothing if the emulator is not running."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
            with self._service.lock:
                self._state.log.stop()

    @property
    def url(self) -> str:
        """The URL of both hosts; the loopback address if the emulator listens on all addresses.

        Raises:
            RuntimeError: The emulator is not started.
        """
        if self._server is None:
            raise RuntimeError("The emulator is not started, so it has no URL.")
        return self._server.url

    @property
    def kafka_ca(self) -> str:
        """The path of the CA certificate that Kafka clients must trust.

        Raises:
            RuntimeError: The emulator has no broker.
        """
        return self._broker().ca

    @property
    def kafka_address(self) -> str:
        """The address for Kafka clients, which is also in topics: ``host:port``.

        Raises:
            RuntimeError: The emulator has no broker.
        """
        return self._broker().endpoint

    def _broker(self) -> KafkaLog:
        if self._kafka is None:
            raise RuntimeError(
                "The emulator has no broker; create it with Emulator(kafka='127.0.0.1:9094')."
            )
        return self._kafka

    @property
    def calls(self) -> list[Call]:
        """The last 10,000 calls, oldest first (fewer if their bodies exceed 64 MiB)."""
        with self._service.lock:
            return self._service.calls.all()

    def messages(self, topic_name: str) -> list[Message]:
        """Return the messages of a topic in order, also of a deleted one; ``[]`` if there are none.

        They are in the order of arrival; with `kafka` they are ordered by partition and offset, and
        include messages from Kafka clients.
        """
        with self._service.lock:
            return self._state.log.messages(topic_name)

    def answer_next(
        self,
        operation_id: str,
        status: int,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """Set the response to the next validly signed call of an operation, which has no effect.

        Args:
            operation_id: The operation's id in `openapi.yaml`, such as ``createTopic``.
            status: The HTTP status code, 200 to 599.
            body: Text and bytes are sent as they are, None sends no body, anything else is JSON.
            headers: Additional headers; a Content-Type or Date replaces the usual one.
            times: The number of calls, at most a billion; they follow responses set earlier.

        Raises:
            ValueError: The operation is unknown, the response is invalid, or 10,000 responses or
                64 MiB of them are pending.
        """
        with self._service.lock:
            self._service.answers.add(operation_id, status, body, headers, times)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults of calls; setting it replaces all faults and restarts their counts."""
        with self._service.lock:
            return self._service.faults.all

    @faults.setter
    def faults(self, faults: Iterable[Fault]) -> None:
        with self._service.lock:
            self._service.faults.set(faults)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that configure `DataStream` for this emulator.

        Raises:
            RuntimeError: The emulator is not started.
        """
        found = {
            "NCLOUD_ACCESS_KEY_ID": self.credentials.access_key,
            "NCLOUD_SECRET_ACCESS_KEY": self.credentials.secret_key,
            **self.url_variables,
        }
        host = (urlsplit(self.url).hostname or "").partition("%")[0]
        if not is_loopback(host):  # clients use plain http beyond loopback only if configured
            found["NCLOUD_DATASTREAM_INSECURE_HOSTS"] = host
        return found

    @property
    def url_variables(self) -> dict[str, str]:
        """The environment variables for URLs, one for each server of the document.

        Raises:
            RuntimeError: The emulator is not started.
        """
        return {
            f"NCLOUD_DATASTREAM_{name.upper().replace('-', '_')}_URL": self.url
            for name in self._document.servers
        }

    def transport(self) -> httpx.MockTransport:
        """Return a transport for sync and async httpx clients that calls the emulator in process.

        Use it with NCP's own URLs; a request to the wrong one of the two hosts is a 404.
        """
        from .in_process import transport

        return transport(self.app)
