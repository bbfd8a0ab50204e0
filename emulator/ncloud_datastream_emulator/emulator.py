"""The emulator as a program or a test uses it."""

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
    """A Data Stream of one's own, with one account in it.

    Used as a context manager it serves on a socket; `transport` needs no socket and no ``with``.
    What it holds outlives a stop: started again, it goes on where it was.

    Args:
        clock: The time in seconds since 1970, for dates, for the window of signatures and for how
            long a topic is CREATING.
        seed: Makes ids, keys, the prefix and the partitions of messages that name none the same
            every time; without it they are drawn from the system's randomness.
        prefix: What topic names must begin with, possibly nothing; drawn when None.
        topic_limit: How many topics there can be at a time.
        host: The address to serve on. The page and the paths below ``/_emulator/`` answer to it
            and to loopback names only (see `guard`).
        port: The port to serve on, 0 for any that is free.
        faults: What shall go wrong with calls; see `Fault`.
        kafka: Where a real Kafka broker shall listen, which then keeps the messages: ``HOST:PORT``
            with port 0 for any that is free. Needs the extra ``[kafka]`` and Java, and works
            between `start` and `stop`.
        credentials: The sub account's keys; drawn when None.
        allowed_hosts: Further names that the page and the paths below ``/_emulator/`` answer to,
            such as that of its container.
        initial: Topics and messages to begin with (see `initial`); with them and without a
            `prefix`, topics may have any name. With `kafka` they are made at the first start.

    Raises:
        ValueError: The prefix is not made of lower-case letters, digits and hyphens, or there can
            be no such port or address, or a fault is for an operation that there is not, or what
            is there to begin with breaks a rule.
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
                f"A prefix has lower-case letters, digits and hyphens, not {prefix!r}."
            )
        if not 0 <= port <= 65535:
            raise ValueError(f"A port is a number from 0 to 65535, not {port}.")
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
        """The ASGI application, for a server of one's own."""
        keys = zip(self._state.access_keys, self._state.secret_keys, strict=True)
        self.credentials, self.main_credentials = (Credentials(*pair) for pair in keys)
        """The keys of a sub account, which may do everything, and of the main account, whose keys
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
        """Take the port and give the URL, without accepting connections yet.

        Raises:
            OSError: The port is taken, or cannot be had otherwise.
            RuntimeError: It has a port already, or there can be no broker (`kafka.BrokerError`).
        """
        if self._server is not None:
            raise RuntimeError(f"The emulator is at {self._server.url} already.")
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
            fill(self._document, self._state, initial)

    def start(self) -> None:
        """Take the port, unless `bind` did, and accept connections.

        Raises:
            OSError: The port is taken, or cannot be had otherwise.
            RuntimeError: It serves already, or there can be no broker (`kafka.BrokerError`).
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
        """Close the port and all connections; nothing happens when that is done already."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
            with self._service.lock:
                self._state.log.stop()

    @property
    def url(self) -> str:
        """Where both hosts are served; on all addresses, the one of this machine itself.

        Raises:
            RuntimeError: It has no port.
        """
        if self._server is None:
            raise RuntimeError("The emulator is not started, so it has no URL.")
        return self._server.url

    @property
    def kafka_ca(self) -> str:
        """The path of the certificate that Kafka clients have to trust.

        Raises:
            RuntimeError: There is no broker.
        """
        return self._broker().ca

    @property
    def kafka_address(self) -> str:
        """Where Kafka clients connect, which topics also say: ``host:port``.

        Raises:
            RuntimeError: There is no broker.
        """
        return self._broker().endpoint

    def _broker(self) -> KafkaLog:
        if self._kafka is None:
            raise RuntimeError("The emulator has no Kafka; Emulator(kafka='127.0.0.1:9094') has.")
        return self._kafka

    @property
    def calls(self) -> list[Call]:
        """The last 10,000 calls, the oldest first (fewer if their bodies exceed 64 MiB)."""
        with self._service.lock:
            return self._service.calls.all()

    def messages(self, topic_name: str) -> list[Message]:
        """The messages that a topic was sent, in order, even when it is gone; ``[]`` for none.

        The order is that of their coming; with `kafka`, that of partitions and offsets, and what
        Kafka clients sent is among them.
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
        """Order the answer to the next properly signed call of an operation, which does no more.

        Args:
            operation_id: The operation as `openapi.yaml` calls it, such as ``createTopic``.
            status: The HTTP status, 200 to 599.
            body: Text or bytes as they are, None for no body, anything else as JSON.
            headers: Further headers; a Content-Type or Date replaces the usual one.
            times: For how many calls, at most a billion; they come after those that are ordered
                already.

        Raises:
            ValueError: There is no such operation, or no such answer can be sent, or 10,000 orders
                or 64 MiB of them are waiting.
        """
        with self._service.lock:
            self._service.answers.add(operation_id, status, body, headers, times)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What goes wrong with calls; setting it replaces all faults and counts anew."""
        with self._service.lock:
            return self._service.faults.all

    @faults.setter
    def faults(self, faults: Iterable[Fault]) -> None:
        with self._service.lock:
            self._service.faults.set(faults)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead `DataStream` in another program, or in this one, to it.

        Raises:
            RuntimeError: It has no port.
        """
        found = {
            "NCLOUD_ACCESS_KEY_ID": self.credentials.access_key,
            "NCLOUD_SECRET_ACCESS_KEY": self.credentials.secret_key,
            **self.url_variables,
        }
        host = (urlsplit(self.url).hostname or "").partition("%")[0]
        if not is_loopback(host):  # clients reach it by plain http only where they are told so
            found["NCLOUD_DATASTREAM_INSECURE_HOSTS"] = host
        return found

    @property
    def url_variables(self) -> dict[str, str]:
        """The variables that lead the client to it, one for each server of the document.

        Raises:
            RuntimeError: It has no port.
        """
        return {
            f"NCLOUD_DATASTREAM_{name.upper().replace('-', '_')}_URL": self.url
            for name in self._document.servers
        }

    def transport(self) -> httpx.MockTransport:
        """A transport for httpx clients, sync or async, that calls the emulator in process.

        NCP's own URLs are used with it; a request to the wrong one of the two hosts is a 404.
        """
        from .in_process import transport

        return transport(self.app)
