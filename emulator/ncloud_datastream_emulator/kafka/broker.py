"""The broker process: its configuration, certificate, start and stop."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from pathlib import Path

from . import keeper
from .errors import EXTRA, BrokerError
from .jars import fetch, tool

START_TIMEOUT = 60.0
"""The start timeout of the broker, in seconds."""

_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_OPTIONS = ["-Xms128m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
_STARTED = "Kafka Server started"


class Broker:
    """A broker with one user.

    It retains its address, certificate and topics when stopped and started again. Its data is
    deleted with this object.

    Args:
        host: The address to listen on, and at which clients reach it.
        port: The port to listen on; 0 for any free port.
        user: The SASL user name: the access key of the sub account.
        password: The SASL password: its secret key.
    """

    def __init__(self, host: str, port: int, user: str, password: str) -> None:
        self._host = host
        self._port = port
        self._user = user
        self._password = password
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """The address for Kafka clients: ``host:port``; the port is 0 until it is known."""
        return f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"

    @property
    def ca(self) -> Path:
        """The CA certificate that clients must trust.

        Raises:
            BrokerError: The broker has never been started.
        """
        if self._folder is None:
            raise BrokerError("The broker is not started, so it has no certificate.")
        return self._folder / "ca.pem"

    def start(self) -> None:
        """Start, and return when clients can connect.

        Raises:
            BrokerError: Java, Maven or the extra is missing, or the broker does not start.
        """
        java = tool("java", "Java 17 or newer, to run Apache Kafka")
        command = [java, *_OPTIONS, "-cp", f"{fetch()}/*"]
        self._port = _port(self._host, self._port)
        folder = self._folder or self._prepare(command)
        with (folder / "broker.log").open("wb") as log:
            process = subprocess.Popen(
                [
                    *[sys.executable, "-I", keeper.__file__, str(folder)],
                    *[*command, "kafka.Kafka", str(folder / "server.properties")],
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C must reach this process only, which then stops the broker.
                start_new_session=True,
            )
        self._process = process
        # Also runs if `stop` is never called, and then before the folder is removed.
        self._end = weakref.finalize(self, process.communicate, b"\n")
        try:
            self._await_listening(folder)
        except BaseException:
            self.stop()
            raise
        self._folder = folder

    def stop(self) -> None:
        """Stop; do nothing if the broker is not running."""
        if self._process is not None:
            self._process = None
            self._end()

    def check(self) -> None:
        """Check that the broker is running.

        Raises:
            BrokerError: It is not.
        """
        if self._process is None:
            raise BrokerError("The broker is not started.")
        if self._process.poll() is not None:
            assert self._folder is not None
            raise BrokerError(f"The broker has exited: {_log_error(self._folder)}")

    def client_config(self) -> dict[str, str | int | float | bool]:
        """Return the configuration of librdkafka clients for the broker."""
        return {
            "bootstrap.servers": self.address,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "PLAIN",
            "sasl.username": self._user,
            "sasl.password": self._password,
            "ssl.ca.location": str(self.ca),
        }

    def _prepare(self, command: list[str]) -> Path:
        folder = Path(
            tempfile.mkdtemp(prefix="ncloud-datastream-kafka-")
        )  # readable by this user only
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        _certify(folder, self._host)
        settings = folder / "server.properties"
        settings.write_text(self._settings(folder))
        words = ["kafka.tools.StorageTool", "format", "-t", "emulator", "-c", str(settings)]
        with (folder / "format.log").open("wb") as log:
            # Supervised too: the emulator may be killed during the seconds that this takes.
            process = subprocess.Popen(
                [sys.executable, "-I", keeper.__file__, str(folder), *command, *words],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            status = process.wait()
        assert process.stdin is not None
        process.stdin.close()
        if status != 0:
            reason = _error_line((folder / "format.log").read_text(errors="replace"))
            raise BrokerError(f"The broker's storage cannot be created: {reason}")
        return folder

    def _settings(self, folder: Path) -> str:
        controller = f"127.0.0.1:{_port('127.0.0.1', 0)}"
        login = f'{_PLAIN} required username="{self._user}" password="{self._password}"'
        entries = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"CLIENT://{self.address},CONTROLLER://{controller}",
            "advertised.listeners": f"CLIENT://{self.address}",
            "listener.security.protocol.map": "CLIENT:SASL_SSL,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "CLIENT",
            "sasl.enabled.mechanisms": "PLAIN",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "listener.name.client.plain.sasl.jaas.config": (
                f'{login} user_{self._user}="{self._password}";'
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(folder / "server.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(folder / "ca.pem"),
            "log.dirs": str(folder / "data"),
            # A key and a value of 1 MiB together, plus Kafka's overhead.
            "message.max.bytes": "1100000",
            "auto.create.topics.enable": "false",
            "offsets.topic.num.partitions": "1",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
        }
        return "".join(f"{name}={value}\n" for name, value in entries.items())

    def _await_listening(self, folder: Path) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_TIMEOUT
        while _STARTED not in _read(folder):
            if self._process.poll() is not None:
                raise BrokerError(f"The broker exited during its start: {_log_error(folder)}")
            if time.monotonic() > deadline:
                raise BrokerError(f"The broker did not start within {START_TIMEOUT:.0f} s.")
            time.sleep(0.05)


def _certify(folder: Path, host: str) -> None:
    """Write a certificate for the host with its key, and the CA certificate that signed it."""
    try:
        import trustme
        from cryptography.hazmat.primitives import serialization
    except ImportError:
        raise BrokerError(EXTRA) from None
    authority = trustme.CA(organization_name="ncloud-datastream emulator")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    server = authority.issue_cert(host)
    key = serialization.load_pem_private_key(server.private_key_pem.bytes(), None)
    # The only key format that Kafka reads.
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain = b"".join(part.bytes() for part in server.cert_chain_pems)
    (folder / "server.pem").write_bytes(pem + chain)


def _port(host: str, port: int) -> int:
    """Return a port that can be bound: the given one, or any free port for 0."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        raise BrokerError(f"Kafka cannot listen on {host}:{port}: {error.strerror}.") from error


def _read(folder: Path) -> str:
    return (folder / "broker.log").read_text(errors="replace")


def _log_error(folder: Path) -> str:
    return _error_line(_read(folder))


def _error_line(text: str) -> str:
    """Return the line of a program's output that best explains its exit."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["it printed nothing"]
    return next((line for line in lines if "Exception" in line or "Error:" in line), lines[-1])
